# Pickler: its attributes and what subclasses may override.
def dumped(pickler_class, obj, protocol=0, **attributes):
    file = io.BytesIO()
    pickler = pickler_class(file, protocol)
    for name, value in attributes.items():
        setattr(pickler, name, value)
    pickler.dump(obj)
    return file.getvalue()


def on_write(write):
    return type("File", (), {"write": write})()


# bin and fast are C ints.
pickler = Pickler(io.BytesIO())
equal((pickler.bin, pickler.fast), (1, 0))
equal(Pickler(io.BytesIO(), 0).bin, 0)
for name in ("bin", "fast"):
    setattr(pickler, name, -7)
    equal(getattr(pickler, name), -7)
    raises(TypeError, None, setattr, pickler, name, "x")
    raises(TypeError, None, setattr, pickler, name, None)
    raises(OverflowError, None, setattr, pickler, name, 10**30)
    raises(TypeError, None, delattr, pickler, name)
equal(dumped(Pickler, 1, 0, bin=1), b"K\x01.")
equal(dumped(Pickler, 1, 1, bin=0), b"I1\n.")
one = []
equal(dumped(Pickler, [one, one], 2), b"\x80\x02]q\x00(]q\x01h\x01e.")
equal(dumped(Pickler, [one, one], 2, fast=1), b"\x80\x02](]]e.")

# dispatch_table is not there until it is set.
pickler = Pickler(io.BytesIO())
raises(AttributeError, "'_pickle.Pickler' object has no attribute 'dispatch_table'",
       getattr, pickler, "dispatch_table")
raises(AttributeError, "dispatch_table", delattr, pickler, "dispatch_table")
pickler.dispatch_table = table = {}
assert pickler.dispatch_table is table
del pickler.dispatch_table
assert not hasattr(pickler, "dispatch_table")


class Thing:
    pass


def as_int(obj):
    return int, ()


thing = b"cbuiltins\nint\n(tR."
equal(dumped(Pickler, Thing(), 0, dispatch_table={Thing: as_int}, fast=1)[:1], b"c")
equal(dumped(Pickler, Thing(), 3, dispatch_table={Thing: as_int}, fast=1),
      b"\x80\x03cbuiltins\nint\n)R.")
raises(TypeError, "'int' object is not subscriptable", dumped, Pickler, Thing(), dispatch_table=3)
dumped(Pickler, 1, dispatch_table=3)


class Tabled(Pickler):
    dispatch_table = {Thing: as_int}


equal(dumped(Tabled, Thing(), 3, fast=1), b"\x80\x03cbuiltins\nint\n)R.")
# The one that __init__ has found is used.
late = Tabled(io.BytesIO(), 3)
Tabled.dispatch_table = {}
late.fast = 1
late.dump(Thing())
raises(ZeroDivisionError, None,
       type("P", (Pickler,), {"dispatch_table": property(lambda self: 1 / 0)}), io.BytesIO())

# persistent_id: a method that can be overridden, an attribute that can be set.
pickler = Pickler(io.BytesIO())
equal(pickler.persistent_id(3), None)
pickler.persistent_id = 3
equal(pickler.persistent_id, 3)
raises(TypeError, "'int' object is not callable", pickler.dump, 1)
del pickler.persistent_id
equal(pickler.persistent_id(3), None)
del pickler.persistent_id


class Persistent(Pickler):
    def persistent_id(self, obj):
        return "one" if obj == 1 else None


equal(dumped(Persistent, [1, 2]), b"(lp0\nPone\naI2\na.")
equal(dumped(Persistent, [1, 2], 3), b"\x80\x03]q\x00(X\x03\0\0\0oneQK\x02e."
      .replace(b"X\x03\0\0\0one", b"X\x03\0\0\0oneq\x01"))
equal(dumped(Persistent, [1, 2], persistent_id=lambda obj: None), b"(lp0\nI1\naI2\na.")
equal(dumped(Pickler, [1, 2], persistent_id=lambda obj: 2 if obj == 2 else None),
      b"(lp0\nI1\naP2\na.")


class Inherits(Persistent):
    def persistent_id(self, obj):
        return super().persistent_id(obj) or super(Persistent, self).persistent_id(obj)


