"""Classes and their instances."""

# ==== class
class it:
    """Doc."""
    x = 1
    def f(self):
        return self.x
# ----
def probe(it):
    return it().f(), it.__name__, it.__qualname__, it.__module__, it.__doc__, it.__bases__

# ==== instance
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __repr__(self):
        return f"Point({self.x}, {self.y})"
it = Point(1, 2)
# ----
def probe(it):
    return repr(it), type(it).__name__, vars(it)

# ==== instance with its class
class Point:
    pass
it = [Point(), Point, Point()]
# ----
def probe(it):
    return type(it[0]).__name__
def identity(it):
    return type(it[0]) is it[1] is type(it[2])

# ==== instance that holds itself
class Node:
    def __init__(self):
        self.me = self
        self.children = [self]
it = Node()
# ----
def probe(it):
    return sorted(vars(it))
def identity(it):
    return it.me is it and it.children[0] is it

# ==== class with bases
class A:
    def f(self):
        return ["A"]
class B(A):
    def f(self):
        return ["B", *super().f()]
class C(A):
    def f(self):
        return ["C", *super().f()]
class D(B, C):
    def f(self):
        return ["D", *super().f()]
it = D, A
# ----
def probe(it):
    return it[0]().f(), [c.__name__ for c in it[0].__mro__]
def identity(it):
    d, a = it
    return d.__mro__[3] is a and d.__mro__[1].__base__ is a and d.__mro__[2].__base__ is a

# ==== class with the order of its attributes
class it:
    z = 1
    a = 2
    m = 3
    def b(self): pass
# ----
def probe(it):
    return [name for name in vars(it) if not name.startswith("__")]

# ==== class with a shared mutable attribute
shared = []
class A:
    items = shared
class B:
    items = shared
it = A, B, shared
# ----
def probe(it):
    it[0].items.append(1)
    return it[1].items
def identity(it):
    return it[0].items is it[1].items is it[2]

# ==== class changed after its definition
class it:
    x = 1
    gone = True
    def f(self):
        return "old"
it.x = 2
it.added = lambda self: self.x
it.f = lambda self: "new"
del it.gone
# ----
def probe(it):
    return it().f(), it().added(), it.x, hasattr(it, "gone")

# ==== class with other bases than at its definition
class A:
    def f(self):
        return "A"
class B:
    def f(self):
        return "B"
class it(A):
    pass
it.__bases__ = (B,)
# ----
def probe(it):
    return it().f(), [c.__name__ for c in it.__mro__]

# ==== class with another name
class it:
    pass
it.__name__ = "Renamed"
it.__qualname__ = "Outer.Renamed"
it.__doc__ = "New."
# ----
def probe(it):
    return it.__name__, it.__qualname__, it.__doc__

# ==== class with slots
class it:
    __slots__ = ("x", "__hidden")
    def __init__(self):
        self.x = 1
        self.__hidden = 2
    def get(self):
        return self.__hidden
# ----
from show import raised
def probe(it):
    thing = it()
    return thing.x, thing.get(), hasattr(thing, "__dict__"), it.__slots__, raised(setattr, thing, "y", 1)

# ==== instance with slots
class Point:
    __slots__ = ["x", "y", "unset"]
it = Point()
it.x, it.y = 1, [2]
# ----
def probe(it):
    return it.x, it.y, hasattr(it, "unset")

# ==== slots with a dict and weak references
import weakref
class Point:
    __slots__ = ("x", "__dict__", "__weakref__")
it = Point()
it.x, it.y = 1, 2
# ----
import weakref
def probe(it):
    return it.x, it.y, vars(it), weakref.ref(it)() is it

# ==== slots in a base class
class A:
    __slots__ = ("a",)
class B(A):
    __slots__ = ("b",)
class C(B):
    pass
it = C()
it.a, it.b, it.c = 1, 2, 3
# ----
def probe(it):
    return it.a, it.b, it.c, vars(it)

# ==== slots with docs
class it:
    __slots__ = {"x": "The x.", "y": None}
