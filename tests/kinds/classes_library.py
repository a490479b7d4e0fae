"""Classes that the standard library makes: enumerations, data classes, abstract classes, types."""

# ==== Enum
import enum
class it(enum.Enum):
    RED = 1
    GREEN = "g"
    ALIAS = 1
    def describe(self):
        return f"{self.name} is {self.value}"
# ----
def probe(it):
    return [str(m) for m in it], it.ALIAS.describe(), it("g").name, it["RED"].value, len(it)
def identity(it):
    return it.RED is it(1) is it.ALIAS and it["GREEN"] is it.GREEN

# ==== member of an Enum
import enum
class Color(enum.Enum):
    RED = 1
    GREEN = 2
it = [Color.RED, Color, Color.GREEN, {Color.RED: "r"}]
# ----
def probe(it):
    return repr(it[0]), it[3][it[0]]
def identity(it):
    return it[0] is it[1].RED and it[2] is it[1](2)

# ==== IntEnum
import enum
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10
it = Level
# ----
def probe(it):
    return it.LOW < it.HIGH, it.LOW + 1, sorted([it.HIGH, it.LOW]), f"{it.LOW}"

# ==== StrEnum with auto
import enum
class it(enum.StrEnum):
    ONE = enum.auto()
    TWO = enum.auto()
# ----
def probe(it):
    return list(it), it.ONE.upper()

# ==== Flag
import enum
class it(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()
    RW = R | W
# ----
def probe(it):
    return repr(it.R | it.X), it.RW & it.R == it.R, [m.name for m in it.RW], repr(~it.R), it(7).value
def identity(it):
    return (it.R | it.W) is it.RW and it(3) is it.RW

# ==== combined member of a Flag
import enum
class Perm(enum.Flag):
    R = 4
    W = 2
    X = 1
it = Perm.R | Perm.X, Perm
# ----
def probe(it):
    value, perm = it
    return repr(value), perm.R in value, perm.W in value
def identity(it):
    return it[0] is it[1](5)

# ==== IntFlag with a boundary
import enum
class it(enum.IntFlag, boundary=enum.KEEP):
    A = 1
    B = 2
# ----
def probe(it):
    return it(9).value, repr(it.A | 2), it.A | it.B == 3

# ==== Enum with values made by a function
import enum
class it(enum.Enum):
    def _generate_next_value_(name, start, count, last_values):
        return name.lower() * (count + 1)
    A = enum.auto()
    B = enum.auto()
# ----
def probe(it):
    return [m.value for m in it]

# ==== Enum with `__init__` and properties
import enum
class Planet(enum.Enum):
    EARTH = (5.9, 6.3)
    MARS = (0.6, 3.3)
    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius
    @property
    def density(self):
        return round(self.mass / self.radius, 3)
it = Planet
# ----
def probe(it):
    return it.EARTH.density, it.MARS.mass, it((0.6, 3.3)).name

# ==== Enum with `__new__` and _missing_
import enum
class it(enum.Enum):
    def __new__(cls, value, label):
        self = object.__new__(cls)
        self._value_ = value
        self.label = label
        return self
    ONE = 1, "one"
    TWO = 2, "two"
    @classmethod
    def _missing_(cls, value):
        return cls.TWO if value == "zwei" else None
# ----
from show import raised
def probe(it):
    return it.ONE.label, it("zwei").name, raised(it, 5)

# ==== Enum with nonmembers, function members and an added alias
import enum
class it(enum.Enum):
    A = 1
    @enum.nonmember
    class Helper:
        x = 1
    f = enum.member(lambda: "called")
it.A._add_alias_("ALSO")
# ----
def probe(it):
    return [m.name for m in it], it.Helper.x, it.f.value(), it["ALSO"].name

# ==== Enum made by a call
import enum
it = enum.Enum("Animal", "CAT DOG", module=__name__, start=3)
# ----
def probe(it):
    return [(m.name, m.value) for m in it], it.__name__

# ==== Enum with a data class
import dataclasses
import enum
@dataclasses.dataclass
class Data:
    size: int
    legs: int = 4
class it(Data, enum.Enum):
    BEETLE = 1, 6
    DOG = 2
# ----
def probe(it):
    return it.BEETLE.legs, it.DOG.legs, it.DOG.size, [m.name for m in it]

# ==== Enum with a class of the members' values
import enum
class Base(enum.Enum):
    def hello(self):
        return f"hello {self.name}"
class it(Base):
    A = 1
# ----
def probe(it):
    return it.A.hello(), it.__mro__[1].__name__

# ==== verified Enum
import enum
@enum.verify(enum.UNIQUE, enum.CONTINUOUS)
class it(enum.IntEnum):
    A = 1
    B = 2
# ----
def probe(it):
    return list(it), it.__members__

# ==== data class
import dataclasses
@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list, compare=False)
it = Point(1, tags=["a"])
# ----
import dataclasses
def probe(it):
    other = type(it)(1)
    return repr(it), it == other, other.tags, dataclasses.asdict(it), [f.name for f in dataclasses.fields(it)]

