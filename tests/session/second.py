"""The second half: goes on with whatever the first half has left."""

import threading

print("the second half begins")
print("settings", sys.getrecursionlimit(), decimal.getcontext().prec, complex in copyreg.dispatch_table)
print("distances", world.distance.cache_info())
print("taxes", market.tax.stats())

# Generators are not there after a restart; the game makes a new one either way.
omen = omens(11)
print("omens", [next(omen) for _ in range(3)])

play(5)

# What was one object still is one, whichever module has it.
rumours.append("ice in Turku")
print("rumours", world.rumours, market.rumours is rumours, world.rumours is rumours)
print("clerk", market.clerk.same(), market.clerk.trick(3), market.clerk.module is world)
print("modules", chronicle.market is market, market.world is world, sys.modules["world"] is world)
print("towns", towns[0] is world.TOWNS["Lund"], market.TOWNS is world.TOWNS, fleet[0].home in towns)
print("ships", fleet[0] is world.SHIPS[0], [type(ship) is Ship for ship in fleet], fleet[2] in fleet[2].at.ships)
print("kinds", Kind("salt") is Kind.SALT, fleet[1].flags is Flag.TRADER | Flag.ROYAL or fleet[1].flags)
print("classes", sorted(world.Thing.classes), world.Galleon.plural, world.Town.silver.checks)
print("seasons", [str(one) for one in Season.seen], Season.seen[-1] is season)
print("author", ada.name, ada.chapters, chronicle.authors["Ada"] is ada)
print("haggled", market.haggle(100), tools.count, market.haggle.__globals__ is globals())

# Locks work, and are shared with the functions that hold them.
guard = towns[0].guard
with guard:
    print("guarded", guard.locked(), towns[1].guard.locked())
done = []
thread = threading.Thread(target=lambda: done.append(towns[0].take(Kind.SALT, 1)))
thread.start()
thread.join()
print("thread", done)

# The caches know what they knew, and the registers of classes and functions go on.
print("mottos", [ship.motto for ship in fleet], calls)
print("distances", world.distance.cache_info())
print("taxes", market.tax.stats())
print("described", describe(fleet))


class Raft(Ship, plural="rafts"):
    hold = 2


@describe.register
def _(thing: Raft):
    return f"a raft, {thing!r}"


raft = Raft("Plank", towns[3], Flag.PIRATE)
print("raft", describe(raft), describe([raft, towns[3]]), raft.sail(towns[0]))
try:
    towns[2].silver = -1
except ValueError as error:
    print("refused", error)
try:
    warnings.warn("old", DeprecationWarning)
except DeprecationWarning as error:
    print("warned", error)

# The file goes on where it was; so do random numbers, of the module and of an object.
print("file", book.tail(4), book.file.mode, book.count)
print("summary", chronicle.summary(book, calls))
print("served", market.serve(10), list(market.history))
print("ledger", {town: dict(sorted((kind.name, count) for kind, count in counter.items()))
                 for town, counter in sorted(market.ledger.items())})
print("random", random.random(), random.gauss(0, 1), market.own_random.randrange(10**6), next(world.ids))
book.file.close()
with open("chronicle.txt", encoding="utf-8") as file:
    text = file.read()
print("chronicle", len(text.splitlines()), sum(map(ord, text)))
