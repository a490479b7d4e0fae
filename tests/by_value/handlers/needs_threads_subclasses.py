import itertools
import threading
import weakref


class Items(itertools.chain):
    __slots__ = ("slot",)

    def __init__(self, *items):
        raise AssertionError("called once more")

    def take(self, count):
        return [next(self) for _ in range(count)]


class Started(itertools.dropwhile):
    pass


class Repeated(itertools.cycle):
    pass


class Session(threading.local):
    kind = "session"

    def __init__(self):
        self.user = "nobody"


class Reference(weakref.ref):
    __slots__ = ("name",)

    def __init__(self, referent, callback=None):
        self.name = "unset"


class Thing:
    pass


class Own(itertools.chain):
    def __reduce__(self):
        return itertools.chain, ([1, 2],)


def make():
    made = {"items": Items.from_iterable([[1, 2], [3, 4]])}
    made["items"].note, made["items"].slot = "mine", "also"
    next(made["items"])
    made["started"] = Started(bool, [1, 0, 2])
    next(made["started"])
    made["repeated"] = Repeated([1, 2, 3])
    next(made["repeated"])
    made["session"] = Session()
    made["session"].user = "me"
    made["thing"] = Thing()
    made["reference"] = reference = Reference(made["thing"])
    reference.name = "thing"
    made["own"] = Own([5])
    return made


def check(made, restored):
    items = made["items"]
    assert type(items).__name__ == "Items" and items.note == "mine" and items.slot == "also"
    assert items.take(3) == [2, 3, 4]
    assert type(made["started"]).__name__ == "Started" and list(made["started"]) == [2]
    assert type(made["repeated"]).__name__ == "Repeated"
    assert [next(made["repeated"]) for _ in range(4)] == [2, 3, 1, 2]
    session = made["session"]
    assert session.user == "me" and session.kind == "session"
    reference = made["reference"]
    assert type(reference).__name__ == "Reference" and reference.name == "thing"
    assert reference() is made["thing"]
    del made["thing"]
    assert reference() is None
    assert type(made["own"]) is (itertools.chain if restored else Own)
