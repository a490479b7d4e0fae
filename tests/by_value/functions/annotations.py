# Annotations stay unevaluated until someone asks.
import functools

asked = []


def noted(x):
    asked.append(x)
    return x


def lazy(x: noted(1)) -> noted(2):
    return x


def never(x: does_not_exist):
    return x


def evaluated(x: int):
    return x


def changed(x: int):
    return x


def replaced(x: int):
    return x


def cleared(x: int):
    return x


class Local:
    pass


class Names(dict):
    pass


def in_subclass():
    pass


in_subclass.__annotations__ = Names(a=int)


def with_local(x: Local) -> 'text':
    return x


evaluated.__annotations__
changed.__annotations__['y'] = [changed]
replaced.__annotations__ = {'z': 1}
cleared.__annotate__ = None


@functools.wraps(evaluated)
def wrapper(*args):
    return evaluated(*args)


del wrapper.__wrapped__
saved = [lazy, never, evaluated, changed, replaced, cleared, wrapper, in_subclass]
assert asked == []

# in another interpreter
lazy, never, evaluated, changed, replaced, cleared, wrapper, in_subclass = loaded
assert in_subclass.__annotations__ == {'a': int} and type(in_subclass.__annotations__).__name__ == 'Names'
space = lazy.__annotate__.__globals__
assert space['asked'] == [] and space is lazy.__globals__
assert lazy.__annotations__ == {'x': 1, 'return': 2} and space['asked'] == [1, 2]
assert lazy.__annotations__ and space['asked'] == [1, 2]
assert never(1) == 1
try:
    never.__annotations__
except NameError as error:
    assert 'does_not_exist' in str(error)
else:
    raise AssertionError
assert evaluated.__annotations__ == {'x': int} and evaluated.__annotate__(1) == {'x': int}
assert changed.__annotations__ == {'x': int, 'y': [changed]} and changed.__annotate__(1) == {'x': int}
assert changed.__annotations__['y'][0] is changed and changed(2) == 2
assert replaced.__annotations__ == {'z': 1} and replaced.__annotate__ is None
assert cleared.__annotations__ == {} and cleared.__annotate__ is None
assert wrapper.__name__ == 'evaluated' and wrapper(4) == 4
assert wrapper.__annotate__ is evaluated.__annotate__
