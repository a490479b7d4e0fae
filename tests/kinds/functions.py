"""Functions, and what is made of them. See harness/catalogue.py."""

# ==== function
def it(a, b):
    """Adds."""
    return a + b
# ----
def probe(it):
    return it(1, 2), it.__name__, it.__qualname__, it.__module__, it.__doc__

# ==== lambda
it = lambda x, *rest, y=2, **more: (x, rest, y, more)
# ----
def probe(it):
    return it(1), it(1, 2, y=3, z=4), it.__name__

# ==== function with every kind of parameter
def it(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, kwargs
# ----
import inspect
def probe(it):
    return it(1, d=4), it(1, 2, 3, 4, d=5, f=6), str(inspect.signature(it))

# ==== function with defaults
def it(a=1, b="two", c=(3, None)):
    return a, b, c
# ----
def probe(it):
    return it(), it.__defaults__

# ==== function with a shared mutable default
shared = []
def add(item, to=shared):
    to.append(item)
    return len(to)
it = add, shared
# ----
def probe(it):
    add, shared = it
    return add(1), add(2), shared
def identity(it):
    return it[0].__defaults__[0] is it[1]

# ==== function with keyword-only defaults
def it(*, a=1, b=[2]):
    return a, b
it.__kwdefaults__["a"] = "changed"
# ----
def probe(it):
    return it(), it.__kwdefaults__

# ==== function that is its own default
def it(depth, again=None):
    return 0 if depth == 0 else 1 + again(depth - 1, again)
it.__defaults__ = (it,)
# ----
def probe(it):
    return it(3)
def identity(it):
    return it.__defaults__[0] is it

# ==== function with annotations
def it(a: int, *b: str, c: "list[int]" = None) -> dict[str, int]:
    pass
# ----
def probe(it):
    return it.__annotations__

# ==== function with annotations of classes of `__main__`
class Thing:
    pass
def f(a: Thing) -> list[Thing]:
    return a
it = f, Thing
# ----
def probe(it):
    return it[0].__annotations__["a"].__name__
def identity(it):
    f, thing = it
    return f.__annotations__["a"] is thing and f.__annotations__["return"].__args__[0] is thing

# ==== function whose annotations are evaluated late
calls = []
def mark(name):
    calls.append(name)
    return name
def it(a: mark("a"), b: mark("b")) -> mark("c"):
    return calls
# ----
def probe(it):
    before = list(it(1, 2))
    return before, it.__annotations__, it(1, 2)

# ==== function whose annotations name what isn't defined
def it(a: Missing) -> "Missing":
    return a
# ----
import annotationlib
from show import raised
def probe(it):
    text = annotationlib.get_annotations(it, format=annotationlib.Format.STRING)
    return raised(lambda: it.__annotations__), text, it(1)

# ==== function whose annotations were set by hand
def it(a):
    return a
it.__annotations__ = {"a": 1, "return": "two"}
# ----
def probe(it):
    return it.__annotations__, it(3)

# ==== annotate function of a function
def f(a: int) -> str:
    pass
it = f.__annotate__
# ----
def probe(it):
    return it(1), it.__name__

# ==== function with type parameters
def it[T, *Ts, **P](a: T, *b: *Ts) -> T:
    return a
# ----
def probe(it):
    names = [parameter.__name__ for parameter in it.__type_params__]
    return it(1), names, [type(parameter).__name__ for parameter in it.__type_params__]
def identity(it):
    return it.__annotations__["a"] is it.__type_params__[0] is it.__annotations__["return"]

# ==== function with bounded type parameters and defaults
def it[T: int, S: (str, bytes), D = list[int]](a: T, b: S) -> D:
    return [a, b]
# ----
def probe(it):
    t, s, d = it.__type_params__
    return t.__bound__, s.__constraints__, d.__default__, it(1, "x")

# ==== function with attributes
def it():
    it.calls += 1
    return it.calls
it.calls = 10
it.tags = {"a", "b"}
# ----
def probe(it):
    return it(), it(), sorted(it.tags), it.__dict__.keys() >= {"calls", "tags"}

# ==== function that is an attribute of itself
def it():
    return "me"
it.me = it
# ----
def probe(it):
    return it.me()
def identity(it):
    return it.me is it

# ==== functions that are attributes of each other
def a():
    return "a"
def b():
    return "b"
a.other, b.other = b, a
it = [a, b]
# ----
def probe(it):
    return [f.other() for f in it]
def identity(it):
    return it[0].other is it[1] and it[1].other is it[0]

# ==== function with other names
def it():
    """One."""
it.__name__ = "renamed"
it.__qualname__ = "Somewhere.renamed"
it.__doc__ = "Another."
# ----
def probe(it):
    return it.__name__, it.__qualname__, it.__doc__, it.__code__.co_name

# ==== function that says it is of another module
def it():
    return "mine"
it.__module__ = "json"
it.__qualname__ = "loads"
# ----
def probe(it):
    return it(), it.__module__

# ==== function with another code
def it():
    return "old"
def other():
    return "new"
it.__code__ = other.__code__
# ----
def probe(it):
    return it(), it.__name__

# ==== closure
def outer(n):
    def inner(x):
        return x * n
    return inner
it = outer(3)
# ----
def probe(it):
    return it(4), it.__qualname__, it.__code__.co_freevars

# ==== closures that share a cell
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    def get():
        return n
    return up, get
it = counter()
# ----
def probe(it):
    up, get = it
    return get(), up(), up(), get()
def identity(it):
    return it[0].__closure__[0] is it[1].__closure__[0]

# ==== closure that calls itself
def outer():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)
    return factorial
