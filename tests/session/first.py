"""The first half of a game. The second half is another script, in this process or in another."""

import copyreg
import decimal
import random
import sys
import warnings

import chronicle
import market
import world
from world import Flag, Galleon, Kind, Ship, Town, describe

random.seed(7)
decimal.getcontext().prec = 12
warnings.simplefilter("error", DeprecationWarning)
sys.setrecursionlimit(1234)
copyreg.pickle(complex, lambda z: (complex, (z.real, z.imag)))


def omens(start):
    """A generator: where it stands can't be saved."""
    while True:
        start = (start * 5 + 3) % 17
        yield start


def captain(ship):
    """Closures over a ship, which share a plan and call each other."""
    plan = []

    def think(depth=0):
        if depth < 2:
            plan.append(random.choice(sorted(world.TOWNS)))
            return think(depth + 1)
        return act()

    def act():
        name = plan.pop()
        return ship.sail(world.TOWNS[name]) if world.TOWNS[name] is not ship.at else 0.0

    think.plan = plan
    return think


class Season:
    names = ["spring", "summer", "autumn", "winter"]
    seen = []

    def __init__(self, number):
        self.number = number
        self.seen.append(self)

    def next(self):
        return type(self)((self.number + 1) % len(self.names))

    def __str__(self):
        return self.names[self.number]


for name, x, y in [("Lund", 0, 0), ("Visby", 3, 4), ("Riga", 9, 1), ("Turku", 6, 8)]:
    Town(name, x, y)
towns = list(world.TOWNS.values())
fleet = [Ship("Anna", towns[0]), Ship("Olav", towns[1], Flag.TRADER | Flag.ROYAL), Galleon("Vasa", towns[2])]
captains = {ship.name: captain(ship) for ship in fleet}
book = chronicle.Chronicle("chronicle.txt")
calls = chronicle.watch(book)
ada = chronicle.author("Ada")
season = Season(0)
omen = omens(2)
# One list in two modules and in here; a module that is made here; a function that the market gets.
world.rumours = market.rumours = rumours = ["gold in Riga"]
tools = type(sys)("tools", "Made while the game runs.")
exec("count = 0\ndef use():\n    global count\n    count += 1\n    return count", vars(tools))
market.haggle = lambda price: price - tools.use()


def play(turns):
    """Plays on; prints what can be seen."""
    global season
    for _ in range(turns):
        chronicle.turn.set(chronicle.turn.get() + 1)
        season = season.next()
        print(f"turn {chronicle.turn.get()}, {season}: {market.drift()}")
        for ship in fleet:
            kind = random.choice(list(Kind))
            paid = market.buy(ship, kind, random.randrange(1, 6))
            far = captains[ship.name]()
            got = market.sell_all(ship) if random.random() < 0.6 else "keeps it"
            print(f"  {ship.name}: {kind.name} for {paid}, sails {far} to {ship.at.name}, {got}")
        market.order(random.randrange(5), random.choice(towns), Kind.GRAIN)
        ada.write(book, f"a  {season} day")
    print(describe(towns))


play(6)
print("omens", [next(omen) for _ in range(3)])
print("served", market.serve(2))
print("motto", fleet[0].motto)
print("distances", world.distance.cache_info())
print("taxes", market.tax.stats())
print("haggled", market.haggle(100), market.haggle(100))
print("the first half ends")
