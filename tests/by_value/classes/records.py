# Named tuples, typed dicts and data classes.
import collections
import dataclasses
import typing
from dataclasses import KW_ONLY, MISSING, InitVar, dataclass, field
from typing import ClassVar, NamedTuple, NotRequired, Required, TypedDict

Pair = collections.namedtuple("Pair", "left right", defaults=[0])


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 0

    def norm(self):
        return abs(self.x) + abs(self.y)


Point.ORIGIN = Point(0)


class Labelled(Pair):
    label = "none"


class Movie(TypedDict, total=False):
    title: Required[str]
    year: int


class Sequel(Movie):
    number: NotRequired[int]
    of: str


@dataclass
class Plain:
    name: str
    tags: list = field(default_factory=list)
    count: int = 0
    shared: ClassVar[int] = 5
    seed: InitVar[int] = 1
    hidden: str = field(default="h", repr=False, compare=False, metadata={"unit": "m"})

    def __post_init__(self, seed):
        self.grown = seed * 2


@dataclass(frozen=True, slots=True, order=True)
class Vec:
    x: float
    y: float = 0.0
    weak: typing.Any = field(default=None, compare=False)

    def shifted(self):
        return dataclasses.replace(self, x=self.x + 1)

    def who(self):
        return __class__


Vec.UNIT = Vec(1.0, 2.0)


@dataclass(kw_only=True, eq=False)
class Child(Plain):
    size: int
    _: KW_ONLY
    more: str = "m"


@dataclass(slots=True, weakref_slot=True, unsafe_hash=True)
class Slotted:
    a: int
    b: list = field(default_factory=lambda: [1], hash=False)


Made = dataclasses.make_dataclass("Made", [("a", int), ("b", str, "z")], namespace={"two": 2})
Renamed = collections.namedtuple("Renamed", ["class", "ok"], rename=True)
sentinels = [MISSING, KW_ONLY, dataclasses._FIELD, dataclasses._FIELD_CLASSVAR]
value = {
    "classes": [Pair, Point, Labelled, Movie, Sequel, Plain, Vec, Child, Slotted, Made, Renamed],
    "instances": [Pair(1), Point(3, -4), Labelled(1, 2), Plain("n"), Vec(2.0), Child(name="c", size=2),
                  Slotted(1), Made(1)],
    "sentinels": sentinels,
}

# In another interpreter
import dataclasses
import pickle
import typing
import weakref
from dataclasses import fields

Pair, Point, Labelled, Movie, Sequel, Plain, Vec, Child, Slotted, Made, Renamed = loaded["classes"]
pair, point, labelled, plain, vec, child, slotted, made = loaded["instances"]
assert loaded["sentinels"][0] is dataclasses.MISSING and loaded["sentinels"][1] is dataclasses.KW_ONLY
assert loaded["sentinels"][2] is dataclasses._FIELD
assert loaded["sentinels"][3] is dataclasses._FIELD_CLASSVAR

assert type(pair) is Pair and pair == (1, 0) == Pair(1) and repr(pair) == "Pair(left=1, right=0)"
assert Pair._fields == ("left", "right") and Pair._make([1, 2]).right == 2
assert pair._replace(left=5)._asdict() == {"left": 5, "right": 0}
assert Pair.left.__doc__ == "Alias for field number 0"
assert point.norm() == 7 and Point(1).y == 0 and Point.__doc__ == "A point."
assert Point.__annotations__ == {"x": int, "y": int} and Point._field_defaults == {"y": 0}
assert type(Point.ORIGIN) is Point and Point.ORIGIN == (0, 0)
assert Point.__orig_bases__ == (typing.NamedTuple,)
assert labelled.label == "none" and isinstance(labelled, Pair) and labelled.right == 2
assert Renamed._fields == ("_0", "ok") and Renamed(1, 2)._0 == 1
match point:
    case Point(3, y):
        assert y == -4
    case _:
        raise AssertionError

assert Movie(title="x") == {"title": "x"} and type(Sequel(title="x")) is dict
assert Movie.__required_keys__ == {"title"} and Movie.__optional_keys__ == {"year"}
assert Sequel.__required_keys__ == {"title", "of"} and Sequel.__total__ is True
assert typing.is_typeddict(Sequel) and typing.get_type_hints(Sequel)["year"] is int

assert plain == Plain("n") and plain.grown == 2 and repr(plain) == "Plain(name='n', tags=[], count=0)"
assert plain.tags is not Plain("n").tags and Plain("a", seed=3).grown == 6
assert [f.name for f in fields(Plain)] == ["name", "tags", "count", "hidden"]
assert fields(Plain)[0].default is dataclasses.MISSING and fields(Plain)[1].default_factory is list
assert dict(fields(Plain)[3].metadata) == {"unit": "m"}
assert Plain.__dataclass_fields__["shared"]._field_type is dataclasses._FIELD_CLASSVAR
assert Plain.__dataclass_fields__["seed"].type.type is int
assert Plain.__hash__ is None and Plain.__match_args__ == ("name", "tags", "count", "seed", "hidden")
assert dataclasses.asdict(plain) == {"name": "n", "tags": [], "count": 0, "hidden": "h"}

assert vec < Vec(3.0) and hash(vec) == hash(Vec(2.0)) and vec.shifted() == Vec(3.0)
assert not hasattr(vec, "__dict__") and vec.who() is Vec
try:
    vec.x = 1
except dataclasses.FrozenInstanceError:
    pass
else:
    raise AssertionError("frozen")
assert type(Vec.UNIT) is Vec and (Vec.UNIT.x, Vec.UNIT.y) == (1.0, 2.0)

assert child.size == 2 and child.name == "c" and child.more == "m" and isinstance(child, Plain)
assert child == Child(name="c", size=3), "the eq of Plain"
assert [f.kw_only for f in fields(Child)] == [False] * 4 + [True] * 2
assert weakref.ref(slotted)() is slotted and hash(slotted) == hash(Slotted(1)) and Slotted(2).b == [1]
assert made.two == 2 and made == Made(1, "z") and dataclasses.is_dataclass(Made)
