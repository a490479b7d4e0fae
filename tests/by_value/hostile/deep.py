# Long chains of functions need no native stack.
import functools
import pickle

import rustpython_pickle

DEEP = 100_000


def link(previous):
    def step():
        return previous
    return step


def walk(function):
    count = 0
    while function is not None:
        function = function()
        count += 1
    return count


chain = None
for _ in range(DEEP):
    chain = link(chain)
assert walk(pickle.loads(rustpython_pickle.dumps(chain))) == DEEP


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper


def base():
    return 1


decorated = base
for _ in range(20_000):
    decorated = decorate(decorated)
loaded = pickle.loads(rustpython_pickle.dumps(decorated))
count = 0
while hasattr(loaded, '__wrapped__'):
    loaded = loaded.__wrapped__
    count += 1
assert count == 20_000 and loaded() == 1

# Code in code, which no compiler makes.
code = base.__code__
for _ in range(20_000):
    code = code.replace(co_consts=(code,))
loaded = pickle.loads(rustpython_pickle.dumps(code))
count = 0
while isinstance(loaded.co_consts[0], type(code)):
    loaded = loaded.co_consts[0]
    count += 1
assert count >= 19_999

# Sets in sets, and sets that lead back to themselves.
nested = frozenset()
for i in range(20_000):
    nested = frozenset([nested, i])
loaded = pickle.loads(rustpython_pickle.dumps(nested))
count = 0
while loaded:
    loaded = next((part for part in loaded if isinstance(part, frozenset)), None)
    count += 1
assert count == 20_000


class Member:
    pass


ring = {Member() for _ in range(50)}
for member in ring:
    member.ring = ring
    member.others = [frozenset(ring)]
members = pickle.loads(rustpython_pickle.dumps(ring))
assert len(members) == 50

# Globals of one function by way of many others.
space = {'__name__': 'many'}
for i in range(20_000):
    exec(f'def f{i}(): return f{i + 1}', space)
exec('def f20000(): return None', space)
assert walk(pickle.loads(rustpython_pickle.dumps(space['f0']))) == 20_001
