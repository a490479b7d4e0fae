# FLOAT's text is read as strtod does it: no white space around it, overflow is an error,
# and the line's newline shows in the message.
import math
import pickle


def error_of(data):
    try:
        return pickle.loads(data)
    except Exception as error:
        return type(error), str(error)


assert pickle.loads(b"F1.5\n.") == 1.5
assert pickle.loads(b"F-2.5e3\n.") == -2500.0
assert pickle.loads(b"Finf\n.") == math.inf
assert pickle.loads(b"F-inf\n.") == -math.inf
assert math.isnan(pickle.loads(b"Fnan\n."))
for data in [b"F 1.5\n.", b"F\t1\n.", b"F1.5 \n.", b"F1_0\n.", b"F0x10\n.", b"Fx\n.", b"F--1\n."]:
    assert error_of(data)[0] is ValueError, (data, error_of(data))
for data in [b"F1e400\n.", b"F-1e999\n."]:
    assert error_of(data)[0] is OverflowError, (data, error_of(data))
# An overflow counts before what is behind the number does.
assert error_of(b"F1e400x\n.")[0] is OverflowError, error_of(b"F1e400x\n.")
assert error_of(b"F1.5x\n.") == (ValueError, "could not convert string to float")
assert error_of(b"F\n.")[0] is pickle.UnpicklingError, error_of(b"F\n.")
