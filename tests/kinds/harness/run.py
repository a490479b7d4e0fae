"""Saves and restores every case with one pickler, each step in a process of its own.

usage: run.py PICKLER SCRATCH_FOLDER [TITLE_PART]...

Writes JSON to standard output: a list of cases with what came out. `saved`, `equal`, `kept` and
`same` (whether another process under another hash seed writes the same bytes) are True or False;
`kept` is None where nothing is shared, `same` where it was not tried. `why` is a short reason for
the first False, `crash` tells how a process ended that should not have, `broken` why a case could
not even be made, `trace` is the traceback.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import catalogue
import picklers

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 30.0
# Several seeds: nothing may depend on the order of sets.
SEEDS = {"save.py": "1", "load.py": "2", "again.py": "3"}
# Whose pickles are made twice, to compare them.
TWICE = {"rustpython_pickle"}


class Step:
    """A process that runs one of the two scripts for a case."""

    def __init__(self, script, args, folder):
        self.folder = folder
        self.log = (folder / f"{script}.log").open("wb")
        verb = ["run"] if "rustpython" in sys.implementation.name else []
        env = os.environ | {"PYTHONHASHSEED": SEEDS[script], "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, *verb, str(HERE / script.replace("again", "save")), *args, str(folder)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=folder, env=env,
        )
        self.end = time.monotonic() + LIMIT

    def crash(self):
        """None while it runs; then how it crashed, or an empty text."""
        code = self.process.poll()
        if code is None and time.monotonic() > self.end:
            self.process.kill()
            self.process.wait()
            self.log.close()
            return f"hangs ({LIMIT:.0f} s)"
        if code is None:
            return None
        self.log.close()
        return f"exit code {code}" if code > 0 else f"signal {-code}" if code else ""


def steps(case, pickler, way, folder):
    """Runs a case; gives each process, is sent how it crashed, and returns what came out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    out = {"title": case.title, "family": case.family, "kind": case.kind, "way": way,
           "reason": case.reason, "saved": False, "equal": False, "kept": None, "same": None}
    crash = yield Step("save.py", [case.title, pickler, way], folder)
    if crash:
        return out | {"crash": f"{crash} while saving", "why": "crash"}
    told = json.loads((folder / "saved.json").read_text())
    if "broken" in told:
        return out | {"broken": told["broken"], "trace": told["trace"], "why": told["broken"]}
    out["shown"] = told["shown"]
    out["kept"] = False if told["identity"] else None
    if not told["saved"]:
        return out | {"why": told["why"], "trace": told["trace"]}
    out["saved"] = True
    if told["after"] != told["shown"]:
        return out | {"why": f"saving changes it: {told['after']}"}
    if pickler in TWICE:
        first = (folder / "it.pickle").read_bytes()
        crash = yield Step("again.py", [case.title, pickler, way], folder)
        out["same"] = not crash and first == (folder / "it.pickle").read_bytes()
    crash = yield Step("load.py", [case.title, pickler], folder)
    if crash:
        return out | {"crash": f"{crash} while loading", "why": "crash"}
    loaded = json.loads((folder / "loaded.json").read_text())
    if "why" in loaded:
        return out | {"why": loaded["why"], "trace": loaded["trace"]}
    out["equal"] = loaded["shown"] == told["shown"]
    out["kept"] = loaded["kept"]
    if not out["equal"]:
        out["why"] = f"shows {loaded['shown']}"
    elif out["kept"] is False:
        out["why"] = "not shared any more"
    elif out["same"] is False:
        out["why"] = "other bytes in another process"
    return out


def works(out):
    return out["saved"] and out["equal"] and out["kept"] is not False


def run(cases, pickler, scratch):
    """What comes out for each case, in the ways the pickler has until one works."""
    waiting = [(number, case, list(picklers.WAYS[pickler])) for number, case in enumerate(cases)]
    waiting.reverse()
    results, running = {}, []
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            number, case, ways = waiting.pop()
            work = steps(case, pickler, ways.pop(0), scratch / str(number))
            running.append((number, case, ways, work, next(work)))
        still = []
        for number, case, ways, work, step in running:
            crash = step.crash()
            if crash is None:
                still.append((number, case, ways, work, step))
                continue
            try:
                still.append((number, case, ways, work, work.send(crash)))
            except StopIteration as stop:
                out = stop.value
                first = results.get(number)
                if first is None or works(out):
                    results[number] = out
                # What hangs takes too long to try in another way.
                if ways and not works(out) and "crash" not in out:
                    waiting.append((number, case, ways))
        if len(still) == len(running):
            time.sleep(0.005)
        running = still
    return [results[number] for number in sorted(results)]


def main():
    pickler, scratch, *parts = sys.argv[1:]
    cases = [case for case in catalogue.cases()
             if not parts or any(part in case.title for part in parts)]
    json.dump(run(cases, pickler, pathlib.Path(scratch).resolve()), sys.stdout, indent=1)


main()
