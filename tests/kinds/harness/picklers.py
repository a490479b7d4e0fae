"""The picklers that are compared, by name: what dumps, and what has a module go by value."""

import importlib
import pickle


def _dill_recurse(dill):
    return lambda it: dill.dumps(it, recurse=True)


# Ways to use a pickler; the best one counts.
WAYS = {
    "rustpython_pickle": {"": lambda module: module.dumps},
    "cloudpickle": {"": lambda module: module.dumps},
    "dill": {"": lambda module: module.dumps, "recurse": _dill_recurse},
}

_chosen = None


def choose(name, way):
    """The function that pickles."""
    global _chosen
    _chosen = importlib.import_module(name)
    return WAYS[name][way](_chosen)


def loader(name):
    """The function that loads: the standard library's, but for dill, which has its own."""
    module = importlib.import_module(name) if name == "dill" else pickle
    return module.loads


def register_by_value(module):
    """Has a module go by value, where a pickler knows of such."""
    register = getattr(_chosen, "register_pickle_by_value", None)
    if register is not None:
        register(module)
