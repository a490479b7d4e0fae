# BUILD with a falsy state that is no dict is an error in C, and None is no state at all.
import pickle


class Plain:
    pass


class Setter:
    def __setstate__(self, state):
        self.state = state


def build(cls, state):
    name = cls.__name__.encode()
    return pickle.loads(b"c__main__\n" + name + b"\n)\x81" + state + b"b.")


assert build(Plain, b"N").__dict__ == {}
assert build(Plain, b"}").__dict__ == {}
assert build(Plain, b"}X\x01\x00\x00\x00aK\x01s").a == 1
# A pair is a state and a slot state; a falsy slot state that is a dict is one.
assert build(Plain, b"N}\x86").__dict__ == {}
for state in [b"]", b")", b"K\x00", b"X\x00\x00\x00\x00", b"]]\x86", b"}K\x00\x86"]:
    try:
        build(Plain, state)
    except pickle.UnpicklingError as error:
        assert "dictionary" in str(error), error
    else:
        raise AssertionError(state)
# __setstate__ gets whatever there is.
for state, value in [(b"N", None), (b"]", []), (b"K\x00", 0), (b"]]\x86", ([], []))]:
    assert build(Setter, state).state == value
