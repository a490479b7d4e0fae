"""write.py OUTDIR: pickles the golden values with the running CPython.

Runs unchanged on 2.7, 3.6 and later.  The file is named after the version and
an existing one is never written again: what these interpreters once wrote is
the point of the golden pickles.
"""

import array
import binascii
import collections
import datetime
import decimal
import fractions
import functools
import io
import json
import operator
import os
import pickle
import platform
import re
import sys
import time
import uuid

PY2 = sys.version_info[0] == 2

if PY2:
    import cPickle as accelerated
    import Cookie as cookies
    import urlparse
    from UserDict import UserDict, IterableUserDict
    from UserList import UserList
    from UserString import UserString
else:
    import http.cookies as cookies
    import ipaddress
    import pathlib
    import types
    import urllib.parse as urlparse
    from collections import UserDict, UserList, UserString
    accelerated = pickle


def shared():
    inner = [1, 2]
    return [inner, inner, (inner, {3: inner})]


def cycle_list():
    value = []
    value.append(value)
    return value


def cycle_dict():
    value = {}
    value[0] = value
    return value


def cycle_tuple():
    inner = []
    value = (inner, 5)
    inner.append(value)
    return value


def unicode_text(escaped):
    """The same text on all versions, with no source encoding to rely on."""
    return escaped.encode('ascii').decode('unicode_escape')


def error_with_attributes():
    error = ValueError(b'message'.decode('ascii'), 5)
    error.code = 7
    return error


def default_dict():
    value = collections.defaultdict(list)
    value[1].append(2)
    return value


def ordered_dict():
    value = collections.OrderedDict()
    value[3] = 0
    value[1] = 5
    value[2] = None
    return value


