"""Whole graphs: functions, classes and what they hold, leading back to each other."""

# ==== list in a closure that holds the closure
def make():
    items = []
    def f():
        return len(items)
    items.append(f)
    return items
it = make()
# ----
def probe(it):
    return it[0](), len(it)
def identity(it):
    return it[0].__closure__[0].cell_contents is it

# ==== instance in the default of a method of its class
class Thing:
    def f(self, other=None):
        return other.name
    def __init__(self, name):
        self.name = name
Thing.f.__defaults__ = (Thing("default"),)
it = Thing("mine")
# ----
def probe(it):
    return it.f(), it.f(it)
def identity(it):
    return type(it.f.__func__.__defaults__[0]) is type(it)

# ==== class whose attribute is a closure over the class
def make():
    class Thing:
        pass
    Thing.make = staticmethod(lambda: Thing())
    Thing.kinds = {Thing: "me", frozenset([Thing]): "us"}
    return Thing
it = make()
# ----
def probe(it):
    return type(it.make()).__name__, it.kinds[it], it.kinds[frozenset([it])]
def identity(it):
    return type(it.make()) is it

# ==== tuple that leads back to itself through a function
f = lambda: pair
pair = (f, 1)
it = pair
# ----
def probe(it):
    return it[0]()[1]
def identity(it):
    return it[0]() is it

# ==== tuple that leads back to itself through a class
class Thing:
    pass
pair = (Thing, 1)
Thing.pair = pair
it = pair
# ----
def probe(it):
    return it[0].pair[1]
def identity(it):
    return it[0].pair is it

# ==== frozenset in a class that is in it
class Thing:
    pass
Thing.all = frozenset([Thing, 1])
it = Thing.all
# ----
def probe(it):
    return len(it)
def identity(it):
    thing, = it - {1}
    return thing.all is it

# ==== partial in the globals of its function
import functools
def f(x):
    return x if x == 0 else down(x - 1)
down = functools.partial(f)
it = down
# ----
def probe(it):
    return it(5)
def identity(it):
    return it.func.__globals__["down"] is it

# ==== property in the globals of its getter
def get(self):
    return type(prop).__name__, self.n
prop = property(get)
it = prop
# ----
from types import SimpleNamespace
def probe(it):
    return it.__get__(SimpleNamespace(n=1))
def identity(it):
    return it.fget.__globals__["prop"] is it

# ==== bound method that is an attribute of its instance
class Thing:
    def __init__(self):
        self.n = 0
        self.step = self.up
    def up(self):
        self.n += 1
        return self.n
it = Thing().step
# ----
def probe(it):
    return it(), it.__self__.step(), it.__self__.n
def identity(it):
    return it.__self__.step is it

# ==== instance whose constructor arguments lead back to it
class Node:
    def __init__(self, links):
        self.links = links
    def __reduce__(self):
        return Node, (self.links,)
links = []
it = Node(links)
links.append(links)
# ----
def probe(it):
    return len(it.links)
def identity(it):
    return it.links[0] is it.links

# ==== metaclass whose attribute is its class
class Meta(type):
    pass
class Thing(metaclass=Meta):
    pass
Meta.main = Thing
it = Meta
# ----
def probe(it):
    return it.main.__name__
def identity(it):
    return type(it.main) is it and it.main.main is it.main

# ==== base class that knows its subclasses, from an instance of one
class Base:
    known = []
    def __init_subclass__(cls):
        Base.known.append(cls)
class A(Base):
    x = 1
class B(A):
    x = 2
it = B()
# ----
def probe(it):
    return [cls.x for cls in it.known]
def identity(it):
    return it.known[1] is type(it) and it.known[0] is type(it).__base__

# ==== decorator that keeps what it decorates, from one of them
import functools
registry = {}
def command(name):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args):
            return f(*args)
        registry[name] = wrapper
        return wrapper
    return decorate
@command("add")
def add(a, b):
    return a + b
@command("help")
def show_help():
    return sorted(registry)
it = show_help
# ----
def probe(it):
    return it()

# ==== class with a lock, a logger, an iterator and a weak reference
import itertools
import logging
import threading
import weakref
class Service:
    log = logging.getLogger("service")
    ids = itertools.count(1)
    guard = threading.Lock()
    all = weakref.WeakSet()
    def __init__(self):
        with self.guard:
            self.id = next(self.ids)
        self.all.add(self)
it = [Service(), Service()]
# ----
def probe(it):
    new = type(it[0])()
    return [service.id for service in it], new.id, new.log.name, len(new.all)
def identity(it):
    return set(it) == set(type(it[0]).all)

# ==== closure over a file, a lock and an iterator
import itertools
import os
import threading
def make():
    lines = itertools.count(1)
    lock = threading.RLock()
    file = open(os.path.abspath("closure.txt"), "w")
    def write(text):
        with lock:
            file.write(f"{next(lines)} {text}\n")
            file.flush()
    def read():
        with open(file.name) as again:
            return again.read()
    return write, read
it = make()
it[0]("one")
# ----
def probe(it):
    write, read = it
    write("two")
    return read().splitlines()[-1]
def identity(it):
    write, read = it
    return write.__closure__[0].cell_contents is read.__closure__[0].cell_contents

# ==== function that sets and reads globals by name
def it(name, value):
    globals()[name] = value
    return later, __name__
# ----
def probe(it):
    return it("later", 5), it.__globals__["later"]

# ==== dict of a function's globals
x = 1
def f():
    return x
