"""load.py PICKLES OUT: loads every pickle of make.py and notes what comes of it.

OUT gets one JSON object for each load: `end` is the value's type or the
exception's, `text` describes it.
"""

import collections
import datetime
import decimal
import fractions
import hashlib
import io
import json
import os
import pickle
import sys
import types
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import kinds  # noqa: E402

# What a pickle may name.  Other names could do harm to the machine, or take for
# ever when called with numbers of any size.
MODULES = {'kinds', '_codecs', 'collections', 'copyreg', 'datetime', 'decimal',
           'fractions', 'uuid'}
BUILTINS = {'Ellipsis', 'NotImplemented', 'NoneType', 'bytearray', 'complex', 'frozenset',
            'getattr', 'len', 'list', 'object', 'range', 'set', 'slice', 'type'}

# More than any of these pickles needs.  Without a limit CPython would fill the
# memory of a table as large as a memo index says.
MEMORY = 1 << 29


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module in MODULES or module in ('builtins', '__builtin__') and name in BUILTINS:
            return super().find_class(module, name)
        raise AttributeError(f'{module}.{name} is not for these pickles')

    def persistent_load(self, pid):
        return 'persistent', pid


class Simple:
    """A file with only what every version of pickle needs."""

    def __init__(self, blob):
        file = io.BytesIO(blob)
        self.read = file.read
        self.readline = file.readline


def buffered(blob):
    """A file that can peek."""
    return io.BufferedReader(io.BytesIO(blob))


# Every pickle goes the first way and one of the others.
WAYS = (
    ('BytesIO', lambda blob: Unpickler(io.BytesIO(blob))),
    ('read and readline', lambda blob: Unpickler(Simple(blob), buffers=[b'one', b'two'])),
    ('peek', lambda blob: Unpickler(buffered(blob), encoding='bytes')),
)

PLAIN = (type(None), type(...), type(NotImplemented), bool, float, complex, range, slice,
         datetime.date, datetime.datetime, datetime.time, datetime.timedelta,
         datetime.timezone, decimal.Decimal, fractions.Fraction, uuid.UUID)
SEQUENCES = (list, tuple, collections.deque, kinds.Args, kinds.Items)
MAPPINGS = (dict, collections.OrderedDict, collections.Counter, collections.defaultdict,
            kinds.Pairs)
NAMED = (type, types.FunctionType, types.BuiltinFunctionType)
DEEPEST = 60


def kind(obj):
    cls = type(obj)
    return f'{cls.__module__}.{cls.__qualname__}'


def described(obj, above=()):
    """What obj is, without any code of its own being trusted."""
    cls = type(obj)
    if id(obj) in above:
        return f'<up {len(above) - above.index(id(obj))}>'
    if len(above) == DEEPEST:
        return '<deep>'

    def inner(part):
        return described(part, (*above, id(obj)))

    if cls is int:
        return hex(obj)
    if cls is str:
        return ascii(obj)
    if cls in (bytes, bytearray):
        return f'{cls.__name__}({bytes(obj).hex()})'
    if cls in PLAIN:
        try:
            return repr(obj)
        except Exception as e:
            return f'<{kind(obj)}: repr raises {type(e).__name__}>'
    if cls in SEQUENCES:
        return f'{kind(obj)}({", ".join(map(inner, obj))}){state(obj, inner)}'
    if cls in MAPPINGS:
        pairs = (f'{inner(key)}: {inner(value)}' for key, value in obj.items())
        return f'{kind(obj)}({", ".join(pairs)}){state(obj, inner)}'
    if cls in (set, frozenset):
        return f'{cls.__name__}({", ".join(sorted(map(inner, obj)))})'
    if cls in NAMED:
        return f'<{kind(obj)} {obj.__module__}.{obj.__qualname__}>'
    return f'<{kind(obj)}>{state(obj, inner)}'


def state(obj, inner):
    if not type(obj).__module__.startswith('kinds'):
        return ''
    attributes = getattr(obj, '__dict__', None)
    return f' with {inner(attributes)}' if attributes else ''


def short(text):
    if len(text) <= 200:
        return text
    return f'{text[:100]}... {hashlib.sha256(text.encode("ascii", "replace")).hexdigest()}'


def outcome(unpickler):
    try:
        obj = unpickler.load()
    except Exception as e:
        return {'end': type(e).__name__, 'loaded': False, 'text': short(str(e))}
    try:
        text = described(obj)
    except Exception as e:
        text = f'cannot be described: {type(e).__name__}'
    return {'end': kind(obj), 'loaded': True, 'text': short(text)}


def limit_memory():
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if pickle.Unpickler.__module__ != '_pickle':
        sys.exit('load.py: this is the unpickler written in Python')
    limit_memory()
    trace = bool(os.environ.get('CORPUS_TRACE'))
    with (open(sys.argv[1], encoding='ascii') as pickles,
          open(sys.argv[2], 'w', encoding='ascii') as out):
        for number, line in enumerate(pickles):
            blob = bytes.fromhex(line)
            for way, make in (WAYS[0], WAYS[1 + number % (len(WAYS) - 1)]):
                if trace:
                    print(f'line {number + 1}, {way}', file=sys.stderr, flush=True)
                record = {'line': number, 'way': way, **outcome(make(blob))}
                out.write(json.dumps(record) + '\n')


if __name__ == '__main__':
    main()
