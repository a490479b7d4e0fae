"""Dumps or loads one workload so many times, for a tool that counts what that takes.

usage: repeat.py WORKLOAD dumps|loads TIMES
"""

import pickle
import sys

import workloads


def main():
    name, step, times = sys.argv[1:]
    value = workloads.WORKLOADS[name]()
    options = {"protocol": 5}
    if name in workloads.OUT_OF_BAND:
        buffers = []
        options["buffer_callback"] = buffers.append
    data = pickle.dumps(value, **options)
    loads_options = {}
    if name in workloads.OUT_OF_BAND:
        loads_options["buffers"] = buffers[:]
        options["buffer_callback"] = lambda buffer: None
    work = {
        "dumps": lambda: pickle.dumps(value, **options),
        "loads": lambda: pickle.loads(data, **loads_options),
    }[step]
    for _ in range(int(times)):
        work()


main()
