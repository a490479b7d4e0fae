# Functions whose bytecode is of another version are compiled again from their source.
import pickle
import sys

import rustpython_pickle

SOURCE = '''
LIMIT = 3

def plain(a, b: int = 2):
    "doc"
    return a + b + LIMIT

def outer(n):
    def inner(m):
        return n, m
    return inner

pair = [lambda: 'first', lambda: 'second']
same = [lambda: 0, lambda: 0]

class C:
    def method(self): return __class__

async def waits(): return [x for x in range(3)]
def numbers():
    yield from (i * i for i in range(3))
'''


def other_version(pickle):
    assert b'M+\x0e' in pickle
    return pickle.replace(b'M+\x0e', b'M*\x0e')


def run(filename):
    space = {'__name__': 'elsewhere'}
    exec(compile(SOURCE, filename, 'exec'), space)
    return space


def lost(pickled):
    try:
        pickle.loads(other_version(pickled))
    except pickle.UnpicklingError as error:
        return str(error)
    raise AssertionError


# No source is known: the error says what is lost.
space = run('<nowhere>')
message = lost(rustpython_pickle.dumps(space['outer'](1)))
assert message.startswith('the bytecode of outer.<locals>.inner (<nowhere>, line 9) is of version 3626')
assert 'source is not known' in message

# Registered, in linecache, on disk.
rustpython_pickle.register_source('<registered>', SOURCE)
import linecache
linecache.cache['<cached>'] = len(SOURCE), None, SOURCE.splitlines(True), '<cached>'
with open(sys.argv[1], 'w') as file:
    file.write(SOURCE)
for filename in ['<registered>', '<cached>', sys.argv[1]]:
    space = run(filename)
    names = ['plain', 'outer', 'pair', 'waits', 'numbers']
    saved = [space[name] for name in names] + [space['outer'](5), space['outer'].__code__]
    pickled = rustpython_pickle.dumps(saved)
    plain, outer, pair, waits, numbers, inner, code = pickle.loads(other_version(pickled))
    assert plain(1) == 6 and plain.__doc__ == 'doc' and plain.__annotations__ == {'b': int}
    assert outer(1)(2) == (1, 2) and inner(6) == (5, 6) and inner.__code__ in outer.__code__.co_consts
    assert [f() for f in pair] == ['first', 'second']
    assert list(numbers()) == [0, 1, 4] and code is outer.__code__
    try:
        waits().send(None)
    except StopIteration as stop:
        assert stop.value == [0, 1, 2]
    assert plain.__code__ == space['plain'].__code__ and plain.__code__ is not space['plain'].__code__

space = run('<registered>')
pickled = rustpython_pickle.dumps(space['plain'])
rustpython_pickle.register_source('<registered>', '\n' + SOURCE)
assert 'source has changed' in lost(pickled)
rustpython_pickle.register_source('<registered>', 'def')
assert 'does not compile' in lost(pickled)
