"""Makes or restores a session in `__main__`, and tells how long it took.

usage: SCRIPT save SESSION.py STATE
       SCRIPT load - STATE

Writes one line of JSON: `seconds`; `bytes` after saving; `again`, the seconds it takes to restore
the session once more, after loading; and `check`, what the session's function of that name returns.
"""

import json
import os
import pathlib
import sys
import time


def main(save, load):
    what, session, state = sys.argv[1:]
    told = {}
    if what == "save":
        namespace = vars(sys.modules["__main__"])
        # Only what the session makes is to be saved.
        for name in [name for name in namespace if not name.startswith("__")]:
            del namespace[name]
        source = pathlib.Path(session).read_text(encoding="utf-8")
        exec(compile(source, session, "exec"), namespace)
        told["seconds"] = timed(save, state)
        told["bytes"] = os.path.getsize(state)
    else:
        told["seconds"] = timed(load, state)
        told["again"] = timed(load, state)
    told["check"] = sys.modules["__main__"].check()
    json.dump(told, sys.stdout)


def timed(function, state):
    start = time.perf_counter()
    function(state)
    return time.perf_counter() - start
