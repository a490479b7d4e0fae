# What foreign code does in the middle of a dump, by CPython's measure; and what is not asked at all.
import collections
import copyreg


class Call:
    def __init__(self, *args):
        pass


# __getnewargs__ is asked once for an instance, whatever it changes.
class Counted:
    asked = 0

    def __new__(cls, *args):
        return object.__new__(cls)

    def __getnewargs__(self):
        Counted.asked += 1
        return (1,)


pickle.dumps([Counted(), Counted()])
assert Counted.asked == 2


class Other(Counted):
    pass


class Turning(Counted):
    def __getnewargs__(self):
        asked.append(self)
        self.__class__ = Other
        return (2,)


class Late(Counted):
    def __getnewargs__(self):
        asked.append(self)
        type(self).__reduce__ = lambda self: (Call, ())
        self.__dict__[5] = 6
        return (3,)


asked = []
data = pickle.dumps([Turning(), Turning(), Late()], 2)
assert len(asked) == 3
module = Other.__module__.encode()
assert data == (
    b"\x80\x02]q\x00(c%s\nOther\nq\x01K\x02\x85q\x02\x81q\x03h\x01K\x02\x85q\x04\x81q\x05c%s\nLate\nq\x06"
    b"K\x03\x85q\x07\x81q\x08}q\tK\x05K\x06sbe."
) % (module, module), data


# Who has the memo may put an object there that is being reduced.
class Put:
    def __reduce__(self):
        memo = pickler.memo.copy()
        memo[id(self)] = (99, self)
        pickler.memo = memo
        return (Call, (1,))


file = io.BytesIO()
pickler = pickle.Pickler(file, 5)
pickler.dump([Call, Put(), 1])
assert file.getvalue().endswith(b"K\x01\x85\x94R0hcK\x01e."), file.getvalue()


# What an object's reduction holds lives until the object is saved, and may look at the memo when it dies.
class Iterator:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration

    def __del__(self):
        seen.append(len(pickler.memo.copy()))
        pickler.clear_memo()


class Iterating:
    def __reduce__(self):
        return Call, (), None, Iterator()


seen = []
file = io.BytesIO()
pickler = pickle.Pickler(file, 2)
pickler.dump([Iterating(), Call])
assert seen == [3], seen
assert file.getvalue().count(b"Call") == 2


class Dying(tuple):
    def __del__(self):
        copyreg.pickle(Kept, lambda kept: (Call, ("registered",)))


class Kept:
    pass


class Holding:
    def __reduce__(self):
        return Dying((Call, (Kept(),)))


data = pickle.dumps([Kept(), Holding(), Kept()], 2)
assert data.count(b"registered") == 1 and data.index(b"registered") > data.index(b"Call")
del copyreg.dispatch_table[Kept]


# A list may not change its size.
class Growing:
    def __reduce__(self):
        grown.append(5)
        return (Call, ())


for count, changes in ((2, True), (1001, True), (1, False)):
    for protocol in range(6):
        grown = [Growing()] + [1] * (count - 1)
        try:
            pickle.dumps(grown, protocol)
        except RuntimeError as error:
            assert str(error) == "list changed size during iteration"
            assert changes and protocol > 0
        else:
            assert not changes or protocol == 0, (count, protocol)


# What only looks like a class of the standard library is not asked for more than CPython asks.
class Spy:
    def __getattr__(self, name):
        raise AssertionError(name)


class Pair(tuple):
    _make = Spy()


class Decimal:
    __str__ = __add__ = Spy()


pickle.loads(pickle.dumps([Pair((1,)), Decimal()]))


class Swapped(collections.namedtuple("Swapped", "x y")):
    __new__ = eval("lambda _cls, x, y: _tuple_new(_cls, (y, x))", {"_tuple_new": tuple.__new__})


assert pickle.loads(pickle.dumps(Swapped(1, 2))) == (1, 2)
Named = collections.namedtuple("Named", "x y")
Named.__new__ = eval("lambda _cls, x, y: _tuple_new(_cls, (y, x))", {"_tuple_new": tuple.__new__})
assert pickle.loads(pickle.dumps(Named(1, 2))) == (1, 2)

# The empty tuple may be in a pickler's memo.
file = io.BytesIO()
pickler = pickle.Pickler(file, 5)
pickler.memo = {id(()): (5, ()), id(Call): (6, Call)}
pickler.dump([Call(), ()])
assert b"h\x06h\x05\x81" in file.getvalue(), file.getvalue()
