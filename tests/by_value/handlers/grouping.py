"""groupby in every state: after any way of taking groups and items, it goes on as it would have."""

import itertools

ITEMS = [1, 1, 1000, 1001, 1, 2, 2, 2, None, None]


class Key:
    """Key function that keeps what it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, item):
        self.asked.append(item)
        return None if item is None else item // 10 * 10**6


class Walk:
    """A groupby with its groups, and the steps taken on them: 'g' takes the next group, a digit
    an item of the group of that number."""

    def __init__(self, key, items, steps):
        self.key = key
        self.groupby = itertools.groupby(iter(items), key)
        self.groups = []
        self.seen = [self.step(step) for step in steps]

    def step(self, step):
        if step == "g":
            key, group = next(self.groupby, ("end", None))
            if group is not None:
                self.groups.append(group)
            return key
        if int(step) >= len(self.groups):
            return "no group"
        return next(self.groups[int(step)], "end")


STEPS = ["", "g", "gg", "ggg"]
STEPS += ["".join(steps) for length in range(1, 5) for steps in itertools.product("g01", repeat=length)]
ENDINGS = ["ggggggg", "000gg1ggg", "011g2g3333", "0123g456", "2222g3333g0"]


def make():
    made = []
    for steps in STEPS:
        made.append((steps, Walk(None, ITEMS, steps), Walk(Key(), ITEMS, steps)))
    # Some have lost their groups.
    for steps in STEPS:
        walks = Walk(None, ITEMS, steps), Walk(Key(), ITEMS, steps)
        for walk in walks:
            walk.groups = []
        made.append((steps, *walks))
    return made


def check(made, restored):
    for number, (steps, plain, keyed) in enumerate(made):
        ending = ENDINGS[number % len(ENDINGS)]
        for walk, key in [(plain, None), (keyed, Key())]:
            expected = Walk(key, ITEMS, steps)
            if not walk.groups:
                expected.groups = []
            for step in ending:
                got, wanted = walk.step(step), expected.step(step)
                assert got == wanted, (steps, ending, step, got, wanted)
            if key is not None:
                assert walk.key.asked == expected.key.asked, (steps, ending)
            assert type(walk.groupby) is itertools.groupby