# ----
def probe(it):
    return it.x.__doc__, it.__slots__, it.x.__name__

# ==== slots that were given by an iterator
class it:
    __slots__ = iter(["a", "b"])
# ----
from show import raised
def probe(it):
    thing = it()
    thing.a = thing.b = 1
    return thing.a, raised(setattr, thing, "c", 1)

# ==== `super()` in methods of all kinds
class A:
    @classmethod
    def make(cls):
        return "A.make"
    @staticmethod
    def plain():
        return "A.plain"
    @property
    def value(self):
        return "A.value"
class it(A):
    @classmethod
    def make(cls):
        return super().make() + "!"
    @staticmethod
    def plain():
        return super(__class__, __class__).plain() + "!"
    @property
    def value(self):
        return super().value + "!"
# ----
def probe(it):
    return it.make(), it.plain(), it().value

# ==== method that names its class
class it:
    def f(self):
        return __class__
# ----
def probe(it):
    return it().f().__name__
def identity(it):
    return it().f() is it and it.f.__closure__[0].cell_contents is it

# ==== method with `super()` in a function in it
class A:
    def f(self, x):
        return x
class it(A):
    def f(self, items):
        return [super(it, self).f(x) for x in items], (lambda: super(__class__, self).f(9))()
# ----
def probe(it):
    return it().f([1, 2])

