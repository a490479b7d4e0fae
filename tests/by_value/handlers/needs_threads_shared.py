"""Objects that a module has which can be imported are those of that module."""

import os
import sys

LIBRARY = """
import contextvars, itertools, threading, weakref
request = contextvars.ContextVar("request")
lock, rlock = threading.Lock(), threading.RLock()
local = threading.local()
numbers = itertools.count()
cache = weakref.WeakValueDictionary()

def locked():
    return lock.locked()
"""

sys.dont_write_bytecode = True
sys.path.insert(0, FOLDER)
with open(os.path.join(FOLDER, "the_library.py"), "w") as file:
    file.write(LIBRARY)

import the_library

NAMES = ["request", "lock", "rlock", "local", "numbers", "cache"]


def make():
    import types

    made = {name: getattr(the_library, name) for name in NAMES}
    made["locked"] = lambda: the_library.locked()
    # What lives in a module made at run time is not to be found anywhere.
    module = types.ModuleType("made_at_run_time")
    exec(LIBRARY, module.__dict__)
    sys.modules["made_at_run_time"] = module
    made["own"] = [getattr(module, name) for name in NAMES]
    return made


def check(made, restored):
    for name in NAMES:
        assert made[name] is getattr(the_library, name), name
    with made["lock"]:
        assert made["locked"]()
    for name, own in zip(NAMES, made["own"]):
        assert own is not getattr(the_library, name), name
        assert type(own) is type(getattr(the_library, name)), name
