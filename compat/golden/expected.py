"""What each golden value has to load as.

An entry is a function of a Context: who wrote the pickle, with which protocol,
and how it is being read.  It returns the value, or Raises(type name).
"""

import array
import collections
import datetime
import decimal
import fractions
import functools
import http.client
import http.cookies
import io
import ipaddress
import operator
import pathlib
import queue
import re
import sys
import time
import types
import urllib.parse
import uuid

# How Python 2 strings are read: (encoding, errors).
READINGS = (('ASCII', 'strict'), ('latin1', 'strict'), ('utf-8', 'strict'),
            ('bytes', 'strict'), ('ascii', 'surrogateescape'))


class Raises:
    def __init__(self, *names):
        self.names = names


class Context:
    def __init__(self, version, protocol, encoding, errors):
        self.version = version
        self.py2 = version[0] == 2
        self.protocol = protocol
        self.encoding = encoding
        self.errors = errors
        # Python 2 str objects stay bytes
        self.as_bytes = self.py2 and encoding == 'bytes'

    def native(self, text):
        """What was a plain string literal for the writer."""
        return self.literal(text.encode('latin1')) if self.py2 else text

    def literal(self, blob):
        """What was a b'' literal for the writer."""
        if not self.py2 or self.as_bytes:
            return blob
        return blob.decode(self.encoding, self.errors)

    def old_or(self, refusal, value):
        """For what cannot be put together from bytes."""
        return Raises(*refusal.split()) if self.as_bytes else value


EXPECTED = {}


def value(name, expected):
    if name in EXPECTED:
        raise ValueError(f'two values are named {name!r}')
    EXPECTED[name] = expected


def expected(name, version, protocol, encoding, errors):
    context = Context(version, protocol, encoding, errors)
    try:
        return EXPECTED[name](context)
    except UnicodeDecodeError:
        return Raises('UnicodeDecodeError')


def with_attributes(obj, **attributes):
    for name, held in attributes.items():
        setattr(obj, name, held)
    return obj


def shared():
    inner = [1, 2]
    return [inner, inner, (inner, {3: inner})]


def cycle_list():
    made = []
    made.append(made)
    return made


def cycle_dict():
    made = {}
    made[0] = made
    return made


def cycle_tuple():
    inner = []
    made = (inner, 5)
    inner.append(made)
    return made


def cookie(context):
    made = http.cookies.SimpleCookie()
    made['name'] = 'value'
    # attributes of a cookie that were not known at the time
    if context.version < (3, 8):
        dict.pop(made['name'], 'samesite')
    if context.version < (3, 14):
        dict.pop(made['name'], 'partitioned', None)
    return made


def pure_paths(context):
    posix, windows = ('/a/b',), ('c:/d',)
    if context.version < (3, 13):
        # written part by part, which a path object still shows
        posix, windows = ('/', 'a', 'b'), ('c:\\', 'd')
    return [pathlib.PurePosixPath(*posix), pathlib.PureWindowsPath(*windows)]


def python_2_date(context, made, state):
    """The state is a string of Python 2; only two readings keep its bytes."""
    if not context.py2 or context.encoding in ('bytes', 'latin1'):
        return made
    text = context.literal(state)
    try:
        # a state that happens to be ASCII is taken
        text.encode('latin1')
    except UnicodeEncodeError:
        return Raises('ValueError')
    return made


# --- of all versions --------------------------------------------------------

value('none', lambda c: None)
value('booleans', lambda c: [True, False])
value('ints', lambda c: [0, 1, 255, 256, 65535, 65536, 2147483647, -1, -2147483648])
value('longs', lambda c: [2147483648, -2147483649, 9223372036854775807,
                          9223372036854775808, -9223372036854775809, 1 << 70,
                          -(1 << 71), -549755813888])
value('long-256-bytes', lambda c: 1 << 2039)
value('floats', lambda c: [0.0, -0.0, 1.5, 0.1, 1e100, 5e-324,
                           float('inf'), float('-inf')])
