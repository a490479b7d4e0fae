"""Importable classes and functions that the corpus cases are built from.

Everything here must be reachable by name as ``shapes.<qualname>``: a pickle
made by one interpreter is loaded by another one that imports this module.
"""

import collections
import copyreg
import dataclasses
import enum
import functools
import sys
import typing


# --- functions --------------------------------------------------------------

def function(x=0):
    return x + 1


async def coroutine_function():
    return 1


def generator_function():
    yield 1


def wrapped(f):
    @functools.wraps(f)
    def inner(*args):
        return f(*args)
    return inner


@wrapped
def decorated(x):
    return x


@functools.lru_cache(maxsize=4)
def cached(x):
    return x


@functools.singledispatch
def dispatched(x):
    return x


def make_local_function():
    def local():
        return 1
    return local


def make_local_class():
    class Local:
        pass
    return Local


anonymous = lambda: 1  # noqa: E731  (its __name__ is '<lambda>', found under no name)


def look_up_anonymous():
    return anonymous


renamed = lambda: 2  # noqa: E731
renamed.__name__ = renamed.__qualname__ = 'renamed'


def shadowed():
    return 'first'


first_shadowed = shadowed


def shadowed():  # noqa: F811  (the name no longer leads to the first one)
    return 'second'


# --- plain classes ----------------------------------------------------------

class Empty:
    pass


def interned(attributes):
    """Whether the names of arguments are interned depends on the interpreter."""
    return {sys.intern(name): value for name, value in attributes.items()}


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(interned(attributes))

    def method(self):
        return self

    @classmethod
    def class_method(cls):
        return cls

    @staticmethod
    def static_method():
        return 'static'

    def __private(self):
        return 'private'

    def private(self):
        return self.__private


class PlainChild(Plain):
    def method(self):
        return super().method()

    def parent_method(self):
        return super().method


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __eq__(self, other):
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))


class Outer:
    class Inner:
        class Deep:
            def method(self):
                return 'deep'

            @classmethod
            def class_method(cls):
                return cls

            @staticmethod
            def static_method():
                return 'static'

        def function():
            return 'inner'

        class Colour(enum.Enum):
            RED = 1
            BLUE = 2

    value = 1


class Ünïcode:
    def méthode(self):
        return 1


class 名:
    pass


class Sequence:
    """Iterable by index alone."""

    def __init__(self, *items):
        self.items = items

    def __getitem__(self, index):
        return self.items[index]


class Callable:
    def __call__(self):
        return 1


class Hidden:
    """Claims a module that does not hold it."""


Hidden.__module__ = 'shapes_that_do_not_exist'


class NoModule:
    pass


NoModule.__module__ = None


class Meta(type):
    def made_by_meta(cls):
        return cls.__name__


class WithMeta(metaclass=Meta):
    pass


class ReducedMeta(type):
    pass


def class_by_name(name):
    return globals()[name]


copyreg.pickle(ReducedMeta, lambda cls: (class_by_name, (cls.__name__,)))


class WithReducedMeta(metaclass=ReducedMeta):
    pass


T = typing.TypeVar('T')
P = typing.ParamSpec('P')
Ts = typing.TypeVarTuple('Ts')
UserId = typing.NewType('UserId', int)
Bounded = typing.TypeVar('Bounded', bound=int)

type Alias = list[int]


class Box(typing.Generic[T]):
    def __init__(self, item):
        self.item = item


class NewBox[U]:
    def __init__(self, item):
        self.item = item


class Movie(typing.TypedDict):
    title: str
    year: int


class Proto(typing.Protocol):
    def method(self): ...


# --- slots ------------------------------------------------------------------

class Slots:
    __slots__ = ('a', 'b')

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


class SlotsChild(Slots):
    __slots__ = ('c',)


class SlotsString(Slots):
    __slots__ = 'single'


class SlotsEmptyChild(Slots):
    __slots__ = ()


class SlotsAndDict(Slots):
    pass


class SlotsDeclaredDict(Slots):
    __slots__ = ('__dict__', 'd')


class SlotsWeak(Slots):
    __slots__ = ('__weakref__', 'w')


class SlotsPrivate:
    __slots__ = ('__hidden', 'shown')

    def __init__(self, hidden, shown):
        self.__hidden = hidden
        self.shown = shown


class _Leading(SlotsPrivate):
    __slots__ = ('__hidden',)

    def __init__(self, mine, hidden, shown):
        super().__init__(hidden, shown)
        self.__hidden = mine


class SlotsMapping:
    __slots__ = {'m': 'documented', 'n': 'also documented'}

    def __init__(self, m, n):
        self.m = m
        self.n = n


class SlotsGetstate:
    __slots__ = ('a', 'b')

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __getstate__(self):
        return (self.a, self.b)

    def __setstate__(self, state):
        self.a, self.b = state


class SlotsInt(int):
    # int has a variable-size layout, so only an empty slots tuple is possible
    __slots__ = ()


class SlotsList(list):
    __slots__ = ('tag',)


# --- state ------------------------------------------------------------------