it = outer()
# ----
def probe(it):
    return it(10)
def identity(it):
    return it.__closure__[0].cell_contents is it

# ==== closures that call each other
def outer():
    def even(n):
        return n == 0 or odd(n - 1)
    def odd(n):
        return n > 0 and even(n - 1)
    return even, odd
it = outer()
# ----
def probe(it):
    even, odd = it
    return even(10), odd(10), odd(7)
def identity(it):
    even, odd = it
    return even.__closure__[0].cell_contents is odd and odd.__closure__[0].cell_contents is even

# ==== closure with an empty cell
def outer():
    def inner():
        return late
    if False:
        late = 1
    return inner
it = outer()
# ----
from show import raised
def probe(it):
    return raised(it), raised(lambda: it.__closure__[0].cell_contents)

# ==== closure whose cell is filled after loading
def outer():
    def fill(value):
        nonlocal late
        late = value
    def read():
        return late
    if False:
        late = 1
    return fill, read
it = outer()
# ----
from show import raised
def probe(it):
    fill, read = it
    before = raised(read)
    fill(5)
    return before, read()
def identity(it):
    return it[0].__closure__[0] is it[1].__closure__[0]

# ==== closures in a loop that share one variable
it = [lambda: i for i in range(3)]
# ----
def probe(it):
    return [f() for f in it]
def identity(it):
    return it[0].__closure__[0] is it[1].__closure__[0] is it[2].__closure__[0]

# ==== closure in a closure in a closure
def a(x):
    def b(y):
        def c(z):
            nonlocal x
            x += 1
            return x, y, z
        return c
    return b
b = a(1)
it = b, b(2)
# ----
def probe(it):
    b, c = it
    return c(3), b(20)(30), c(4)
def identity(it):
    b, c = it
    return b.__closure__[0] is c.__closure__[0]

# ==== function that calls itself
def it(n):
    return 1 if n < 2 else n * it(n - 1)
# ----
def probe(it):
    return it(10)
def identity(it):
    return it.__globals__["it"] is it

# ==== functions that call each other
def even(n):
    return n == 0 or odd(n - 1)
def odd(n):
    return n > 0 and even(n - 1)
it = even, odd
# ----
def probe(it):
    even, odd = it
    return even(10), odd(10), even(7)
def identity(it):
    even, odd = it
    return even.__globals__["odd"] is odd and odd.__globals__["even"] is even

# ==== functions that share their globals
n = 0
def up():
    global n
    n += 1
def get():
    return n
it = up, get
# ----
def probe(it):
    up, get = it
    up()
    up()
    return get()
