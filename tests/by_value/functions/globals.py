# Only the globals that code names go along, and functions of one module share them.
import rustpython_pickle
import os.path
import xml
import xml.dom.minidom
import math as m

count = 0
unused = open  # by reference, but it must not be there
big = bytearray(100_000)
table = {'k': [1]}


def bump():
    global count
    count += 1
    table['k'].append(count)
    return count


def read():
    return count, table


def nested():
    def inner():
        return [table for _ in range(1)][0], (lambda: m.pi)()
    return inner()


def with_class():
    class Inner:
        value = count
        count = 'own'
        again = count
    return Inner.value, Inner.again


def with_ways():
    class Inner:
        if early == 0:
            early = 1
        first = early
        try:
            late = 1 // 0
        except ZeroDivisionError:
            pass
        second = late
    return Inner.first, Inner.second


class Ran:
    """Code that has been run often has learnt what it works on."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __eq__(self, other):
        return (self.x, self.y, len([0]), hash(self.x)) == (other.x, other.y, len([1]), hash(other.x))

    def total(self, n):
        result = 0
        for i in range(n):
            result += self.x * i + max(self.y, 0)
        return result


x = y = i = n = result = other = total = 'not named'
not_run = rustpython_pickle.dumps(Ran)
for i in range(500):
    Ran(i, 1) == Ran(1, i)
    Ran(i, 1).total(20)
assert rustpython_pickle.dumps(Ran) == not_run


class Asked(dict):
    def __missing__(self, name):
        asked.append(name)
        raise KeyError(name)


asked = []
early, late = 3, 4
of_subclass = Asked(__name__='of_subclass', __builtins__=__builtins__, there=1)
exec('def in_subclass(): return there, len([0])', of_subclass)
in_subclass = of_subclass['in_subclass']


def deletes():
    global gone
    del gone


gone = 1


def uses_submodule():
    return xml.dom.minidom.parseString('<a/>').documentElement.tagName


def uses_path():
    return os.path.join('a', 'b')


def missing():
    return never_defined


def recursive(n):
    return n and recursive(n - 1)


def a():
    return b


def b():
    return a


saved = [bump, read, nested, with_class, deletes, uses_submodule, uses_path, missing, recursive, a, with_ways]
rustpython_pickle.dumps(in_subclass)
assert asked == [], asked

# in another interpreter
import sys

assert len(data) < 20_000
bump, read, nested, with_class, deletes, uses_submodule, uses_path, missing, recursive, a, with_ways = loaded
assert with_ways() == (3, 4)
space = bump.__globals__
assert all(f.__globals__ is space for f in loaded)
assert space is not globals() and 'unused' not in space and 'big' not in space
assert space['__name__'] == '__main__' and space['__builtins__'] is sys.modules['builtins']
assert bump() == 1 and bump() == 2
assert read() == (2, {'k': [1, 1, 2]})
assert nested() == ({'k': [1, 1, 2]}, 3.141592653589793)
assert with_class() == (2, 'own')
deletes()
assert 'gone' not in space
assert uses_submodule() == 'a'
assert uses_path().replace('\\', '/') == 'a/b'
try:
    missing()
except NameError as error:
    assert 'never_defined' in str(error)
else:
    raise AssertionError
assert recursive.__globals__['recursive'] is recursive and recursive(5) == 0
assert a()() is a
# Another pickle has globals of its own.
again = pickle.loads(data)
assert again[0].__globals__ is not space and again[0]() == 1
