# PickleBuffer.
array = bytearray(b"abc")
buffer = PickleBuffer(array)
equal(bytes(buffer), b"abc")
equal(buffer == PickleBuffer(array), False)
hash(buffer)
assert "pickle.PickleBuffer object at 0x" in repr(buffer)
view = memoryview(buffer)
assert view.obj is array
assert not view.readonly
view[0] = 65
equal(array, b"Abc")
assert memoryview(PickleBuffer(b"abc")).readonly
assert PickleBuffer(buffer).raw().obj is array
for bad in (1, "x", None, []):
    raises(TypeError, None, PickleBuffer, bad)

# The shape and format of what it wraps are seen through it.
shorts = memoryview(bytearray(range(12))).cast("H", (2, 3))
view = memoryview(PickleBuffer(shorts))
equal((view.format, view.shape, view.strides, view.tolist()),
      ("H", (2, 3), (6, 2), shorts.tolist()))
strided = PickleBuffer(memoryview(b"abcdef")[::-2])
equal(memoryview(strided).tobytes(), b"fdb")

# raw() is unsigned bytes in one dimension.
raw = PickleBuffer(shorts).raw()
equal((raw.format, raw.itemsize, raw.shape, raw.strides, raw.ndim), ("B", 1, (12,), (1,), 1))
equal(raw.tobytes(), bytes(range(12)))
assert not raw.readonly
raw[0] = 255
equal(shorts[0, 0] & 255, 255)
assert PickleBuffer(b"x").raw().readonly
equal(PickleBuffer(b"").raw().tobytes(), b"")
equal(PickleBuffer(b"").raw().shape, (0,))
equal(PickleBuffer(memoryview(b"abc")[3:]).raw().tobytes(), b"")
equal(PickleBuffer(memoryview(b"abcdef")[2:4]).raw().tobytes(), b"cd")
equal(PickleBuffer(memoryview(b"abcdef")[::-1][6:]).raw().tobytes(), b"")
scalar = PickleBuffer(memoryview(b"abcd").cast("I", ()))
equal((scalar.raw().shape, scalar.raw().tobytes()), ((4,), b"abcd"))
for discontiguous in (memoryview(b"abcdef")[::2], memoryview(b"abcdef")[::-1]):
    raises(BufferError, "cannot extract raw buffer from non-contiguous buffer",
           PickleBuffer(discontiguous).raw)

# Exports: released buffers can be resized, what was exported stays valid.
resized = "Existing exports of data: object cannot be re-sized"
array = bytearray(b"abc")
buffer = PickleBuffer(array)
raises(BufferError, resized, array.append, 1)
raw = buffer.raw()
buffer.release()
buffer.release()
raises(BufferError, resized, array.append, 1)
equal(raw.tobytes(), b"abc")
raw.release()
array.append(100)
for use in (buffer.raw, lambda: memoryview(buffer), lambda: bytes(buffer), lambda: PickleBuffer(buffer)):
    raises(ValueError, "operation forbidden on released PickleBuffer object", use)
raises(ValueError, "operation forbidden on released PickleBuffer object", _pickle.dumps, buffer)
buffer = PickleBuffer(array)
raw = buffer.raw()
del buffer
gc.collect()
raises(BufferError, resized, array.append, 1)
del raw
array.append(1)
released = memoryview(b"abc")
buffer = PickleBuffer(released)
raises(BufferError, None, released.release)
buffer.release()
released.release()


# Buffers that Python code exports.
class Exporter:
    def __init__(self):
        self.array = bytearray(b"xyz")
        self.log = []

    def __buffer__(self, flags):
        self.log.append("get")
        return memoryview(self.array)

    def __release_buffer__(self, view):
        self.log.append("release")
        view.release()


exporter = Exporter()
buffer = PickleBuffer(exporter)
equal(exporter.log, ["get"])
raises(BufferError, resized, exporter.array.append, 1)
buffer.release()
equal(exporter.log, ["get", "release"])
exporter.array.append(1)
buffer = PickleBuffer(exporter)
del buffer
gc.collect()
equal(exporter.log, ["get", "release"] * 2)

# Weak references, and garbage.
buffer = PickleBuffer(b"abc")
reference = weakref.ref(buffer)
assert reference() is buffer
del buffer
assert reclaimed(reference)


class Array(bytearray):
    pass


array = Array(b"abc")
array.wrapper = PickleBuffer(array)
reference = weakref.ref(array)
assert gc.is_tracked(array.wrapper)
del array
assert reclaimed(reference)

# In and out of band.
array = bytearray(b"abc")
equal(pickle.loads(pickle.dumps(PickleBuffer(array))), array)
equal(type(pickle.loads(pickle.dumps(PickleBuffer(b"abc")))), bytes)
buffers = []
data = pickle.dumps(PickleBuffer(array), buffer_callback=buffers.append)
assert b"abc" not in data
assert pickle.loads(data, buffers=buffers) is buffers[0]
raises(PicklingError, "PickleBuffer can only be pickled with protocol >= 5",
       pickle.dumps, PickleBuffer(b""), 4)
raises(PicklingError, "PickleBuffer can not be pickled when pointing to a non-contiguous buffer",
       pickle.dumps, strided)
