# A Pickler or Unpickler that is in use can't be used again meanwhile; it can be looked at.
used = "Pickler object is already used"


class Hooked(Pickler):
    hook = None

    def persistent_id(self, obj):
        if self.hook:
            hook, self.hook = self.hook, None
            hook(self)


def during_dump(hook):
    file = io.BytesIO()
    pickler = Hooked(file)
    pickler.hook = hook
    pickler.dump([[], "x"])
    equal(pickle.loads(file.getvalue()), [[], "x"])
    return pickler


during_dump(lambda pickler: raises(RuntimeError, used, pickler.dump, 1))
during_dump(lambda pickler: raises(RuntimeError, used, pickler.__init__, io.BytesIO()))
during_dump(lambda pickler: raises(RuntimeError, used, Pickler.__init__, pickler, 3))
for harmless in (lambda pickler: pickler.clear_memo(), lambda pickler: pickler.memo.clear(),
                 lambda pickler: pickler.memo.copy(), lambda pickler: setattr(pickler, "memo", {}),
                 lambda pickler: setattr(pickler, "persistent_id", 3)):
    during_dump(harmless)
# Once it is done, or has failed, it can be used.
during_dump(lambda pickler: None).dump(1)
failing = Hooked(io.BytesIO())
failing.hook = lambda pickler: 1 / 0
raises(ZeroDivisionError, None, failing.dump, 1)
failing.dump(1)


class Loading(Unpickler):
    hook = None

    def persistent_load(self, pid):
        return self.hook()


def during_load(hook):
    unpickler = Loading(io.BytesIO(b"(lq\x01P1\nae." if False else b"(lq\x01P1\nah\x01a.N."))
    unpickler.hook = lambda: hook(unpickler)
    return unpickler


load = during_load(lambda u: raises(RuntimeError, "Unpickler object is already used", u.load))
result = load.load()
assert type(result[0]) is RuntimeError and result[1] is result
equal(load.load(), None)
during_load(lambda u: raises(RuntimeError, "Unpickler object is already used", u.__init__, 3)).load()
# The memo of a load that is under way can be seen and changed.
equal(during_load(lambda u: list(u.memo.copy())).load()[0], [1])
raises(UnpicklingError, "Memo value not found at index 1", during_load(lambda u: u.memo.clear()).load)
if OURS:
    # (As everywhere, CPython forgets what a dict has.)
    equal(during_load(lambda u: setattr(u, "memo", {1: "other"})).load(), [None, "other"])
failing = during_load(lambda u: 1 / 0)
raises(ZeroDivisionError, None, failing.load)
equal(failing.memo.copy(), {1: []})
during_load(lambda u: u.find_class("io", "BytesIO")).load()