def identity(it):
    return it[0].__globals__ is it[1].__globals__

# ==== function that shares a global with the pickle
cache = {}
def remember(key, value):
    cache[key] = value
it = {"f": remember, "cache": cache}
# ----
def probe(it):
    it["f"]("a", 1)
    return it["cache"]
def identity(it):
    return it["f"].__globals__["cache"] is it["cache"]

# ==== function that sets a global which is not there
def put(value):
    global fresh
    fresh = value
def get():
    return fresh
it = put, get
# ----
from show import raised
def probe(it):
    put, get = it
    before = raised(get)
    put(1)
    return before, get()

# ==== function among globals that can't be pickled
import socket
unwanted = (i for i in range(3))
wanted = 5
def it(x):
    return x.unwanted + wanted
# ----
from types import SimpleNamespace
def probe(it):
    return it(SimpleNamespace(unwanted=1))

# ==== function that names a module
import math
import os.path as paths
def it():
    return math.floor(2.5), paths.basename("a/b")
# ----
def probe(it):
    return it()

# ==== function that names a module in a package
import xml.dom.minidom
def it():
    return xml.dom.minidom.parseString("<a b='1'/>").documentElement.getAttribute("b")
# ----
def probe(it):
    return it()

# ==== function that imports
def it():
    import json
    from collections import OrderedDict as Ordered
    return json.dumps(Ordered(a=1))
# ----
def probe(it):
    return it()

# ==== function whose globals are named by an inner function
scale = 10
def it(items):
    def inner(x):
        return lambda: [scale * y for y in (x,)]
    return [inner(item)() for item in items]
# ----
def probe(it):
    return it([1, 2])

# ==== function whose globals are named by a class in it
base = int
unit = 7
def it():
    class Inner(base):
        value = unit
        def double(self):
            return self * 2 * unit
    return Inner(3).double(), Inner.value
# ----
def probe(it):
    return it()

# ==== function with globals of its own
globals_of_its_own = {"x": 41}
exec("def it():\n    return x + 1", globals_of_its_own)
it = globals_of_its_own["it"]
# ----
def probe(it):
    return it(), it.__module__

# ==== function with builtins of its own
import types
def f(x):
    return len(x)
it = types.FunctionType(f.__code__, {"__builtins__": {"len": lambda x: -1}}, "f")
# ----
def probe(it):
    return it([1, 2, 3])

# ==== async function
async def it(x):
    async def inner():
        return x + 1
    return await inner()
# ----
import inspect
from show import finished
def probe(it):
    return finished(it(1)), inspect.iscoroutinefunction(it)

# ==== generator function
def it(n):
    for i in range(n):
        got = yield i
        if got:
            yield got
    return "end"
# ----
import inspect
def probe(it):
    generator = it(3)
    return next(generator), generator.send("x"), list(generator), inspect.isgeneratorfunction(it)

# ==== async generator function
async def it(n):
    for i in range(n):
        yield i
# ----
from show import finished
def probe(it):
    async def collect():
        return [i async for i in it(3)]
    return finished(collect())

# ==== async closure with async context managers
import contextlib
def outer(log):
    @contextlib.asynccontextmanager
    async def manager(name):
        log.append(f"in {name}")
        yield name
        log.append(f"out {name}")
    async def run():
        async with manager("a") as a, manager("b") as b:
            log.append(a + b)
        return log
    return run
it = outer([])
# ----
from show import finished
def probe(it):
    return finished(it())

# ==== function made by another that was loaded
def it(n):
    """Makes adders."""
    def add(x, *, step=n):
        return x + n + step
    add.made = True
    return add
# ----
def probe(it):
    add = it(5)
    return add(1), add.made, add.__qualname__

# ==== function that is shared
def f():
    return 1
it = {"a": f, "b": [f], f: "key"}
# ----
def probe(it):
    return it["a"](), it["b"][0](), it[it["a"]]
def identity(it):
    return it["a"] is it["b"][0]

# ==== decorated function
import functools
def trace(label):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return label, f(*args, **kwargs)
        return wrapper
    return decorate
