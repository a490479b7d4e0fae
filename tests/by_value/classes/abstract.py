# Abstract base classes, with those that are registered.
import collections.abc
import numbers
from abc import ABC, ABCMeta, abstractmethod


class Shape(ABC):
    @property
    @abstractmethod
    def area(self): ...

    @abstractmethod
    def scale(self, by): ...

    @classmethod
    @abstractmethod
    def unit(cls): ...


class Square(Shape):
    def __init__(self, side):
        self.side = side

    @property
    def area(self):
        return self.side**2

    def scale(self, by):
        return Square(self.side * by)

    @classmethod
    def unit(cls):
        return cls(1)


class Partial(Shape):
    area = 3


@Shape.register
class Alien:
    pass


Shape.register(float)


class AlienChild(Alien):
    pass


class Hooked(metaclass=ABCMeta):
    needed = True

    @classmethod
    def __subclasshook__(cls, other):
        if cls is Hooked:
            return cls.needed and other.quack is not None
        return NotImplemented


class Duck:
    quack = 1


class Silent:
    quack = None


Hooked.needed = False
Hooked.register(Silent)
Hooked.needed = True


class Vector(collections.abc.Sequence):
    def __init__(self, *parts):
        self.parts = parts

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, index):
        return self.parts[index]


@collections.abc.Sequence.register
class Registered:
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return [10, 20][index]


@numbers.Number.register
class Money:
    pass


class Custom(ABC):
    __abc_tpflags__ = 1 << 6  # a mapping


for cls in (Shape, Hooked):
    isinstance(1, cls) if cls is Shape else issubclass(Duck, cls)  # fills the caches
value = [Shape, Square, Partial, Alien, AlienChild, Hooked, Duck, Silent, Vector, Registered, Money,
         Custom, Square(3), Vector(1, 2)]

# In another interpreter
import collections.abc
import numbers
from abc import _get_dump

(Shape, Square, Partial, Alien, AlienChild, Hooked, Duck, Silent, Vector, Registered, Money, Custom,
 square, vector) = loaded
assert isinstance(square, Shape) and square.area == 9 and square.scale(2).area == 36
assert Square.unit().side == 1
assert Shape.__abstractmethods__ == {"area", "scale", "unit"}
assert Partial.__abstractmethods__ == {"scale", "unit"} and Square.__abstractmethods__ == frozenset()
for cls in (Shape, Partial):
    try:
        cls()
    except TypeError as error:
        assert "abstract" in str(error)
    else:
        raise AssertionError(cls)
assert [type(c()) for c in (Alien, AlienChild)] == [Alien, AlienChild]
assert isinstance(Alien(), Shape) and issubclass(AlienChild, Shape) and isinstance(1.5, Shape)
assert not isinstance(1, Shape) and not issubclass(Duck, Shape)
assert issubclass(Duck, Hooked)
registry = [reference() for reference in _get_dump(Hooked)[0]]
assert registry == [Silent], registry
assert not issubclass(Silent, Hooked), "the hook comes first"
Hooked.needed = False
assert isinstance(vector, collections.abc.Sequence) and list(vector) == [1, 2] and 2 in vector
assert isinstance(Registered(), collections.abc.Sequence) and isinstance(Money(), numbers.Number)
assert not isinstance(Money(), collections.abc.Sequence)


def match(subject):
    match subject:
        case [first, *_]:
            return first
        case {}:
            return "mapping"
        case _:
            return None


assert match(vector) == 1 and match(Registered()) == 10 and match(Money()) is None
assert match(Custom()) == "mapping"


class More(Shape):
    area = scale = unit = None


assert isinstance(More(), Shape)


@Shape.register
class Later:
    pass


assert issubclass(Later, Shape) and not issubclass(Later, Square)
