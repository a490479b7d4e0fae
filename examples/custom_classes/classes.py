"""Three ways in which a class says how it is pickled."""

import copyreg
import threading


class Temperature:
    """`__reduce__` names a callable and its arguments, which make the copy."""

    def __init__(self, celsius):
        self._kelvin = celsius + 273

    def __reduce__(self):
        return type(self), (self._kelvin - 273,)

    def __repr__(self):
        return f"Temperature({self._kelvin - 273})"


class Counter:
    """`__getstate__` leaves out what can't be pickled, `__setstate__` makes it anew."""

    def __init__(self):
        self.count = 0
        self._lock = threading.Lock()

    def increment(self):
        with self._lock:
            self.count += 1
            return self

    def __getstate__(self):
        return {"count": self.count}

    def __setstate__(self, state):
        self.count = state["count"]
        self._lock = threading.Lock()

    def __repr__(self):
        return f"<Counter at {self.count}, {'locked' if self._lock.locked() else 'unlocked'}>"


class Colour:
    """A class that was not made to be pickled: it is one object for each name."""

    _known = {}

    def __new__(cls, name):
        return cls._known.setdefault(name, super().__new__(cls))

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        known = self is self._known[self.name]
        return f"<{self.name}, {'the' if known else 'another'} one>"


# `copyreg` says it for such a class from outside.
copyreg.pickle(Colour, lambda colour: (Colour, (colour.name,)))

OBJECTS = [
    Temperature(21),
    Counter().increment().increment(),
    Colour("red"),
    [Colour("red"), {"counter": Counter()}],
]
BROKEN = {"users": [{"name": "Ada"}, {"name": "Grace", "orders": (n for n in range(3))}]}
