# Unpickler: its attributes, what subclasses may override, and the file.
def unpickler(data, cls=Unpickler, **kwargs):
    return cls(io.BytesIO(data), **kwargs)


# persistent_load: a method that can be overridden, an attribute that can be set.
no_function = ("A load persistent id instruction was encountered, "
               "but no persistent_load function was specified.")
raises(UnpicklingError, no_function, unpickler(b"P1\n.").load)
raises(UnpicklingError, no_function, unpickler(b"").persistent_load, 1)
loader = unpickler(b"P1\n.P2\nP3\n")
loader.persistent_load = lambda pid: pid * 2
equal(loader.persistent_load("a"), "aa")
equal(loader.load(), "11")
loader.persistent_load = 3
equal(loader.persistent_load, 3)
raises(TypeError, "'int' object is not callable", loader.load)
del loader.persistent_load
raises(UnpicklingError, no_function, loader.load)
del loader.persistent_load
raises(UnpicklingError, no_function, loader.persistent_load, 1)


class Persistent(Unpickler):
    def persistent_load(self, pid):
        return [pid]


equal(unpickler(b"P1\n.", Persistent).load(), ["1"])
equal(unpickler(b"K\x01Q.", Persistent).load(), [1])
loader = unpickler(b"P1\n.", Persistent)
loader.persistent_load = str.upper
loader.other = 1
equal(loader.__dict__, {"other": 1})
equal(loader.load(), "1")
raises(UnpicklingError, no_function, super(Persistent, loader).persistent_load, 1)
raises(ZeroDivisionError, None,
       unpickler(b"N.", type("U", (Unpickler,), {"persistent_load": property(lambda s: 1 / 0)})).load)
raises(TypeError, "'NoneType' object is not callable",
       unpickler(b"P1\n.", type("U", (Unpickler,), {"persistent_load": None})).load)

# find_class: what it is called with, and what super() makes of it.


class Recording(Unpickler):
    def find_class(self, module, name):
        calls.append((module, name))
        return super().find_class(module, name)


import collections

calls = []
equal(unpickler(b"c__builtin__\nxrange\n.", Recording).load(), range)
raises(AttributeError, None, unpickler(b"ccollections\nOrderedDict.fromkeys\n.", Recording).load)
equal(unpickler(b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93.", Recording).load(),
      collections.OrderedDict.fromkeys)
# The protocol of one pickle is not that of the next.
both = unpickler(b"\x80\x04N.c__builtin__\nxrange\n.", Recording)
equal(both.load(), None)
equal(both.load(), range)
raises(ModuleNotFoundError, "No module named '__builtin__'",
       unpickler(b"c__builtin__\nxrange\n.", Recording, fix_imports=False).load)
equal(calls, [("__builtin__", "xrange"), ("collections", "OrderedDict.fromkeys"),
              ("collections", "OrderedDict.fromkeys"), ("__builtin__", "xrange"),
              ("__builtin__", "xrange")])
raises(AttributeError, None, setattr, unpickler(b""), "find_class", None)
loader = unpickler(b"ca\nb\n.", Recording)
loader.find_class = lambda module, name: module + name
equal(loader.load(), "ab")
raises(TypeError, "'NoneType' object is not callable",
       unpickler(b"ca\nb\n.", type("U", (Unpickler,), {"find_class": None})).load)
equal(unpickler(b"").find_class("io", "BytesIO"), io.BytesIO)
equal(Unpickler.__new__(Unpickler).find_class("io", "BytesIO"), io.BytesIO)
raises(ModuleNotFoundError, None, Unpickler.__new__(Unpickler).find_class, "__builtin__", "xrange")
audited = []
sys.addaudithook(lambda event, args: event == "pickle.find_class" and audited.append(args))
_pickle.loads(b"cio\nBytesIO\n.")
Unpickler.__new__(Unpickler).find_class("io", "StringIO")
equal(audited, [("io", "BytesIO"), ("io", "StringIO")])

# Buffers.
with_buffers = pickle.dumps([PickleBuffer(b"a"), PickleBuffer(b"b")], 5, buffer_callback=[].append)
equal([bytes(b) for b in _pickle.loads(with_buffers, buffers=iter((b"a", b"b")))], [b"a", b"b"])
raises(UnpicklingError, "not enough out-of-band buffers", _pickle.loads, with_buffers, buffers=[b"a"])
raises(UnpicklingError, "not enough out-of-band buffers", unpickler(with_buffers, buffers=()).load)
no_buffers = "pickle stream refers to out-of-band data but no *buffers* argument was given"
raises(UnpicklingError, no_buffers, _pickle.loads, with_buffers)
raises(UnpicklingError, no_buffers, _pickle.load, io.BytesIO(with_buffers), buffers=None)
# An Unpickler goes on where it stood.
loader = unpickler(with_buffers * 2, buffers=[b"1", b"2", b"3", b"4"])
equal([[bytes(b) for b in loader.load()] for _ in range(2)], [[b"1", b"2"], [b"3", b"4"]])

# Not initialised, or not any more.
raises(UnpicklingError, "Unpickler.__init__() was not called by _pickle.Unpickler.__init__()",
       Unpickler.__new__(Unpickler, 1, x=3).load)


class Forgetful(Unpickler):
    def __init__(self):
        pass


raises(UnpicklingError, "Unpickler.__init__() was not called by Forgetful.__init__()",
       Forgetful().load)
loader = unpickler(b"]q\x01.")
loader.persistent_load = len
loader.load()
loader.__init__(io.BytesIO(b"h\x01."))
equal(loader.memo.copy(), {})
raises(UnpicklingError, "Memo value not found at index 1", loader.load)
raises(TypeError, "file must have 'read' and 'readline' attributes", loader.__init__, 3)
raises(UnpicklingError, "Unpickler.__init__() was not called by _pickle.Unpickler.__init__()",
       loader.load)

# Pickles one after the other, with a memo that they share; the file stands behind each.
file = io.BytesIO(b"]q\x01.h\x01.rest")
loader = Unpickler(file)
first = loader.load()
equal(file.tell(), 4)
assert loader.load() is first
equal(file.read(), b"rest")


class Peeking(io.BytesIO):
    def peek(self, n):
        return self.getbuffer()[self.tell():][:3].tobytes()


file = Peeking(pickle.dumps(list(range(50)), 2) + b"rest")
equal(_pickle.load(file), list(range(50)))
equal(file.read(), b"rest")


class Unpeekable(io.BytesIO):
    def peek(self, n):
        raise NotImplementedError


equal(_pickle.load(Unpeekable(b"I7\n.")), 7)


def file(**methods):
    methods = {"read": lambda self, n: b"", "readline": lambda self: b"", **methods}
    return type("File", (), methods)()


raises(EOFError, "Ran out of input", _pickle.load, file())
raises(ZeroDivisionError, None, Unpickler, file(read=property(lambda self: 1 / 0)))
raises(ZeroDivisionError, None, Unpickler, file(peek=property(lambda self: 1 / 0)))
raises(OSError, "broken", _pickle.load, file(read=lambda s, n: (_ for _ in ()).throw(OSError("broken"))))
raises(TypeError, "'NoneType' object is not callable", _pickle.load, file(read=None))
