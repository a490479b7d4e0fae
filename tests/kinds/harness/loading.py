"""Loads what another process has pickled, and tells what it shows."""

import json
import pathlib
import sys
import traceback

import catalogue
import picklers
from saving import why


def main():
    title, pickler, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    told = load(catalogue.find(title), picklers.loader(pickler), folder / "it.pickle")
    (folder / "loaded.json").write_text(json.dumps(told))


def load(case, loads, file):
    try:
        it = loads(file.read_bytes())
    except BaseException as error:
        return {"loaded": False, "why": why(error), "trace": traceback.format_exc()}
    try:
        shown, kept = case.show(it)
    except BaseException as error:
        return {"loaded": True, "why": why(error), "trace": traceback.format_exc()}
    return {"loaded": True, "shown": shown, "kept": kept}
