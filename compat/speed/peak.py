"""Measures the memory that one dump or load takes at most, beyond what there was before. Linux only.

usage: peak.py WORKLOAD dumps|dump|loads|load FILE

`dumps` and `dump` write FILE, which `loads` and `load` read, in a process that has never had the workload's objects. Writes one
line of JSON: the bytes of the pickle, and how far the resident set grew at most, in bytes.
"""

import gc
import json
import pickle
import sys

import workloads


def resident(which):
    """The resident set in bytes: as it is now (`VmRSS`), or at its largest (`VmHWM`)."""
    with open("/proc/self/status") as file:
        for line in file:
            name, value = line.split(":", 1)
            if name == which:
                return int(value.split()[0]) * 1024
    raise LookupError(which)


def peak(work):
    gc.collect()
    # The largest so far is forgotten.
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = resident("VmRSS")
    kept = work()
    grown = resident("VmHWM") - before
    del kept
    return max(grown, 0)


def main():
    name, step, path = sys.argv[1:]
    out_of_band = name in workloads.OUT_OF_BAND
    if step in ("dumps", "dump"):
        value = workloads.WORKLOADS[name]()
        options = {"protocol": 5}
        if out_of_band:
            options["buffer_callback"] = lambda buffer: None

        def dump():
            with open(path, "wb") as file:
                pickle.dump(value, file, **options)

        if step == "dump":
            grown = peak(dump)
        else:
            grown = peak(lambda: pickle.dumps(value, **options))
            dump()
    else:
        options = {}
        if out_of_band:
            options["buffers"] = [bytearray(1 << 22) for _ in range(4)]

        def load():
            with open(path, "rb") as file:
                return pickle.load(file, **options)

        if step == "load":
            grown = peak(load)
        else:
            with open(path, "rb") as file:
                data = file.read()
            grown = peak(lambda: pickle.loads(data, **options))
    with open(path, "rb") as file:
        size = len(file.read())
    json.dump({"bytes": size, "peak": grown}, sys.stdout)


if __name__ == "__main__":
    main()
