# Built-in types under odd names, and sentinels.
import dataclasses
import functools
import itertools
import re
import types

kinds = [
    type(None), type(...), type(NotImplemented), type({}.keys()), type({}.values()), type({}.items()), type(iter([])),
    type(iter({})), type(iter(())), type(iter("")), type(iter(b"")), type(iter(set())), type(iter(range(3))),
    type(reversed([])), type(lambda: 0), type(len), type((lambda: 0).__code__), type(types), type(int.__add__),
    type(str.join), type((1).__add__), type(type.__dict__), type(types.FunctionType.__code__),
    type((lambda: (yield))()), type(list[int]), type(int | str), type(itertools.count()), type(re.compile("")),
    type(re.match("", "")), type(functools.partial(len)), type(memoryview(b"")), type((lambda x: lambda: x)(1).__closure__[0]),
    type(dict.fromkeys), type(super), type(iter(int, 1)), type({}.__iter__().__reduce__), type(object().__init__),
]


class HasSentinel:
    missing = functools._initial_missing
    mine = object()
    factory = dataclasses._HAS_DEFAULT_FACTORY
    kinds = kinds

    def method(self, x=functools._initial_missing):
        return x


value = [kinds, HasSentinel, HasSentinel.mine, [k.__name__ for k in kinds]]

# In another interpreter
import dataclasses
import functools
import types

kinds, HasSentinel, mine, names = loaded
assert [k.__name__ for k in kinds] == names
assert kinds[:3] == [type(None), type(...), type(NotImplemented)]
assert kinds[3] is type({}.keys()) and kinds[6] is type(iter([])) and kinds[14] is types.FunctionType
assert kinds[23] is types.GeneratorType and kinds[25] is type(int | str)
assert all(type(k) is type for k in kinds)
assert HasSentinel.missing is functools._initial_missing is HasSentinel().method()
assert HasSentinel.mine is mine and type(mine) is object
assert HasSentinel.factory is dataclasses._HAS_DEFAULT_FACTORY and HasSentinel.kinds is kinds
