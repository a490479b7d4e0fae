# Methods, static and class methods, partials, caches, decorators.
import contextlib
import functools
import types

calls = []


def plain(self, x=1):
    return self, x


bound = types.MethodType(plain, [1])
held = {}
held['method'] = types.MethodType(plain, held)


@functools.lru_cache(maxsize=3)
def cached(n, *, k=0):
    calls.append((n, k))
    return [n, k]


@functools.cache
def unbounded(a, b=0):
    return object()


@functools.lru_cache(maxsize=None, typed=True)
def typed(a, b=0):
    return type(a), b


@functools.lru_cache(maxsize=0)
def uncached(a):
    return a


@functools.lru_cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


for args in [1, 2, 3, 1, 4, 'x']:
    cached(args)
cached(5, k='a')
cached('x')
object_of_2 = unbounded(2)
object_of_kw = unbounded(2, b='b')
typed(1), typed(1.0), typed(True), typed(1, b=2), typed(1, b=2.0)
uncached(1), uncached(1)
fibonacci(30)
overwritten = {}
for name in ['cache_info', 'cache_parameters']:
    overwritten[name] = functools.lru_cache(plain)
    overwritten[name](1)
    setattr(overwritten[name], name, fibonacci)
typed_alone = functools.lru_cache(typed=True)(plain)
del typed_alone.cache_parameters
typed_alone(1), typed_alone(1.0), typed_alone(1, x='x')
by_hand = functools._lru_cache_wrapper(len, 5, False, tuple.__new__)


def decorator(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 'decorated', function(*args, **kwargs)
    return wrapper


@decorator
@decorator
def twice(x):
    "doc of twice"
    return x


@contextlib.contextmanager
def managed(x):
    calls.append('enter')
    yield x
    calls.append('exit')


static = staticmethod(plain)
static.note = [static]
class_method = classmethod(plain)
partial = functools.partial(plain, [2], x=5)
partial.note = partial

saved = {
    'bound': bound, 'held': held, 'cached': cached, 'unbounded': (unbounded, object_of_2, object_of_kw),
    'typed': typed, 'uncached': uncached, 'fibonacci': fibonacci,
    'twice': twice, 'managed': managed, 'static': static, 'class_method': class_method, 'partial': partial,
    'overwritten': overwritten, 'typed_alone': typed_alone,
}

# in another interpreter
import functools

bound = loaded['bound']
assert bound() == ([1], 1) and bound.__self__ == [1] and type(bound).__name__ == 'method'
held = loaded['held']
assert held['method'].__self__ is held and held['method']() == (held, 1)

cached = loaded['cached']
calls = cached.__wrapped__.__globals__['calls']
info = cached.cache_info()
assert (info.hits, info.misses, info.maxsize, info.currsize) == (2, 6, 3, 3), info
before = list(calls)
assert cached('x') == ['x', 0] and cached(5, k='a') == [5, 'a'] and cached(4) == [4, 0]
assert calls == before and cached.cache_info().hits == 5
assert cached.cache_parameters() == {'maxsize': 3, 'typed': False}
# The one that has not been used for longest goes first.
cached(6)
assert calls[-1] == (6, 0) and cached(5, k='a') and calls[-1] == (6, 0)
cached('x')
assert calls[-1] == ('x', 0)
cached.cache_clear()
assert cached.cache_info() == (0, 0, 3, 0)
assert cached.__name__ == 'cached' and type(cached) is type(functools.lru_cache(len))
assert cached.__wrapped__(9) == [9, 0]

unbounded, object_of_2, object_of_kw = loaded['unbounded']
assert unbounded(2) is object_of_2 and unbounded(2, b='b') is object_of_kw
assert unbounded(2, 'b') is not object_of_kw
assert unbounded.cache_info()[:3] == (2, 3, None)
typed = loaded['typed']
assert typed.cache_info()[:2] == (0, 5)
typed(1), typed(1.0), typed(True), typed(1, b=2), typed(1, b=2.0)
assert typed.cache_info()[:2] == (5, 5), typed.cache_info()
for cached_plain in loaded['overwritten'].values():
    info = type(cached_plain).cache_info(cached_plain)
    assert (info.hits, info.misses) == (0, 1), info
    assert cached_plain(1) == (1, 1) and type(cached_plain).cache_info(cached_plain).hits == 1
typed_alone = loaded['typed_alone']
assert typed_alone.cache_info()[:2] == (0, 3)
typed_alone(1), typed_alone(1.0), typed_alone(1, x='x'), typed_alone(True)
assert typed_alone.cache_info()[:2] == (3, 4), typed_alone.cache_info()
assert loaded['uncached'].cache_info() == (0, 2, 0, 0)
fibonacci = loaded['fibonacci']
assert fibonacci.cache_info().misses == 31 and fibonacci(30) == 832040
assert fibonacci.cache_info().misses == 31 and fibonacci.__wrapped__.__globals__['fibonacci'] is fibonacci

twice = loaded['twice']
assert twice(1) == ('decorated', ('decorated', 1)) and twice.__doc__ == 'doc of twice'
assert twice.__wrapped__.__wrapped__(1) == 1 and twice.__name__ == 'twice'
# Wrappers made by one decorator have their own module's globals.
managed = loaded['managed']
import contextlib
assert managed.__globals__ is contextlib.__dict__
with managed(3) as value:
    assert value == 3 and calls[-1] == 'enter'
assert calls[-1] == 'exit'

static, class_method, partial = loaded['static'], loaded['class_method'], loaded['partial']
assert static.note[0] is static and static.__func__ is class_method.__func__
assert static.__name__ == 'plain' and static(1) == (1, 1)
assert class_method.__get__(None, int)() == (int, 1)
assert partial() == ([2], 5) and partial.note is partial and partial.func is static.__func__
