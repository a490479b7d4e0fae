import functools
import itertools
import json
import logging
import queue
import struct
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


class NewItems(itertools.chain):
    def __new__(cls, label, *items):
        made = super().__new__(cls, *items)
        made.label = label
        return made


class NewReference(weakref.ref):
    __slots__ = ("key",)

    def __new__(cls, referent, key):
        return super().__new__(cls, referent)

    def __init__(self, referent, key):
        super().__init__(referent)
        self.key = key


class NewSession(threading.local):
    def __new__(cls, user):
        return super().__new__(cls)

    def __init__(self, user="nobody"):
        self.user = user


class User(threading.local):
    def __init__(self, name, *rest):
        self.name, self.rest = name, rest


class NewHandler(logging.Handler):
    def __new__(cls, target):
        return super().__new__(cls)

    def __init__(self, target):
        super().__init__()
        self.target = target

    def emit(self, record):
        self.target.append(record.getMessage())


class NewDecoder(json.JSONDecoder):
    def __new__(cls, label):
        return super().__new__(cls)

    def __init__(self, label):
        super().__init__()
        self.label = label


class Audited(queue.SimpleQueue):
    """What would change the items if a save or a load called it."""

    closed = False

    def put(self, item, *args):
        if self.closed:
            raise RuntimeError("closed")
        super().put(("audited", item))

    def get_nowait(self):
        raise RuntimeError("not now")

    def qsize(self):
        return 1


class Partial(functools.partialmethod):
    pass


class WithPartial:
    def method(self, *args, **kwargs):
        return args, kwargs

    part = Partial(method, 1, b=2)


class Finalizer(weakref.finalize):
    def __init__(self, label, obj):
        super().__init__(obj, list, [label])


class Layout(struct.Struct):
    pass


def in_thread(function):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(function()))
    thread.start()
    thread.join()
    return seen[0]


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
    made["new items"] = NewItems("l", [1, 2], [3])
    next(made["new items"])
    made["other thing"] = Thing()
    made["new reference"] = NewReference(made["other thing"], "k")
    made["new session"] = NewSession("me")
    made["user"] = User("Ada", 1)
    made["user"].name = "me"
    made["new handler"] = NewHandler([])
    made["new decoder"] = NewDecoder("d")
    made["audited"] = Audited()
    made["audited"].put(1)
    made["audited"].put(2)
    made["audited"].closed = True
    made["partial"] = WithPartial()
    made["finalizer"] = Finalizer("f", made["other thing"])
    made["dead finalizer"] = Finalizer("g", made["other thing"])
    made["dead finalizer"].detach()
    made["layout"] = Layout("<ib")
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
    items = made["new items"]
    assert type(items).__name__ == "NewItems" and items.label == "l" and list(items) == [2, 3]
    reference = made["new reference"]
    assert type(reference).__name__ == "NewReference" and reference() is made["other thing"]
    assert reference.key == "k"
    assert made["new session"].user == "me" and type(made["new session"]).__name__ == "NewSession"
    user = made["user"]
    assert (user.name, user.rest) == ("me", (1,))
    assert in_thread(lambda: (user.name, user.rest)) == ("Ada", (1,))
    handler = made["new handler"]
    handler.handle(logging.makeLogRecord({"msg": "hello"}))
    assert handler.target == ["hello"] and any(known() is handler for known in logging._handlerList)
    assert made["new decoder"].label == "d" and made["new decoder"].decode("[1]") == [1]
    audited = made["audited"]
    assert type(audited).__name__ == "Audited" and queue.SimpleQueue.qsize(audited) == 2
    assert [audited.get(), audited.get()] == [("audited", 1), ("audited", 2)] and audited.closed
    assert made["partial"].part(3) == ((1, 3), {"b": 2}) and made["partial"].part(c=4) == ((1,), {"b": 2, "c": 4})
    assert made["finalizer"].alive and type(made["finalizer"]).__name__ == "Finalizer"
    assert not made["dead finalizer"].alive and type(made["dead finalizer"]).__name__ == "Finalizer"
    assert made["finalizer"]() == ["f"] and not made["finalizer"].alive
    assert made["layout"].size == 5 and type(made["layout"]).__name__ == "Layout"
