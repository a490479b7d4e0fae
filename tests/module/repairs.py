# What RustPython's types lack to be pickled, as CPython's can be.
import os

# A state that CPython on Linux gives, whose st_rdev RustPython has no field for.
data = (b"cos\nstat_result\n((I16877\nI2\nI65024\nI21\nI0\nI0\nI4096\nI1\nI2\nI3\nt"
        b"(dVst_rdev\nI5\nsVst_blocks\nI8\nstR.")
for loads in (pickle.loads, pickle._loads):
    stat = loads(data)
    equal(type(stat), os.stat_result)
    equal((stat.st_mode, stat.st_blocks), (16877, 8))
    equal(tuple(stat), (16877, 2, 65024, 21, 0, 0, 4096, 1, 2, 3))
raises(TypeError, "os.stat_result() got duplicate or unexpected field name(s)",
       os.stat_result, tuple(range(10)), {"st_nonsense": 1})
stat = os.stat(os.curdir)
for protocol in range(6):
    for dumps in (pickle.dumps, pickle._dumps):
        for loads in (pickle.loads, pickle._loads):
            equal(loads(dumps(stat, protocol)), stat)
            equal(loads(dumps(stat, protocol)).st_mtime_ns, stat.st_mtime_ns)

# Slot wrappers, and static methods of built-in types.
for protocol in range(6):
    for dumps in (pickle.dumps, pickle._dumps):
        for function in (list.__len__, int.__add__, str.__getitem__, object.__repr__,
                         str.maketrans, bytes.maketrans, bytearray.maketrans):
            equal(pickle.loads(dumps(function, protocol)), function)
equal(str.maketrans("a", "b"), {97: 98})
equal("x".maketrans({"a": 1}), {97: 1})
