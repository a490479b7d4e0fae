"""Iterators, each after its first item."""

# ==== iterator of a list
items = [1, 2, 3]
it = iter(items), items
next(it[0])
# ----
def probe(it):
    it[1].append(4)
    return list(it[0])

# ==== iterators of tuple, str, bytes, bytearray and range
it = [iter((1, 2, 3)), iter("abc"), iter(b"abc"), iter(bytearray(b"abc")), iter(range(1, 9, 3)),
      iter(range(10**30, 10**30 + 3))]
for iterator in it:
    next(iterator)
# ----
def probe(it):
    return [list(iterator) for iterator in it], [type(i).__name__ for i in it]

# ==== iterator of a dict
it = iter({"a": 1, "b": 2, "c": 3})
next(it)
# ----
def probe(it):
    return list(it)

# ==== iterators of dict views
inner = {"a": 1, "b": 2, "c": 3}
it = [iter(inner.values()), iter(inner.items()), reversed(inner), reversed(inner.items())]
for iterator in it:
    next(iterator)
# ----
def probe(it):
    return [list(iterator) for iterator in it]

# ==== iterator of an ordered dict
import collections
it = iter(collections.OrderedDict(a=1, b=2, c=3))
next(it)
# ----
def probe(it):
    return list(it)

# ==== iterator of a set
it = iter({1, 2, 3})
next(it)
# ----
def probe(it):
    return sorted(it)

# ==== iterator of a deque
import collections
it = iter(collections.deque([1, 2, 3]))
next(it)
# ----
def probe(it):
    return list(it)

# ==== iterator of an array
import array
it = iter(array.array("i", [1, 2, 3]))
next(it)
# ----
def probe(it):
    return list(it)

# ==== iterator of a memory view
it = iter(memoryview(b"abc"))
next(it)
# ----
def probe(it):
    return list(it)

# ==== iterator that ended
it = [iter([]), iter(()), iter({}), iter(""), iter(set())]
for iterator in it:
    next(iterator, None)
# ----
def probe(it):
    return [list(iterator) for iterator in it]

# ==== iterator of a sequence class of `__main__`
class Squares:
    def __getitem__(self, i):
        if i > 4:
            raise IndexError
        return i * i
it = iter(Squares())
next(it)
# ----
def probe(it):
    return list(it)

# ==== iterator of a function and a sentinel
n = 0
def count():
    global n
    n += 1
    return n
it = iter(count, 5)
next(it)
# ----
def probe(it):
    return list(it)

# ==== reversed
class Countdown:
    def __len__(self):
        return 3
    def __getitem__(self, i):
        return i
it = [reversed([1, 2, 3]), reversed((1, 2, 3)), reversed(range(3)), reversed(Countdown())]
for iterator in it:
    next(iterator)
# ----
def probe(it):
    return [list(iterator) for iterator in it]

# ==== enumerate
it = enumerate("abcd", start=10)
next(it)
# ----
def probe(it):
    return list(it)

# ==== zip
it = zip([1, 2, 3], "abc")
next(it)
# ----
def probe(it):
    return list(it)

# ==== strict zip
it = zip([1, 2, 3], "ab", strict=True)
next(it)
# ----
from show import raised
def probe(it):
    return next(it), raised(next, it)

# ==== map of a lambda
it = map(lambda x, y: x * y, [1, 2, 3], [4, 5, 6])
next(it)
# ----
def probe(it):
    return list(it)

# ==== filter by a lambda
it = filter(lambda x: x % 2, range(10))
next(it)
# ----
def probe(it):
    return list(it)

# ==== two maps over one iterator
source = iter(range(10))
it = map(lambda x: -x, source), filter(lambda x: x > 2, source), source
next(it[0])
# ----
def probe(it):
    return next(it[0]), next(it[1]), next(it[2]), list(it[0])

# ==== `itertools.count`
import itertools
it = [itertools.count(5), itertools.count(1, 0.5), itertools.count(10**30, -1)]
for iterator in it:
    next(iterator)
# ----
def probe(it):
    return [next(i) for i in it], repr(it[1])

