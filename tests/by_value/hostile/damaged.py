# A pickle of a function with any bit flipped loads as something or raises; nothing crashes.
import io
import pickle
import types

import rustpython_pickle


def make(n, *args, key=None, **kwargs):
    "doc"
    def inner(x):
        nonlocal n
        try:
            n += x
            return [n for y in args if y], f'{key!r}'
        finally:
            print(kwargs)
    return inner


pickled = rustpython_pickle.dumps([make, make(1, 2)])
assert pickle.loads(pickled)[1].__name__ == 'inner'
refused = 0
digests = 0
for position in range(len(pickled)):
    for bit in range(8):
        damaged = bytearray(pickled)
        damaged[position] ^= 1 << bit
        try:
            pickle.loads(bytes(damaged))
        except Exception as error:
            refused += 1
            digests += 'damaged code object' in str(error)
assert refused > len(pickled) * 4 and digests > 100, (refused, digests, len(pickled))

for end in range(len(pickled)):
    try:
        pickle.loads(pickled[:end])
    except Exception:
        pass
    else:
        raise AssertionError(end)

# The constructors called with anything.
anything = [None, 0, -1, 2**70, '', 'x', b'', (), (1,), [], {}, {'__name__': 1}, make, make.__code__, types.ModuleType('victim'), object()]
names = [name for name in dir(rustpython_pickle) if name.startswith(('_make', '_set', '_import', '_module'))]
assert len(names) >= 10
for name in names:
    function = getattr(rustpython_pickle, name)
    if not callable(function):
        continue
    for count in range(4):
        for first in anything:
            for second in anything[:: 2 if count > 2 else 1]:
                args = [first, second, first, second][:count]
                try:
                    function(*args)
                except Exception:
                    pass

# The arguments of a code object, each replaced by something else.
made = []


def spy(*args):
    made.append(args)


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        return spy if name == '_make_code' else super().find_class(module, name)


Unpickler(io.BytesIO(rustpython_pickle.dumps(make.__code__))).load()
args = made[-1]
assert isinstance(rustpython_pickle._make_code(*args[:6], args[6][:0] + (None,) * len(args[6]), args[7]), type(make.__code__))
for index in range(len(args)):
    for replacement in anything:
        changed = list(args)
        changed[index] = replacement
        try:
            rustpython_pickle._make_code(*changed)
        except (TypeError, ValueError, OverflowError, pickle.UnpicklingError):
            pass
        else:
            assert index == 6 or replacement == args[index], (index, replacement)
