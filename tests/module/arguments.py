# How arguments are bound, and how it is said that they can't be.
out = io.BytesIO


def bind(call, cases):
    for args, kwargs, text in cases:
        raises(TypeError, text, call, *args, **kwargs)


bind(Pickler, [
    ((), {}, "Pickler() missing required argument 'file' (pos 1)"),
    ((out(), 5, True, None, 3), {}, "Pickler() takes at most 4 arguments (5 given)"),
    ((out(),), {"x": 1}, "Pickler() got an unexpected keyword argument 'x'"),
    ((out(),), {"file": 1}, "argument for Pickler() given by name ('file') and position (1)"),
    ((1,), {}, "file must have a 'write' attribute"),
    ((out(), "1"), {}, "'str' object cannot be interpreted as an integer"),
    ((out(), 1.0), {}, "'float' object cannot be interpreted as an integer"),
])
bind(Unpickler, [
    ((), {}, "Unpickler() missing required argument 'file' (pos 1)"),
    ((out(), True), {}, "Unpickler() takes exactly 1 positional argument (2 given)"),
    ((out(),), {"encoding": None}, "Unpickler() argument 'encoding' must be str, not None"),
    ((out(),), {"encoding": 1}, "Unpickler() argument 'encoding' must be str, not int"),
    ((out(),), {"errors": Pickler(out())},
     "Unpickler() argument 'errors' must be str, not _pickle.Pickler"),
    ((out(),), {"buffers": 3}, "'int' object is not iterable"),
    ((1,), {}, "file must have 'read' and 'readline' attributes"),
])
bind(_pickle.dump, [
    ((), {}, "dump() missing required argument 'obj' (pos 1)"),
    ((1,), {}, "dump() missing required argument 'file' (pos 2)"),
    ((1, out(), 2, True), {}, "dump() takes at most 3 positional arguments (4 given)"),
    ((1, out(), 2), {"a": 1, "b": 2, "c": 3}, "dump() takes at most 5 arguments (6 given)"),
    ((1, 2), {}, "file must have a 'write' attribute"),
])
bind(_pickle.dumps, [
    ((), {}, "dumps() missing required argument 'obj' (pos 1)"),
    ((1, 2, True), {}, "dumps() takes at most 2 positional arguments (3 given)"),
    ((), dict.fromkeys("abcde"), "dumps() takes at most 4 keyword arguments (5 given)"),
])
bind(_pickle.load, [
    ((), {}, "load() missing required argument 'file' (pos 1)"),
    ((out(), True), {}, "load() takes exactly 1 positional argument (2 given)"),
    ((1,), {}, "file must have 'read' and 'readline' attributes"),
])
bind(_pickle.loads, [
    ((), {}, "loads() takes exactly 1 positional argument (0 given)"),
    ((), {"data": b"N."}, "loads() takes exactly 1 positional argument (0 given)"),
    ((b"N.", b""), {}, "loads() takes exactly 1 positional argument (2 given)"),
    ((b"N.",), {"foo": 3}, "loads() got an unexpected keyword argument 'foo'"),
    ((b"N.",), {"encoding": 3}, "loads() argument 'encoding' must be str, not int"),
    ((1,), {}, "a bytes-like object is required, not 'int'"),
    (("N.",), {}, "a bytes-like object is required, not 'str'"),
])
bind(Pickler(out()).dump, [
    ((), {}, "dump() takes exactly 1 positional argument (0 given)"),
    ((1, 2), {}, "dump() takes at most 1 argument (2 given)"),
    ((), {"obj": 2}, "dump() takes exactly 1 positional argument (0 given)"),
])
bind(Unpickler(out()).find_class, [
    (("a", "b", "c"), {}, "find_class() takes at most 2 arguments (3 given)"),
    (("a",), {}, "find_class() takes exactly 2 positional arguments (1 given)"),
    ((1, 2), {}, "module name must be a string"),
    (("io", 2), {}, "attribute name must be string, not 'int'"),
])
bind(PickleBuffer, [
    ((), {}, "PickleBuffer() takes exactly 1 positional argument (0 given)"),
    ((b"", 1), {}, "PickleBuffer() takes at most 1 argument (2 given)"),
    ((), {"object": b""}, "PickleBuffer() takes exactly 1 positional argument (0 given)"),
    ((1,), {}, "a bytes-like object is required, not 'int'"),
])

