"""Makes or restores a session in `__main__`, and tells how long it took.

usage: SCRIPT save SESSION.py STATE
       SCRIPT load - STATE

Writes one line of JSON: `seconds` and, after saving, `bytes`.
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
    start = time.perf_counter()
    (save if what == "save" else load)(state)
    told["seconds"] = time.perf_counter() - start
    if what == "save":
        told["bytes"] = os.path.getsize(state)
    json.dump(told, sys.stdout)
