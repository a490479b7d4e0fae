# What the module and its types look like.
from _pickle import PickleError

names = {"PickleBuffer", "PickleError", "Pickler", "PicklingError", "Unpickler",
         "UnpicklingError", "dump", "dumps", "load", "loads"}
equal({name for name in vars(_pickle) if not name.startswith("__")}, names)
assert _pickle.__doc__
for name in names - {"PickleBuffer"}:
    assert getattr(pickle, name) is getattr(_pickle, name), name
assert pickle.PickleBuffer is PickleBuffer

proxies = type(Pickler(io.BytesIO()).memo), type(Unpickler(io.BytesIO()).memo)
equal([proxy.__name__ for proxy in proxies], ["PicklerMemoProxy", "UnpicklerMemoProxy"])
for kind in (Pickler, Unpickler, PickleError, PicklingError, UnpicklingError, *proxies):
    equal(kind.__module__, "_pickle")
equal(PickleBuffer.__module__, "pickle")
equal(PickleError.__mro__[1:], (Exception, BaseException, object))
equal(PicklingError.__base__, PickleError)
equal(UnpicklingError.__base__, PickleError)
equal(repr(UnpicklingError("x")), "UnpicklingError('x')")
equal(type(pickle.loads(pickle.dumps(PicklingError(1, 2)))), PicklingError)

equal(_pickle.dump.__text_signature__,
      "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)"
      if not OURS else
      "($module, /, obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)")
import inspect

equal(str(inspect.signature(_pickle.dump)),
      "(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)")
equal(str(inspect.signature(_pickle.dumps)),
      "(obj, protocol=None, *, fix_imports=True, buffer_callback=None)")
equal(str(inspect.signature(_pickle.load)),
      "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")
equal(str(inspect.signature(_pickle.loads)),
      "(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")
equal(str(inspect.signature(Pickler)),
      "(file, protocol=None, fix_imports=True, buffer_callback=None)")
equal(str(inspect.signature(Unpickler)),
      "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")
equal(str(inspect.signature(Pickler.dump)), "(self, obj, /)")
equal(str(inspect.signature(Pickler.persistent_id)), "(self, obj, /)")
equal(str(inspect.signature(Unpickler.find_class)), "(self, module_name, global_name, /)")
equal(str(inspect.signature(Unpickler.persistent_load)), "(self, pid, /)")
equal(str(inspect.signature(proxies[0].copy)), "(self, /)")
for documented in (Pickler, Unpickler, PickleBuffer, _pickle.dump, _pickle.dumps, _pickle.load,
                   _pickle.loads, Pickler.dump, Pickler.clear_memo, Pickler.__sizeof__,
                   Unpickler.load, Unpickler.find_class, Unpickler.__sizeof__, PickleBuffer.raw,
                   PickleBuffer.release, proxies[0].clear, proxies[1].copy, proxies[1].__reduce__):
    assert documented.__doc__, documented

# Types are immutable. (CPython's exceptions are not, but interpreters don't share them either.)
exceptions = (PickleError, PicklingError, UnpicklingError) if OURS else ()
for kind in (Pickler, Unpickler, PickleBuffer, *proxies, *exceptions):
    raises(TypeError, None, setattr, kind, "foo", 3)


# Which can be subclassed, which can't.
class Anything(Pickler, Unpickler if False else object):
    pass


class Error(UnpicklingError):
    pass


raises(TypeError, None, type, "B", (PickleBuffer,), {})
if OURS:
    # In CPython they can be made, and crash when used.
    raises(TypeError, None, proxies[0])
    raises(TypeError, None, proxies[1])

# Plain instances take no attributes, those of subclasses do, and none can be pickled.
for instance in (Pickler(io.BytesIO()), Unpickler(io.BytesIO()), PickleBuffer(b"")):
    raises(AttributeError, None, setattr, instance, "foo", 1)
    raises(AttributeError, None, getattr, instance, "__dict__")
    raises(TypeError, None, instance.__reduce_ex__, 4)
raises(TypeError, None, weakref.ref, Pickler(io.BytesIO()))
sub = Anything(io.BytesIO())
sub.foo = 3
equal(sub.__dict__, {"foo": 3})
weakref.ref(sub)

# sys.getsizeof grows with the memo.
pickler = Pickler(io.BytesIO())
empty = pickler.__sizeof__()
pickler.dump([[n] for n in range(1000)])
assert pickler.__sizeof__() >= empty + 1000 * 16
pickler.clear_memo()
if OURS:
    # CPython keeps the memory.
    assert pickler.__sizeof__() < empty + 1000 * 16
unpickler = Unpickler(io.BytesIO(pickle.dumps([[n] for n in range(1000)])))
empty = unpickler.__sizeof__()
unpickler.load()
assert unpickler.__sizeof__() >= empty + 1000 * 8 - 256
short = Unpickler(io.BytesIO(), encoding="ASCII").__sizeof__()
equal(Unpickler(io.BytesIO(), encoding="ASCII" * 100).__sizeof__() - short, 495)
