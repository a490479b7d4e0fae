"""Makes an object in `__main__`, pickles it, and tells what it shows."""

import json
import pathlib
import re
import sys
import traceback
import types

import catalogue
import picklers


def main():
    title, pickler, way, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    told = save(catalogue.find(title), picklers.choose(pickler, way), folder / "it.pickle")
    (folder / "saved.json").write_text(json.dumps(told))


def save(case, dumps, file):
    try:
        shown, kept = case.show(twin(case))
        if kept is False:
            raise ValueError("nothing is shared to begin with")
        it = case.run_build(vars(sys.modules["__main__"]))
    except BaseException as error:
        return {"broken": why(error), "trace": traceback.format_exc()}
    told = {"shown": shown, "identity": kept is not None}
    try:
        file.write_bytes(dumps(it))
    except BaseException as error:
        return told | {"saved": False, "why": why(error), "trace": traceback.format_exc()}
    try:
        # Saving must not use the object up or change it.
        after, _ = case.show(it)
    except BaseException as error:
        after = why(error)
    return told | {"saved": True, "after": after}


def twin(case):
    """The same object in another `__main__`, to probe: probes use things up."""
    real = sys.modules["__main__"]
    module = types.ModuleType("__main__")
    module.__file__ = real.__file__
    sys.modules["__main__"] = module
    try:
        return case.run_build(vars(module))
    finally:
        sys.modules["__main__"] = real


def why(error):
    text = str(error).strip() or repr(error)
    text = re.sub(r"\b0x[0-9a-f]+", "0x...", text.splitlines()[0])
    return f"{type(error).__name__}: {text}"
