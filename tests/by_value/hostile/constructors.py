# What constructors are called with may come from anybody: each call ends, with an exception if need be.
import itertools
import pickle
import queue

import rustpython_pickle as r


def refused(kind, function, *args):
    try:
        function(*args)
    except kind:
        pass
    else:
        raise AssertionError((function, args))


# Parts of memory beyond any.
most = 2 ** 63 - 1
for offset, stride, shape in [
    (most, most, (2,)), (-most, -most, (3,)), (1, most, (2,)), (most, 1, (2, 2)), (0, -most - 1, (2,)),
    (0, 1, (2 ** 62,)), (most, -1, (most,)), (0, -most - 1, (most,)),
]:
    refused((ValueError, TypeError, OverflowError), r._memory_view, b'abcd', offset, stride, 'i', shape, True)

# A list's iterator far beyond the list's end takes no room for what is not there.
refused(ValueError, r._list_iterator, iter, 100_000_000, [])
refused(ValueError, pickle.loads, b'\x80\x05crustpython_pickle\n_list_iterator\n(cbuiltins\niter\nL100000000L\n]tR.')
items = [1, 2, 3]
again = r._list_iterator(iter, 5, items)
items += [4, 5, 6]
assert list(again) == [6]

# An endless iterator can't be led without end.
refused(ValueError, r._tee, itertools.tee(itertools.repeat(1))[0], 1 << 40)

# A queue of a class that fails is as it was after a dump that fails.
class Queue(queue.SimpleQueue):
    def __getattribute__(self, name):
        raise ZeroDivisionError


full = Queue()
for item in [1, iter, (x for x in [1]), 2]:
    queue.SimpleQueue.put(full, item)
refused((TypeError, ZeroDivisionError, pickle.PicklingError), r.dumps, full)
assert queue.SimpleQueue.qsize(full) == 4
assert queue.SimpleQueue.get(full) == 1 and queue.SimpleQueue.get(full) is iter

# Exceptions are made of classes of exceptions.
refused(TypeError, r._make_exception, int, (1,))
assert r._make_exception(UnicodeDecodeError, ('args',)).args == ('args',)
refused(TypeError, r._set_exception, ValueError(), (None, None, None, False, 5))
refused(ValueError, r._set_exception, ValueError(), (None,))
refused(TypeError, r._finalizer, object(), print, (), {}, True, int)