@trace("outer")
@trace("inner")
def it(x):
    """Doubles."""
    return x * 2
# ----
import inspect
def probe(it):
    return it(4), it.__name__, it.__doc__, inspect.unwrap(it)(5)
def identity(it):
    cells = [cell.cell_contents for cell in it.__closure__]
    return it.__wrapped__ in cells and it.__wrapped__.__wrapped__ is inspect.unwrap(it)

# ==== function decorated by a class
class Counted:
    def __init__(self, f):
        self.f = f
        self.calls = 0
    def __call__(self, *args):
        self.calls += 1
        return self.calls, self.f(*args)
@Counted
def it(x):
    return x + 1
it(0)
# ----
def probe(it):
    return it(1), it(2), type(it).__name__

# ==== deprecated function
import warnings
@warnings.deprecated("use another")
def it():
    return 1
# ----
import warnings
def probe(it):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = it()
    return value, [str(warning.message) for warning in caught], it.__deprecated__

# ==== partial
import functools
def f(a, b, c=3):
    return a, b, c
it = functools.partial(f, 1, c=4)
it.note = "mine"
# ----
def probe(it):
    return it(2), it.args, it.keywords, it.note

# ==== partial of a partial
import functools
it = functools.partial(functools.partial(lambda *args, **kw: (args, kw), 1, a=2), 3, b=4)
# ----
def probe(it):
    return it(5, c=6)

# ==== partial with a placeholder
import functools
it = functools.partial(lambda *args: args, functools.Placeholder, 2)
# ----
def probe(it):
    return it(1, 3)

# ==== partial that holds itself
import functools
def f(self, n):
    return n
it = functools.partial(f)
it.__setstate__((f, (it,), {}, {}))
# ----
def probe(it):
    return it(7)
def identity(it):
    return it.args[0] is it

# ==== partialmethod
import functools
class Lamp:
    on = False
    def switch(self, state):
        self.on = state
        return self
    switch_on = functools.partialmethod(switch, True)
it = Lamp()
# ----
def probe(it):
    return it.on, it.switch_on().on

# ==== lru_cache function
import functools
@functools.lru_cache(maxsize=3)
def it(x):
    """Squares."""
    return x * x
# ----
def probe(it):
    return it(3), it.cache_parameters(), it.__name__, it.__doc__, it.__wrapped__(4)

# ==== lru_cache function with contents
import functools
calls = []
@functools.lru_cache(maxsize=3)
def square(x):
    calls.append(x)
    return x * x
for x in (1, 2, 1, 3, 4):
    square(x)
it = square, calls
# ----
def probe(it):
    square, calls = it
    before = square.cache_info()
    values = square(1), square(3), square(2)
    return tuple(before), values, calls, tuple(square.cache_info())
def identity(it):
    return it[0].__wrapped__.__globals__["calls"] is it[1]

# ==== cache function that calls itself
import functools
@functools.cache
def it(n):
    return n if n < 2 else it(n - 1) + it(n - 2)
it(20)
# ----
def probe(it):
    before = it.cache_info().currsize
    return before, it(20), it.cache_info().misses

# ==== typed lru_cache function
import functools
@functools.lru_cache(maxsize=None, typed=True)
def it(x):
    return type(x).__name__
it(1)
# ----
def probe(it):
    return it(1), it(1.0), it(True), it.cache_parameters(), it.cache_info().currsize

# ==== method with an lru_cache
import functools
class Store:
    def __init__(self):
        self.reads = 0
    @functools.lru_cache
    def read(self, key):
        self.reads += 1
        return key.upper()
it = Store()
it.read("a")
# ----
def probe(it):
    return it.read("a"), it.read("b"), it.reads

# ==== singledispatch function
import functools
@functools.singledispatch
def it(x):
    return "object"
@it.register
def _(x: int):
    return "int"
@it.register(list)
def of_list(x):
    return [it(item) for item in x]
it("fills its cache")
# ----
def probe(it):
    return it(1), it("x"), it([1, "x"]), it.dispatch(bool).__name__, len(it.registry)

# ==== singledispatch function for a class of `__main__`
import functools
class Point:
    pass
