# Dicts and sets that are hashed by what leads back to them.
import collections
import dataclasses
import weakref


@dataclasses.dataclass(frozen=True)
class City:
    name: str
    roads: dict = dataclasses.field(default_factory=dict, hash=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Road:
    one: City
    other: City


class Node:
    def __init__(self, key):
        self.key = key
        self.peers = {self, "a", "z"}
        self.weak = weakref.WeakSet()
        self.by_weak = weakref.WeakKeyDictionary()
        self.ordered = collections.OrderedDict()
        self.counts = collections.Counter()
        self.pairs = {}

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        return self.key == other.key


class Slotted:
    __slots__ = ("sets", "key")

    def __init__(self, key):
        self.key = key
        self.sets = [{self}]

    def __hash__(self):
        return hash(self.key)


class Copying:
    """Copies what it is given: nothing may be left for later."""

    def __init__(self):
        self.table = {}

    def __setstate__(self, state):
        self.table = dict(state["table"])


class Fixed:
    """Can be hashed as soon as it is made."""

    def __new__(cls, key):
        made = super().__new__(cls)
        made.key = key
        return made

    def __getnewargs__(self):
        return (self.key,)

    def __hash__(self):
        return hash(self.key)


class Subclass(dict):
    pass


x, y = City("x"), City("y")
x.roads.update({"first": 1, y: 5, "last": 6})
y.roads.update({x: 5, (x, y): 7, Road(x, y): 8})
a, b = Node(1), Node(2)
for one, other in (a, b), (b, a):
    one.weak.update([one, other])
    one.by_weak[other] = one.by_weak[one] = "weak"
    one.ordered.update({"first": 0, other: 1, "last": 2, one: 3})
    one.counts.update([other, other, one])
    one.pairs[one, (other, 3)] = other.pairs
    one.by_root = Subclass({other: one})
slotted = Slotted("s")
fixed = Fixed("f")
fixed.copying = Copying()
fixed.copying.table[fixed] = 1
error = ValueError("e")
error.cities = {x: error, (y,): error}
deep = Node(0)
inner = deep
for i in range(1, 800):
    inner.next = Node(i)
    inner.next.root = {deep: i, inner: i}
    inner = inner.next
value = [x, a, slotted, fixed, error, y, b, deep, City, Node]

# In another interpreter
x, a, slotted, fixed, error, y, b, deep, City, Node = loaded
assert type(x) is City and list(x.roads.items()) == [("first", 1), (y, 5), ("last", 6)]
assert x.roads[City("y")] == 5 and next(k for k in x.roads if k == y) is y
(first, second, third) = y.roads
assert first is x and second[0] is x and second[1] is y and third.one is x and third.other is y
assert y.roads[City("x")] == 5 and y.roads[City("x"), City("y")] == 7 and y.roads[type(third)(x, y)] == 8
assert type(a) is Node
for one, other in (a, b), (b, a):
    assert one.peers == {one, "a", "z"} and any(peer is one for peer in one.peers)
    assert len(one.weak) == 2 and other in one.weak and Node(one.key) in one.weak
    assert one.by_weak[other] == "weak" and len(one.by_weak) == 2
    assert list(one.ordered) == ["first", other, "last", one] and one.ordered[Node(other.key)] == 1
    assert type(one.ordered).__name__ == "OrderedDict" and list(one.ordered)[1] is other
    assert one.counts == {other: 2, one: 1} and type(one.counts).__name__ == "Counter"
    assert one.pairs[one, (other, 3)] is other.pairs
    assert one.by_root[other] is one and type(one.by_root).__name__ == "Subclass"
assert slotted in slotted.sets[0] and len(slotted.sets[0]) == 1
assert fixed.copying.table == {fixed: 1}
assert error.cities[City("x")] is error and error.cities[City("y"),] is error
count = 0
inner = deep
while hasattr(inner, "next"):
    count += 1
    assert inner.next.root[deep] == count and inner.next.root[inner] == count
    inner = inner.next
assert count == 799
