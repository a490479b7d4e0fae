# Exceptions keep notes and whatever else their state holds.
import copy
import pickle

PICKLERS = [(pickle.dumps, pickle.loads), (pickle._dumps, pickle._loads)]

noted = ValueError("broken", 3)
noted.add_note("on the way")
noted.extra = [1]
group = ExceptionGroup("several", [noted, KeyError("k")])
group.add_note("of the group")
for dumps, loads in PICKLERS:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = loads(dumps(noted, protocol))
        assert type(again) is ValueError and again.args == ("broken", 3)
        assert again.__notes__ == ["on the way"] and again.extra == [1]
        again = loads(dumps(group, protocol))
        assert again.__notes__ == ["of the group"] and again.message == "several"
        assert again.exceptions[0].__notes__ == ["on the way"]
        assert again.exceptions[1].args == ("k",)
assert copy.copy(noted).__notes__ == ["on the way"]

error = ValueError()
error.__setstate__(None)
error.__setstate__({"__notes__": ["n"], "name": 1})
assert error.__notes__ == ["n"] and error.name == 1
for state, message in [
    ([], "state is not a dictionary"),
    ({b"name": 1}, "attribute name must be string, not 'bytes'"),
]:
    try:
        error.__setstate__(state)
    except TypeError as raised:
        assert str(raised) == message, raised
    else:
        raise AssertionError(state)

# What Python 2 wrote has names that are bytes when they are asked for.
old = b"cexceptions\nValueError\np0\n(S'm'\ntRp1\n(dp2\nS'extra'\nI1\nsb."
assert pickle.loads(old).extra == 1
for loads in (pickle.loads, pickle._loads):
    try:
        loads(old, encoding="bytes")
    except TypeError:
        pass
    else:
        raise AssertionError

# AttributeError leaves the object out, and has its arguments in the state as well.
missing = AttributeError("no such", name="attr", obj=object())
assert missing.__getstate__() == {"name": "attr", "args": ("no such",)}
assert missing.__reduce__() == (AttributeError, ("no such",), missing.__getstate__())
missing.extra = 2
assert list(missing.__getstate__().items()) == [
    ("extra", 2), ("name", "attr"), ("args", ("no such",)),
]
for dumps, loads in PICKLERS:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = loads(dumps(missing, protocol))
        assert again.args == ("no such",) and again.name == "attr" and again.obj is None
        assert again.extra == 2
