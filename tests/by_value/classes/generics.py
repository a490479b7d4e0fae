# Generic classes, type parameters, aliases.
from typing import (
    Annotated, Callable, Generic, Literal, NewType, Optional, ParamSpec, TypeAliasType, TypeVar, TypeVarTuple,
    Union, Unpack,
)

T = TypeVar("T")
K = TypeVar("K", bound="Stack", covariant=True)
C = TypeVar("C", int, str)
D = TypeVar("D", default=int)
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")
UserId = NewType("UserId", int)


class Stack(Generic[T]):
    items: list[T]

    def __init__(self):
        self.items = []

    def push(self, item: T) -> None:
        self.items.append(item)


class IntStack(Stack[int]):
    pass


class Deferred(Generic[P, T]):
    call: Callable[P, T]


class Shape(Generic[Unpack[Ts]]):
    pass


class Many[V, *Vs, **Q]:
    pass


class Node[V]:
    parent: "Node[V] | None" = None

    def __init__(self, value: V):
        self.value = value

    def other[W](self, x: W, y: V) -> tuple[W, V]:
        return x, y


class Bounded[B: Stack = IntStack, N: (int, str) = int]:
    pass


class Tree(Node[int]):
    pass


Node.of_int = Node[int]
Stack.mine = Stack[UserId]


def first[X](x: X) -> X:
    return x


type Json = dict[str, Json] | list[Json] | str | None
type Pairs[A] = list[tuple[A, A]]
Eager = TypeAliasType("Eager", list[T], type_params=(T,))
typed = Stack[int]()
value = {
    "vars": [T, K, C, D, P, Ts, UserId],
    "classes": [Stack, IntStack, Deferred, Shape, Many, Node, Bounded, Tree],
    "aliases": [Json, Pairs, Eager, Pairs[int]],
    "forms": [Stack[T], Stack[int], Node[str], Deferred[[int], str], Optional[Stack], Union[Stack, int], Stack | None,
              Callable[P, T], Callable[[T], int], Literal[1, "a"], Annotated[T, "meta"], list[T], tuple[Stack, ...],
              P.args, P.kwargs, Shape[int, str]],
    "instances": [typed, first, Tree(3)],
}

# In another interpreter
import typing

T, K, C, D, P, Ts, UserId = loaded["vars"]
Stack, IntStack, Deferred, Shape, Many, Node, Bounded, Tree = loaded["classes"]
Json, Pairs, Eager, pairs_of_int = loaded["aliases"]
forms = loaded["forms"]
typed, first, tree = loaded["instances"]
assert repr(T) == "~T" and T.__module__ == "__main__" and T.__bound__ is None and not T.has_default()
assert repr(K) == "+K" and K.__covariant__ and K.__bound__.__forward_arg__ == "Stack"
assert C.__constraints__ == (int, str)
assert D.__default__ is int and D.has_default()
assert P.__name__ == "P" and repr(Ts) == "Ts"
assert UserId(5) == 5 and UserId.__supertype__ is int and repr(UserId) == "__main__.UserId"

assert Stack.__parameters__ == (T,) and Stack.__orig_bases__ == (typing.Generic[T],)
assert Stack.__annotations__ == {"items": list[T]} and Stack.push.__annotations__ == {"item": T, "return": None}
assert IntStack.__orig_bases__ == (Stack[int],) and IntStack.__mro__ == (IntStack, Stack, typing.Generic, object)
assert Deferred.__parameters__ == (P, T) and Deferred[[int], str].__args__ == ((int,), str)
assert Shape.__parameters__ == (Ts,)
assert Stack.mine == Stack[UserId] and Stack.mine.__args__ == (UserId,)
assert type(typed) is Stack and typed.__orig_class__ == Stack[int]

V, Vs, Q = Many.__type_params__
assert (repr(V), repr(Vs), repr(Q)) == ("V", "Vs", "Q") and V.__infer_variance__
assert Many.__parameters__ == (V, Vs, Q)
assert repr(Many[int, str, [bytes]]) == "__main__.Many[int, str, [bytes]]"
V, = Node.__type_params__
assert Node.__parameters__ == (V,) and Node.of_int.__origin__ is Node
assert Node.other.__type_params__[0].__name__ == "W"
W = Node.other.__type_params__[0]
assert Node.other.__annotations__ == {"x": W, "y": V, "return": tuple[W, V]}
assert tree.value == 3 and tree.other(1, 2) == (1, 2) and Tree.__bases__ == (Node,)
B, N = Bounded.__type_params__
assert B.__bound__ is Stack and B.__default__ is IntStack and N.__constraints__ == (int, str)
assert N.__default__ is int
X, = first.__type_params__
assert first(3) == 3 and first.__annotations__ == {"x": X, "return": X}

assert Json.__name__ == "Json" and Json.__module__ == "__main__" and Json.__type_params__ == ()
assert Json.__value__ == dict[str, Json] | list[Json] | str | None
A, = Pairs.__type_params__
assert Pairs.__value__ == list[tuple[A, A]] and pairs_of_int == Pairs[int]
assert Eager.__value__ == list[T] and Eager.__type_params__ == (T,) and Eager.__module__ == "__main__"

expected = [
    Stack[T], Stack[int], Node[str], Deferred[[int], str], typing.Optional[Stack], typing.Union[Stack, int],
    Stack | None, typing.Callable[P, T], typing.Callable[[T], int], typing.Literal[1, "a"],
    typing.Annotated[T, "meta"], list[T], tuple[Stack, ...], P.args, P.kwargs, Shape[int, str],
]
for form, same in zip(forms, expected, strict=True):
    assert form == same and repr(form) == repr(same), (form, same)
assert forms[0][str] == Stack[str]
stack = IntStack()
stack.push(1)
assert stack.items == [1]