# ==== `__init_subclass__` that must not run twice
log = []
class Base:
    def __init_subclass__(cls, /, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        log.append((cls.__name__, tag))
        cls.tag = tag
class Child(Base, tag="t"):
    pass
it = Child, Base, log
# ----
def probe(it):
    child, base, log = it
    before = list(log)
    class New(child, tag="new"):
        pass
    return before, log, child.tag, New.tag

# ==== registry of plugins in a base class
class Plugin:
    plugins = {}
    def __init_subclass__(cls):
        Plugin.plugins[cls.__name__.lower()] = cls
class Add(Plugin):
    def run(self, a, b):
        return a + b
class Mul(Plugin):
    def run(self, a, b):
        return a * b
it = Plugin
# ----
def probe(it):
    return {name: plugin().run(3, 4) for name, plugin in it.plugins.items()}
def identity(it):
    return all(plugin.__base__ is it for plugin in it.plugins.values())

# ==== `__set_name__` that must not run twice
log = []
class Field:
    def __set_name__(self, owner, name):
        log.append(name)
        self.name = name
    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__.get(self.name, f"no {self.name}")
    def __set__(self, instance, value):
        instance.__dict__[self.name] = value
class Form:
    a = Field()
    b = Field()
it = Form, log
# ----
def probe(it):
    form, log = it
    one = form()
    one.a = 1
    return log, one.a, one.b, form.a.name

# ==== metaclass
class Meta(type):
    def __repr__(cls):
        return f"<{cls.__name__}>"
    @property
    def size(cls):
        return len(cls.__name__)
    def __len__(cls):
        return 5
class it(metaclass=Meta):
    pass
# ----
def probe(it):
    return repr(it), it.size, len(it), type(it).__name__

# ==== metaclass that must not run twice
made = []
class Meta(type):
    def __new__(mcls, name, bases, namespace, /, **kwargs):
        made.append(("new", name, sorted(kwargs)))
        return super().__new__(mcls, name, bases, namespace)
    def __init__(cls, name, bases, namespace, /, **kwargs):
        made.append(("init", name))
        super().__init__(name, bases, namespace)
        cls.initialized = True
class Thing(metaclass=Meta, option=1):
    pass
it = Thing, made
# ----
def probe(it):
    thing, made = it
    return made, thing.initialized, type(thing).__name__

# ==== metaclass with `__prepare__`
class Twice(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, [value] if isinstance(value, int) else value)
class Meta(type):
    @classmethod
    def __prepare__(mcls, name, bases):
        return Twice()
class it(metaclass=Meta):
    x = 1
# ----
def probe(it):
    made = type(it)("New", (), {"y": 2})
    return it.x, made.y, type(type(it).__prepare__("n", ())).__name__

# ==== metaclass with `__call__` and its single instance
class Singleton(type):
    instances = {}
    def __call__(cls, *args):
        if cls not in cls.instances:
            cls.instances[cls] = super().__call__(*args)
        return cls.instances[cls]
class Config(metaclass=Singleton):
    def __init__(self):
        self.values = {}
Config().values["a"] = 1
it = Config, Config()
# ----
def probe(it):
    return it[0]().values
def identity(it):
    return it[0]() is it[1]

# ==== metaclass with a metaclass
class MetaMeta(type):
    def __call__(mcls, name, bases, namespace):
        return super().__call__(name + "!", bases, namespace)
class Meta(type, metaclass=MetaMeta):
    pass
it = Meta
# ----
def probe(it):
    return it.__name__, type(it).__name__, it("New", (), {}).__name__

# ==== metaclass with attributes of its instances in slots of its own
class Meta(type):
    def __setattr__(cls, name, value):
        if name.startswith("locked"):
            raise AttributeError(name)
        super().__setattr__(name, value)
class it(metaclass=Meta):
    locked_value = 1
it.free = 2
# ----
from show import raised
def probe(it):
    return it.locked_value, it.free, raised(setattr, it, "locked_value", 2)

# ==== class decorated
def add_repr(cls):
    cls.__repr__ = lambda self: f"<{cls.__name__} {vars(self)}>"
    return cls
@add_repr
class Thing:
    def __init__(self):
        self.x = 1
it = Thing()
# ----
def probe(it):
    return repr(it)

# ==== nested classes
class Outer:
    class Inner:
        class Innermost:
            depth = 3
        def f(self):
            return Outer.Inner.Innermost.depth
it = Outer, Outer.Inner, Outer.Inner.Innermost()
# ----
def probe(it):
    outer, inner, thing = it
    return inner().f(), inner.__qualname__, type(thing).__qualname__
def identity(it):
    outer, inner, thing = it
    return outer.Inner is inner and type(thing) is inner.Innermost

# ==== class made in a function
def make(base, unit):
    class Made(base):
        def f(self):
            return unit * len(self), Made.__name__
    return Made
it = make(list, 10)([1, 2])
# ----
def probe(it):
    return it.f(), type(it).__qualname__, it

# ==== classes that name each other
class Hen:
    def lay(self):
        return Egg()
class Egg:
    def hatch(self):
        return Hen()
Hen.child, Egg.child = Egg, Hen
it = Hen, Egg
# ----
def probe(it):
    return type(it[0]().lay().hatch()).__name__
def identity(it):
    hen, egg = it
    return hen.child is egg and egg.child is hen and type(hen().lay()) is egg

# ==== class that is an attribute of itself
class it:
    pass
it.me = it
it.all = [it, {"me": it}]
# ----
def probe(it):
    return it.__name__
def identity(it):
    return it.me is it and it.all[0] is it and it.all[1]["me"] is it

# ==== class with an instance of itself
class Level:
    def __init__(self, n):
        self.n = n
Level.LOW, Level.HIGH = Level(1), Level(2)
it = Level
# ----
def probe(it):
    return it.LOW.n, it.HIGH.n
def identity(it):
    return type(it.LOW) is it

# ==== class without a reference to it but its instances
def make():
    class Hidden:
        def __eq__(self, other):
            return type(self) is type(other)
        __hash__ = None
    return [Hidden(), Hidden()]
it = make()
# ----
def probe(it):
    return it[0] == it[1], type(it[0]).__hash__

# ==== class made by `type()`
it = type("Made", (dict,), {"x": 1, "f": lambda self: len(self) + self.x, "__doc__": "Doc."})
# ----
def probe(it):
    return it({1: 2}).f(), it.__name__, it.__doc__

# ==== class made by `types.new_class()`
import types
class Meta(type):
    pass
it = types.new_class("Made", (list,), {"metaclass": Meta}, lambda ns: ns.update(x=1))
# ----
def probe(it):
    return it([1]), it.x, type(it).__name__

# ==== class with operators
class Vector:
    def __init__(self, *xs):
        self.xs = xs
    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self.xs, other.xs)))
    def __mul__(self, k):
        return Vector(*(k * x for x in self.xs))
    __rmul__ = __mul__
    def __getitem__(self, i):
        return self.xs[i]
    def __iter__(self):
        return iter(self.xs)
    def __len__(self):
        return len(self.xs)
    def __contains__(self, x):
        return x in self.xs
    def __eq__(self, other):
        return self.xs == other.xs
    def __hash__(self):
        return hash(self.xs)
    def __bool__(self):
        return any(self.xs)
    def __call__(self):
        return sum(self.xs)
