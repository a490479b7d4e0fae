# What can't be pickled is named as CPython names it; what can stays of its class.
import io
import itertools
import pickle
import struct
import weakref

NAMES = [
    (itertools.count(), "'itertools.count' object"),
    (struct.Struct("i"), "'_struct.Struct' object"),
    (weakref.ref(io.StringIO), "'weakref.ReferenceType' object"),
    ((x for x in ()), "'generator' object"),
    (memoryview(b""), "memoryview objects"),
]
for value, name in NAMES:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for dumps in (pickle.dumps, pickle._dumps):
            try:
                dumps(value, protocol)
            except TypeError as error:
                assert str(error) == f"cannot pickle {name}", error
            else:
                raise AssertionError(name)
    try:
        value.__reduce_ex__(1)
    except TypeError as error:
        assert str(error) == f"cannot pickle '{type(value).__name__}' object", error
    else:
        raise AssertionError(name)


# What a class itself says stays as it is, in the same words and with the same cause.
class Refusing:
    def __reduce__(self):
        raise TypeError("cannot pickle 'Refusing' object") from ValueError(1)


try:
    pickle.dumps(Refusing())
except TypeError as error:
    assert str(error) == "cannot pickle 'Refusing' object"
    assert repr(error.__cause__) == "ValueError(1)"
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    assert frame.tb_frame.f_code.co_name == "__reduce__"
else:
    raise AssertionError


class Filter(filter):
    pass


again = pickle.loads(pickle.dumps(Filter(None, [0, 1, 2])))
assert type(again) is Filter and list(again) == [1, 2]
again = pickle._loads(pickle._dumps(filter(bool, [0, 1])))
assert type(again) is filter and list(again) == [1]
