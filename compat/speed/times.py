"""Times dumps and loads of one workload; the same script for every Python.

usage: times.py WORKLOAD SECONDS FILE

Writes one line of JSON: the nanoseconds of the fastest and of the median round of `dumps`, `loads`, and of `dump` to and
`load` from FILE; the size of the pickle; how many objects it holds; and its digest, which is the same wherever the bytes are.
"""

import gc
import hashlib
import json
import pickle
import sys
import time

import workloads

clock = time.perf_counter_ns


def main():
    name, seconds, path = sys.argv[1:]
    value = workloads.WORKLOADS[name]()
    options = {"protocol": 5}
    buffers = None
    if name in workloads.OUT_OF_BAND:
        buffers = []
        options["buffer_callback"] = buffers.append
    data = pickle.dumps(value, **options)
    loads_options = {} if buffers is None else {"buffers": buffers[:]}
    if buffers is not None:
        options["buffer_callback"] = lambda buffer: None
    copy = pickle.loads(data, **loads_options)
    assert workloads.same(value, copy), name
    del copy

    def dump():
        with open(path, "wb") as file:
            pickle.dump(value, file, **options)

    def load():
        with open(path, "rb") as file:
            return pickle.load(file, **loads_options)

    dump()
    steps = {
        "dumps": lambda: pickle.dumps(value, **options),
        "loads": lambda: pickle.loads(data, **loads_options),
        "dump": dump,
        "load": load,
    }
    told = {
        step: rounds(work, float(seconds) / len(steps)) for step, work in steps.items()
    }
    told["bytes"] = len(data)
    told["digest"] = hashlib.sha256(data).hexdigest()
    json.dump(told, sys.stdout)


def rounds(work, seconds):
    """The fastest and the median time of a call, in nanoseconds, and how often it was made."""
    work()
    # Rounds of a millisecond at least, so that the clock does not matter.
    calls = 1
    while True:
        took = once(work, calls)
        if took >= 1_000_000:
            break
        calls *= 2
    times = [took / calls]
    end = clock() + seconds * 1e9
    while len(times) < 5 or clock() < end:
        times.append(once(work, calls) / calls)
    times.sort()
    return {"fastest": times[0], "median": times[len(times) // 2], "rounds": len(times)}


def once(work, calls):
    """The nanoseconds of so many calls, with what they return kept until the clock has stopped."""
    gc.collect()
    start = clock()
    for _ in range(calls - 1):
        work()
    kept = work()
    took = clock() - start
    del kept
    return took


main()
