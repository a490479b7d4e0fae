# A write that fails half-way: the file's error comes out, and the pickler can be used again.
import io
import pickle


class Full(Exception):
    pass


class Disk(io.BytesIO):
    room = 100_000

    def write(self, data):
        if self.tell() + len(data) > self.room:
            raise Full(len(data))
        return super().write(data)


objects = [str(n) * 10 for n in range(20_000)]
for protocol in range(6):
    disk = Disk()
    pickler = pickle.Pickler(disk, protocol)
    try:
        pickler.dump(objects)
    except Full:
        pass
    else:
        raise AssertionError(protocol)
    # What was memoised for the pickle that failed is not referred to by the next one.
    disk.room = 1 << 30
    disk.seek(0)
    disk.truncate()
    pickler.dump(objects[:3])
    assert pickle.loads(disk.getvalue()) == objects[:3], protocol

    # The same with a reducer that raises.
    class Flaky:
        broken = True

        def __reduce__(self):
            if Flaky.broken:
                raise Full
            return str, ()

    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol)
    shared = ["shared"]
    try:
        pickler.dump([shared, Flaky()])
    except Full:
        pass
    Flaky.broken = False
    out.seek(0)
    out.truncate()
    pickler.dump([shared, Flaky()])
    assert pickle.loads(out.getvalue()) == [["shared"], ""], protocol


# Files that read badly.
class Reader:
    def __init__(self, answer):
        self.answer = answer

    def read(self, n):
        return self.answer(n)

    def readline(self):
        return self.answer(-1)


def raises(n):
    raise Full(n)


for answer, expected in [
    (raises, Full),
    (lambda n: "text", (TypeError, ValueError)),
    (lambda n: None, (TypeError, ValueError)),
    (lambda n: b"", EOFError),
]:
    try:
        pickle.load(Reader(answer))
    except expected:
        pass
    else:
        raise AssertionError(answer)
