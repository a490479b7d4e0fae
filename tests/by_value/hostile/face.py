# The module as Python programs use it.
import html
import html.parser
import io
import pickle
import sys
import types

import rustpython_pickle


def local():
    return 'local'


# Arguments as pickle's.
assert pickle.loads(rustpython_pickle.dumps(local, 2))() == 'local'
assert pickle.loads(rustpython_pickle.dumps(obj=local, protocol=-1, fix_imports=False))() == 'local'
buffers = []
pickled = rustpython_pickle.dumps(pickle.PickleBuffer(b'x'), buffer_callback=buffers.append)
assert len(buffers) == 1 and rustpython_pickle.loads(pickled, buffers=buffers) == b'x'
file = io.BytesIO()
rustpython_pickle.dump(local, file, protocol=4)
file.seek(0)
assert rustpython_pickle.load(file)() == 'local'
for wrong in [lambda: rustpython_pickle.dumps(), lambda: rustpython_pickle.dumps(1, 9), lambda: rustpython_pickle.dump(1)]:
    try:
        wrong()
    except (TypeError, ValueError):
        pass
    else:
        raise AssertionError

# The class.
assert issubclass(rustpython_pickle.Pickler, pickle.Pickler) and rustpython_pickle.Unpickler is pickle.Unpickler
assert rustpython_pickle.Pickler.__module__ == 'rustpython_pickle'
file = io.BytesIO()
pickler = rustpython_pickle.Pickler(file)
pickler.dump([local])
pickler.dump(local)
file.seek(0)
unpickler = pickle.Unpickler(file)
assert unpickler.load()[0] is unpickler.load()
pickler.clear_memo()
file.seek(0)
file.truncate()
pickler.dump(local)
assert pickle.loads(file.getvalue())() == 'local'
try:
    pickle.Pickler(io.BytesIO()).dump(lambda: 1)
except (pickle.PicklingError, AttributeError):
    pass
else:
    raise AssertionError


class Mine(rustpython_pickle.Pickler):
    def reducer_override(self, obj):
        if obj is local:
            return str, ('overridden',)
        return NotImplemented

    def persistent_id(self, obj):
        return 'id' if obj is sys else None


class Theirs(pickle.Unpickler):
    def persistent_load(self, id):
        return id


file = io.BytesIO()
Mine(file).dump([local, sys, lambda: 3])
file.seek(0)
first, second, third = Theirs(file).load()
assert (first, second, third()) == ('overridden', 'id', 3)

# Modules registered for by-value, and their submodules.
by_reference = rustpython_pickle.dumps([html.escape, html.parser.HTMLParser])
assert len(by_reference) < 200
assert rustpython_pickle.list_registry_pickle_by_value() == set()
rustpython_pickle.register_pickle_by_value(html)
assert rustpython_pickle.list_registry_pickle_by_value() == {'html'}
rustpython_pickle.list_registry_pickle_by_value().clear()
by_value = rustpython_pickle.dumps(html.unescape)
assert len(by_value) > 1000
loaded = pickle.loads(by_value)
assert loaded('&lt;') == '<' and loaded is not html.unescape and loaded.__globals__ is not vars(html)
module = pickle.loads(rustpython_pickle.dumps(html))
assert module is not html and module.escape('<') == '&lt;' and module.escape.__globals__ is vars(module)
replace = html.parser._unescape_attrvalue
assert pickle.loads(rustpython_pickle.dumps(replace)) is not replace
rustpython_pickle.unregister_pickle_by_value(html)
assert len(rustpython_pickle.dumps(html.unescape)) < 100
assert pickle.loads(rustpython_pickle.dumps(html)) is html
for wrong in [
    lambda: rustpython_pickle.unregister_pickle_by_value(html),
    lambda: rustpython_pickle.register_pickle_by_value('html'),
    lambda: rustpython_pickle.unregister_pickle_by_value(5),
    lambda: rustpython_pickle.register_pickle_by_value(types.ModuleType('new')),
]:
    try:
        wrong()
    except ValueError:
        pass
    else:
        raise AssertionError

# Garbage: a pickler that what it has pickled leads back to.
import gc
import weakref

pickler = rustpython_pickle.Pickler(io.BytesIO())
space = {'__name__': 'cycle', 'pickler': [pickler]}
exec('def f(): return 1', space)
pickler.dump(space['f'])
alive = weakref.ref(space['f'])
del pickler, space
gc.collect()
assert alive() is None
