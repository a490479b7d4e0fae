# Annotations are evaluated when they are asked for, in the scope of their class.
import dataclasses

evaluated = []


def note(name):
    evaluated.append(name)
    return name


class Lazy:
    alias = int
    first: note("first")
    second: alias
    third: Undefined

    def method(self, x: alias, y: note("y")) -> "str":
        return x


class Asked:
    alias = int
    x: alias
    y: str


class Old:
    __annotations__ = {"given": int}


Asked.__annotations__["z"] = bytes


@dataclasses.dataclass(slots=True)
class Slotted:
    kind = float
    x: kind = 1.0

    def method(self, y: kind) -> kind: ...


class Empty:
    pass


value = [Lazy, Asked, Old, Slotted, Empty, evaluated, note]

# In another interpreter
Lazy, Asked, Old, Slotted, Empty, evaluated, note = loaded
assert evaluated == []
try:
    Lazy.__annotations__
except NameError as error:
    assert "Undefined" in str(error)
assert evaluated == ["first"]
note.__globals__["Undefined"] = bytes
assert Lazy.__annotations__ == {"first": "first", "second": int, "third": bytes}
assert Lazy.method.__annotations__ == {"x": int, "y": "y", "return": "str"}
assert evaluated == ["first", "first", "y"]
assert Asked.__annotations__ == {"x": int, "y": str, "z": bytes}
assert Old.__annotations__ == {"given": int} and Empty.__annotations__ == {}
assert Slotted.method.__annotations__ == {"y": float, "return": float}
names = Slotted.method.__annotate__.__closure__[0].cell_contents
assert names["kind"] is float and "x" in names
Slotted.kind = str
assert names["kind"] is str, "the class's own namespace"