it = Vector(1, 2)
# ----
def probe(it):
    return [*(it + it)], [*(2 * it)], it[1], len(it), 2 in it, it == it * 1, bool(it), it(), {it: 1}[it]
def identity(it):
    return type(it).__rmul__ is type(it).__mul__

# ==== class with `__getattr__` and friends
class it:
    def __init__(self):
        self.log = []
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return f"got {name}"
    def __setattr__(self, name, value):
        super().__setattr__(name, value)
    def __delattr__(self, name):
        self.log.append(name)
    def __dir__(self):
        return ["a"]
# ----
def probe(it):
    thing = it()
    del thing.x
    return thing.any, thing.log, dir(thing)

# ==== class with `__class_getitem__`
class it:
    def __class_getitem__(cls, item):
        return cls.__name__, item
# ----
def probe(it):
    return it[3]

# ==== class with `__new__`
class Word(str):
    def __new__(cls, text, *, lang):
        self = super().__new__(cls, text)
        self.lang = lang
        return self
    def __getnewargs_ex__(self):
        return (str(self),), {"lang": self.lang}
it = Word("hi", lang="en")
# ----
def probe(it):
    return it, it.lang, it.upper()

# ==== class with `__getstate__` and `__setstate__`
class Conn:
    def __init__(self):
        self.address, self.sock = "a", object()
    def __getstate__(self):
        return {"address": self.address}
    def __setstate__(self, state):
        self.__dict__.update(state, sock="new")
it = Conn()
# ----
def probe(it):
    return it.address, type(it).__name__, hasattr(it, "sock")

# ==== class with `__reduce__`
class Thing:
    def __init__(self, n):
        self.n = n
    def __reduce__(self):
        return rebuild, (self.n,)
def rebuild(n):
    return Thing(n)
it = Thing(4)
# ----
def probe(it):
    return it.n, type(it).__name__

# ==== class with a reducer in copyreg
import copyreg
class Thing:
    def __init__(self, n):
        self.n = n
copyreg.pickle(Thing, lambda thing: (Thing, (thing.n,)))
it = Thing(4)
# ----
def probe(it):
    return it.n, type(it).__name__

# ==== subclasses of builtin types
class Int(int): pass
class Float(float): pass
class Str(str): pass
class Bytes(bytes): pass
class Tuple(tuple): pass
class List(list): pass
class Dict(dict): pass
class Set(set): pass
class Frozen(frozenset): pass
class Array(bytearray): pass
it = [Int(1), Float(2.5), Str("s"), Bytes(b"b"), Tuple((1, 2)), List([3]), Dict(a=1), Set([4]),
      Frozen([5]), Array(b"x")]
for item in it:
    item.note = type(item).__name__
# ----
def probe(it):
    return [(repr(x), type(x).__name__, x.note, type(x).__base__.__name__) for x in it]

# ==== dict with `__missing__`
class Auto(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]
it = Auto(a=1)
# ----
def probe(it):
    return it["a"], it["b"], it

# ==== exception class
class Failure(Exception):
    def __init__(self, code, *, detail=None):
        super().__init__(code)
        self.detail = detail
    def __str__(self):
        return f"{self.args[0]}: {self.detail}"
it = Failure
# ----
def probe(it):
    try:
        raise it(3, detail="bad")
    except it as error:
        return str(error), error.args, it.__mro__[1].__name__

