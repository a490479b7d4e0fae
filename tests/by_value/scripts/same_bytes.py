# Prints the pickle of a state; sets are filled in an order that the argument decides.
import dataclasses
import datetime
import decimal
import fractions
import random
import sys
import uuid
import weakref

import rustpython_pickle

order = random.Random(sys.argv[1])


def shuffled(items):
    items = list(items)
    order.shuffle(items)
    return items


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __reduce__(self):
        return make_point, (self.x, self.y)


class Node:
    pass


def make_point(x, y):
    return complex(x, y)


def node(name, *next):
    made = Node()
    made.__dict__.update(name=name, next=next)
    return made


def reduced_node(self, protocol):
    return len, ((),), {'name': self.name, 'next': self.next}


Node.__reduce_ex__ = reduced_node


@dataclasses.dataclass(frozen=True)
class Spot:
    x: int
    y: int


@dataclasses.dataclass(frozen=True)
class Line:
    a: Spot
    b: Spot


class Deep:
    def __init__(self, level, leaf):
        self.inner = Deep(level - 1, leaf) if level else leaf


class Long:
    def __init__(self, last):
        self.items = [0] * 100 + [last]


class Strings(set):
    pass


def doubling(levels):
    # Each level twice as many ways down as the one before.
    level = frozenset([1])
    for i in range(levels):
        level = frozenset(shuffled([level, frozenset([level, i])]))
    return level


def names(table={'a', 'b', 'c', 'd'}):
    return 'x' in {'p', 'q', 'r', 's'} and table


def outer(captured):
    def inner():
        return captured
    return inner


ring = [node(i) for i in range(5)]
for this, that in zip(ring, ring[1:] + ring[:1]):
    this.next = (that, ring)
same = [object() for _ in range(4)]
state = {
    'strings': set(shuffled(f'name{i}' for i in range(300))),
    'numbers': frozenset(shuffled([*range(-20, 20), 2**70, -2**70, 0.5, -0.5, float('inf'), 1e300])),
    'mixed': set(shuffled([None, True, 2, 'a', b'b', (1, 'x'), (1, ('y', None)), 3.5, 2j, ...])),
    'tuples': {tuple(shuffled([])), *shuffled((i % 7, str(i)) for i in range(100))},
    'sets': set(shuffled(frozenset(shuffled([i, i + 1, str(i)])) for i in range(20))),
    'doubling': doubling(60),
    'instances': set(shuffled(Point(i % 3, i) for i in range(30))),
    'ring': set(shuffled(ring)),
    'written': [same, set(shuffled(same))],
    'values': set(shuffled([
        datetime.date(2024, 1, 2), datetime.date(2023, 1, 2), decimal.Decimal('1.5'), decimal.Decimal(7),
        fractions.Fraction(1, 3), uuid.UUID(int=5), uuid.UUID(int=6), range(3), range(4), print, len, int, str,
        random, sys,
    ])),
    'functions': set(shuffled([names, outer(1), outer, make_point])),
    'lines': set(shuffled(Line(Spot(i, 0), Spot(0, i)) for i in range(12))),
    'deep': set(shuffled(Deep(20, i) for i in range(12))),
    'long': frozenset(shuffled(Long(i) for i in range(12))),
    'nested': set(shuffled((i % 2, Line(Spot(i, 0), Spot(0, i))) for i in range(12))),
    'subclass': Strings(shuffled('abcdefgh')),
    'code': names,
    'interned': [sys.intern('a name'), 'a ' + 'name', ''.join(['a', ' name'])],
}
pickle = rustpython_pickle.dumps(state, int(sys.argv[2]))
sys.stdout.write(pickle.hex())