def values():
    """(name, value) for all versions, then for some."""
    u = unicode_text
    yield 'none', None
    yield 'booleans', [True, False]
    yield 'ints', [0, 1, 255, 256, 65535, 65536, 2 ** 31 - 1, -1, -2 ** 31]
    yield 'longs', [2 ** 31, -2 ** 31 - 1, 2 ** 63 - 1, 2 ** 63, -2 ** 63 - 1, 2 ** 70,
                    -2 ** 71, -2 ** 39]
    yield 'long-256-bytes', 2 ** 2039
    yield 'floats', [0.0, -0.0, 1.5, 0.1, 1e100, 5e-324, float('inf'), -float('inf')]
    yield 'nan', float('nan')
    yield 'complex', complex(1.5, -0.0)
    yield 'text-empty', u('')
    yield 'text-ascii', u('plain text')
    yield 'text-latin1', u('na\\xefve')
    yield 'text-bmp', u('\\u20ac and \\u0394')
    yield 'text-astral', u('smile \\U0001f600')
    yield 'text-escapes', u('nul\\0 cr\\r lf\\n sub\\x1a back\\\\u0041')
    yield 'text-300', u('t') * 300
    yield 'bytes-literal', b'plain bytes'
    yield 'bytes-high', b'\x80\xff\0\n\\\''
    yield 'bytes-utf8', b'caf\xc3\xa9'
    yield 'bytes-empty', b''
    yield 'bytes-300', b'b' * 300
    yield 'native-string', 'native'
    yield 'native-300', 'n' * 300
    yield 'bytearray', bytearray(b'mutable \xff')
    yield 'list', [1, [2, [3, []]], None]
    yield 'tuples', [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]
    yield 'dict', {1: 2, 3: {4: 5}}
    yield 'dict-native-keys', {'key': 'text'}
    yield 'set', {1, 2, 3}
    yield 'set-empty', set()
    yield 'frozenset', frozenset([1, 2, 3])
    yield 'frozenset-native', frozenset(['one'])
    yield 'shared', shared()
    yield 'cycle-list', cycle_list()
    yield 'cycle-dict', cycle_dict()
    yield 'cycle-tuple', cycle_tuple()
    yield 'builtins', [len, int, dict, object, type(None) if not PY2 else None]
    yield 'range', range(2, 20, 3) if not PY2 else eval('xrange(2, 20, 3)')
    yield 'error', error_with_attributes()
    yield 'error-os', OSError(2, 'text')
    yield 'error-key', KeyError(5)
    yield 'error-class', [ValueError, KeyError, RuntimeError]
    yield 'date', datetime.date(2024, 2, 29)
    yield 'date-low-bytes', datetime.date(100, 1, 2)
    yield 'time', datetime.time(1, 2, 3, 4)
    yield 'datetime', datetime.datetime(2024, 2, 29, 23, 59, 58, 123456)
    yield 'timedelta', datetime.timedelta(-1, 2, 3)
    yield 'decimal', [decimal.Decimal('1.50'), decimal.Decimal('-Infinity')]
    yield 'fraction', fractions.Fraction(-3, 7)
    yield 'uuid', uuid.UUID(int=0x12345678123456781234567812345678)
    yield 'ordered-dict', ordered_dict()
    yield 'default-dict', default_dict()
    yield 'counter', collections.Counter([1, 1, 2])
    yield 'deque', collections.deque([1, 2, 3], 5)
    yield 'user-dict', UserDict({1: 2})
    yield 'user-list', UserList([1, 2])
    yield 'user-string', UserString('text')
    yield 'array', array.array('i', [1, -2, 3])
    yield 'array-double', array.array('d', [1.5, -0.0])
    yield 'pattern', re.compile('a+b', re.I)
    yield 'url', urlparse.urlparse('http://host/path?q#frag')
    yield 'struct-time', time.struct_time((2024, 2, 29, 1, 2, 3, 3, 60, 0))
    yield 'cookie', cookies.SimpleCookie('name=value')
    yield 'reduce-function', functools.reduce
    yield 'object', object()

    if PY2:
        # names that have moved since
        yield 'py2-old-style', IterableUserDict({1: 2})
        yield 'py2-long', eval('5L')
        yield 'py2-types', [eval('long'), eval('unicode'), str, eval('basestring')]
        yield 'py2-functions', [eval(n) for n in ('unichr', 'intern', 'reduce')]
        yield 'py2-gone', eval('raw_input')
        yield 'py2-lazy', [__import__('itertools').imap, __import__('itertools').izip,
                           __import__('itertools').ifilter]
        yield 'py2-mixed-dict', {u('unicode'): 'str', 'str': u('unicode')}
        yield 'py2-high-key', {'\xe9': 1}
        yield 'py2-modules', [__import__('Queue').Queue, __import__('StringIO').StringIO,
                              __import__('httplib').HTTPMessage,
                              __import__('urllib').quote]
        yield 'py2-errors', [eval('StandardError'), eval('EnvironmentError')]
        yield 'py2-exception', eval('StandardError')('message')
        return

    yield 'ellipsis', [Ellipsis, NotImplemented]
    yield 'error-file', FileNotFoundError(2, 'text', 'name')
    yield 'error-moved', ModuleNotFoundError('text', name='module')
    yield 'aware-datetime', datetime.datetime(
        2024, 2, 29, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    yield 'fold', datetime.datetime(2024, 10, 27, 2, 30, fold=1)
    yield 'timezone-utc', datetime.timezone.utc
    yield 'simple-namespace', types.SimpleNamespace(x=1)
    yield 'chain-map', collections.ChainMap({1: 2}, {3: 4})
    yield 'pure-path', [pathlib.PurePosixPath('/a/b'), pathlib.PureWindowsPath('c:/d')]
    yield 'ip-address', [ipaddress.ip_address('192.0.2.1'),
                         ipaddress.ip_network('192.0.2.0/24')]
    yield 'partial', functools.partial(int, '12', base=3)
    yield 'operators', [operator.itemgetter(1, 2), operator.attrgetter('a.b')]
    yield 'bound-method', [1, 2].append
    yield 'unbound-method', str.upper
    yield 'class-method', dict.fromkeys
    yield 'list-iterator', iter([1, 2, 3])
    yield 'zip-map', [zip([1], [2]), map(abs, [-1])]
    yield 'bytes-io', io.BytesIO(b'content')
    yield 'text-surrogate', u('lone ') + chr(0xdc80)
    yield 're-flag', re.RegexFlag.IGNORECASE
    yield 'nested-name', collections.OrderedDict.fromkeys
    if sys.version_info >= (3, 8):
        yield 'pickle-buffer', pickle.PickleBuffer(bytearray(b'in band'))
    if sys.version_info >= (3, 9):
        yield 'generic-alias', [list[int], dict[str, int]]
    if sys.version_info >= (3, 10):
        yield 'union', int | str
        yield 'none-type', type(None)
    if sys.version_info >= (3, 11):
        yield 'exception-group', ExceptionGroup('several', [ValueError(1)])
        error = ValueError(1)
        error.add_note('noted')
        yield 'exception-note', error


def by_cpickle_or_c(value, protocol):
    return accelerated.dumps(value, protocol)


def by_pure(value, protocol):
    if PY2:
        return pickle.dumps(value, protocol)
    out = io.BytesIO()
    pickle._Pickler(out, protocol).dump(value)
    return out.getvalue()


def as_text(blob):
    return binascii.b2a_base64(blob).decode('ascii').replace('\n', '')


def pickles_of(value):
    """By protocol; 'N pure' is the Python implementation if it differs."""
    found = {}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        blobs = []
        for write in (by_cpickle_or_c, by_pure):
            try:
                blobs.append(write(value, protocol))
            except Exception:
                blobs.append(None)
        if blobs[0] is not None:
            found[str(protocol)] = as_text(blobs[0])
        if blobs[1] is not None and blobs[1] != blobs[0]:
            found['%d pure' % protocol] = as_text(blobs[1])
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    version = '%d.%d' % sys.version_info[:2]
    path = os.path.join(sys.argv[1], 'cpython-%s.json' % version)
    if os.path.exists(path):
        sys.exit('%s exists and stays as it is' % path)
    pickles = collections.OrderedDict()
    for name, value in values():
        found = pickles_of(value)
        if not found:
            sys.exit('%s: no protocol can pickle this' % name)
        if name in pickles:
            sys.exit('%s: the name is taken' % name)
        pickles[name] = found
    header = collections.OrderedDict([
        ('implementation', platform.python_implementation()),
        ('version', platform.python_version()),
        ('maxunicode', sys.maxunicode),
        ('byteorder', sys.byteorder),
    ])
    lines = ['{"header": %s,' % json.dumps(header), '"pickles": {']
    lines.append(',\n'.join(
        '%s: %s' % (json.dumps(name), json.dumps(found, sort_keys=True,
                                                 separators=(',', ':')))
        for name, found in pickles.items()))
    lines.append('}}\n')
    text = '\n'.join(lines)
    with open(path, 'w') as f:
        f.write(text)


if __name__ == '__main__':
    main()
