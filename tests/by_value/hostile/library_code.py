# Every code object of the standard library comes back as it was, with its lines and columns.
import _imp
import pickle
import types

import rustpython_pickle


def inside(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from inside(constant)


count = 0
for name in _imp._frozen_module_names():
    try:
        code = _imp.get_frozen_object(name)
    except ImportError:
        continue
    loaded = pickle.loads(rustpython_pickle.dumps(code))
    for before, after in zip(inside(code), inside(loaded), strict=True):
        count += 1
        assert before == after and before is not after
        assert before.co_filename == after.co_filename and before.co_qualname == after.co_qualname
        assert before.co_stacksize == after.co_stacksize
        assert list(before.co_positions()) == list(after.co_positions())
assert count > 10_000, count
