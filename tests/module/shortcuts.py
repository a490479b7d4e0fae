# What is written without asking anybody is the same as what is written by asking at each object.
import copyreg
import random


class Asking(pickle.Pickler):
    """Takes no short cut: leaves are asked for persistent ids, instances for their reducers."""

    def persistent_id(self, obj):
        return None

    def reducer_override(self, obj):
        return NotImplemented


def asking(obj, protocol=None):
    file = io.BytesIO()
    Asking(file, protocol).dump(obj)
    return file.getvalue()


class Plain:
    pass


class Args:
    def __new__(cls, *args):
        return object.__new__(cls)

    def __getnewargs__(self):
        return (1, self.__dict__.get("a"))


def graph(chance, size):
    """Parts that refer to each other every way."""
    parts = [1, -70000, 1 << 80, 0.5, None, True, "text", "é", b"bytes", "", ()]
    for number in range(size):
        few = [chance.choice(parts) for _ in range(chance.randrange(4))]
        kind = chance.randrange(9)
        if kind == 0:
            part = few
        elif kind == 1:
            part = tuple(few)
        elif kind == 2:
            part = {str(i) + "key": item for i, item in enumerate(few)}
        elif kind == 3:
            part = {number, str(number)} if number % 2 else {number}
        elif kind == 4:
            part = "string %d" % number
        elif kind in (5, 6):
            part = Plain() if kind == 5 else Args()
            for i, item in enumerate(few):
                setattr(part, "abcd"[i], item)
        elif kind == 7:
            part = (few, few, "own %d" % number)
        else:
            part = [[], {}, set(), [number], {number: few}, ([number],)]
        parts.append(part)
        # And back.
        lists = [part for part in parts if type(part) is list]
        if lists and chance.random() < 0.4:
            chance.choice(lists).append(chance.choice(parts))
    return parts


for seed in range(150):
    chance = random.Random(seed)
    parts = graph(chance, 40)
    for protocol in range(2, 6):
        assert pickle.dumps(parts, protocol) == asking(parts, protocol), (seed, protocol)

# Batches and frames end where they do.
for value in (
    {i: i for i in range(1000)},
    {i: str(i) for i in range(2001)},
    {str(i): [i] if i % 7 == 0 else i for i in range(3000)},
    {i: "x" * (30000 + i) for i in range(10)},
    {"x" * (30000 + i): (i, i) for i in range(10)},
    set(range(1000)),
    set(range(2001)),
    {str(i) * 9000 for i in range(30)},
    {1: 2},
    {1: [2]},
):
    for protocol in range(2, 6):
        assert pickle.dumps(value, protocol) == asking(value, protocol), protocol

# Items that were taken out leave no gap.
value = {i: str(i) for i in range(20)}
del value[3], value[0]
assert pickle.dumps(value) == asking(value, 5)

# A tuple is in the memo after its items, which are walked twice where they lead back to it (CPython's bytes).
value = ([],)
value[0].append(value)
assert pickle.dumps(value, 2) == b"\x80\x02]q\x00h\x00\x85q\x01a0h\x01."
copy = pickle.loads(pickle.dumps(value, 2))
assert copy[0][0] is copy

# Foreign code may get at what only its container has.
found = []


class Finder:
    def __reduce__(self):
        return (list, (), None, iter([found[0][0], found[0][1]]))


found.append([[1], "a string"])
copy = pickle.loads(pickle.dumps([found[0], Finder()]))
assert copy[0][0] is copy[1][0] and copy[0][1] is copy[1][1]


# __getnewargs__ runs before the state is looked at, and its tuple is copied.
class Cached:
    def __getnewargs__(self):
        self.cached = 1
        return ()


assert b"cached" in pickle.dumps(Cached())


class Constant:
    ARGS = ("a", 2)

    def __new__(cls, *args):
        return object.__new__(cls)

    def __getnewargs__(self):
        return self.ARGS


assert pickle.dumps([Constant(), Constant()]).count(b"\x86") == 2


class Wrong:
    def __getnewargs__(self):
        return [1]


try:
    pickle.dumps(Wrong())
except TypeError as error:
    assert "__getnewargs__ should return a tuple, not 'list'" in str(error)
else:
    raise AssertionError


# Slots, with and without values, and with a list of names that somebody has changed.
class Slots:
    __slots__ = ("a", "b", "__private")

    def __init__(self, *values):
        for name, value in zip(("a", "b", "_Slots__private"), values):
            setattr(self, name, value)


values = [Slots(), Slots(1), Slots("x", [2]), Slots(*"xyz"), Slots(1, 2, Slots(3))]
copies = pickle.loads(pickle.dumps(values))
for value, copy in zip(values, copies):
    for name in ("a", "b", "_Slots__private"):
        assert hasattr(value, name) == hasattr(copy, name)
assert copies[2].b == [2] and copies[3]._Slots__private == "z"
assert copies[4]._Slots__private.a == 3
# The names are those of the class, so that they are written once.
assert pickle.dumps(values).count(b"_Slots__private") == 1
Slots.__slotnames__ = ["a", "b", "_Slots__private", "a"]
assert pickle.dumps([Slots(5), Slots(5)]).count(b"a\x94") == 1