# ==== frozen ordered data class
import dataclasses
@dataclasses.dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int = 0
it = Version(1, 2)
# ----
import dataclasses
from show import raised
def probe(it):
    new = dataclasses.replace(it, minor=5)
    return it < new, hash(it) == hash(type(it)(1, 2)), raised(setattr, it, "major", 3), repr(new)

# ==== data class with slots
import dataclasses
@dataclasses.dataclass(slots=True, weakref_slot=True)
class Point:
    x: int
    y: int = 5
    def me(self):
        return __class__.__name__
it = Point(1)
# ----
def probe(it):
    return repr(it), hasattr(it, "__dict__"), it.me(), type(it).__slots__

# ==== frozen data class with slots
import dataclasses
@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    a: int
    b: "Pair | None" = None
it = Pair(1, Pair(2))
# ----
def probe(it):
    return repr(it), it == type(it)(1, type(it)(2))

# ==== data class with `__post_init__`, InitVar and ClassVar
import dataclasses
import typing
@dataclasses.dataclass(kw_only=True)
class Thing:
    count: typing.ClassVar[int] = 0
    base: dataclasses.InitVar[int]
    value: int = dataclasses.field(init=False)
    def __post_init__(self, base):
        self.value = base * 2
        type(self).count += 1
it = Thing(base=4)
# ----
def probe(it):
    new = type(it)(base=5)
    return it.value, new.value, type(it).count, repr(it)

# ==== data classes that inherit
import dataclasses
@dataclasses.dataclass
class A:
    x: int
@dataclasses.dataclass
class B(A):
    y: int = 2
    def total(self):
        return self.x + self.y
it = B(1), A
# ----
import dataclasses
def probe(it):
    return repr(it[0]), it[0].total(), len(dataclasses.fields(it[0]))
def identity(it):
    return type(it[0]).__base__ is it[1]

# ==== data class made by make_dataclass
import dataclasses
it = dataclasses.make_dataclass("Made", [("x", int), ("y", int, 3)], namespace={"f": lambda self: self.x * self.y})
# ----
def probe(it):
    return it(2).f(), repr(it(1))

# ==== data class with a sentinel default
import dataclasses
MISSING = object()
@dataclasses.dataclass
class Thing:
    """Made here, lest it tell the sentinel's address."""
    x: object = MISSING
it = Thing, Thing(), MISSING
# ----
def probe(it):
    return [field for field in it[0].__dataclass_fields__]
def identity(it):
    thing, made, missing = it
    return made.x is missing and thing().x is missing

# ==== NamedTuple class
import typing
class Point(typing.NamedTuple):
    """Doc."""
    x: int
    y: int = 0
    @property
    def total(self):
        return self.x + self.y
it = Point(1)
# ----
def probe(it):
    return it, it.total, it._asdict(), it._replace(x=5), type(it)._field_defaults, type(it).__doc__

# ==== namedtuple
import collections
Point = collections.namedtuple("Point", "x y", defaults=[7])
it = Point(1), Point
# ----
def probe(it):
    point, cls = it
    return point, point.y, cls._fields, cls(5), point == (1, 7)
def identity(it):
    return type(it[0]) is it[1]

# ==== subclass of a namedtuple
import collections
class Point(collections.namedtuple("Base", "x y")):
    __slots__ = ()
    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)
