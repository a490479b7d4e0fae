# Struct sequences are reduced to (sequence, dict of the fields that have but a name).
import pickle

import sys

# Once pickle has been imported, and before it has: both must be repaired.
import os
import time

PICKLERS = [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]

moment = time.gmtime(86400)
assert moment.__reduce__() == (
    time.struct_time,
    ((1970, 1, 2, 0, 0, 0, 4, 2, 0), {"tm_zone": "GMT", "tm_gmtoff": 0}),
), moment.__reduce__()
bare = time.struct_time(range(9))
assert bare.__reduce__()[1] == (tuple(range(9)), {"tm_zone": None, "tm_gmtoff": None})

size = os.terminal_size((80, 25))
assert size.__reduce__() == (os.terminal_size, ((80, 25), {}))
assert sys.float_info.__reduce__() == (type(sys.float_info), (tuple(sys.float_info), {}))

status = os.stat(".")
function, (visible, hidden) = status.__reduce__()
assert function is os.stat_result
assert visible == tuple(status) and len(visible) == 10
assert list(hidden)[:6] == [
    "st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns",
]
assert all(getattr(status, name) == value for name, value in hidden.items())

for dumps, loads in PICKLERS:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for value in (moment, bare, size, status, os.times()):
            again = loads(dumps(value, protocol))
            assert type(again) is type(value)
            assert tuple(again) == tuple(value)
            fields = value.__reduce__()[1][1]
            assert {**again.__reduce__()[1][1], **fields} == again.__reduce__()[1][1]

# One type has a constructor of its own.
if hasattr(os, "sched_param"):
    param = os.sched_param(3)
    assert param.__reduce__() == (os.sched_param, (3,))
    assert pickle.loads(pickle.dumps(param)) == param

if sys.platform == "linux":
    # CPython's results have a field more.
    names = list(hidden) + ["st_rdev"]
    theirs = os.stat_result(range(10), dict.fromkeys(names, 7))
    assert theirs.st_rdev == 7 and theirs.st_blocks == 7
    assert list(theirs.__reduce__()[1][1]) == list(dict.fromkeys(names))
    for dumps, loads in PICKLERS:
        assert loads(dumps(theirs)).st_rdev == 7
    assert status.__reduce__()[1][1].get("st_rdev") == getattr(status, "st_rdev", None)
    # Times in whole seconds stand in for missing ones.
    assert os.stat_result(range(10)).st_mtime == 8
    for args in [(range(10), {"st_other": 1}), (range(20),), (range(19), {"st_rdev": 1})]:
        try:
            os.stat_result(*args)
        except TypeError:
            pass
        else:
            raise AssertionError(args)
    # As CPython writes it.
    data = (
        b"cos\nstat_result\n((I16877\nI2\nI65024\nI21\nI0\nI0\nI4096\nI1\nI2\nI3\nt"
        b"(dVst_rdev\nI5\nsVst_blocks\nI8\nstR."
    )
    for _, loads in PICKLERS:
        theirs = loads(data)
        assert type(theirs) is os.stat_result and theirs.st_rdev == 5 and theirs.st_blocks == 8
        assert tuple(theirs) == (16877, 2, 65024, 21, 0, 0, 4096, 1, 2, 3)