# ==== exception of a class of `__main__`
class Failure(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.where = "here"
it = Failure(3)
it.add_note("a note")
# ----
def probe(it):
    return type(it).__name__, it.args, it.where, it.__notes__

# ==== exception group
class Failure(ValueError):
    pass
class Group(ExceptionGroup):
    def derive(self, errors):
        return Group(self.message, errors)
it = Group("many", [Failure(1), TypeError("x"), ExceptionGroup("inner", [Failure(2)])])
# ----
def probe(it):
    matched, rest = it.split(ValueError)
    return it.message, repr(matched), repr(rest), type(matched).__name__

# ==== iterator class
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
it = Countdown(5)
next(it)
# ----
def probe(it):
    return list(it)

# ==== context manager class
class Section:
    depth = 0
    def __enter__(self):
        type(self).depth += 1
        return self.depth
    def __exit__(self, *error):
        type(self).depth -= 1
        return True
it = Section()
# ----
def probe(it):
    with it as depth:
        raise ValueError
    return depth, it.depth

# ==== class with `__del__`
log = []
class Thing:
    def __del__(self):
        log.append("gone")
it = Thing, log
# ----
def probe(it):
    thing, log = it
    log.clear()
    thing()
    return len(log) <= 1, hasattr(thing, "__del__")

# ==== class with annotations
class it:
    x: int = 1
    y: "list[str]"
    z: dict[str, int]
# ----
def probe(it):
    return it.__annotations__, it.x

# ==== class whose annotations name what comes later
class Node:
    next: Node
    data: Data
class Data:
    pass
it = Node, Data
# ----
def probe(it):
    return sorted(it[0].__annotations__)
def identity(it):
    node, data = it
    return node.__annotations__["next"] is node and node.__annotations__["data"] is data

# ==== class with line numbers and static attributes
class it:
    def __init__(self):
        self.a = 1
        self.b = 2
# ----
def probe(it):
    return it.__firstlineno__ > 0, sorted(it.__static_attributes__)

# ==== class with `__match_args__`
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y):
        self.x, self.y = x, y
it = Point, Point(1, 2)
# ----
def probe(it):
    cls, point = it
    match point:
        case cls(x, y):
            return x, y

# ==== class whose method shares a variable with a function
def make():
    total = 0
    class Adder:
        def add(self, x):
            nonlocal total
            total += x
    def get():
        return total
    return Adder, get
it = make()
# ----
def probe(it):
    adder, get = it
    adder().add(5)
    return get()

# ==== simple namespace of a class of its own
import types
class Space(types.SimpleNamespace):
    def total(self):
        return self.a + self.b
it = Space(a=1, b=2)
# ----
def probe(it):
    return it.total(), it

# ==== many classes and instances
class Base:
    all = []
    def __init__(self, n):
        self.n = n
        Base.all.append(self)
classes = [type(f"C{i}", (Base,), {"i": i}) for i in range(50)]
for cls in classes:
    cls(cls.i)
it = classes
# ----
def probe(it):
    return [type(x).__name__ for x in it[0].all][:3], sum(x.n for x in it[7].all)
def identity(it):
    return it[3] is type(it[0].all[3]) and len({cls.__base__ for cls in it}) == 1

# ==== class registered with a weak set of its subclasses
class Base:
    pass
class A(Base):
    pass
class B(Base):
    pass
it = Base, A, B
# ----
def probe(it):
    return [cls.__name__ for cls in it[0].__subclasses__()]
def identity(it):
    return it[0].__subclasses__() == [it[1], it[2]]

# ==== class by reference
import collections
it = collections.OrderedDict, int, type(None)
# ----
def probe(it):
    return [cls.__name__ for cls in it]
def identity(it):
    import collections
    return it == (collections.OrderedDict, int, type(None))

# ==== exception whose `__init__` takes other arguments than it passes on
class Rejected(Exception):
    def __init__(self, code, *, reason):
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason
it = Rejected(7, reason="full")
# ----
def probe(it):
    return str(it), it.code, it.reason, it.args, str(type(it)(8, reason="x"))
