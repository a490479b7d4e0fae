# Slots make the layout; their descriptors are made again.
class Point:
    __slots__ = ("x", "__hidden", "_y")


class Named(Point):
    __slots__ = {"name": "what it is called"}


class Open(Named):
    __slots__ = ["__dict__", "z"]


class Weak(Named):
    __slots__ = "__weakref__"


class Renamed:
    __slots__ = ("__secret",)


class Deleted:
    __slots__ = ("a", "b")
    

Renamed.__name__ = "Other"
del Deleted.a
Deleted.b_too = Deleted.b
point = Open()
point.x = 1
point._y = 2
point._Point__hidden = 3
point.name = "p"
point.z = 4
point.extra = 5
value = [Point, Named, Open, Weak, Renamed, Deleted, point, Point.x, Renamed.__dict__["_Renamed__secret"]]

# In another interpreter
import weakref

Point, Named, Open, Weak, Renamed, Deleted, point, x, secret = loaded
assert type(point) is Open
assert (point.x, point._y, point._Point__hidden, point.name, point.z) == (1, 2, 3, "p", 4)
assert vars(point) == {"extra": 5}
assert Point.x is x and type(x).__name__ == "member_descriptor" and x.__objclass__ is Point
assert Point.__slots__ == ("x", "__hidden", "_y")
assert Named.__slots__ == {"name": "what it is called"}
plain = Named()
for name in ("other", "__dict__"):
    try:
        setattr(plain, name, {})
    except AttributeError:
        pass
    else:
        raise AssertionError(name)
try:
    weakref.ref(plain)
except TypeError:
    pass
else:
    raise AssertionError("a weak reference")
weak = Weak()
assert weakref.ref(weak)() is weak and not hasattr(weak, "__dict__")
assert Renamed.__name__ == "Other" and Renamed._Renamed__secret is secret
renamed = Renamed()
renamed._Renamed__secret = 1
assert secret.__get__(renamed) == 1 and not hasattr(renamed, "__dict__")
assert "a" not in vars(Deleted) and Deleted.b_too is Deleted.b
deleted = Deleted()
deleted.b = 1
assert deleted.b_too == 1
