# An iterator that is being led far can be interrupted. In a process of its own: RustPython's pending
# signals belong to the process, so that another interpreter in it may take them.
import itertools
import signal

import rustpython_pickle as r


class Interrupt(Exception):
    pass


def interrupt(*args):
    raise Interrupt


signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    r._tee(itertools.tee(itertools.repeat(1))[0], 1 << 30)
except Interrupt:
    pass
else:
    raise AssertionError('not interrupted')
