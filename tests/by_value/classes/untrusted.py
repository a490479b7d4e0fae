# What the functions of pickles refuse.
value = None

# In another interpreter
import datetime

import rustpython_pickle as r


def refused(error, function, *args):
    try:
        function(*args)
    except error as caught:
        assert str(caught), function
    else:
        raise AssertionError((function, args))


class Meta(type):
    pass


class Base(metaclass=Meta):
    pass


class Slots:
    __slots__ = ("a",)


make = r._make_class
refused(TypeError, make)
refused(TypeError, make, int, "C", "C", "m", ())
refused(TypeError, make, type, "C", "C", "m", (Base,))
refused(TypeError, make, type, "C", "C", "m", (bool,))
refused(TypeError, make, type, "C", "C", "m", (5,))
refused(TypeError, make, type, "C", "C", "m", (int, str))
refused(TypeError, make, type, "C", "C", "m", (object, object))
refused(TypeError, make, type, "C", "C", "m", [])
refused(TypeError, make, type, "C", "C", "m", (), (5,))
refused(TypeError, make, type, "C", "C", "m", (), ("not a name",))
refused(TypeError, make, type, "C", "C", "m", (int,), ("a",))
refused(TypeError, make, type, 5, "C", "m", ())
refused(ValueError, make, type, "a\0b", "C", "m", ())
# A wrong order must not give instances a layout that they do not have.
refused(TypeError, make, Meta, "C", "C", "m", (), None, (None, int, object))
refused(TypeError, make, Meta, "C", "C", "m", (), None, (5,))
refused(TypeError, make, Meta, "C", "C", "m", (), None, ())
assert type.__subclasses__(Meta) == [] and [c.__name__ for c in object.__subclasses__() if c.__name__ == "C"] == []

for function in (r._set_class, r._set_attributes):
    for cls in (int, type, object, datetime.date):
        refused(TypeError, function, cls, {"x": 1})
    refused(TypeError, function, Base, 5)
refused(TypeError, r._set_class, Base, ())
refused(TypeError, r._set_class, Base, ({},))
refused(TypeError, r._set_class, Base, ([], None))
refused(TypeError, r._set_class, make(type, "C", "C", "m", ()), ({}, {"registry": [int]}))
refused(TypeError, r._set_class, make(type, "C", "C", "m", ()), ({}, {"registry": 5}))
refused(TypeError, r._set_class, make(type, "C", "C", "m", ()), ({}, {"registered": 5}))
refused(TypeError, r._make_instance, int, object, ())
refused(TypeError, r._make_instance, Base, int, (1,))
refused(TypeError, r._make_instance, Base, Base, ())
refused(TypeError, r._make_instance, type, type, ())
refused(TypeError, r._set_enum_member, 5, {"x": 1})
refused(TypeError, r._make_descriptor, int)
refused(TypeError, r._set_descriptor, property(), ())
refused(TypeError, r._set_descriptor, 5, (1, None))
refused(AttributeError, r._get_class_item, int, "missing")
refused(TypeError, r._make_object, int)
refused(TypeError, r._set_dict, 5, {"x": 1})
refused(ValueError, r._make_type_parameter, "Other", "T")
refused(TypeError, r._make_type_parameter, "TypeVar", "T", {5: 5})
refused(TypeError, r._make_type_parameter, "TypeVar", "T", {"unknown": 5})
refused(TypeError, r._make_type_parameter, "TypeVar", "T", {"constraints": 5})
refused(TypeError, r._make_type_alias, "A", 5, None)
refused(AttributeError, r._get_built_in_type, "missing")
refused(ImportError, r._get_built_in_type, "no.such.module")
refused(TypeError, r._get_sentinel, "sys", "path")
refused(AttributeError, r._get_sentinel, "sys", "missing")
refused(ImportError, r._get_sentinel, "missing", "x")
