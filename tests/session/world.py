"""The sea, its towns and ships. Everything the game knows hangs from here."""

import dataclasses
import enum
import functools
import itertools
import math
import threading
import weakref

ids = itertools.count(1)
TOWNS = {}
SHIPS = []
listeners = {}


class Kind(enum.Enum):
    GRAIN = "grain"
    SALT = "salt"
    CLOTH = "cloth"

    @property
    def bulk(self):
        return {"grain": 3, "salt": 2, "cloth": 1}[self.value]


class Flag(enum.Flag):
    NONE = 0
    TRADER = enum.auto()
    PIRATE = enum.auto()
    ROYAL = enum.auto()


class Thing:
    """Whatever has a number; every class of things is known by its name."""

    classes = {}
    __slots__ = ("number", "__weakref__")

    def __init_subclass__(cls, *, plural=None, **more):
        super().__init_subclass__(**more)
        if cls.__name__ in Thing.classes:
            raise TypeError(f"{cls.__name__} is defined twice")
        Thing.classes[cls.__name__] = cls
        cls.plural = plural or cls.__name__.lower() + "s"

    def __init__(self):
        self.number = next(ids)

    def __repr__(self):
        return f"{type(self).__name__}#{self.number}"


class Positive:
    """A descriptor: a number that can't be negative."""

    def __set_name__(self, owner, name):
        self.slot = f"_{name}"
        self.checks = 0

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.slot)

    def __set__(self, instance, value):
        self.checks += 1
        if value < 0:
            raise ValueError(f"{self.slot[1:]} can't be {value}")
        setattr(instance, self.slot, value)


@dataclasses.dataclass(frozen=True, order=True)
class Place:
    x: int
    y: int

    def __sub__(self, other):
        return Place(self.x - other.x, self.y - other.y)


@functools.lru_cache(maxsize=64)
def distance(a, b):
    between = a - b
    return round(math.hypot(between.x, between.y), 3)


class Town(Thing):
    __slots__ = ("name", "place", "stock", "guard", "ships", "_silver")
    silver = Positive()

    def __init__(self, name, x, y, silver=100):
        super().__init__()
        self.name = name
        self.place = Place(x, y)
        self.stock = {kind: 10 for kind in Kind}
        self.guard = threading.Lock()
        self.ships = weakref.WeakSet()
        self.silver = silver
        TOWNS[name] = self

    def take(self, kind, count):
        with self.guard:
            count = min(count, self.stock[kind])
            self.stock[kind] -= count
            return count

    def put(self, kind, count):
        with self.guard:
            self.stock[kind] += count


class Ship(Thing):
    hold = 12

    def __init__(self, name, home, flags=Flag.TRADER):
        super().__init__()
        self.name = name
        self.flags = flags
        self.cargo = []
        self.log = []
        self._home = weakref.ref(home)
        self.at = home
        home.ships.add(self)
        SHIPS.append(self)

    @property
    def home(self):
        return self._home()

    @functools.cached_property
    def motto(self):
        emit("motto", self)
        return f"{self.name} of {self.home.name}"

    def sail(self, town):
        far = distance(self.at.place, town.place)
        self.at.ships.discard(self)
        self.at = town
        town.ships.add(self)
        self.log.append((town.name, far))
        emit("arrival", self, town, far)
        return far

    @property
    def room(self):
        return self.hold - sum(kind.bulk * count for kind, count in self.cargo)


class Galleon(Ship, plural="galleons"):
    hold = 30

    def sail(self, town):
        return super().sail(town) / 2


def on(name):
    """Registers a listener."""

    def register(listener):
        listeners.setdefault(name, []).append(listener)
        return listener

    return register


def emit(name, *args):
    for listener in listeners.get(name, ()):
        listener(*args)


@functools.singledispatch
def describe(thing):
    return str(thing)


@describe.register
def _(thing: Town):
    goods = ", ".join(f"{kind.value} {count}" for kind, count in thing.stock.items())
    ships = ", ".join(sorted(ship.name for ship in thing.ships)) or "nobody"
    return f"{thing.name} has {thing.silver} silver, {goods}; in port: {ships}"


@describe.register
def _(thing: Ship):
    cargo = ", ".join(f"{count} {kind.value}" for kind, count in thing.cargo) or "nothing"
    return f"{thing.motto} carries {cargo}, has room for {thing.room}"


@describe.register(list)
def _(things):
    return "; ".join(describe(thing) for thing in things)