equal(dumped(Inherits, [1, 2]), b"(lp0\nPone\naI2\na.")
instance = Inherits(io.BytesIO())
instance.persistent_id = len
instance.other = 1
equal(instance.__dict__, {"other": 1})
equal(super(Persistent, instance).persistent_id(1), None)
# Set while it runs, it is for the next time.
changing = Pickler(io.BytesIO())


def change(obj):
    changing.persistent_id = lambda obj: 1 / 0


changing.persistent_id = change
changing.dump([1, 2])
raises(ZeroDivisionError, None, changing.dump, 1)
for cls in (type("P", (Pickler,), {"persistent_id": None}),):
    raises(TypeError, "'NoneType' object is not callable", dumped, cls, 1)


class Dynamic(Pickler):
    def __getattribute__(self, name):
        if name == "persistent_id":
            return lambda obj: "x"
        return super().__getattribute__(name)


equal(dumped(Dynamic, 1), b"Px\n.")
raises(PicklingError, "persistent IDs in protocol 0 must be ASCII strings",
       dumped, Pickler, 1, persistent_id=lambda obj: "\xe9")

# reducer_override is looked up for each dump.


class Overriding(Pickler):
    def reducer_override(self, obj):
        return (int, ()) if isinstance(obj, Thing) else NotImplemented


equal(dumped(Overriding, Thing(), 3, fast=1), b"\x80\x03cbuiltins\nint\n)R.")
overriding = Overriding(io.BytesIO())
overriding.dump(Thing())
overriding.reducer_override = lambda obj: 1 / 0
raises(ZeroDivisionError, None, overriding.dump, Thing())
del overriding.reducer_override
overriding.dump(Thing())
raises(TypeError, "'int' object is not callable", dumped,
       type("P", (Pickler,), {"reducer_override": 3}), Thing())
error = raises(PicklingError, "__reduce__ must return a string or tuple, not int", dumped,
               type("P", (Pickler,), {"reducer_override": lambda self, obj: 3}), object())
equal(error.__notes__, ["when serializing object object"])

# Not initialised, or not any more.
raises(PicklingError, "Pickler.__init__() was not called by _pickle.Pickler.__init__()",
       Pickler.__new__(Pickler, 1, 2, x=3).dump, 1)


class Forgetful(Pickler):
    def __init__(self):
        pass


forgetful = Forgetful()
raises(PicklingError, "Pickler.__init__() was not called by Forgetful.__init__()", forgetful.dump, 1)
equal((forgetful.bin, forgetful.fast, forgetful.persistent_id(1)), (0, 0, None))
forgetful.clear_memo()
assert not hasattr(forgetful, "dispatch_table")
Pickler.__init__(forgetful, io.BytesIO())
forgetful.dump(1)

first, second = io.BytesIO(), io.BytesIO()
pickler = Pickler(first, 0)
pickler.fast, pickler.dispatch_table, pickler.persistent_id = 1, {}, lambda obj: "x"
pickler.dump(one)
pickler.__init__(second, 2)
equal((pickler.fast, pickler.bin, pickler.memo.copy()), (0, 1, {}))
assert not hasattr(pickler, "dispatch_table")
pickler.dump(one)
equal((first.getvalue(), second.getvalue()), (b"Px\n.", b"\x80\x02]q\x00."))
raises(TypeError, "file must have a 'write' attribute", pickler.__init__, 3)
raises(PicklingError, "Pickler.__init__() was not called by _pickle.Pickler.__init__()",
       pickler.dump, 1)

# The file.
raises(ZeroDivisionError, None, Pickler, type("F", (), {"write": property(lambda self: 1 / 0)})())
raises(TypeError, "'NoneType' object is not callable", Pickler(on_write(None)).dump, 1)
raises(OSError, "full", Pickler(on_write(lambda self, data: (_ for _ in ()).throw(OSError("full")))).dump, 1)
pieces = []
big = bytes(100_000)
Pickler(on_write(lambda self, data: pieces.append(data)), 5).dump([1, big, 2])
equal(pickle.loads(b"".join(pieces)), [1, big, 2])
assert any(piece is big for piece in pieces)