@functools.singledispatch
def name(x):
    return "object"
@name.register
def _(x: Point):
    return "point"
it = name, Point
# ----
def probe(it):
    name, point = it
    return name(point()), name(3)
def identity(it):
    return it[1] in it[0].registry

# ==== singledispatchmethod
import functools
class Printer:
    @functools.singledispatchmethod
    def show(self, x):
        return "object"
    @show.register
    def _(self, x: int):
        return f"int {x}"
it = Printer()
# ----
def probe(it):
    return it.show(1), it.show("x")

# ==== context manager function
import contextlib
log = []
@contextlib.contextmanager
def manager(name):
    log.append("enter")
    try:
        yield name
    finally:
        log.append("exit")
it = manager, log
# ----
def probe(it):
    manager, log = it
    with manager("a") as name:
        log.append(name)
    return log

# ==== exit stack with callbacks
import contextlib
log = []
it = contextlib.ExitStack()
it.callback(log.append, "bye")
it.log = log
# ----
def probe(it):
    with it:
        it.log.append("in")
    return it.log

# ==== bound method
class Account:
    def __init__(self, balance):
        self.balance = balance
    def deposit(self, amount):
        self.balance += amount
        return self.balance
account = Account(10)
it = account.deposit, account
# ----
def probe(it):
    deposit, account = it
    return deposit(5), account.balance, deposit.__func__.__qualname__
def identity(it):
    return it[0].__self__ is it[1]

# ==== bound method of a function that is no attribute
import types
class Thing:
    pass
def f(self, x):
    return type(self).__name__, x
it = types.MethodType(f, Thing())
# ----
def probe(it):
    return it(1)

# ==== bound method of a private name
class Thing:
    def __hidden(self):
        return "hidden"
    def get(self):
        return self.__hidden
it = Thing().get()
# ----
def probe(it):
    return it()

# ==== method taken from a class
class Thing:
    def f(self):
        return self.x
it = Thing.f
# ----
from types import SimpleNamespace
def probe(it):
    return it(SimpleNamespace(x=5)), it.__qualname__

# ==== class method
class Thing:
    made = 0
    @classmethod
    def make(cls):
        cls.made += 1
        return cls.__name__, cls.made
it = Thing.make, Thing
# ----
def probe(it):
    make, thing = it
    return make(), make(), thing.made
def identity(it):
    return it[0].__self__ is it[1]

# ==== static method
class Thing:
    @staticmethod
    def f(x):
        return x + 1
it = Thing.f, Thing().f
# ----
def probe(it):
    return it[0](1), it[0].__qualname__
def identity(it):
    return it[0] is it[1]

# ==== bound method of a list
items = [1]
it = items.append, items
# ----
def probe(it):
    append, items = it
    append(2)
    return items
def identity(it):
    return it[0].__self__ is it[1]

# ==== operator functions that hold functions
import operator
key = lambda pair: pair[1]
it = [operator.methodcaller("sort", key=key), operator.itemgetter(1), operator.attrgetter("real")]
# ----
def probe(it):
    sort, item, real = it
    pairs = [(1, "b"), (2, "a")]
    sort(pairs)
    return pairs, item("xyz"), real(3)

# ==== comparison key
import functools
it = functools.cmp_to_key(lambda a, b: (a > b) - (a < b))
# ----
def probe(it):
    return sorted([3, 1, 2], key=it)

# ==== overloaded function
import typing
@typing.overload
def it(x: int) -> int: ...
@typing.overload
def it(x: str) -> str: ...
def it(x):
    return x
# ----
def probe(it):
    return it(1), it("a")

# ==== function deep in functions
it = None
def wrap(inner):
    return lambda: 1 if inner is None else 1 + inner()
for _ in range(200):
    it = wrap(it)
# ----
def probe(it):
    return it()

# ==== functions in a default dict
import collections
it = collections.defaultdict(lambda: collections.defaultdict(list))
it["a"]["b"].append(1)
# ----
def probe(it):
    it["x"]["y"].append(2)
    return {key: dict(value) for key, value in it.items()}
