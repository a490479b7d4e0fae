import functools
import types


class Base:
    __slots__ = ()

    def name(self):
        return "base"

    @classmethod
    def kind(cls):
        return cls.__name__


class Derived(Base):
    __slots__ = ("slot", "__dict__", "__weakref__")

    def name(self):
        return "derived"


def get(self):
    """The getter's."""
    return self.value


def set(self, value):
    self.value = value


def add(self, one, two=0):
    return self.value, one, two


def own_doc():
    made = property(get)
    made.__doc__ = None
    return made


def named():
    made = property(get)
    made.__set_name__(Base, "given")
    return made


def marked(wrapper):
    made = wrapper(add)
    made.remark = "mine"
    made.__doc__ = "Another."
    return made


def make():
    derived = Derived()
    derived.slot, derived.value = 1, 2
    return {
        "functions": [get, set, add],
        "properties": [
            property(get), property(get, set, doc="Own."), property(), property(None, set),
            own_doc(), named(),
        ],
        "static": [staticmethod(add), marked(staticmethod)],
        "class": [classmethod(add), marked(classmethod)],
        "cached": functools.cached_property(get),
        "partial": [functools.partialmethod(add, 1), functools.partialmethod(add, two=3)],
        "derived": derived,
        "super": super(Derived, derived),
        "super of a class": super(Derived, Derived),
        "unbound super": super(Derived),
        "of built-in types": [
            dict.__dict__["fromkeys"], type.__dict__["__name__"], int.__add__, str.join,
            property.fget, (5).__add__, [].append, dict.fromkeys, "-".join, int.real,
        ],
        "of a class": [
            Derived.slot, Derived.__dict__["__dict__"], Derived.__dict__["__weakref__"],
        ],
    }


class User:
    value = 7


def attach(descriptor):
    return type("Made", (User,), {"attribute": descriptor})


def check(made, restored):
    get, set, add = made["functions"]
    plain, own, empty, write_only, no_doc, named = made["properties"]
    assert attach(plain)().attribute == 7 and plain.__doc__ == "The getter's."
    assert plain.getter(len).__doc__ == len.__doc__, "it has taken the doc string as its own"
    user = attach(own)()
    user.attribute = 8
    assert user.attribute == 8 and own.__doc__ == "Own." and own.fdel is None
    assert empty.fget is None and write_only.fset is set and no_doc.__doc__ is None
    assert named.__name__ == "given"

    for static, marked in [made["static"], made["class"]]:
        assert static.__func__ is add and static.__wrapped__ is add
        assert static.__name__ == "add" and static.__doc__ is None
        assert marked.remark == "mine" and marked.__doc__ == "Another."
    assert attach(made["static"][0])().attribute(User, 1) == (7, 1, 0)
    assert attach(made["class"][0])().attribute(1) == (7, 1, 0)
    one, two = made["partial"]
    assert attach(one)().attribute() == (7, 1, 0) and attach(two)().attribute(1) == (7, 1, 3)
    cached = made["cached"]
    assert cached.func is get and cached.__doc__ == "The getter's."

    derived = made["derived"]
    assert made["super"].name() == "base" and made["super"].__self__ is derived
    assert type(made["super"]) is super and made["super of a class"].kind() == "Derived"
    assert made["unbound super"].__get__(derived).name() == "base"

    fromkeys, name, add_, join, fget, bound, append, keys, minus, real = made["of built-in types"]
    assert fromkeys is dict.__dict__["fromkeys"] and name is type.__dict__["__name__"]
    assert add_ is int.__add__ and join is str.join and fget is property.fget
    assert bound(2) == 7 and keys("a") == {"a": None} and minus("ab") == "a-b"
    assert real is int.real
    append(1)
    assert append.__self__ == [1]
    slot, dict_, weakref = made["of a class"]
    assert slot is type(derived).slot and slot.__get__(derived) == 1
    assert dict_.__get__(derived) == {"value": 2} and weakref is type(derived).__dict__["__weakref__"]
