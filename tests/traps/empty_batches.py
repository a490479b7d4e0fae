# Empty APPENDS, SETITEMS and ADDITEMS never look at their target.
import pickle

for opcode in b"e", b"u", b"\x90":
    assert pickle.loads(b"K\x07(" + opcode + b".") == 7
# With an item they do.
for data in [b"K\x07(K\x01e.", b"K\x07(K\x01K\x02u.", b"K\x07(K\x01\x90."]:
    try:
        pickle.loads(data)
    except (AttributeError, TypeError):
        pass
    else:
        raise AssertionError(data)
