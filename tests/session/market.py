"""Prices and trades."""

import collections
import contextlib
import decimal
import heapq
import itertools
import random

import world
from world import TOWNS, Kind

own_random = random.Random(99)
ledger = collections.defaultdict(lambda: collections.Counter())
history = collections.deque(maxlen=5)
orders = []
order_numbers = itertools.count()
asked = {}


def memoize(function):
    """A cache that a closure holds, with its statistics."""
    cache = {}
    hits = misses = 0

    def wrapper(*args):
        nonlocal hits, misses
        try:
            value = cache[args]
        except KeyError:
            misses += 1
            value = cache[args] = function(*args)
        else:
            hits += 1
        return value

    wrapper.stats = lambda: (hits, misses, len(cache))
    wrapper.forget = cache.clear
    return wrapper


def price_model(base):
    """Two functions that share a price."""
    price = decimal.Decimal(base)

    def quote(count=1):
        return price * count

    def shock(by):
        nonlocal price
        price = max(decimal.Decimal("0.5"), price * (1 + decimal.Decimal(by) / 100))
        return price

    return quote, shock


models = {kind: price_model(base) for kind, base in zip(Kind, ("2.5", "4", "7.25"))}


@memoize
def tax(name, kind):
    return decimal.Decimal(len(name) * kind.bulk) / 7


class Refused(Exception):
    def __init__(self, ship, why):
        super().__init__(f"{ship.name}: {why}")
        self.ship = ship


@contextlib.contextmanager
def deal(ship, town):
    """A trade that leaves the town as it was when it is refused."""
    before, silver = dict(town.stock), town.silver
    try:
        yield town
    except Refused as refused:
        town.stock.update(before)
        town.silver = silver
        history.append(str(refused))
    else:
        history.append(f"{ship.name} in {town.name}")


def buy(ship, kind, count):
    quote, _ = models[kind]
    with deal(ship, ship.at) as town:
        got = town.take(kind, count)
        if kind.bulk * got > ship.room:
            raise Refused(ship, f"no room for {got} {kind.value}")
        cost = (quote(got) + tax(town.name, kind)).quantize(decimal.Decimal("0.01"))
        town.silver += int(cost)
        ship.cargo.append((kind, got))
        ledger[town.name][kind] += got
        return cost
    return decimal.Decimal(0)


def sell_all(ship):
    total = decimal.Decimal(0)
    while ship.cargo:
        kind, count = ship.cargo.pop()
        quote, shock = models[kind]
        ship.at.put(kind, count)
        total += quote(count)
        shock(-count)
    return total


def order(priority, town, kind):
    heapq.heappush(orders, (priority, next(order_numbers), lambda: (town.name, kind, town.take(kind, 1))))


def serve(count):
    return [heapq.heappop(orders)[2]() for _ in range(min(count, len(orders)))]


def drift():
    """Moves all prices, with two sources of random numbers."""
    for kind, (_, shock) in models.items():
        shock(random.randint(-9, 11) + own_random.choice([-1, 0, 1]))
    return {kind.value: str(quote().quantize(decimal.Decimal("0.001"))) for kind, (quote, _) in models.items()}


@world.on("arrival")
def ask(ship, town, far):
    asked[ship.name] = asked.get(ship.name, 0) + 1


class Clerk:
    """Knows the market by reference: the module, its ledger, one of its functions."""

    def __init__(self):
        self.module = world
        self.book = ledger
        self.towns = TOWNS
        self.quote = models[Kind.SALT][0]
        self.trick = self.cheat

    def cheat(self, count):
        return self.quote(count) + 1

    def same(self):
        return (
            self.module is world,
            self.book is ledger,
            self.towns is world.TOWNS,
            self.quote is models[Kind.SALT][0],
            self.trick.__self__ is self,
        )


clerk = Clerk()
