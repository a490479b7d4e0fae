# Slot wrappers, and static methods of built-in types.
import pickle

FUNCTIONS = [
    list.__len__, int.__add__, str.__getitem__, object.__repr__,
    str.maketrans, bytes.maketrans, bytearray.maketrans,
]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    for dumps, loads in [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]:
        for function in FUNCTIONS:
            assert loads(dumps(function, protocol)) == function
assert str.maketrans("a", "b") == {97: 98}
assert "x".maketrans({"a": 1}) == {97: 1}