# Protocols, in the order in which complaints come.
for call in (lambda p: Pickler(3, p), lambda p: _pickle.dump(1, 3, p), lambda p: _pickle.dumps(1, p)):
    raises(ValueError, "pickle protocol must be <= 5", call, 6)
    raises(OverflowError, "Python int too large to convert to C long", call, 10**30)
    raises(OverflowError, "Python int too large to convert to C long", call, -(10**30))
for callback in (lambda p: Pickler(out(), p, buffer_callback=print),
                 lambda p: _pickle.dump(1, out(), p, buffer_callback=print),
                 lambda p: _pickle.dumps(1, p, buffer_callback=print)):
    for protocol in range(5):
        raises(ValueError, "buffer_callback needs protocol >= 5", callback, protocol)
    callback(5), callback(-1), callback(None)
equal(_pickle.dumps(1, -1), b"\x80\x05K\x01.")
equal(_pickle.dumps(1, -99), b"\x80\x05K\x01.")
equal(_pickle.dumps(1, None), b"\x80\x05K\x01.")
equal(_pickle.dumps(1, True), b"K\x01.")


class Two:
    def __index__(self):
        return 2


equal(_pickle.dumps(1, Two()), b"\x80\x02K\x01.")

# Everything by name, in its own types.
file = out()
Pickler(file=file, protocol=2, fix_imports=[], buffer_callback=None).dump(range)
assert b"builtins" in file.getvalue()
file = out()
_pickle.dump(obj=range, file=file, protocol=2, fix_imports=1, buffer_callback=None)
assert b"xrange" in file.getvalue()
assert b"builtins" in _pickle.dumps(obj=range, protocol=2, fix_imports=0, buffer_callback=None)
python2 = b"c__builtin__\nxrange\n."
equal(_pickle.load(file=out(python2), fix_imports=True), range)
raises(ModuleNotFoundError, "No module named '__builtin__'", _pickle.loads, python2, fix_imports="")
equal(Unpickler(file=out(python2), buffers=None).load(), range)
raises(ZeroDivisionError, None, Pickler, out(), 0, type("", (), {"__bool__": lambda s: 1 / 0})())

# Encodings are text for C: no NUL, no surrogate.
raises(ValueError, "embedded null character", Unpickler, out(), encoding="a\0b")
raises(ValueError, "embedded null character", _pickle.loads, b"N.", errors="\0")
raises(UnicodeEncodeError, None, _pickle.load, out(b"N."), encoding="\udc80")
equal(_pickle.loads(b"U\x02\xc3\xa9.", encoding="utf-8"), "\xe9")
equal(_pickle.loads(b"U\x01\xff.", errors="replace"), "\ufffd")
equal(_pickle.loads(b"U\x01\xff.", encoding="bytes"), b"\xff")
equal(_pickle.load(out(b"U\x01\xff."), encoding="latin-1"), "\xff")
raises(LookupError, "unknown encoding: nope", _pickle.loads, b"U\x01a.", encoding="nope")

# What loads() takes.
for data in (b"I1\n.", bytearray(b"I1\n."), memoryview(b"I1\n.rest"), PickleBuffer(b"I1\n.")):
    equal(_pickle.loads(data), 1)
raises(BufferError, "memoryview: underlying buffer is not C-contiguous",
       _pickle.loads, memoryview(b"I.1.\n...")[::2])
raises(EOFError, "Ran out of input", _pickle.loads, b"")
# The pickle runs in the very buffer that it changes.
import builtins

evaluate = lambda code: b"cbuiltins\neval\n(X" + len(code).to_bytes(4, "little") + code + b"tR."
builtins.buffer = bytearray(evaluate(b"buffer.append(1)"))
raises(BufferError, "Existing exports of data: object cannot be re-sized", _pickle.loads, buffer)
buffer[:] = evaluate(b"buffer.__setitem__(0,9)")
equal(_pickle.loads(buffer), None)
equal(buffer[0], 9)
buffer.append(1)
del builtins.buffer
