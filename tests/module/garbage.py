# Reference cycles through what picklers and unpicklers hold are found by the garbage collector.
# (RustPython's collector does not see through bound methods of built-in types.)
class File:
    def __init__(self, data=b""):
        self.data = io.BytesIO(data)

    def read(self, n):
        return self.data.read(n)

    def readline(self):
        return self.data.readline()

    def write(self, data):
        return self.data.write(data)


def collected(make):
    """What make() returns can be reclaimed although it is in a cycle."""
    return reclaimed(weakref.ref(make()))


class SubPickler(Pickler):
    def method(self, obj):
        pass


class SubUnpickler(Unpickler):
    def method(self, pid):
        pass


def file_of_pickler():
    file = File()
    file.pickler = Pickler(file)
    assert gc.is_tracked(file.pickler)
    return file


def persistent_id():
    pickler = SubPickler(File())
    pickler.persistent_id = pickler.method
    return pickler


def dispatch_table():
    pickler = SubPickler(File())
    pickler.dispatch_table = {int: pickler}
    return pickler


def buffer_callback():
    callback = File()
    callback.pickler = Pickler(File(), buffer_callback=callback.write)
    return callback


def pickler_memo():
    pickler = SubPickler(File())
    table = {}
    pickler.dump(table)
    table["pickler"] = pickler
    return pickler


def pickler_proxy():
    pickler = SubPickler(File())
    pickler.proxy = pickler.memo
    return pickler


def file_of_unpickler():
    file = File()
    file.unpickler = Unpickler(file)
    assert gc.is_tracked(file.unpickler)
    return file


def persistent_load():
    unpickler = SubUnpickler(File())
    unpickler.persistent_load = unpickler.method
    return unpickler


def unpickler_memo():
    unpickler = SubUnpickler(File(b"]q\0."))
    unpickler.load().append(unpickler)
    return unpickler


def unpickler_buffers():
    buffers = []
    unpickler = SubUnpickler(File(), buffers=buffers)
    buffers.append(unpickler)
    return unpickler


def unpickler_proxy():
    unpickler = SubUnpickler(File())
    unpickler.proxy = unpickler.memo
    return unpickler


for make in (file_of_pickler, persistent_id, dispatch_table, buffer_callback,
             pickler_memo, pickler_proxy, file_of_unpickler, persistent_load, unpickler_memo,
             unpickler_buffers, unpickler_proxy):
    assert collected(make), make.__name__


# A collection in the middle of a dump or a load takes nothing away.
class Collecting(Pickler):
    def persistent_id(self, obj):
        gc.collect()


file = io.BytesIO()
Collecting(file).dump([[n, [n]] for n in range(20)])
equal(pickle.loads(file.getvalue()), [[n, [n]] for n in range(20)])


class CollectingLoad(Unpickler):
    def find_class(self, module, name):
        gc.collect()
        return super().find_class(module, name)


loader = CollectingLoad(io.BytesIO(pickle.dumps([complex(1, 2), [range(3)], "x" * 50] * 3)))
equal(loader.load(), [complex(1, 2), [range(3)], "x" * 50] * 3)
