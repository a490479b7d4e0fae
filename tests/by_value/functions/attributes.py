# What a function has beside its code.
import types

LIMIT = 7


def documented(a, b=2, *args, c, d=LIMIT, **kwargs):
    """What it does."""
    return a, b, args, c, d, kwargs


def renamed():
    pass


def positional(a, /, b, *, c):
    return a + b + c


renamed.__name__ = 'other'
renamed.__qualname__ = 'Elsewhere.other'
renamed.__module__ = 'nowhere'
renamed.__doc__ = 'new'
renamed.note = [renamed]
renamed.__defaults__ = ()


def numbers(n):
    while n:
        got = yield n
        n = got or n - 1


async def waits(x):
    await x
    return 'done'


async def produces(n):
    for i in range(n):
        yield i




def undocumented():
    return 1


undocumented.__doc__ = None
strange = types.FunctionType(undocumented.__code__, {'__name__': 5})
strange.__module__ = 6
square = lambda x: x * x
saved = [documented, renamed, positional, numbers, waits, produces, square, undocumented, strange]

# in another interpreter
documented, renamed, positional, numbers, waits, produces, square, undocumented, strange = loaded
assert documented(1, c=3) == (1, 2, (), 3, 7, {})
assert documented(1, 5, 6, c=3, d=4, e=5) == (1, 5, (6,), 3, 4, {'e': 5})
assert documented.__doc__ == 'What it does.' and documented.__name__ == 'documented'
assert documented.__module__ == '__main__' and documented.__qualname__ == 'documented'
assert documented.__defaults__ == (2,) and documented.__kwdefaults__ == {'d': 7}
assert documented.__dict__ == {} and documented.__closure__ is None

assert renamed.__name__ == 'other' and renamed.__qualname__ == 'Elsewhere.other'
assert renamed.__module__ == 'nowhere' and renamed.__doc__ == 'new'
assert renamed.note[0] is renamed and renamed.__defaults__ == ()
assert positional(1, 2, c=3) == 6
try:
    positional(a=1, b=2, c=3)
except TypeError as error:
    assert 'positional-only' in str(error)
else:
    raise AssertionError

steps = numbers(3)
assert next(steps) == 3 and steps.send(9) == 9 and next(steps) == 8


class Ready:
    def __await__(self):
        return iter(())


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


assert drive(waits(Ready())) == 'done'


async def collect():
    return [i async for i in produces(3)]


assert drive(collect()) == [0, 1, 2]
assert square(5) == 25 and square.__name__ == '<lambda>'
assert undocumented.__doc__ is None
assert strange() == 1 and strange.__module__ == 6
