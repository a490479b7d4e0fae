# Cells: shared, recursive, empty, and those of classes' methods.


def counter():
    n = 0

    def increment(by=1):
        nonlocal n
        n += by
        return n

    def get():
        return n

    return increment, get


def factorial_of():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial


def even_and_odd():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    return even, odd


def empty():
    def use():
        return later

    if False:
        later = None
    return use


def with_none():
    nothing = None
    return lambda: nothing


def with_list():
    items = []
    add = lambda x: items.append((add, x))
    return add, items


def levels(a):
    def middle(b):
        def inner(c):
            return a, b, c
        return inner
    return middle


add, items = with_list()
add(1)
saved = {
    'counter': counter(),
    'factorial': factorial_of(),
    'even_odd': even_and_odd(),
    'empty': empty(),
    'none': with_none(),
    'list': (add, items),
    'levels': levels(1),
    'inner': levels(1)(2),
    'cell': with_none().__closure__[0],
}

# in another interpreter
increment, get = loaded['counter']
assert increment() == 1 and increment(5) == 6 and get() == 6
assert increment.__closure__[0] is get.__closure__[0]
factorial = loaded['factorial']
assert factorial(5) == 120 and factorial.__closure__[0].cell_contents is factorial
even, odd = loaded['even_odd']
assert even(10) and odd(7) and not even(3)
try:
    loaded['empty']()
except NameError as error:
    assert 'later' in str(error)
else:
    raise AssertionError
loaded['empty'].__closure__[0].cell_contents = 3
assert loaded['empty']() == 3
assert loaded['none']() is None
add, items = loaded['list']
assert items[0][0] is add and items[0][1] == 1
add(2)
assert len(items) == 2
assert loaded['levels'](2)(3) == (1, 2, 3) and loaded['inner'](5) == (1, 2, 5)
assert loaded['cell'].cell_contents is None
