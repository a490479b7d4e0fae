"""Structural comparison of two object graphs.

Stricter than ``==``: types must be the same, NaN equals NaN, 0.0 is not -0.0,
attributes count, and what is one object on one side must be one object on the
other side.  Cycles are fine.  Iterators are used up by being compared.
"""

import collections
import enum
import functools
import io
import re
import struct
import types
import typing

# Values without an identity worth preserving.
_ATOMS = (type(None), bool, int, float, complex, str, bytes)

# Compared by identity, or else by what the lines below say.
_METHODS = (types.MethodType, types.BuiltinMethodType, type((1).__add__))

_MISSING = object()

_EXCEPTION_FIELDS = {
    OSError: ('errno', 'strerror', 'filename', 'filename2'),
    ImportError: ('msg', 'name', 'path'),
    AttributeError: ('name',),
    SyntaxError: ('msg', 'filename', 'lineno', 'offset', 'text', 'end_lineno',
                  'end_offset', 'print_file_and_line'),
    UnicodeDecodeError: ('encoding', 'object', 'start', 'end', 'reason'),
    UnicodeEncodeError: ('encoding', 'object', 'start', 'end', 'reason'),
    UnicodeTranslateError: ('object', 'start', 'end', 'reason'),
    StopIteration: ('value',),
    SystemExit: ('code',),
    BaseExceptionGroup: ('message', 'exceptions'),
}


class _Indexed:
    def __getitem__(self, index):
        raise IndexError


_ITERATORS = tuple({type(i) for i in (
    iter([]), reversed([]), iter(()), iter(''), iter('\u20ac'), iter(b''),
    iter(bytearray()), iter(range(0)), iter(range(2**70)), iter({}),
    iter({}.values()), iter({}.items()), reversed({}), iter(set()),
    iter(collections.deque()), reversed(collections.deque()),
    iter(_Indexed()), reversed(()), enumerate(()), zip(),
    map(str, ()), filter(None, ()),
    iter(collections.OrderedDict()))})

_ALIASES = (types.GenericAlias, type(int | str), type(typing.List[int]),
            type(typing.List), type(typing.Callable[[int], int]),
            type(typing.Literal[1]), type(typing.Annotated[int, 1]))


class _Different(Exception):
    pass


