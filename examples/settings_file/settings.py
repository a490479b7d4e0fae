"""Shows a user's settings, and keeps the ones given: FILE [NAME=VALUE ...]

It needs nothing of the program around it:
    rustpython-pickle run settings.py FILE [NAME=VALUE ...]
"""

import os
import pickle
import sys

DEFAULTS = {"colour": "green", "recent": [], "window": (800, 600)}


def load(path):
    try:
        with open(path, "rb") as file:
            return DEFAULTS | pickle.load(file)
    except FileNotFoundError:
        return dict(DEFAULTS)


def save(settings, path):
    # A half-written file never takes the place of a good one.
    unfinished = path + ".new"
    with open(unfinished, "wb") as file:
        pickle.dump(settings, file)
    os.replace(unfinished, path)


def main(path, *changes):
    settings = load(path)
    for change in changes:
        name, _, value = change.partition("=")
        settings[name] = value
        settings["recent"] = [name, *settings["recent"]][:3]
    for name, value in sorted(settings.items()):
        print(f"{name}: {value}")
    save(settings, path)


if len(sys.argv) < 2:
    sys.exit("usage: settings FILE [NAME=VALUE ...]")
main(*sys.argv[1:])