value('nan', lambda c: float('nan'))
value('complex', lambda c: complex(1.5, -0.0))
value('text-empty', lambda c: '')
value('text-ascii', lambda c: 'plain text')
value('text-latin1', lambda c: 'na\xefve')
value('text-bmp', lambda c: '\u20ac and \u0394')
value('text-astral', lambda c: 'smile \U0001f600')
value('text-escapes', lambda c: 'nul\0 cr\r lf\n sub\x1a back\\u0041')
value('text-300', lambda c: 't' * 300)
value('bytes-literal', lambda c: c.literal(b'plain bytes'))
value('bytes-high', lambda c: c.literal(b'\x80\xff\0\n\\\''))
value('bytes-utf8', lambda c: c.literal(b'caf\xc3\xa9'))
value('bytes-empty', lambda c: c.literal(b''))
value('bytes-300', lambda c: c.literal(b'b' * 300))
value('native-string', lambda c: c.native('native'))
value('native-300', lambda c: c.native('n' * 300))
# Python 2 wrote the encoding's name as a string of its own.
value('bytearray', lambda c: c.old_or('TypeError', bytearray(b'mutable \xff')))
value('list', lambda c: [1, [2, [3, []]], None])
value('tuples', lambda c: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)])
value('dict', lambda c: {1: 2, 3: {4: 5}})
value('dict-native-keys', lambda c: {c.native('key'): c.native('text')})
value('set', lambda c: {1, 2, 3})
value('set-empty', lambda c: set())
value('frozenset', lambda c: frozenset([1, 2, 3]))
value('frozenset-native', lambda c: frozenset([c.native('one')]))
value('shared', lambda c: shared())
value('cycle-list', lambda c: cycle_list())
value('cycle-dict', lambda c: cycle_dict())
value('cycle-tuple', lambda c: cycle_tuple())
value('builtins', lambda c: [len, int, dict, object, None if c.py2 else type(None)])
value('range', lambda c: range(2, 20, 3))
value('error', lambda c: c.old_or('TypeError',
                                  with_attributes(ValueError('message', 5), code=7)))
value('error-os', lambda c: OSError(2, c.native('text')))
value('error-key', lambda c: KeyError(5))
value('error-class', lambda c: [ValueError, KeyError, RuntimeError])
value('date', lambda c: python_2_date(
    c, datetime.date(2024, 2, 29), b'\x07\xe8\x02\x1d'))
value('date-low-bytes', lambda c: datetime.date(100, 1, 2))
value('time', lambda c: datetime.time(1, 2, 3, 4))
value('datetime', lambda c: python_2_date(
    c, datetime.datetime(2024, 2, 29, 23, 59, 58, 123456),
    b'\x07\xe8\x02\x1d\x17\x3b\x3a\x01\xe2\x40'))
value('timedelta', lambda c: datetime.timedelta(-1, 2, 3))
value('decimal', lambda c: c.old_or('TypeError', [decimal.Decimal('1.50'),
                                                  decimal.Decimal('-Infinity')]))
value('fraction', lambda c: c.old_or('TypeError', fractions.Fraction(-3, 7)))
value('uuid', lambda c: c.old_or(
    'KeyError', uuid.UUID('12345678-1234-5678-1234-567812345678')))
value('ordered-dict', lambda c: collections.OrderedDict([(3, 0), (1, 5), (2, None)]))
value('default-dict', lambda c: collections.defaultdict(list, {1: [2]}))
value('counter', lambda c: collections.Counter({1: 2, 2: 1}))
value('deque', lambda c: collections.deque([1, 2, 3], 5))


def user(cls, held):
    """Attribute names of Python 2 that stayed bytes lead nowhere."""
    def made(context):
        obj = cls.__new__(cls)
        obj.__dict__[context.native('data')] = (
            context.native(held) if isinstance(held, str) else held)
        return obj
    return made


