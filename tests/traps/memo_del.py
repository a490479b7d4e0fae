# A memo value that is replaced is dropped where its __del__ can read the memo.
import io
import pickle

unpickler = None
seen = []


class Watched:
    def __del__(self):
        memo = unpickler.memo.copy()
        seen.append(sorted(memo))
        unpickler.memo.clear()


class Loader(pickle.Unpickler):
    pass


# The only reference to the object is the memo's, which another PUT replaces.
unpickler = Loader(io.BytesIO(b"c__main__\nWatched\n)\x81q\x000K\x01q\x00K\x02q\x01."))
assert unpickler.load() == 2
assert seen == [[0]], seen
# The same when a new load, or clear(), drops them all.
unpickler = Loader(io.BytesIO(b"c__main__\nWatched\n)\x81q\x000K\x01."))
assert unpickler.load() == 1
unpickler.memo.clear()
assert len(seen) == 2
unpickler = Loader(io.BytesIO(b"c__main__\nWatched\n)\x81q\x000K\x01."))
unpickler.load()
unpickler.memo = {}
assert len(seen) == 3
