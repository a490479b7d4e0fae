"""The classes that the pickles name."""

import copyreg

# Any code that takes one byte, so that a changed byte can miss it.
EXTENSION_CODE = 0x21


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Registered(Plain):
    """Pickled by its extension code."""


class Slots:
    __slots__ = ('a', 'b')


class Stateful:
    state = None

    def __getstate__(self):
        return 0, {'a': [1]}

    def __setstate__(self, state):
        self.state = state


class Args(tuple):
    def __new__(cls, *args, **_):
        return tuple.__new__(cls, args)

    def __getnewargs_ex__(self):
        return tuple(self), {'k': 1}


class Items(list):
    pass


class Pairs(dict):
    pass


copyreg.add_extension(__name__, Registered.__name__, EXTENSION_CODE)