# ==== `itertools.cycle`
import itertools
it = itertools.cycle("abc")
for _ in range(4):
    next(it)
# ----
def probe(it):
    return [next(it) for _ in range(7)]

# ==== `itertools.cycle` in its first round
import itertools
it = itertools.cycle("abc")
next(it)
# ----
def probe(it):
    return [next(it) for _ in range(7)]

# ==== `itertools.repeat`
import itertools
it = itertools.repeat("x", 3), itertools.repeat(5)
next(it[0])
# ----
def probe(it):
    return list(it[0]), next(it[1])

# ==== `itertools.accumulate`
import itertools
it = itertools.accumulate([1, 2, 3, 4], lambda a, b: a * b, initial=2)
next(it), next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.batched`
import itertools
it = itertools.batched("abcdefg", 3)
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.chain`
import itertools
it = itertools.chain([1, 2], "ab", itertools.chain.from_iterable([[3], [4]]))
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.combinations`
import itertools
it = itertools.combinations("abcd", 2)
next(it), next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.combinations_with_replacement`
import itertools
it = itertools.combinations_with_replacement("abc", 2)
next(it), next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.permutations`
import itertools
it = itertools.permutations("abc", 2)
next(it), next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.product`
import itertools
it = itertools.product("ab", range(2), repeat=2)
for _ in range(5):
    next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.compress`
import itertools
it = itertools.compress("abcdef", [1, 0, 1, 0, 1, 1])
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.dropwhile`
import itertools
it = itertools.dropwhile(lambda x: x < 3, [1, 2, 3, 1, 4])
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.takewhile`
import itertools
it = itertools.takewhile(lambda x: x < 4, [1, 2, 3, 4, 1])
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.filterfalse`
import itertools
it = itertools.filterfalse(lambda x: x % 2, range(8))
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.groupby`
import itertools
it = itertools.groupby([1, 3, 2, 4, 5], lambda x: x % 2)
next(it)
# ----
def probe(it):
    return [(key, list(group)) for key, group in it]

# ==== `itertools.islice`
import itertools
it = itertools.islice(itertools.count(), 2, 12, 3)
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.pairwise`
import itertools
it = itertools.pairwise("abcd")
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.starmap`
import itertools
it = itertools.starmap(lambda a, b: a + b, [(1, 2), (3, 4), (5, 6)])
next(it)
# ----
def probe(it):
    return list(it)

# ==== `itertools.tee`
import itertools
a, b = itertools.tee(iter(range(5)))
next(a), next(a)
it = a, b
# ----
def probe(it):
    a, b = it
    return next(a), list(b), list(a)

# ==== `itertools.zip_longest`
import itertools
it = itertools.zip_longest([1, 2, 3], "a", fillvalue="-")
next(it)
# ----
def probe(it):
    return list(it)

# ==== subclass of an itertools type
import itertools
class Items(itertools.chain):
    def take(self, n):
        return [next(self) for _ in range(n)]
it = Items([1, 2], [3, 4])
it.note = "mine"
next(it)
# ----
def probe(it):
    return it.take(3), type(it).__name__, it.note

# ==== iterators nested
import itertools
source = itertools.count()
it = zip(map(lambda x: x * x, itertools.islice(source, 3, None)), enumerate("abc")), source
next(it[0])
# ----
def probe(it):
    return list(it[0]), next(it[1])

# ==== matches of a regular expression, one by one
import re
it = re.finditer(r"\d", "a1b2c3")
next(it)
# ----
def probe(it):
    return [m.group() for m in it]

# ==== random choices from an iterator that an object holds
import itertools
class Ids:
    def __init__(self):
        self.counter = itertools.count(100)
    def next(self):
        return next(self.counter)
it = Ids()
it.next()
# ----
def probe(it):
    return it.next(), it.next()

# ==== async iterator of a class of `__main__`
class Ticks:
    def __init__(self, n):
        self.n = n
    def __aiter__(self):
        return self
    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return self.n
it = Ticks(3)
# ----
from show import finished
def probe(it):
    async def collect():
        return [tick async for tick in it]
    return finished(collect())
