# Subclasses of set and frozenset give the state that their class asks for.
import pickle

PICKLERS = [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]


def kinds(base):
    class Plain(base):
        pass

    class Slots(base):
        __slots__ = ("slot",)

    class State(base):
        def __getstate__(self):
            return {"from": "getstate"}

    class Iter(base):
        def __iter__(self):
            return iter([7])

    result = []
    for kind in (Plain, Slots, State, Iter):
        kind.__qualname__ = kind.__name__ = base.__name__ + kind.__name__
        globals()[kind.__name__] = kind
        result.append(kind)
    return result


for base in (set, frozenset):
    Plain, Slots, State, Iter = kinds(base)
    assert base([1]).__reduce__() == (base, ([1],), None)
    assert Plain([1]).__reduce__() == (Plain, ([1],), None)
    value = Plain([1, 2])
    value.attribute = 3
    assert value.__reduce__()[2] == {"attribute": 3}
    slots = Slots([1])
    slots.slot = 4
    assert slots.__reduce__() == (Slots, ([1],), (None, {"slot": 4}))
    assert State([1]).__reduce__()[2] == {"from": "getstate"}
    assert Iter([1, 2]).__reduce__()[1] == ([7],)
    for dumps, loads in PICKLERS:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            for original in (value, slots, Plain()):
                again = loads(dumps(original, protocol))
                assert type(again) is type(original) and again == original
                for name in ("attribute", "slot"):
                    assert getattr(again, name, None) == getattr(original, name, None)
            # Without a state nothing is built.
            assert not dumps(Plain(), protocol).endswith(b"b.")