value('user-dict', user(collections.UserDict, {1: 2}))
value('user-list', user(collections.UserList, [1, 2]))
value('user-string', user(collections.UserString, 'text'))
value('array', lambda c: c.old_or('TypeError', array.array('i', [1, -2, 3])))
value('array-double', lambda c: c.old_or('TypeError', array.array('d', [1.5, -0.0])))
value('pattern', lambda c: re.compile(c.native('a+b'), re.I))
value('url', lambda c: urllib.parse.ParseResult(
    *map(c.native, ('http', 'host', '/path', '', 'q', 'frag'))))
value('struct-time', lambda c: time.struct_time((2024, 2, 29, 1, 2, 3, 3, 60, 0)))
value('cookie', lambda c: c.old_or('KeyError CookieError', cookie(c)))
value('reduce-function', lambda c: functools.reduce)
value('object', lambda c: object())

# --- of Python 2 ------------------------------------------------------------

value('py2-old-style', user(collections.UserDict, {1: 2}))
value('py2-long', lambda c: 5)
value('py2-types', lambda c: [int, str, str, str])
value('py2-functions', lambda c: [chr, sys.intern, functools.reduce])
# The one function that the table of moved names leaves out.
value('py2-gone', lambda c: Raises('AttributeError'))
value('py2-lazy', lambda c: [map, zip, filter])
value('py2-mixed-dict', lambda c: {'unicode': c.native('str'),
                                   c.native('str'): 'unicode'})
value('py2-high-key', lambda c: {c.native('\xe9'): 1})
value('py2-modules', lambda c: [queue.Queue, io.StringIO, http.client.HTTPMessage,
                                urllib.parse.quote])
value('py2-errors', lambda c: [Exception, OSError])
value('py2-exception', lambda c: Exception(c.native('message')))

# --- of Python 3 ------------------------------------------------------------

value('ellipsis', lambda c: [..., NotImplemented])
value('error-file', lambda c: FileNotFoundError(2, 'text', 'name'))
# Python 2 has one name for both, which the protocols it knows have to use.
value('error-moved', lambda c: (
    ImportError if c.protocol < 3 else ModuleNotFoundError)('text', name='module'))
value('aware-datetime', lambda c: datetime.datetime(
    2024, 2, 29, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))))
# Only the protocols from 4 on carry the flag.
value('fold', lambda c: datetime.datetime(2024, 10, 27, 2, 30, fold=int(c.protocol >= 4)))
value('timezone-utc', lambda c: datetime.timezone.utc)
value('simple-namespace', lambda c: types.SimpleNamespace(x=1))
value('chain-map', lambda c: collections.ChainMap({1: 2}, {3: 4}))
value('pure-path', pure_paths)
value('ip-address', lambda c: [ipaddress.IPv4Address('192.0.2.1'),
                               ipaddress.IPv4Network('192.0.2.0/24')])
value('partial', lambda c: functools.partial(int, '12', base=3))
value('operators', lambda c: [operator.itemgetter(1, 2), operator.attrgetter('a.b')])
value('bound-method', lambda c: [1, 2].append)
value('unbound-method', lambda c: str.upper)
value('class-method', lambda c: dict.fromkeys)
value('list-iterator', lambda c: iter([1, 2, 3]))
value('zip-map', lambda c: [zip([1], [2]), map(abs, [-1])])
value('bytes-io', lambda c: io.BytesIO(b'content'))
value('text-surrogate', lambda c: 'lone \udc80')
value('re-flag', lambda c: re.RegexFlag.IGNORECASE)
value('nested-name', lambda c: collections.OrderedDict.fromkeys)
value('pickle-buffer', lambda c: bytearray(b'in band'))
value('generic-alias', lambda c: [list[int], dict[str, int]])
value('union', lambda c: int | str)
value('none-type', lambda c: type(None))
value('exception-group', lambda c: ExceptionGroup('several', [ValueError(1)]))
value('exception-note', lambda c: with_attributes(ValueError(1), __notes__=['noted']))
