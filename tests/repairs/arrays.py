# The machine format codes of arrays are CPython's, both ways.
import array
import pickle
import sys

PICKLERS = [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]
little = sys.byteorder == "little"

UNSIGNED_INT8, SIGNED_INT8 = 0, 1
codes = {"b": SIGNED_INT8, "B": UNSIGNED_INT8, "f": 14, "d": 16}
for letter in "hilq":
    base = {2: 2, 4: 6, 8: 10}[array.array(letter).itemsize]
    codes[letter.upper()] = base
    codes[letter] = base + 2
for letter in codes:
    if letter not in "bB" and not little:
        codes[letter] += 1

for letter, code in codes.items():
    values = array.array(letter, [1, 2, 100])
    if letter.islower():
        values.append(-3)
    function, args, state = values.__reduce_ex__(4)
    assert function is array._array_reconstructor and state is None
    assert args == (array.array, letter, code, values.tobytes()), (letter, args)
    assert values.__reduce_ex__(2) == (array.array, (letter, values.tolist()), None)
    assert array._array_reconstructor(*args) == values
    for dumps, loads in PICKLERS:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = loads(dumps(values, protocol))
            assert again == values and again.typecode == letter

# A signed 16-bit big-endian array, which became one of C ints.
made = array._array_reconstructor(array.array, "i", 5, b"\xff\xfe\x00\x01")
assert made == array.array("i", [-2, 1])
made = array._array_reconstructor(array.array, "I", 2, b"\xff\xfe\x00\x01")
assert made == array.array("I", [0xFEFF, 0x100])

text = array.array("w", "a\u20ac\U0001f600")
for dumps, loads in PICKLERS:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert loads(dumps(text, protocol)) == text


class Array(array.array):
    pass


mine = Array("h", [-1])
mine.attribute = 1
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    again = pickle.loads(pickle.dumps(mine, protocol))
    assert type(again) is Array and again == mine and again.attribute == 1