it = f, f.__globals__
# ----
def probe(it):
    f, namespace = it
    namespace["x"] = 7
    return f()
def identity(it):
    return it[0].__globals__ is it[1]

# ==== function of a class of a module made at run time, in a closure
import types
module = types.ModuleType("made_for_graph")
exec("class Thing:\n    def f(self):\n        return helper()\ndef helper():\n    return Thing.__name__", vars(module))
def make(thing):
    return lambda: thing.f()
it = make(module.Thing())
# ----
def probe(it):
    return it()

# ==== generic data class with slots
import dataclasses
@dataclasses.dataclass(slots=True, frozen=True)
class Pair[A, B]:
    a: A
    b: B
    def swap(self):
        return Pair(self.b, self.a)
it = Pair(1, "x"), Pair[int, str]
# ----
def probe(it):
    return repr(it[0].swap()), it[1].__args__
def identity(it):
    return it[1].__origin__ is type(it[0])

# ==== frozen data classes that are keys in each other's dicts
import dataclasses
@dataclasses.dataclass(frozen=True)
class Node:
    name: str
    links: dict = dataclasses.field(default_factory=dict, compare=False)
a, b = Node("a"), Node("b")
a.links[b] = 1
b.links[a] = 2
it = a
# ----
def probe(it):
    (b, weight), = it.links.items()
    return it.name, b.name, weight, b.links[it], it.links[type(it)("b")]
def identity(it):
    b, = it.links
    return next(iter(b.links)) is it

# ==== generic NamedTuple
import typing
class Pair[T](typing.NamedTuple):
    a: T
    b: list[T]
it = Pair(1, [2]), Pair
# ----
def probe(it):
    return it[0], it[1]._fields, [str(p) for p in it[1].__type_params__]
def identity(it):
    return type(it[0]) is it[1]

# ==== abstract generic protocol with its implementation
import abc
import typing
class Reader[T](typing.Protocol):
    @abc.abstractmethod
    def read(self) -> T: ...
class Ints(Reader[int]):
    def read(self):
        return 5
it = Ints(), Reader
# ----
from show import raised
def probe(it):
    return it[0].read(), raised(it[1])
def identity(it):
    return type(it[0]).__mro__[1] is it[1]

# ==== enumeration whose members hold functions
import enum
import functools
class Op(enum.Enum):
    ADD = enum.member(functools.partial(lambda a, b: a + b))
    MUL = enum.member(functools.partial(lambda a, b: a * b))
    def __call__(self, *args):
        return self.value(*args)
it = Op.MUL, {Op.ADD, Op.MUL}
# ----
def probe(it):
    return it[0](3, 4), sorted(op.name for op in it[1])
def identity(it):
    return it[0] in it[1]

# ==== enumeration in its own method's default
import enum
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
def at(level=Level.HIGH):
    return level.name
Level.at = staticmethod(at)
it = Level
# ----
def probe(it):
    return it.at(), it.at(it.LOW)
def identity(it):
    return it.at.__defaults__[0] is it.HIGH

# ==== context variable with a class of `__main__` in its default
import contextvars
class User:
    name = "nobody"
user = contextvars.ContextVar("user", default=User())
async def who():
    return user.get().name
it = who, user
# ----
from show import finished
def probe(it):
    return finished(it[0]())
def identity(it):
    return it[0].__globals__["user"] is it[1]

# ==== deep chain of instances
class Node:
    def __init__(self, next):
        self.next = next
it = None
for _ in range(20_000):
    it = Node(it)
# ----
def probe(it):
    depth = 0
    while it is not None:
        depth, it = depth + 1, it.next
    return depth

# ==== deep chain of classes
it = object
for i in range(150):
    it = type(f"C{i}", (it,), {"depth": i})
# ----
def probe(it):
    return it.depth, len(it.__mro__)

# ==== deep chain of partials and closures
import functools
def wrap(f):
    def wrapped(x):
        return f(x) + 1
    return functools.partial(wrapped)
it = wrap(lambda x: x)
for _ in range(150):
    it = wrap(it)
# ----
def probe(it):
    return it(0)

# ==== class with an attribute of every kind of name
class it:
    ünïcode = 1
    __private = 2
    _ = 3
    def get(self):
        return self.ünïcode, self.__private, self._
setattr(it, "not a name", 4)
setattr(it, "__dunder_made__", 5)
# ----
def probe(it):
    return it().get(), getattr(it, "not a name"), it.__dunder_made__

# ==== game world that is ticked
import collections
import dataclasses
import random
@dataclasses.dataclass
class Actor:
    name: str
    world: "World"
    energy: int = 10
    def act(self):
        self.energy -= 1
        self.world.emit("acted", self.name)
class World:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.actors = {}
        self.hooks = collections.defaultdict(list)
        self.history = []
        self.hooks["acted"].append(lambda name: self.history.append(name))
    def spawn(self, name):
        self.actors[name] = Actor(name, self)
        return self
    def emit(self, what, *args):
        for hook in self.hooks[what]:
            hook(*args)
    def tick(self):
        self.random.choice(list(self.actors.values())).act()
        return self
it = World(3).spawn("ann").spawn("bob").tick()
# ----
def probe(it):
    for _ in range(5):
        it.tick()
    return it.history, {name: actor.energy for name, actor in it.actors.items()}
def identity(it):
    hook = it.hooks["acted"][0]
    return hook.__closure__[0].cell_contents is it and all(a.world is it for a in it.actors.values())
