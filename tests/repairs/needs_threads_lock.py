# A lock is named as CPython names it.
import pickle
import threading

try:
    pickle.dumps(threading.Lock())
except TypeError as error:
    assert str(error) == "cannot pickle '_thread.lock' object", error
else:
    raise AssertionError
