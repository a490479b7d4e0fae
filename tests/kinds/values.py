"""Containers of the library that hold functions or classes, and how they share."""

# ==== chain map, counter, deque
import collections
base = {"a": 1}
it = collections.ChainMap({}, base), collections.Counter("aab"), collections.deque([1, 2, 3], maxlen=3), base
# ----
def probe(it):
    chain, counter, queue, base = it
    base["b"] = 2
    queue.append(4)
    return chain["b"], counter.most_common(1), queue, queue.maxlen
def identity(it):
    return it[0].maps[1] is it[3]

# ==== default dict with a class of `__main__`
import collections
class Score:
    def __init__(self):
        self.n = 0
it = collections.defaultdict(Score)
it["ada"].n = 5
# ----
def probe(it):
    return it["ada"].n, it["bob"].n
def identity(it):
    return type(it["ada"]) is it.default_factory

# ==== set of functions and classes
def f():
    return 1
class C:
    pass
it = {f, C}, f, C
# ----
def probe(it):
    return sorted(x.__name__ for x in it[0])
def identity(it):
    return it[1] in it[0] and it[2] in it[0]

# ==== dict with instances as keys
class Key:
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return hash(self.n)
    def __eq__(self, other):
        return self.n == other.n
keys = [Key(1), Key(2)]
it = {key: key.n for key in keys}, keys
# ----
def probe(it):
    table, keys = it
    return table[keys[0]], table[type(keys[0])(2)]
def identity(it):
    return list(it[0])[0] is it[1][0]

# ==== state machine of functions
class Machine:
    def __init__(self):
        self.state = self.idle
        self.table = {"idle": self.idle, "busy": self.busy}
    def idle(self):
        self.state = self.busy
        return "idle"
    def busy(self):
        self.state = self.idle
        return "busy"
it = Machine()
# ----
def probe(it):
    return it.state(), it.state(), it.table["busy"]()
def identity(it):
    return it.state.__self__ is it and it.table["idle"].__self__ is it

# ==== observers and callbacks
class Bus:
    def __init__(self):
        self.handlers = {}
    def on(self, name):
        def register(f):
            self.handlers.setdefault(name, []).append(f)
            return f
        return register
    def emit(self, name, *args):
        return [f(*args) for f in self.handlers.get(name, ())]
bus = Bus()
@bus.on("add")
def add(a, b):
    return a + b
@bus.on("add")
def add_to_log(a, b):
    return f"{a}+{b} on {len(bus.handlers)}"
it = bus, add
# ----
def probe(it):
    return it[0].emit("add", 1, 2)
def identity(it):
    bus, add = it
    return bus.handlers["add"][0] is add and bus.handlers["add"][1].__globals__["bus"] is bus

# ==== memoized property of a recursive data structure
import functools
class Tree:
    def __init__(self, value, *children):
        self.value, self.children = value, children
    @functools.cached_property
    def total(self):
        return self.value + sum(child.total for child in self.children)
    def walk(self, f):
        return [f(self), *(x for child in self.children for x in child.walk(f))]
it = Tree(1, Tree(2, Tree(3)), Tree(4))
it.children[0].total
# ----
def probe(it):
    return it.total, it.walk(lambda t: t.value)

# ==== pipeline of closures
def compose(*fs):
    def composed(x):
        for f in fs:
            x = f(x)
        return x
    return composed
it = compose(lambda x: x + 1, str, lambda s: s * 2, len)
# ----
def probe(it):
    return it(99)

# ==== enumerations, data classes and functions together
import dataclasses
import enum
class Op(enum.Enum):
    ADD = "+"
    MUL = "*"
@dataclasses.dataclass
class Expr:
    op: Op
    args: list["Expr | int"]
    def eval(self):
        values = [a.eval() if isinstance(a, Expr) else a for a in self.args]
        return TABLE[self.op](values)
TABLE = {Op.ADD: sum, Op.MUL: lambda values: values[0] * values[1]}
it = Expr(Op.ADD, [1, Expr(Op.MUL, [2, 3])])
# ----
def probe(it):
    return it.eval(), repr(it)
def identity(it):
    table = type(it).eval.__globals__["TABLE"]
    return list(table)[0] is it.op is type(it.op)("+") and type(it.args[1]) is type(it)

# ==== numbers, dates and text of the library
import datetime
import decimal
import fractions
import ipaddress
import uuid
it = [decimal.Decimal("1.10"), fractions.Fraction(1, 3), datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
      datetime.timedelta(1), uuid.UUID(int=5), ipaddress.ip_address("::1"), 10**50, 1j, slice(1, 2), range(5)]
# ----
def probe(it):
    return repr(it)

# ==== tzinfo class
import datetime
class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        return datetime.timedelta(hours=2)
    def dst(self, when):
        return None
    def tzname(self, when):
        return "Z+2"
it = datetime.datetime(2026, 1, 2, tzinfo=Zone())
# ----
def probe(it):
    return it.isoformat(), it.tzname()

# ==== string template class
import string
class Percent(string.Template):
    delimiter = "%"
it = Percent("%a and %b")
# ----
def probe(it):
    return it.substitute(a=1, b=2)

# ==== heap and bisect with keys
import heapq
class Task:
    def __init__(self, priority, run):
        self.priority, self.run = priority, run
    def __lt__(self, other):
        return self.priority < other.priority
it = [Task(i, lambda i=i: i * 10) for i in (3, 1, 2)]
heapq.heapify(it)
# ----
import heapq
def probe(it):
    return [heapq.heappop(it).run() for _ in range(3)]

# ==== graph library's sorter
import graphlib
it = graphlib.TopologicalSorter({"b": ["a"], "c": ["b"]})
# ----
def probe(it):
    return list(it.static_order())

# ==== scheduler with a clock of `__main__`
import sched
now = [0]
it = sched.scheduler(lambda: now[0], lambda t: now.__setitem__(0, now[0] + t)), []
it[0].enter(5, 1, it[1].append, ("late",))
it[0].enter(1, 1, it[1].append, ("soon",))
# ----
def probe(it):
    scheduler, log = it
    scheduler.run()
    return log, scheduler.empty()
