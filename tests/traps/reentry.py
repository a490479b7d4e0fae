# Picklers and unpicklers that are used again from within.
import io
import pickle


class Again:
    def __reduce__(self):
        try:
            pickler.dump([1])
        except Exception as error:
            errors.append(type(error))
        return int, (5,)


errors = []
out = io.BytesIO()
pickler = pickle.Pickler(out)
pickler.dump([Again(), "x"])
assert errors == [RuntimeError], errors
assert pickle.loads(out.getvalue()) == [5, "x"]
assert pickle.loads(pickle.dumps([Again()])) == [5]


class Loader(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            self.load()
        except Exception as error:
            errors.append(type(error))
        return int


errors.clear()
assert Loader(io.BytesIO(b"cbuiltins\nint\n)R.")).load() == 0
assert errors == [RuntimeError], errors


# A dump within a dump, and a load within a load, of other picklers.
class Nested:
    def __init__(self, depth):
        self.depth = depth

    def __reduce__(self):
        inner = pickle.dumps(Nested(self.depth - 1)) if self.depth else b"N."
        return pickle.loads, (inner,)


assert pickle.loads(pickle.dumps(Nested(20))) is None


# Code that the load runs may clear the memo and the list that is being filled.
class Clearing(pickle.Unpickler):
    def persistent_load(self, pid):
        self.memo.clear()
        return pid


data = b"]q\x00(X\x01\0\0\0aQh\x00e."
try:
    Clearing(io.BytesIO(data)).load()
except pickle.UnpicklingError as error:
    assert str(error) == "Memo value not found at index 0"
else:
    raise AssertionError
