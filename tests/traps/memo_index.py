# Memo indexes of any size cost nothing; MEMOIZE goes on with the number of entries.
import pickle
import sys

huge = b"]r\xff\xff\xff\xff0K\x01."
assert len(huge) < 12 and pickle.loads(huge) == 1
assert pickle.loads(b"]r\xff\xff\xff\xff0j\xff\xff\xff\xff.") == []
assert pickle.loads(b"]p4294967295\n0g4294967295\n.") == []
assert pickle.loads(b"]r\xe8\x03\0\0" b"0K\x05\x940h\x01.") == 5
for data, expected in [
    (b"]p-1\n.", ValueError),
    (b"]p99999999999999999999\n.", (OverflowError, ValueError)),
    (b"]px\n.", ValueError),
    (b"g5\n.", pickle.UnpicklingError),
    (b"gx\n.", ValueError),
    (b"h\x05.", pickle.UnpicklingError),
]:
    try:
        pickle.loads(data)
    except expected:
        pass
    else:
        raise AssertionError(data)
