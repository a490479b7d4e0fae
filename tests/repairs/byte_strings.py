# Subclasses of bytes and bytearray are reduced as CPython reduces them.
import copy
import copyreg
import pickle

PICKLERS = [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]


class Bytes(bytes):
    pass


class Array(bytearray):
    pass


class SlotArray(bytearray):
    __slots__ = ("slot",)


class StateArray(bytearray):
    def __getstate__(self):
        return {"from": "getstate"}


assert b"ab".__getnewargs__() == (b"ab",)
value = Bytes(b"a\xff")
assert value.__reduce_ex__(0) == (copyreg._reconstructor, (Bytes, bytes, b"a\xff"))
assert value.__reduce_ex__(2) == (copyreg.__newobj__, (Bytes, b"a\xff"), None, None, None)
value.attribute = 1
assert value.__reduce_ex__(1)[2] == value.__reduce_ex__(4)[2] == {"attribute": 1}
try:
    b"ab".__reduce_ex__(1)
except TypeError as error:
    assert str(error) == "cannot pickle 'bytes' object"
else:
    raise AssertionError

array = Array(b"a\xff")
for protocol in (0, 1, 2):
    assert array.__reduce_ex__(protocol) == (Array, ("a\xff", "latin-1"), None)
for protocol in (3, 4, 5):
    assert array.__reduce_ex__(protocol) == (Array, (b"a\xff",), None)
assert array.__reduce__() == array.__reduce_ex__() == array.__reduce_ex__(2)
assert Array().__reduce_ex__(4) == Array().__reduce__() == (Array, (), None)
array.attribute = 1
assert array.__reduce_ex__(4)[2] == {"attribute": 1}
slots = SlotArray(b"b")
slots.slot = 2
assert slots.__reduce_ex__(4)[2] == (None, {"slot": 2})
assert StateArray(b"c").__reduce__()[2] == {"from": "getstate"}

for dumps, loads in PICKLERS:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for original in (value, array, slots, Bytes(), Array(), bytearray(b"x"), bytearray()):
            again = loads(dumps(original, protocol))
            assert type(again) is type(original) and again == original
            for name in ("attribute", "slot"):
                assert getattr(again, name, None) == getattr(original, name, None)
        assert loads(dumps(StateArray(b"c"), protocol)).__dict__ == {"from": "getstate"}
for original in (value, array, slots):
    again = copy.copy(original)
    assert type(again) is type(original) and again == original and again is not original
