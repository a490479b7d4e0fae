# Metaclasses that answer nothing, and classes that change while they are dumped.
class Hostile(type):
    def __getattribute__(cls, name):
        raise RuntimeError("asked for " + name)

    def __setattr__(cls, name, value):
        raise RuntimeError("set " + name)

    def __delattr__(cls, name):
        raise RuntimeError("deleted " + name)

    def __call__(cls, *args):
        raise RuntimeError("called")

    def __instancecheck__(cls, other):
        raise RuntimeError("instance?")

    def __subclasscheck__(cls, other):
        raise RuntimeError("subclass?")

    def __repr__(cls):
        raise RuntimeError("repr")

    def __hash__(cls):
        return 5

    def __eq__(cls, other):
        raise RuntimeError("equal?")

    def __bool__(cls):
        raise RuntimeError("bool")


class Hidden(metaclass=Hostile):
    __slots__ = ("x",)
    y = 1

    def method(self):
        return super().__repr__


Child = type.__new__(Hostile, "Child", (Hidden,), {"z": 2})


class Changes:
    """Changed by what it holds."""

    first = 1


class Meddler:
    def __reduce__(self):
        Changes.late = 5
        Changes.first = 2
        if "victim" in vars(Changes):
            del Changes.victim
        Changes.__bases__ = (Other,)
        return Meddler, ()


class Other:
    pass


class Base:
    pass


Changes = type("Changes", (Base,), {"first": 1, "meddler": Meddler(), "victim": 3})
value = [Hostile, Hidden, Child, Changes, Meddler]

# In another interpreter
Hostile, Hidden, Child, Changes, Meddler = loaded
get = type.__getattribute__
assert type(Hidden) is Hostile and type(Child) is Hostile
assert get(Hidden, "y") == 1 and get(Child, "z") == 2 and get(Child, "__mro__")[1] is Hidden
made = object.__new__(Child)
made.x = 3
assert object.__getattribute__(made, "x") == 3
assert get(Hidden, "__slots__") == ("x",) and get(Hidden, "__name__") == "Hidden"
try:
    Hidden.y
except RuntimeError as error:
    assert str(error) == "asked for y"
else:
    raise AssertionError("answered")
# As it was when the dump came to it. Another dump has changed what was loaded by now.
assert Changes.late == 5 and Changes.first == 2
fresh = pickle.loads(pickled)[3]
assert fresh.first == 1 and fresh.victim == 3 and not hasattr(fresh, "late")
assert type(fresh.meddler).__name__ == "Meddler" and fresh.__bases__[0].__name__ == "Base"
