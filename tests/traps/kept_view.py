# A file keeps a view of the buffer that readinto() was given.
import io
import pickle


class Keeper(io.BytesIO):
    kept = []

    def readinto(self, buffer):
        self.kept.append(memoryview(buffer))
        return super().readinto(buffer)


data = bytes(range(256)) * 8192
loaded = pickle.load(Keeper(pickle.dumps(data)))
assert loaded == data
assert Keeper.kept and all(bytes(view) in data for view in Keeper.kept)
assert sum(len(view) for view in Keeper.kept) > len(data) // 2
