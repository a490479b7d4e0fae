"""Runs a scanner's own command line over files, each in a process of its own.

usage: scan.py picklescan|fickling|modelscan LIST REPORT

LIST has a path in each line; REPORT gets a JSON object of path to verdict: `flagged`, `held` (an
error, so that nothing is let through), `skipped` (nothing was looked at) or `clean`.
The verdicts are those of the exit codes that the scanners document.
"""

import importlib
import json
import os
import signal
import sys
import tempfile

# How long one file may take, in seconds.
LIMIT = 60


def verdict_of_picklescan(code, output):
    if code == 0 and "Scanned files: 0" in output:
        return "skipped"
    return {0: "clean", 1: "flagged"}.get(code, "held")


def verdict_of_fickling(code, output):
    return {0: "clean", 1: "flagged"}.get(code, "held")


def verdict_of_modelscan(code, output):
    if code == 3 and "--- Errors ---" in output:
        return "held"
    return {0: "clean", 1: "flagged", 3: "skipped"}.get(code, "held")


SCANNERS = {
    "picklescan": ("picklescan.cli", ["-p"], verdict_of_picklescan),
    "fickling": ("fickling.cli", ["--check-safety"], verdict_of_fickling),
    "modelscan": ("modelscan.cli", ["scan", "-p"], verdict_of_modelscan),
}


def child(main, arguments, output):
    """The process that scans: it never returns."""
    code = 2
    try:
        signal.alarm(LIMIT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.argv = arguments
        code = main() or 0
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else 2 if exit.code else 0
    except BaseException:
        code = 2
    finally:
        try:
            sys.stdout.flush()
        finally:
            os._exit(code)


def main():
    name, files, report = sys.argv[1:]
    module, before, verdict = SCANNERS[name]
    run = importlib.import_module(module).main
    verdicts = {}
    with open(files, encoding="utf-8") as lines:
        paths = lines.read().splitlines()
    for path in paths:
        with tempfile.TemporaryFile() as output:
            process = os.fork()
            if process == 0:
                child(run, [name, *before, path], output.fileno())
            _, status = os.waitpid(process, 0)
            output.seek(0)
            text = output.read().decode(errors="replace")
        code = os.waitstatus_to_exitcode(status)
        verdicts[path] = verdict(code, text)
    with open(report, "w", encoding="utf-8") as file:
        json.dump(verdicts, file, indent=1)


if __name__ == "__main__":
    main()
