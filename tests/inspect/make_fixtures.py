"""Writes the fixtures of tests/inspect_dis.rs: pickles, and what pickletools.dis says of them.

    python3.14 tests/inspect/make_fixtures.py [FILE COUNT]

Without arguments tests/inspect/dis/ is written anew: NAME.pickle with NAME.dis, and damaged.txt. With them, COUNT damaged
pickles go to FILE, which the test takes from the environment variable PICKLETOOLS_DAMAGED.

A line of damaged.txt is a pickle in hexadecimal, a space, the argument `annotate`, a space, and the text, with backslashes and
newlines escaped.
"""

import array
import collections
import datetime
import decimal
import fractions
import io
import pathlib
import pickle
import pickletools
import random
import sys

HERE = pathlib.Path(__file__).parent / "dis"


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, "two"


class WithKeywords:
    def __new__(cls, *, size):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (), {"size": 3}


class Words(list):
    pass


def cycle():
    ring = []
    ring.append({"ring": ring})
    return ring


def shared():
    text, items = "shared " * 3, [1, 2]
    return {"a": text, "b": [text, items, (items, text)], "c": items}


OBJECTS = {
    "none": None,
    "numbers": [0, 1, -1, 255, 256, 65535, 65536, 2**31, -(2**31) - 1, 2**63, -(2**100), 10**300, True, False],
    "long": [2**2039, -(2**2100), 10**4299],
    "floats": [0.0, -0.0, 1.5, 1e16, 1e-5, 123456789.123, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan")],
    "texts": [
        "", "plain", "it's", 'say "it\'s"', "line\nfeed\r\t\\", "\x00\x1b\x7f\x80\xa0\xad", "gr\xf6\xdfe", "\u20ac\u200b\u202e\ufeff",
        "\U0001f600\U000e0001", "\ud800", "e\u0301", "\u0378", "\U0010ffff", "long " * 60,
    ],
    "bytes": [b"", b"plain", b"it's", b"'\"\\\n\r\t\x00\xff", bytes(range(256)), b"long" * 100],
    "bytearrays": [bytearray(), bytearray(b"it's \x00")],
    "containers": [[], (), {}, set(), frozenset(), [[]], (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {"a": {"b": [1]}}, {1}, frozenset([2])],
    "shared": shared(),
    "cycle": cycle(),
    "batches": [list(range(1001)), {i: None for i in range(1002)}],
    "instances": [Point(1, "a"), Slots(), Words([1, 2]), collections.OrderedDict(a=1), collections.deque([1], 3)],
    "library": [
        datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.timezone.utc, decimal.Decimal("1.50"), fractions.Fraction(1, 3),
        pathlib.PurePosixPath("/a/b"), array.array("i", [1, 2]), range(1, 10, 2), slice(1, 2), complex(1, 2), collections.Counter("aab"),
    ],
    "globals": [len, dict, collections.OrderedDict, datetime.datetime.now.__self__, ValueError("x")],
}

BY_HAND = {
    "python2": b"(S'abc\\x00\\'\\n'\nS\"q'\"\nU\x03\xe9'\"T\x02\x00\x00\x00\xff\\I01\nI00\nI007\nL12L\nL-5\nF1_0.5\nF-inf\nVa\\u20ac\\\\u\nl.",
    "classic": b"(lp0\n(i__main__\nA\np1\n(dp2\nS'x'\nI1\nsba(c__main__\nB\nK\x01oK\x02b2a.",
    "extensions": b"\x80\x02\x82\x01\x83\x01\x02\x84\x01\x02\x03\x04\x87.",
    "persistent": b"(Pid \xc3\xa9\nK\x01Qt.",
    "memo": b"(NrA\x00\x00\x000jA\x00\x00\x00p12\ng12\n0\x94h\x01l.",
    "marks": b"(((00N(N1t.",
    "buffers": b"\x80\x05\x97\x98\x96\x03\x00\x00\x00\x00\x00\x00\x00a'b\x86.",
    "trailing": b"N.N.",
    "empty": b"",
    "no_stop": b"NNN",
    "unknown": b"N\xff.",
    "quote": b"\".",
    "no_mark": b"Nt.",
    "mark_taken": b"(\x85t.",
    "memo_missing": b"h\x05.",
    "memo_true": b"Np1\ng01\n0g1\n.",
    "memo_of_mark": b"(q\x00.",
    "memo_of_nothing": b"\x94.",
    "underflow": b"\x86.",
    "left": b"NK\x01X\x01\x00\x00\x00a(\x8f}]).",
    "too_long": b"\x8b\x00\x08\x00\x00" + b"\x7f" * 2048 + b".",
    "too_many_digits": b"L" + b"1" * 5000 + b"L\n.",
    "bad_number": b"I" + b"x'" * 200 + b"\n.",
    "bad_float": b"F1e\n.",
    "bad_text": b"X\x03\x00\x00\x00a\xe2\x82.",
    "bad_global": b"c\xed\xa0\x80\nx\n.",
    "global_escapes": b"ca\\x41\nb\\tc\n.",
    "bad_escape": b"S'\\x1'\n.",
    "bad_unicode": b"Va\\u12\n.",
    "bad_unicode_range": b"V\\U00110000\n.",
    "negative": b"T\xff\xff\xff\xff.",
    "negative_long": b"\x8b\xff\xff\xff\xff.",
    "huge": b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
    "short": b"B\x05\x00\x00\x00ab",
}



def dis(data, annotate):
    out = io.StringIO()
    try:
        pickletools.dis(data, out, annotate=annotate)
    except Exception as error:
        out.write(f"{type(error).__name__}: {error}\n")
    return out.getvalue()


def pickles():
    for name, value in OBJECTS.items():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            try:
                yield f"{name}_{protocol}", pickle.dumps(value, protocol)
            except TypeError:
                # __slots__ before protocol 2.
                pass
    yield from BY_HAND.items()


def damaged(count):
    """Pickles with some bytes changed, left out, doubled, or put together from opcodes at random."""
    random.seed(4)
    good = [data for name, data in pickles() if 0 < len(data) < 400]
    opcodes = [op.code.encode("latin-1") for op in pickletools.opcodes]
    for number in range(count):
        if number % 4 == 0:
            parts = []
            for _ in range(random.randrange(1, 30)):
                parts.append(random.choice(opcodes))
                if random.random() < 0.4:
                    parts.append(random.choice([b"\x00", b"\x01", b"1\n", b"\x02\x00\x00\x00ab", b"'a'\n", b"a\nb\n", b"(", b"N"]))
            data = b"".join(parts) + b"."
        else:
            data = bytearray(random.choice(good))
            for _ in range(random.randrange(1, 4)):
                at = random.randrange(len(data) or 1)
                match random.randrange(4):
                    case 0:
                        data[at : at + 1] = bytes([random.randrange(256)])
                    case 1:
                        del data[at : at + random.randrange(1, 4)]
                    case 2:
                        data[at:at] = random.choice(opcodes)
                    case 3:
                        data[at:at] = data[at : at + random.randrange(1, 8)]
            data = bytes(data)
        yield data, random.choice([0, 0, 1, 30, 60])


def write_damaged(file, count):
    with open(file, "w", encoding="utf-8", newline="\n") as out:
        for data, annotate in damaged(count):
            text = dis(data, annotate).replace("\\", "\\\\").replace("\n", "\\n")
            out.write(f"{data.hex()} {annotate} {text}\n")


def main():
    if len(sys.argv) > 1:
        return write_damaged(sys.argv[1], int(sys.argv[2]))
    if sys.version_info[:2] != (3, 14):
        sys.exit("the texts are those of CPython 3.14")
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    for number, (name, data) in enumerate(pickles()):
        (HERE / f"{name}.pickle").write_bytes(data)
        annotate = (0, 1, 40)[number % 3]
        (HERE / f"{name}.dis").write_text(f"{annotate}\n{dis(data, annotate)}", encoding="utf-8", newline="\n")
    write_damaged(HERE / "damaged.txt", 500)


main()