class GetState:
    """__getstate__ alone: the default __setstate__ behaviour applies."""

    def __init__(self, state):
        self.state = state

    def __getstate__(self):
        return self.state


class StateBoth:
    def __init__(self, state):
        self.state = state

    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        self.state = state
        self.restored = True


class StateSetOnly:
    def __init__(self, **attributes):
        self.__dict__.update(interned(attributes))

    def __setstate__(self, state):
        self.seen = sorted(state)
        self.__dict__.update(state)


class StateFromSuper:
    def __init__(self, **attributes):
        self.__dict__.update(interned(attributes))

    def __getstate__(self):
        state = super().__getstate__().copy()
        state.pop('cache', None)
        return state


class StateRaises:
    def __getstate__(self):
        raise ValueError('no state today')


# --- __getnewargs__ ---------------------------------------------------------

class NewArgs:
    def __new__(cls, a, b):
        self = super().__new__(cls)
        self.made = (a, b)
        return self

    def __getnewargs__(self):
        return self.made


class NewArgsEx:
    def __new__(cls, a, *, key):
        self = super().__new__(cls)
        self.made = (a, key)
        return self

    def __getnewargs_ex__(self):
        return (self.made[0],), {'key': self.made[1]}


class NewArgsExNoKeywords:
    def __new__(cls, a):
        self = super().__new__(cls)
        self.made = a
        return self

    def __getnewargs_ex__(self):
        return (self.made,), {}


class NewArgsBoth(NewArgsEx):
    def __getnewargs__(self):
        return ('not', 'used')


class NewArgsInt(int):
    def __new__(cls, value, label):
        self = super().__new__(cls, value)
        self.label = label
        return self

    def __getnewargs__(self):
        return (int(self), self.label)


class NewArgsList:
    """__getnewargs__ that does not return a tuple."""

    def __getnewargs__(self):
        return [1]


class NewArgsExBad:
    def __getnewargs_ex__(self):
        return (1,)


class NewArgsExBadArgs:
    def __getnewargs_ex__(self):
        return [], {}


class NewArgsExBadKeywords:
    def __getnewargs_ex__(self):
        return (), []


# --- __reduce__ -------------------------------------------------------------

class Bag:
    """Target of the __reduce__ cases: notes how it is filled."""

    def __init__(self, *args):
        self.args = args
        self.items = []
        self.pairs = []

    def append(self, item):
        self.items.append(item)

    def extend(self, items):
        self.items.extend(items)

    def __setitem__(self, key, value):
        self.pairs.append((key, value))


class AppendOnlyBag:
    def __init__(self):
        self.items = []

    def append(self, item):
        self.items.append(item)


def make_bag(*args):
    return Bag(*args)


def make_append_only(*args):
    return AppendOnlyBag()


def set_bag(bag, state):
    bag.set_by_setter = state


class Reduce:
    """Reduces to whatever it was given: a tuple or a global name."""

    def __init__(self, result):
        self.result = result

    def __reduce__(self):
        return self.result


class ReduceMaker:
    """Like Reduce, but for results that hold iterators: made on each call."""

    def __init__(self, maker):
        self.maker = maker

    def __reduce__(self):
        return self.maker()


class ReduceEx:
    """The result depends on the protocol."""

    def __reduce_ex__(self, protocol):
        return make_bag, (protocol,)


class ReduceBoth:
    def __reduce__(self):
        raise AssertionError('__reduce_ex__ goes first')

    def __reduce_ex__(self, protocol):
        return make_bag, ('ex',)


class ReduceRaises:
    def __reduce__(self):
        raise KeyError('cannot be reduced')


class _Singleton:
    def __reduce__(self):
        return 'the_singleton'


the_singleton = _Singleton()


class ReduceNewObj:
    """Hand-made use of copyreg.__newobj__."""

    def __reduce__(self):
        return copyreg.__newobj__, (ReduceNewObj,), {'via': 'newobj'}


class ReduceNewObjEx:
    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        self.made = (args, kwargs)
        return self

    def __reduce__(self):
        return copyreg.__newobj_ex__, (ReduceNewObjEx, (1, 2), {'k': 3})


class ReduceWrongNewObj:
    def __reduce__(self):
        return copyreg.__newobj__, (Empty,)


class ReduceSelfInArgs:
    """Recursive through the reduce arguments."""

    def __init__(self):
        self.held = None

    def __reduce__(self):
        return ReduceSelfInArgs.make, (self.held,)

    @staticmethod
    def make(held):
        self = ReduceSelfInArgs()
        self.held = held
        held.append(self)
        return self


class ReduceBigList:
    def __init__(self, count):
        self.count = count

    def __reduce__(self):
        return make_bag, (), None, iter(range(self.count)), iter(
            [(i, -i) for i in range(self.count)])


# --- copyreg ----------------------------------------------------------------

class Registered:
    def __init__(self, value):
        self.value = value


def rebuild_registered(value):
    return Registered(value)


def reduce_registered(obj):
    return rebuild_registered, (obj.value,)


copyreg.pickle(Registered, reduce_registered, rebuild_registered)