it = Point(1, 2)
# ----
def probe(it):
    return it + it, type(it).__mro__[1].__name__

# ==== TypedDict
import typing
class Movie(typing.TypedDict):
    name: str
    year: typing.NotRequired[int]
class it(Movie, total=False):
    rating: float
# ----
def probe(it):
    return it(name="x"), sorted(it.__required_keys__), sorted(it.__optional_keys__), it.__total__, \
        sorted(it.__annotations__)

# ==== Protocol
import typing
@typing.runtime_checkable
class it(typing.Protocol):
    name: str
    def close(self) -> None: ...
# ----
from show import raised
from types import SimpleNamespace
def probe(it):
    return isinstance(SimpleNamespace(name=1, close=2), it), isinstance(3, it), raised(it)

# ==== Protocol that isn't checkable, with its implementation
import typing
class P(typing.Protocol):
    def f(self) -> int: ...
class Impl(P):
    def f(self):
        return 1
it = Impl, P
# ----
from show import raised
def probe(it):
    return it[0]().f(), raised(isinstance, 3, it[1])

# ==== Generic class with a TypeVar
import typing
T = typing.TypeVar("T", bound=int)
class Box(typing.Generic[T]):
    def __init__(self, x: T):
        self.x = x
it = Box, T, Box[int], Box[int](3)
# ----
def probe(it):
    box, t, alias, made = it
    return made.x, alias.__args__, repr(box.__parameters__), t.__bound__
def identity(it):
    box, t, alias, made = it
    return box.__parameters__[0] is t and alias.__origin__ is box and type(made) is box

# ==== class with type parameters
class Box[T: (int, str), *Ts, **P]:
    def __init__(self, x: T):
        self.x = x
    def get(self) -> T:
        return self.x
it = Box(1), Box
# ----
def probe(it):
    made, box = it
    return made.get(), [p.__name__ for p in box.__type_params__], box.__type_params__[0].__constraints__
def identity(it):
    made, box = it
    return box.get.__annotations__["return"] is box.__type_params__[0] and type(made) is box

# ==== subclass of a parametrized class
class Box[T]:
    pass
class Ints(Box[int]):
    pass
it = Ints, Box
# ----
def probe(it):
    return [repr(base.__args__) for base in it[0].__orig_bases__]
def identity(it):
    return it[0].__orig_bases__[0].__origin__ is it[1] and it[0].__base__ is it[1]

# ==== TypeVar
import typing
T = typing.TypeVar("T", covariant=True)
it = T, list[T], T
# ----
def probe(it):
    return it[0].__name__, it[0].__covariant__, repr(it[1])
def identity(it):
    return it[0] is it[1].__args__[0] is it[2]

# ==== ParamSpec
import typing
P = typing.ParamSpec("P")
it = P, typing.Callable[P, int], P.args, P.kwargs
# ----
def probe(it):
    return repr(it[0]), repr(it[1]), repr(it[2]), repr(it[3])
def identity(it):
    return it[1].__args__[0] is it[0] and it[2].__origin__ is it[0]

# ==== TypeVarTuple
import typing
Ts = typing.TypeVarTuple("Ts")
it = Ts, tuple[typing.Unpack[Ts]]
# ----
def probe(it):
    return repr(it[0]), repr(it[1])
def identity(it):
    return it[1].__parameters__[0] is it[0]

# ==== type alias statement
class Thing:
    pass
type Pair[T] = tuple[T, Thing]
it = Pair, Thing
# ----
def probe(it):
    pair, thing = it
    return pair.__name__, [p.__name__ for p in pair.__type_params__], len(pair.__value__.__args__)
def identity(it):
    pair, thing = it
    return pair.__value__.__args__ == (pair.__type_params__[0], thing)

# ==== type alias that names itself
type Tree = int | list[Tree]
it = Tree
# ----
def probe(it):
    return repr(it.__value__), it.__name__
def identity(it):
    return it.__value__.__args__[1].__args__[0] is it

# ==== NewType
import typing
UserId = typing.NewType("UserId", int)
it = UserId, typing.NewType("Admin", UserId)
# ----
def probe(it):
    return it[0](3), it[0].__name__, it[1].__name__
def identity(it):
    return it[1].__supertype__ is it[0]

