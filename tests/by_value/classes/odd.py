# Classes with odd names, modules, and contents.
import types

exec("NoModule = type('NoModule', (), {'x': 1})", nameless := {})
NoModule = nameless["NoModule"]
Number = type("Number", (), {"__module__": 5})
Elsewhere = type("Elsewhere", (), {"__module__": "nowhere.at.all", "__qualname__": "A.B.C"})
Pretender = type("Pretender", (), {"__module__": "builtins", "__qualname__": "int"})
Spaces = type("a name with spaces \u00e9\U0001f600", (), {"__doc__": 5})
Masked = type("Masked", (), {"__name__": "not this", "__dict__": 3, "__weakref__": 4, "none": None, "dots": ...})
NonString = type("NonString", (), {1: "one", (2, 3): "two", "x": 3})


class Text(str):
    pass


TextKeys = type("TextKeys", (), {Text("x"): Text("y")})
Namespace = types.new_class("Namespace", (dict,), {}, lambda ns: ns.update(a=1))
module = types.ModuleType("made_up")
exec("class InModule:\n    def f(self): return __name__", module.__dict__)


class Sized(int):
    def __new__(cls, x):
        return super().__new__(cls, x * 2)


class Row(tuple):
    __slots__ = ()

    @property
    def first(self):
        return self[0]


class Raw(bytes):
    kind = "raw"


class Bag(dict):
    __slots__ = ("extra",)

    def __missing__(self, key):
        return key


class MyType(type):
    pass


class Callable:
    def __call__(self, x):
        return x + 1

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return True

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name

    def __contains__(self, x):
        return x == 1

    def __iter__(self):
        yield from "ab"

    def __matmul__(self, other):
        return "@", other

    def __rmatmul__(self, other):
        return other, "@"

    def __iadd__(self, other):
        return "+="

    def __bool__(self):
        return False

    def __index__(self):
        return 3

    def __format__(self, spec):
        return "f" + spec

    async def __aenter__(self):
        return self

    def __del__(self):
        pass

    __slots__ = ("__setitem__",)


Callable.__len__ = lambda self: 9
Callable.__setattr__ = lambda self, name, value: None
bag = Bag(a=1)
bag.extra = 2
value = [
    [NoModule, Number, Elsewhere, Pretender, Spaces, Masked, NonString, TextKeys, Namespace, module.InModule],
    [Sized, Row, Raw, Bag, MyType, Callable],
    [Sized(2), Row([1, 2]), Raw(b"x"), bag, MyType("Made", (), {}), Callable()],
]

# In another interpreter
names, classes, instances = loaded
(NoModule, Number, Elsewhere, Pretender, Spaces, Masked, NonString, TextKeys, Namespace, InModule) = names
Sized, Row, Raw, Bag, MyType, Callable = classes
sized, row, raw, bag, made, call = instances
assert NoModule.x == 1 and "__module__" not in vars(NoModule)
assert Number.__module__ == 5
assert (Elsewhere.__module__, Elsewhere.__qualname__) == ("nowhere.at.all", "A.B.C")
assert Pretender is not int and Pretender.__qualname__ == "int" and Pretender.__name__ == "Pretender"
assert Spaces.__name__ == "a name with spaces \u00e9\U0001f600" and Spaces.__doc__ == 5
assert Masked.__name__ == "Masked" and vars(Masked)["__name__"] == "not this"
assert vars(Masked)["__dict__"] == 3 and vars(Masked)["__weakref__"] == 4
assert Masked.none is None and Masked.dots is ...
masked = Masked()
masked.y = 1
assert masked.y == 1 and masked.__dict__ == 3
assert vars(NonString)[1] == "one" and vars(NonString)[2, 3] == "two" and NonString.x == 3
assert type(TextKeys.x).__name__ == "Text" and TextKeys.x == "y"
assert Namespace.a == 1 and Namespace(b=2) == {"b": 2}
assert InModule().f() == "made_up" and InModule.__module__ == "made_up"

assert sized == 4 and type(sized) is Sized and Sized(3) == 6 and sized.bit_length() == 3
assert row.first == 1 and type(row) is Row and not hasattr(row, "__dict__")
assert raw == b"x" and raw.kind == "raw" and type(raw) is Raw
assert bag == {"a": 1} and bag["z"] == "z" and bag.extra == 2 and not hasattr(bag, "__dict__")
assert type(made) is MyType and isinstance(made, type)
assert call(1) == 2 and call.anything == "anything" and 1 in call and list(call) == ["a", "b"]
assert call @ 1 == ("@", 1) and 1 @ call == (1, "@") and not call and [1, 2, 3, 4][call] == 4
assert f"{call:x}" == "fx" and len(call) == 9
call.new = 1
assert call.new == "new"
with call as same:
    raise ValueError
assert same is call
changed = call
changed += 1
assert changed == "+="
type(call).__dict__["__setitem__"].__set__(call, lambda self, *args: 0)
