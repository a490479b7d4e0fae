# Members of enumerations keep their identity.
import datetime
import enum
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum, auto


class Color(Enum):
    """Colours."""

    RED = 1
    GREEN = 2
    CRIMSON = RED
    WEIRD = [1, 2]

    @classmethod
    def _missing_(cls, value):
        if value == "rouge":
            return cls.RED
        return None

    def describe(self):
        return f"{self.name} {self.value}"

    @property
    def other(self):
        return Color.GREEN if self is Color.RED else Color.RED


class Number(IntEnum):
    ONE = 1
    TWO = auto()


class Text(StrEnum):
    HELLO = auto()
    BYE = "bye"


class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W


class Mode(IntFlag, boundary=enum.KEEP):
    A = 1
    B = 2


class Planet(Enum):
    EARTH = (5.9, 6.3)
    MARS = (6.4, 3.3)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    @property
    def density(self):
        return self.mass / self.radius


class Coordinate(bytes, Enum):
    def __new__(cls, value, label):
        obj = bytes.__new__(cls, [value])
        obj._value_ = value
        obj.label = label
        return obj

    PX = (0, "P.X")
    PY = (1, "P.Y")


class Day(datetime.date, Enum):
    FIRST = 2020, 1, 2


class Mixin:
    def __init__(self, *args):
        self.args = args


class Mixed(Mixin, Enum):
    A = (1, "a")


class Operation(Enum):
    ADD = enum.member(lambda a, b: a + b)

    @enum.nonmember
    def helper():
        return "help"

    def __call__(self, *args):
        return self.value(*args)


class ByName(Enum):
    __reduce_ex__ = enum.pickle_by_enum_name
    A = object()


Color.extra = Color.GREEN
Functional = Enum("Functional", ["X", "Y"], module=__name__)
read_write = Perm.R | Perm.X
mode = Mode.A | 8
inverted = ~Perm.R
value = [
    [Color.RED, Number.TWO, Text.HELLO, Perm.RW, read_write, mode, Planet.MARS, Coordinate.PY, Day.FIRST,
     Mixed.A, Operation.ADD, ByName.A, Functional.Y, inverted],
    [Color, Number, Text, Perm, Mode, Planet, Coordinate, Day, Mixed, Operation, ByName, Functional],
    {Color.RED: "red", Number.ONE: 1},
]

# In another interpreter
import copy
import datetime
import enum

members, classes, table = loaded
red, two, hello, rw, read_write, mode, mars, py, first, mixed, add, by_name, y, inverted = members
Color, Number, Text, Perm, Mode, Planet, Coordinate, Day, Mixed, Operation, ByName, Functional = classes
assert red is Color.RED is Color(1) is Color["RED"] is Color.CRIMSON is Color("rouge")
assert list(Color) == [Color.RED, Color.GREEN, Color.WEIRD] and len(Color) == 3
assert list(Color.__members__) == ["RED", "GREEN", "CRIMSON", "WEIRD"]
assert Color([1, 2]) is Color.WEIRD and Color.WEIRD.describe() == "WEIRD [1, 2]"
assert red.other is Color.GREEN is Color.extra and isinstance(red, Color) and red in Color
assert repr(red) == "<Color.RED: 1>" and str(red) == "Color.RED" and Color.__doc__ == "Colours."
assert table[red] == "red" and hash(red) == hash("RED")
for attempt in (lambda: setattr(Color, "RED", 1), lambda: Color(17), lambda: Color.RED.__setattr__("name", 1)):
    try:
        attempt()
    except (AttributeError, ValueError):
        pass
    else:
        raise AssertionError
try:
    class More(Color):
        pass
except TypeError:
    pass
else:
    raise AssertionError("a subclass")

assert two is Number.TWO and two == 2 and two + 1 == 3 and Number(2) is two and type(two) is Number
assert hello is Text.HELLO and hello == "hello" and hello.upper() == "HELLO" and Text("bye") is Text.BYE
assert rw is Perm.RW is Perm.R | Perm.W and list(rw) == [Perm.R, Perm.W] and Perm.R in rw
assert read_write is Perm.R | Perm.X is Perm(5) and repr(read_write) == "<Perm.R|X: 5>"
assert inverted is ~Perm.R and list(inverted) == [Perm.W, Perm.X]
assert mode is Mode.A | 8 and mode == 9 and mode & 1 is Mode.A and Mode._boundary_ is enum.KEEP
assert mars is Planet.MARS is Planet((6.4, 3.3)) and mars.density == 6.4 / 3.3
assert py is Coordinate.PY is Coordinate(1) and py == b"\x01" and py.label == "P.Y"
assert first is Day.FIRST and first == datetime.date(2020, 1, 2) and first.year == 2020
assert mixed is Mixed.A and mixed.args == (1, "a")
assert add is Operation.ADD and add(1, 2) == 3 and Operation.helper() == "help"
assert by_name is ByName.A is ByName(ByName.A.value)
assert y is Functional.Y and y.value == 2
assert copy.deepcopy(red) is red and copy.copy(rw) is rw
match red:
    case Color.GREEN:
        raise AssertionError
    case Color.RED:
        pass


class New(Number.__bases__[0]):
    pass


assert enum.unique(Number) is Number