class _Walk:
    def __init__(self, sharing, ordered):
        self.sharing = sharing
        self.ordered = ordered
        self.forward = {}
        self.backward = {}
        # Temporary objects must live as long as the identity maps.
        self.keep = []
        self.used_up = {}
        self.todo = []

    def run(self, a, b, path='value'):
        self.todo.append((a, b, path))
        while self.todo:
            self.step(*self.todo.pop())

    def push(self, a, b, path):
        self.todo.append((a, b, path))

    def differ(self, path, message):
        raise _Different(f'{path}: {message}')

    def equal(self, a, b, path, what='values'):
        if a != b:
            self.differ(path, f'{what} {_short(a)} and {_short(b)}')

    def step(self, a, b, path):
        if type(a) is not type(b):
            self.differ(path, f'types {_type(a)} and {_type(b)}')
        if a is b:
            return
        cls = type(a)
        if cls in _ATOMS:
            self.atom(cls, a, b, path)
            return
        if not self.seen(a, b, path):
            self.compound(a, b, path)

    def atom(self, cls, a, b, path):
        if cls is float:
            if _float_key(a) != _float_key(b):
                self.differ(path, f'floats {a!r} and {b!r}')
        elif cls is complex:
            if (_float_key(a.real), _float_key(a.imag)) != (
                    _float_key(b.real), _float_key(b.imag)):
                self.differ(path, f'complex {a!r} and {b!r}')
        else:
            self.equal(a, b, path)

    def seen(self, a, b, path):
        """True if this very pair was met; both maps must agree on it."""
        if type(a) in (tuple, frozenset) and not a:
            # empty ones are a single object in some implementations only
            if b:
                self.differ(path, f'values {_short(a)} and {_short(b)}')
            return True
        known, known_back = self.forward.get(id(a)), self.backward.get(id(b))
        if known == id(b) and known_back == id(a):
            return True
        if not self.sharing:
            # still needed to stop at cycles: the same pair twice is enough
            if (id(a), id(b)) in self.forward:
                return True
            self.forward[id(a), id(b)] = True
            self.keep.append((a, b))
            return False
        if known is not None:
            self.differ(path, f'one {_type(a)} object became two')
        if known_back is not None:
            self.differ(path, f'two {_type(a)} objects became one')
        self.forward[id(a)] = id(b)
        self.backward[id(b)] = id(a)
        self.keep.append((a, b))
        return False

    def compound(self, a, b, path):
        cls = type(a)
        if isinstance(a, type) or isinstance(a, (types.FunctionType, types.ModuleType)):
            self.differ(path, f'two objects {_short(a)} and {_short(b)}')
        if isinstance(a, enum.Enum) and not isinstance(a, enum.Flag):
            self.differ(path, f'two members {_short(a)} and {_short(b)}')
        if isinstance(a, enum.Flag):
            self.equal(a.value, b.value, path)
            return
        if isinstance(a, _METHODS):
            self.method(a, b, path)
            return
        if isinstance(a, _ALIASES) or isinstance(a, re.Pattern):
            self.equal(repr(a), repr(b), path)
            self.equal(hash(a) == hash(b), True, path, 'hashes of')
            self.equal(a, b, path)
            return
        if isinstance(a, _ITERATORS):
            left, right = self.iterated(a), self.iterated(b)
            self.sequence(left, right, f'{path} (iterated)')
            return
        handled = self.content(a, b, path)
        self.attributes(a, b, path)
        if not handled:
            self.reduced(a, b, path)

    def method(self, a, b, path):
        self.equal(getattr(a, '__qualname__', None) or a.__name__,
                   getattr(b, '__qualname__', None) or b.__name__, path)
        self.push(a.__self__, b.__self__, f'{path}.__self__')
        if isinstance(a, types.MethodType):
            self.push(a.__func__, b.__func__, f'{path}.__func__')

    def iterated(self, iterator):
        """The items left; kept, as an iterator may be met more than once."""
        if id(iterator) not in self.used_up:
            self.used_up[id(iterator)] = list(iterator)
            self.keep.append(iterator)
        return self.used_up[id(iterator)]

    def sequence(self, a, b, path):
        self.keep.append((a, b))
        self.equal(len(a), len(b), path, 'lengths')
        for i, (x, y) in enumerate(zip(a, b)):
            self.push(x, y, f'{path}[{i}]')

    def content(self, a, b, path):
        """Compares what a built-in base holds; False if there is no such base."""
        if isinstance(a, (int, str, bytes, bytearray)):
            for base in (int, str, bytes, bytearray):
                if isinstance(a, base):
                    if base.__eq__(a, b) is not True:
                        self.differ(path, f'values {_short(a)} and {_short(b)}')
        elif isinstance(a, float):
            self.atom(float, float(a), float(b), path)
        elif isinstance(a, complex):
            self.atom(complex, complex(a.real, a.imag), complex(b.real, b.imag), path)
        elif isinstance(a, (list, tuple)):
            base = list if isinstance(a, list) else tuple
            self.sequence(list(base.__iter__(a)), list(base.__iter__(b)), path)
            if type(a) not in (list, tuple) and type(a).__module__ in ('os', 'time'):
                # fields beyond the sequence part
                self.equal(repr(a), repr(b), path)
        elif isinstance(a, dict):
            ordered = isinstance(a, collections.OrderedDict)
            left = list(a.items() if ordered else dict.items(a))
            right = list(b.items() if ordered else dict.items(b))
            if not ordered and not self.ordered:
                left.sort(key=_key_order)
                right.sort(key=_key_order)
            self.equal(len(left), len(right), path, 'lengths')
            for i, ((k, v), (l, w)) in enumerate(zip(left, right)):
                self.push(k, l, f'{path} key {i}')
                self.push(v, w, f'{path}[{_short(k)}]')
            if isinstance(a, collections.defaultdict):
                self.push(a.default_factory, b.default_factory, f'{path}.default_factory')
        elif isinstance(a, (set, frozenset)):
            self.unordered(a, b, path)
        elif isinstance(a, collections.deque):
            self.equal(a.maxlen, b.maxlen, path, 'maxlen')
            self.sequence(list(a), list(b), path)
        elif isinstance(a, (range, slice)):
            for name in ('start', 'stop', 'step'):
                self.push(getattr(a, name), getattr(b, name), f'{path}.{name}')
        elif isinstance(a, functools.partial):
            for name in ('func', 'args', 'keywords'):
                self.push(getattr(a, name), getattr(b, name), f'{path}.{name}')
        elif isinstance(a, (io.BytesIO, io.StringIO)):
            self.equal(a.closed, b.closed, path, 'closed')
            self.equal(a.getvalue(), b.getvalue(), path)
            self.equal(a.tell(), b.tell(), path, 'positions')
        elif isinstance(a, BaseException):
            self.push(a.args, b.args, f'{path}.args')
            for base, names in _EXCEPTION_FIELDS.items():
                if isinstance(a, base):
                    for name in names:
                        self.push(getattr(a, name, _MISSING),
                                  getattr(b, name, _MISSING), f'{path}.{name}')
            self.equal(str(a), str(b), path)
        else:
            return False
        return True

    def unordered(self, a, b, path):
        self.equal(len(a), len(b), path, 'lengths')
        left, right = list(a), list(b)
        self.keep.append((left, right))
        by_value = {x: x for x in right}
        rest = []
        for x in left:
            if x in by_value:
                self.push(x, by_value.pop(x), f'{path} element {_short(x)}')
            else:
                rest.append(x)
        others = list(by_value.values())
        for x in rest:
            # equal by identity only: look for one that has the same content
            for i, y in enumerate(others):
                trial = _Walk(self.sharing, self.ordered)
                trial.forward.update(self.forward)
                trial.backward.update(self.backward)
                trial.keep = self.keep
                trial.used_up = self.used_up
                try:
                    trial.run(x, y)
                except _Different:
                    continue
                self.push(x, others.pop(i), f'{path} element {_short(x)}')
                break
            else:
                self.differ(path, f'element {_short(x)} is only on one side')

    def attributes(self, a, b, path):
        left = getattr(a, '__dict__', _MISSING)
        right = getattr(b, '__dict__', _MISSING)
        if left is not _MISSING or right is not _MISSING:
            left = {} if left is _MISSING else dict(left)
            right = {} if right is _MISSING else dict(right)
            for name in sorted({*map(str, left)} ^ {*map(str, right)}):
                self.differ(path, f'attribute {name} is only on one side')
            for name in left:
                self.push(left[name], right.get(name, _MISSING), f'{path}.{name}')
        for name in _slot_names(type(a)):
            self.push(getattr(a, name, _MISSING), getattr(b, name, _MISSING),
                      f'{path}.{name}')

    def reduced(self, a, b, path):
        """State that shows neither as content nor as an attribute."""
        cls = type(a)
        if (cls.__reduce_ex__ is object.__reduce_ex__
                and cls.__reduce__ is object.__reduce__):
            if hasattr(a, '__dict__') or any(_slot_names(cls)):
                # all there is was compared as attributes
                return
            try:
                left, right = a.__reduce_ex__(2), b.__reduce_ex__(2)
            except TypeError:
                self.equal(a, b, path)
                return
        else:
            left, right = a.__reduce_ex__(4), b.__reduce_ex__(4)
        self.push(left, right, f'{path} (reduced)')


def _slot_names(cls):
    for base in cls.__mro__:
        slots = base.__dict__.get('__slots__', ())
        if isinstance(slots, str):
            slots = (slots,)
        for name in slots:
            if name in ('__dict__', '__weakref__'):
                continue
            if name.startswith('__') and not name.endswith('__'):
                stripped = base.__name__.lstrip('_')
                if stripped:
                    name = f'_{stripped}{name}'
            yield name


def _key_order(item):
    return repr(item[0])


def _float_key(value):
    return 'nan' if value != value else struct.pack('>d', value)


def _type(value):
    cls = type(value)
    return f'{cls.__module__}.{cls.__qualname__}'


def _short(value):
    try:
        shown = repr(value)
    except Exception as e:
        shown = f'<{_type(value)} without a repr: {e!r}>'
    return shown if len(shown) <= 80 else f'{shown[:77]}...'


def difference(a, b, sharing=True, ordered=True):
    """None if the two are the same, else a message that names the first place.

    Without `sharing` copies are as good as references; without `ordered` the
    items of a dict may come in any order.
    """
    try:
        _Walk(sharing, ordered).run(a, b)
    except _Different as e:
        return str(e)
    return None