class RegisteredChild(Registered):
    """copyreg goes by exact type: this one takes the default path."""


class Unregistered:
    """Only known to a pickler's own dispatch_table."""

    def __init__(self, value):
        self.value = value


class Ext1:
    def __init__(self, value=None):
        self.value = value


class Ext2(Ext1):
    pass


class Ext4(Ext1):
    pass


def ext_function():
    return 'extension'


# One code per width of the EXT opcodes, taken from the private-use range.
copyreg.add_extension('shapes', 'Ext1', 0xF1)
copyreg.add_extension('shapes', 'Ext2', 0xF123)
copyreg.add_extension('shapes', 'Ext4', 0x7F123456)
copyreg.add_extension('shapes', 'ext_function', 0x100)


# --- subclasses of built-ins ------------------------------------------------

class Int(int):
    pass


class Str(str):
    pass


class Float(float):
    pass


class Complex(complex):
    pass


class Bytes(bytes):
    pass


class ByteArray(bytearray):
    pass


class List(list):
    pass


class Dict(dict):
    pass


class Tuple(tuple):
    pass


class Set(set):
    pass


class FrozenSet(frozenset):
    pass


class Error(Exception):
    pass


class ErrorTwoArgs(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)
        self.a = a
        self.b = b


class ErrorOwnInit(Exception):
    """Keeps args in step by hand, as such classes must."""

    def __init__(self, code, *, hint=None):
        super().__init__(code)
        self.hint = hint


class ErrorSlots(Exception):
    __slots__ = ('extra',)


class OSErrorChild(OSError):
    pass


class Module(type(collections)):
    pass


class Property:
    @property
    def value(self):
        return 1


class DequeChild(collections.deque):
    pass


class DefaultDictChild(collections.defaultdict):
    pass


class OrderedDictChild(collections.OrderedDict):
    pass


class CounterChild(collections.Counter):
    pass


class PartialChild(functools.partial):
    pass


# --- enums ------------------------------------------------------------------

class Colour(enum.Enum):
    RED = 1
    GREEN = 'green'
    ALIAS = 1
    TUPLED = (1, 2)

    def method(self):
        return self.value


class Number(enum.IntEnum):
    ONE = 1
    BIG = 2 ** 40


class Bits(enum.Flag):
    A = 1
    B = 2
    C = 4


class IntBits(enum.IntFlag):
    A = 1
    B = 2
    C = 4


class Words(enum.StrEnum):
    HELLO = 'hello'
    EMPTY = ''


class Mixed(float, enum.Enum):
    HALF = 0.5


class Planet(enum.Enum):
    EARTH = (5.97, 6.37)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius


Dynamic = enum.Enum('Dynamic', 'ONE TWO', module=__name__)


class ByName(enum.Enum):
    """Pickled by name rather than by value."""

    __reduce_ex__ = enum.pickle_by_global_name
    HERE = 'here'
    THERE = 'there'


class ByEnumName(enum.Enum):
    __reduce_ex__ = enum.pickle_by_enum_name
    HERE = 'here'


# --- dataclasses and named tuples -------------------------------------------

@dataclasses.dataclass
class Data:
    a: int
    b: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class FrozenData:
    a: int
    b: str = 'default'


@dataclasses.dataclass(slots=True)
class SlotsData:
    a: int
    b: str = 'default'


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlotsData:
    a: int
    b: str = 'default'


@dataclasses.dataclass
class DataChild(Data):
    c: int = 0


@dataclasses.dataclass(order=True, kw_only=True)
class KeywordData:
    a: int
    b: int


class Pair(typing.NamedTuple):
    left: object
    right: object = None


Coordinates = collections.namedtuple('Coordinates', 'x y z', defaults=[0])


class PairWithDict(Coordinates):
    """No __slots__: instances also have a __dict__."""


# --- recursion --------------------------------------------------------------

class Node:
    """Hashable by identity: may sit in a set or key a dict that it owns."""

    def __init__(self, value=None):
        self.value = value
        self.link = None


class ListNode(list):
    pass


class DictNode(dict):
    pass


class SetNode(set):
    pass


class KeyedByAttribute:
    """Hash needs an attribute: restoring it inside its own set is a trap."""

    def __init__(self, key):
        self.key = key

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        return isinstance(other, KeyedByAttribute) and self.key == other.key


# --- attribute protocols ----------------------------------------------------

class Getattr:
    """Answers every ordinary attribute: dunder look-ups must not fool it."""

    def __init__(self, **attributes):
        self.__dict__.update(interned(attributes))

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return name


class Setattr:
    """Restoring the state goes around __setattr__."""

    def __init__(self):
        self.__dict__['log'] = []

    def __setattr__(self, name, value):
        raise AssertionError('must not be called')


class NonStringKeys:
    def __init__(self):
        self.__dict__.update({'name': 1})
        self.__dict__[3] = 'three'


class DescribedState:
    """Class-level defaults that are not in the instance state."""

    default = 'class level'

    def __init__(self):
        self.own = 'instance level'
