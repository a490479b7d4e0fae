# What every script here begins with. The scripts pass on CPython 3.14 as well, except where
# they ask for OURS.
import gc
import io
import pickle
import sys
import time
import weakref

import _pickle
from _pickle import PickleBuffer, Pickler, PicklingError, Unpickler, UnpicklingError

OURS = sys.implementation.name == "rustpython"


def raises(kind, text, call, *args, **kwargs):
    """The call raises exactly this."""
    try:
        result = call(*args, **kwargs)
    except BaseException as error:
        assert type(error) is kind, (type(error), str(error))
        assert text is None or str(error) == text, str(error)
        return error
    raise AssertionError(f"{result!r} instead of {kind.__name__}")


def equal(got, expected):
    assert got == expected, (got, expected)


def reclaimed(reference):
    """The object of a weak reference goes away when garbage is collected."""
    for _ in range(500):
        # Does nothing while another interpreter of the process collects.
        gc.collect()
        if reference() is None:
            return True
        time.sleep(0.01)
    return False
