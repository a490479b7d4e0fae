"""What is dumped and loaded to measure how fast that is.

The first five are the shapes of pyperformance's `pickle`, `pickle_dict`, `pickle_list`, `unpickle` and `unpickle_list`, made
anew: a user's profile with nested containers, small dicts in a tuple, a list of small numbers.
"""

import collections
import dataclasses
import datetime
import decimal
import enum
import random


class Plain:
    def __init__(self, number):
        self.number = number
        self.name = "name %d" % number
        self.ratio = number / 7

    def __eq__(self, other):
        return self.__dict__ == other.__dict__


class Slots:
    __slots__ = ("number", "name", "ratio")

    def __init__(self, number):
        self.number = number
        self.name = "name %d" % number
        self.ratio = number / 7

    def __eq__(self, other):
        return all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )


@dataclasses.dataclass
class Point:
    x: int
    y: float
    label: str


class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


Pair = collections.namedtuple("Pair", "left right")


def profile(seed):
    """A record as a service's user has one."""
    chance = random.Random(seed)
    return {
        "ads": chance.random() < 0.5,
        "birthday": datetime.date(1980 + chance.randrange(30), 5, 7),
        "location": (chance.random() * 180, chance.random() * 90),
        "id": chance.randrange(1 << 40),
        "name": "user %d" % chance.randrange(10**9),
        "scores": [chance.randrange(100) for _ in range(20)],
        "tags": ("a", "b", "c", None, True),
        "friends": {"friend %d" % i: chance.randrange(1000) for i in range(10)},
    }


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def shared(count):
    parts = [{"part": i, "name": "part %d" % i} for i in range(100)]
    return [parts[i % 100] for i in range(count)]


def digits(count, bits):
    chance = random.Random(1)
    return [chance.getrandbits(bits) for _ in range(count)]


def buffers(size):
    import pickle

    return [pickle.PickleBuffer(bytearray(size)) for _ in range(4)]


WORKLOADS = {
    "profile": lambda: profile(1),
    "small dicts": lambda: tuple({i: i + 1, "key": str(i)} for i in range(100)),
    "small list": lambda: [list(range(10)), list(range(10))] * 5,
    "profiles": lambda: [profile(i) for i in range(500)],
    "lists": lambda: [list(range(i, i + 10)) for i in range(5_000)],
    "ints": lambda: list(range(100_000)),
    "floats": lambda: [i / 7 for i in range(100_000)],
    "strings": lambda: ["string %d" % i for i in range(50_000)],
    "instances": lambda: [Plain(i) for i in range(20_000)],
    "slots": lambda: [Slots(i) for i in range(20_000)],
    "dicts": lambda: [
        {"id": i, "name": "user %d" % i, "score": i / 7, "active": i % 2 == 0}
        for i in range(20_000)
    ],
    "pairs": lambda: [(i, i + 1) for i in range(50_000)],
    "set": lambda: set(range(50_000)),
    "long ints": lambda: digits(2_000, 200),
    "bytes": lambda: bytes(range(256)) * (1 << 16),
    "str": lambda: "sixteen letters." * (1 << 20),
    "dataclasses": lambda: [Point(i, i / 3, "p%d" % i) for i in range(10_000)],
    "enums": lambda: [list(Colour)[i % 3] for i in range(30_000)],
    "datetimes": lambda: [
        datetime.datetime(2020, 1, 1) + datetime.timedelta(minutes=i)
        for i in range(10_000)
    ],
    "decimals": lambda: [decimal.Decimal(i) / 8 for i in range(10_000)],
    "namedtuples": lambda: [Pair(i, str(i)) for i in range(20_000)],
    "nesting": lambda: nested(500),
    "sharing": lambda: shared(100_000),
    "out of band": lambda: buffers(1 << 22),
}

# Those whose buffers are not part of the pickle.
OUT_OF_BAND = {"out of band"}


def same(value, copy):
    if isinstance(value, list) and value and hasattr(value[0], "raw"):
        return [bytes(part.raw()) for part in value] == [bytes(part) for part in copy]
    return value == copy and type(value) is type(copy)
