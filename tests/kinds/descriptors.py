"""Properties, descriptors, and attributes of types taken by themselves."""

# ==== property
class it:
    def __init__(self):
        self._x = 1
    @property
    def x(self):
        """The x."""
        return self._x
    @x.setter
    def x(self, value):
        self._x = value * 10
    @x.deleter
    def x(self):
        self._x = "deleted"
# ----
def probe(it):
    thing = it()
    first, thing.x = thing.x, 2
    second = thing.x
    del thing.x
    return first, second, thing.x, it.x.__doc__

# ==== property by itself
it = property(lambda self: self.n, lambda self, n: setattr(self, "n", n), None, "The n.")
# ----
from types import SimpleNamespace
def probe(it):
    thing = SimpleNamespace(n=1)
    it.__set__(thing, 5)
    return it.__get__(thing), it.__doc__, it.fdel

# ==== property of a class of its own
class Cached(property):
    hits = 0
    def __get__(self, instance, owner=None):
        self.hits += 1
        return super().__get__(instance, owner)
class Thing:
    @Cached
    def x(self):
        return 5
it = Thing
# ----
def probe(it):
    thing = it()
    return thing.x, thing.x, vars(it)["x"].hits, type(vars(it)["x"]).__name__

# ==== property shared by two classes
shared = property(lambda self: type(self).__name__)
class A:
    name = shared
class B:
    name = shared
it = A, B
# ----
def probe(it):
    return it[0]().name, it[1]().name
def identity(it):
    return vars(it[0])["name"] is vars(it[1])["name"]

# ==== property with abstract accessors
import abc
class it(abc.ABC):
    @property
    @abc.abstractmethod
    def x(self): ...
# ----
def probe(it):
    return vars(it)["x"].__isabstractmethod__, sorted(it.__abstractmethods__)

# ==== classmethod and staticmethod objects
def f(*args):
    return len(args)
it = classmethod(f), staticmethod(f), f
# ----
def probe(it):
    c, s, f = it
    return c.__get__(None, int)(1, 2), s.__get__(None, int)(1, 2), s(1), s.__name__
def identity(it):
    c, s, f = it
    return c.__func__ is f and s.__func__ is f and s.__wrapped__ is f

# ==== cached_property
import functools
class Thing:
    reads = 0
    @functools.cached_property
    def x(self):
        self.reads += 1
        return [self.reads]
a, b = Thing(), Thing()
a.x
it = a, b
# ----
def probe(it):
    a, b = it
    return a.x, a.reads, b.x, b.x, b.reads

# ==== data descriptor with a weak dictionary
import weakref
class Typed:
    def __init__(self, kind):
        self.kind = kind
        self.values = weakref.WeakKeyDictionary()
    def __get__(self, instance, owner=None):
        return self if instance is None else self.values[instance]
    def __set__(self, instance, value):
        self.values[instance] = self.kind(value)
class Thing:
    n = Typed(int)
thing = Thing()
thing.n = "5"
it = thing, Thing
# ----
def probe(it):
    thing, cls = it
    before, thing.n = thing.n, "7"
    return before, thing.n, cls.n.kind is int

# ==== descriptor that is callable and binds itself
import types
class Bound:
    def __get__(self, instance, owner=None):
        return types.MethodType(self, instance)
    def __call__(self, instance, x):
        return type(instance).__name__, x
class Thing:
    f = Bound()
it = Thing()
# ----
def probe(it):
    return it.f(3)

# ==== descriptor of a slot
class Thing:
    __slots__ = ("x",)
it = Thing.x, Thing
# ----
def probe(it):
    slot, cls = it
    thing = cls()
    slot.__set__(thing, 4)
    return thing.x, slot.__name__
def identity(it):
    return it[0] is it[1].__dict__["x"]

# ==== descriptors of builtin types
import types
it = [str.upper, int.__add__, int.real, types.FunctionType.__code__, dict.fromkeys,
      vars(dict)["fromkeys"], vars(str)["maketrans"]]
# ----
import types
def probe(it):
    upper, add, real, code, fromkeys, _, maketrans = it
    return upper("a"), add(1, 2), real.__get__(3), fromkeys("a"), maketrans("a", "b")
def identity(it):
    return it[0] is str.upper and it[3] is types.FunctionType.__code__ and it[2] is int.real

# ==== descriptors `__dict__` and `__weakref__` of a class
class Thing:
    pass
it = Thing, vars(Thing)["__dict__"], vars(Thing)["__weakref__"]
# ----
def probe(it):
    thing = it[0]()
    thing.x = 1
    return it[1].__get__(thing), it[2].__get__(thing)

# ==== method wrapper
class Thing:
    def __init__(self, x):
        self.x = x
thing = Thing(1)
it = thing.__init__, (5).__add__, [1, 2].__len__, thing.__setattr__
# ----
def probe(it):
    init, add, length, setattr_ = it
    setattr_("y", 5)
    return add(1), length(), init.__self__.y

# ==== super object
class A:
    def f(self):
        return "A"
class B(A):
    def f(self):
        return "B"
b = B()
it = super(B, b), b
# ----
def probe(it):
    return it[0].f(), it[0].__thisclass__.__name__
def identity(it):
    return it[0].__self__ is it[1]

# ==== `types.DynamicClassAttribute`
import types
class it:
    @types.DynamicClassAttribute
    def x(self):
        return 3
# ----
from show import raised
def probe(it):
    return it().x, raised(lambda: it.x)

# ==== mapping proxy
import types
inner = {"a": 1}
it = types.MappingProxyType(inner), inner
# ----
from show import raised
def probe(it):
    proxy, inner = it
    inner["b"] = 2
    return dict(proxy), raised(lambda: proxy.__setitem__)

# ==== mapping proxy of a class of `__main__`
class Thing:
    x = 1
it = Thing.__dict__, Thing
# ----
def probe(it):
    proxy, cls = it
    cls.y = 2
    return proxy["x"], proxy.get("y")

# ==== view of a dict's keys
inner = {"a": 1, "b": 2}
it = inner.keys(), inner
# ----
def probe(it):
    view, inner = it
    inner["c"] = 3
    return list(view), type(view).__name__, view & {"a"}
def identity(it):
    return it[0].mapping == it[1] and len(it[0]) == len(it[1])

# ==== view of a dict's values
inner = {"a": 1, "b": [2]}
it = inner.values(), inner
# ----
def probe(it):
    view, inner = it
    inner["c"] = 3
    return list(view), type(view).__name__
def identity(it):
    return list(it[0])[1] is it[1]["b"]

# ==== view of a dict's items
inner = {"a": 1, "b": 2}
it = inner.items(), inner
# ----
def probe(it):
    view, inner = it
    inner["c"] = 3
    return list(view), type(view).__name__

# ==== views of an ordered dict
import collections
inner = collections.OrderedDict(b=1, a=2)
it = inner.keys(), inner.values(), inner.items(), inner
# ----
def probe(it):
    keys, values, items, inner = it
    inner.move_to_end("b")
    return list(keys), list(values), list(items), type(keys).__name__