# Whoever is registered later is asked.
class Registers:
    def __reduce__(self):
        copyreg.pickle(Plain, lambda obj: "registered")
        return (int, ())


registered = 7
pickle.dumps([Plain(), Plain()])
try:
    pickle.dumps([Plain(), Registers(), Plain()])
except pickle.PicklingError as error:
    assert "registered" in str(error)
else:
    raise AssertionError
finally:
    del copyreg.dispatch_table[Plain]


# Keys that compare themselves see the pickler's memo, and may change it.
class Key:
    def __init__(self, text):
        self.text = text

    def __hash__(self):
        return hash(self.text)

    def __eq__(self, other):
        seen.append(len(pickler.memo.copy()))
        return False

    def __reduce__(self):
        return (str, ())


seen = []
odd = Plain()
odd.__dict__[Key("__getstate__")] = 1
pickler = pickle.Pickler(io.BytesIO())
pickler.dump([[1], odd])
assert all(seen), seen


# Loads: what a pickle's memo alone has lives until the end, as anybody can see who has a weak reference to it.
class Parent:
    pass


class Kid:
    def __reduce__(self):
        return (make_kid, (Parent(),), 1)

    def __setstate__(self, state):
        alive.append(self.parent() is not None)


def make_kid(parent):
    kid = Kid()
    kid.parent = weakref.ref(parent)
    return kid


alive = []
pickle.loads(pickle.dumps([str(i) for i in range(30)] + [Kid()]))
assert alive == [True]

# A state that somebody else has as well is copied; otherwise its names are those of the interpreter.
one, other = Plain(), Plain()
one.name, other.name = 1, 2
one.state = other.__dict__
copy = pickle.loads(pickle.dumps([one, other, other.__dict__]))
assert copy[2] == {"name": 2} and copy[0].state is copy[2]
copy[2]["name"] = 3
assert copy[1].name == 2 and copy[0].name == 1


# Keys that are no strings are hashed again when they become attributes.
class Once:
    def __hash__(self):
        hashed.append(1)
        return 1

    def __reduce__(self):
        return (Once, ())


hashed = []
odd = Plain()
odd.__dict__[Once()] = 1
data = pickle.dumps(odd)
hashed.clear()
pickle.loads(data)
assert len(hashed) == 2

# Decimals are written and read as their class does it, whoever does it.
import decimal

Decimal = decimal.Decimal
chance = random.Random(5)
texts = ["0", "-0", "0.000", "-0.000001", "0.0000001", "1E+5", "-12E-7", "1e-999999", "123.4500", "NaN", "-NaN12", "sNaN7"]
texts += ["Infinity", "-Infinity", "007", ".5", "5.", "9" * 700, "1." + "3" * 800, "1_0", " 7 ", "٣.٤", "-1E999999"]
for _ in range(300):
    digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(1, 30)))
    texts.append(chance.choice(["", "-", "+"]) + digits + chance.choice(["", "E-3", "e+7", "E25"]))
    texts.append(chance.choice(["", "-"]) + digits[:5] + "." + digits[5:])
decimals = [Decimal(text) for text in texts]
for capitals in (1, 0):
    decimal.getcontext().capitals = capitals
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        # The string of a single digit is a new one in CPython, and one or the other in `Decimal.__str__`.
        longer = [value for value in decimals if len(str(value)) > 1]
        assert pickle.dumps(longer, protocol) == asking(longer, protocol), protocol
        assert [repr(copy) for copy in pickle.loads(pickle.dumps(decimals, protocol))] == [
            repr(value) for value in decimals
        ]
decimal.getcontext().capitals = 1
for text in texts:
    data = b"cdecimal\nDecimal\n(X" + len(text.encode()).to_bytes(4, "little") + text.encode() + b"tR."
    copy, made = pickle.loads(data), Decimal(text)
    assert (type(copy), repr(copy), copy.as_tuple()) == (type(made), repr(made), made.as_tuple()), text
for text in ["", "x", "1.2.3", "--1", "1e", "."]:
    data = b"cdecimal\nDecimal\n(X" + len(text.encode()).to_bytes(4, "little") + text.encode() + b"tR."
    try:
        pickle.loads(data)
    except decimal.InvalidOperation:
        continue
    raise AssertionError(text)
# The same one twice, several in a frame, and frames that end between two.
assert pickle.dumps([Decimal("0"), Decimal("7"), Decimal("7")], 5).count(b"\x8c\x017") == 2
several = [longer, longer[3], ["x" * 65000, Decimal("1.25"), "x" * 500, Decimal("2.25"), Decimal("2.25")] * 3]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    assert pickle.dumps(several, protocol) == asking(several, protocol), protocol


# Not those of a subclass, and not where a program has methods of its own, or a reducer.
class Money(Decimal):
    def __str__(self):
        return "7"