# ==== parametrized types of classes of `__main__`
import typing
class Thing:
    pass
it = [Thing, list[Thing], dict[str, Thing], Thing | None, typing.Optional[Thing],
      typing.Callable[[Thing], int], typing.Annotated[Thing, "note"], typing.Literal["a", 1]]
# ----
def probe(it):
    return len(it), repr(it[7])
def identity(it):
    thing = it[0]
    return all(thing in alias.__args__ for alias in it[1:5]) and it[6].__origin__ is thing

# ==== ForwardRef
import annotationlib
it = annotationlib.ForwardRef("list[int]")
# ----
def probe(it):
    return it.__forward_arg__, repr(it.evaluate())

# ==== abstract class
import abc
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
    @property
    @abc.abstractmethod
    def name(self): ...
class Square(Shape):
    name = "square"
    def area(self):
        return 4
it = Shape, Square
# ----
from show import raised
def probe(it):
    shape, square = it
    return raised(shape), sorted(shape.__abstractmethods__), square().area(), isinstance(square(), shape)

# ==== abstract class with registered classes
import abc
class Shape(abc.ABC):
    pass
class Other:
    pass
Shape.register(Other)
Shape.register(int)
it = Shape, Other
# ----
def probe(it):
    shape, other = it
    return issubclass(other, shape), isinstance(3, shape), isinstance("x", shape)

# ==== abstract class with `__subclasshook__`
import abc
class Sized(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        return hasattr(other, "size") or NotImplemented
class Thing:
    size = 1
it = Sized, Thing
isinstance(Thing(), Sized)
# ----
def probe(it):
    return issubclass(it[1], it[0]), issubclass(int, it[0])

# ==== class that implements an abstract collection
import collections.abc
class Words(collections.abc.MutableSequence):
    def __init__(self, *items):
        self.items = list(items)
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, x): self.items[i] = x
    def __delitem__(self, i): del self.items[i]
    def __len__(self): return len(self.items)
    def insert(self, i, x): self.items.insert(i, x)
it = Words("a", "b")
# ----
import collections.abc
def probe(it):
    it.append("c")
    it.reverse()
    return list(it), it.index("a"), isinstance(it, collections.abc.Sequence)

# ==== abstract class registered with one of the library
import collections.abc
class Pairs:
    def __iter__(self):
        return iter([1, 2])
collections.abc.Mapping.register(Pairs)
it = Pairs()
# ----
def probe(it):
    return list(it)

# ==== total_ordering class
import functools
@functools.total_ordering
class Size:
    def __init__(self, n):
        self.n = n
    def __eq__(self, other):
        return self.n == other.n
    def __lt__(self, other):
        return self.n < other.n
it = Size(1), Size(2)
# ----
def probe(it):
    a, b = it
    return a < b, a >= b, max(a, b).n

# ==== structure of ctypes
# reason: RustPython keeps the layout of such a class natively, and its fields can't be made
import ctypes
class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int)]
it = Point
# ----
def probe(it):
    point = it(1, 2)
    return point.x, point.y, it._fields_[0][0]

# ==== user dict, list and string
import collections
class Names(collections.UserDict):
    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)
it = [Names(A=1), collections.UserList([1]), collections.UserString("s")]
# ----
def probe(it):
    it[0]["B"] = 2
    return it[0].data, it[1], it[2], type(it[0]).__name__

# ==== thread class that isn't started
import threading
class Worker(threading.Thread):
    def __init__(self, n):
        super().__init__(name="worker")
        self.n = n
    def run(self):
        self.result = self.n * 2
it = Worker
# ----
def probe(it):
    worker = it(4)
    worker.run()
    return worker.result, worker.name

# ==== JSON encoder class
import json
class Encoder(json.JSONEncoder):
    def default(self, o):
        return sorted(o)
it = Encoder(indent=1)
# ----
def probe(it):
    return it.encode({"a": {2, 1}})

# ==== AST visitor class
import ast
class Names(ast.NodeVisitor):
    def __init__(self):
        self.names = []
    def visit_Name(self, node):
        self.names.append(node.id)
it = Names(), ast.parse("a + b")
# ----
import ast
def probe(it):
    it[0].visit(it[1])
    return it[0].names, ast.dump(it[1])
