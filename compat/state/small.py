"""A small session: what somebody has after an hour at the prompt."""

import collections
import dataclasses
import functools
import math
import random

random.seed(1)


@dataclasses.dataclass
class Reading:
    place: str
    values: list[float]
    tags: set[str] = dataclasses.field(default_factory=set)

    def mean(self):
        return sum(self.values) / len(self.values)


class Store:
    def __init__(self):
        self.readings = collections.defaultdict(list)
        self.hooks = []

    def add(self, reading):
        self.readings[reading.place].append(reading)
        for hook in self.hooks:
            hook(reading)


def threshold(limit):
    def check(reading):
        if reading.mean() > limit:
            alarms.append((reading.place, round(reading.mean(), 3)))

    return check


@functools.lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


alarms = []
store = Store()
store.hooks.append(threshold(0.55))
for i in range(200):
    store.add(Reading(f"place {i % 7}", [random.random() for _ in range(20)], {f"tag {i % 3}", "all"}))
table = {i: (math.sqrt(i), str(i)) for i in range(1000)}
fib(50)


def check():
    store.add(Reading("here", [1.0]))
    return [len(alarms), len(store.readings), table[9], sum(len(r.tags) for r in store.readings["here"]), fib(50)]