money = pickle.loads(pickle.dumps([Money("1.5"), Money("2.5")]))
assert [type(copy) for copy in money] == [Money, Money]
assert pickle.dumps([Money("1.5"), Money("2.5")]) == asking([Money("1.5"), Money("2.5")])
copyreg.pickle(Decimal, lambda value: (Decimal, ("8",)))
assert pickle.loads(pickle.dumps([Decimal("1.5"), Decimal("2.5")])) == [8, 8]
del copyreg.dispatch_table[Decimal]
if not hasattr(decimal, "__libmpdec_version__"):
    original = Decimal.__str__
    Decimal.__str__ = lambda self: "9"
    assert pickle.loads(pickle.dumps([Decimal("1.5"), Decimal("2.5")])) == [9, 9]
    Decimal.__str__ = original
assert pickle.loads(pickle.dumps([Decimal("1.5"), Decimal("2.5")])) == [Decimal("1.5"), Decimal("2.5")]

# Named tuples are, too.
import collections

Pair = collections.namedtuple("Pair", "left right", defaults=[5])
Empty = collections.namedtuple("Empty", "")
Long = collections.namedtuple("Long", "a b c d e f")


class Named(Pair):
    """With attributes of its own."""


class Swapped(Pair):
    __slots__ = ()

    def __new__(cls, left, right):
        return tuple.__new__(cls, (right, left))


class OtherArgs(Pair):
    def __getnewargs__(self):
        return (self.right, self.left)


class OtherIter(Pair):
    def __iter__(self):
        return iter("ab")


named = Named(1, [])
named.extra = named
shared = [Pair("x", 2), Pair([], ()), Empty(), Long(1, 2, 3, 4, 5, 6), named, Swapped(1, 2), OtherArgs(1, 2), OtherIter(1, 2)]
shared[1].left.append(shared[1])
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    data = pickle.dumps([shared, shared, shared[0]] * 2, protocol)
    assert data == asking([shared, shared, shared[0]] * 2, protocol), protocol
    copies = pickle.loads(data)[0]
    assert [type(copy) for copy in copies] == [type(value) for value in shared]
    assert copies[0] == ("x", 2) and copies[0].left == "x" and copies[1].left[0] is copies[1] and copies[2] == ()
    assert copies[3] == (1, 2, 3, 4, 5, 6) and copies[4].extra is copies[4]
    # `__new__` swaps at protocol 2 and later.
    if protocol >= 2:
        assert copies[5] == (1, 2), copies[5]
        assert tuple.__getitem__(copies[7], 0) == "a"
        assert copies[6] == (2, 1)
start = b"c%s\nPair\n" % Pair.__module__.encode()
assert pickle.loads(start + b"K\x01\x85\x81.") == (1, 5)
for args in (b")", b"K\x01K\x02K\x03\x87"):
    try:
        pickle.loads(start + args + b"\x81.")
    except TypeError as error:
        assert "argument" in str(error)
        continue
    raise AssertionError(args)
Pair.__new__ = lambda cls, left, right=None: tuple.__new__(cls, (right, left))
assert pickle.loads(start + b"K\x01K\x02\x86\x81.") == (2, 1)

# What a class's method answers is written at once, if it can be; or as if it had been asked.
import datetime


class Answer:
    __slots__ = ("args",)

    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return (Answer, self.args)


class AnswerEx(Answer):
    __slots__ = ()

    def __reduce_ex__(self, protocol):
        return (Answer, (protocol, *self.args))


class Own(Answer):
    """Whose instances may have a method of their own."""


class __newobj__:
    def __init__(self, *args):
        pass

    def __reduce__(self):
        return (__newobj__, (Answer, 1))


own = Own(3)
own.__reduce__ = lambda: (Answer, (4,))
args = (1, "text", b"bytes", None)
several = [Answer(), Answer(1), Answer(*args), Answer([]), Answer(1 << 70), AnswerEx(2), own, Answer(*args, 5.5)]
several += [datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2), datetime.timedelta(3), datetime.time(4)]
several += [datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc), datetime.timezone(datetime.timedelta(hours=1))]
several += ["text", Answer("y" * 70000), Answer("z" * 300)]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    graph = [several, several * 300, [Answer("w" * number) for number in range(700)]]
    assert pickle.dumps(graph, protocol) == asking(graph, protocol), protocol
    file = io.BytesIO()
    pickle.dump(graph, file, protocol)
    assert file.getvalue() == asking(graph, protocol), protocol
try:
    pickle.dumps(__newobj__(), 5)
except pickle.PicklingError as error:
    assert "__newobj__" in str(error)
else:
    raise AssertionError

# Sets whose first elements are leaves, at the edges of batches.
for count in (0, 1, 2, 999, 1000, 1001, 2000, 2001):
    for rest in ([], [frozenset([1])], [("tuple", 1), (1, (2,)), 1 << 90, Own, Empty()]):
        mixed = set(range(count)) | set(rest) | {"text"}
        for protocol in range(4, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.dumps([mixed, mixed], protocol) == asking([mixed, mixed], protocol), (count, rest)
            assert pickle.loads(pickle.dumps(mixed)) == mixed
