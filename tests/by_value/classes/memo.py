# A pickler's later pickles refer to the classes of its first.
import io

import rustpython_pickle


class Point:
    def __init__(self, x):
        self.x = x


class Broken:
    point = Point(0)
    generator = (x for x in [])


file = io.BytesIO()
pickler = rustpython_pickle.Pickler(file)
pickler.dump(Point)
size = file.tell()
try:
    pickler.dump(Broken)
except TypeError as error:
    assert "generator" in str(error)
else:
    raise AssertionError("a generator")
assert file.tell() == size
del Broken.generator
pickler.dump([Broken, Point(5)])
pickler.dump(Point)
value = file.getvalue()

# In another interpreter
import io
import pickle

unpickler = pickle.Unpickler(io.BytesIO(loaded))
Point = unpickler.load()
Broken, point = unpickler.load()
assert type(point) is Point and point.x == 5 and type(Broken.point) is Point
assert unpickler.load() is Point
