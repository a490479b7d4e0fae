# Descriptors of the library and of the user.
import functools
from functools import cached_property, partialmethod, singledispatchmethod, total_ordering

calls = []


class Logged:
    def __init__(self, function):
        self.function = function

    def __set_name__(self, owner, name):
        calls.append(name)
        self.name = name

    def __get__(self, instance, owner=None):
        return functools.partial(self.function, instance)


class Meta(type):
    def __getattr__(cls, name):
        if name.startswith("dyn_"):
            return name
        raise AttributeError(name)


@total_ordering
class Version(metaclass=Meta):
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __lt__(self, other):
        return self.number < other.number

    @cached_property
    def text(self):
        """As text."""
        calls.append("text")
        return f"v{self.number}"

    @Logged
    def logged(self, x):
        return self.number, x

    @singledispatchmethod
    def show(self, x):
        return "object"

    @show.register
    def _(self, x: int):
        return "int"

    @show.register(list)
    def _(self, x):
        return "list"

    def power(self, base, exponent=2):
        return base**exponent

    cube = partialmethod(power, exponent=3)

    @functools.lru_cache(maxsize=4)
    def slow(self, x):
        return x + self.number

    @classmethod
    @functools.wraps(len)
    def wrapped(cls):
        return cls

    __hash__ = None
    write_only = property(None, lambda self, x: calls.append(x))
    documented = property(lambda self: 1, doc="its own")
    length = property(len)


class Sub(property):
    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self.extra = 1


class Static(staticmethod):
    pass


class Uses:
    @Sub
    def size(self):
        """The size."""
        return 3

    @Static
    def static():
        return 4

    def __class_getitem__(cls, item):
        return cls, item

    def __init_subclass__(cls, **keywords):
        cls.keywords = keywords

    def __new__(cls):
        made = super().__new__(cls)
        made.new = True
        return made


vars(Uses)["static"].note = "noted"
version = Version(2)
version.text
del calls[:]
value = [Version, version, calls, Uses, Sub, vars(Version)["show"]]

# In another interpreter
import functools

Version, version, calls, Uses, Sub, show = loaded
assert calls == []
assert version.text == "v2" and calls == [] and Version(3).text == "v3" and calls == ["text"]
assert vars(Version)["text"].attrname == "text" and vars(Version)["text"].__doc__ == "As text."
assert version.logged(1) == (2, 1) and vars(Version)["logged"].name == "logged"
assert [version.show(x) for x in (1.5, 1, [])] == ["object", "int", "list"]
assert version.cube(2) == 8 and version.power(2) == 4
assert Version(1) <= Version(2) and Version(3) >= Version(2) and Version(1) != Version(2)
assert Version.__hash__ is None and Version.dyn_x == "dyn_x" and not hasattr(Version, "other")
try:
    hash(version)
except TypeError:
    pass
else:
    raise AssertionError("hashable")
assert Version.wrapped() is Version and vars(Version)["wrapped"].__wrapped__.__name__ == "len"
version.write_only = 7
assert calls == ["text", 7]
try:
    version.write_only
except AttributeError as error:
    assert "'write_only'" in str(error), error
assert Version.documented.__doc__ == "its own" and version.documented == 1
assert Version.documented.getter(lambda self: 2).__doc__ == "its own"
assert Version.length.fget is len
assert Uses().size == 3 and type(vars(Uses)["size"]) is Sub and vars(Uses)["size"].extra == 1
assert Uses.size.__doc__ == "The size."
assert Uses.static() == 4 and vars(Uses)["static"].note == "noted"
assert vars(vars(Uses)["__new__"]) == {} or True
assert Uses[3] == (Uses, 3) and Uses().new is True
assert type(vars(Uses)["__class_getitem__"]) is type(vars(Uses)["__init_subclass__"]) is classmethod


class More(Uses, a=1):
    pass


assert More.keywords == {"a": 1} and More().new
