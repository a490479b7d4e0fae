"""Times a dump and a load of so many objects of one shape, and measures what they take at most. Linux only.

usage: scale.py SHAPE COUNT

Writes one line of JSON: for an object, the nanoseconds of the fastest `dumps` and `loads`, and the bytes of memory that the first
of each took at most.
"""

import gc
import json
import pickle
import sys
import time

from peak import peak

clock = time.perf_counter_ns


class Plain:
    def __init__(self, number):
        self.number = number
        self.name = "name %d" % number


def repeated(parts):
    """So many references to few objects."""
    return lambda count: [parts[i % len(parts)] for i in range(count)]


SHAPES = {
    "ints": lambda count: list(range(count)),
    "strings": lambda count: ["string %d" % i for i in range(count)],
    "pairs": lambda count: [(i, i) for i in range(count)],
    "lists": lambda count: [[i] for i in range(count)],
    "dicts": lambda count: [{"number": i} for i in range(count)],
    "instances": lambda count: [Plain(i) for i in range(count)],
    "set": lambda count: set(range(count)),
    "shared strings": repeated(["string %d" % i for i in range(1000)]),
    "shared dicts": repeated([{"number": i} for i in range(1000)]),
}


def fastest(work):
    times = []
    end = clock() + 300_000_000
    while len(times) < 3 or clock() < end:
        gc.collect()
        start = clock()
        kept = work()
        times.append(clock() - start)
        del kept
    return min(times)


def main():
    shape, count = sys.argv[1], int(sys.argv[2])
    value = SHAPES[shape](count)
    told = {}
    data = []
    told["dumps_bytes"] = peak(lambda: data.append(pickle.dumps(value, 5))) / count
    [data] = data
    told["loads_bytes"] = peak(lambda: pickle.loads(data)) / count
    told["dumps"] = fastest(lambda: pickle.dumps(value, 5)) / count
    del value
    told["loads"] = fastest(lambda: pickle.loads(data)) / count
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
