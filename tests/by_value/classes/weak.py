# Classes that keep track of their instances, and sets of classes.
import weakref

gone = []


class Tracked:
    instances = weakref.WeakSet()
    by_name = weakref.WeakValueDictionary()
    notes = weakref.WeakKeyDictionary()
    __slots__ = ("name", "__weakref__")

    def __init__(self, name):
        self.name = name
        Tracked.instances.add(self)
        Tracked.by_name[name] = self
        Tracked.notes[self] = name.upper()


class Other:
    pass


Other.ref = weakref.ref(Tracked, gone.append)
Tracked.friends = {Tracked, Other, int, Tracked.__init__}
kept = Tracked("kept")
Tracked.first = weakref.ref(kept)
Tracked("dropped")
value = [Tracked, Other, kept, gone]

# In another interpreter
import gc
import weakref

Tracked, Other, kept, gone = loaded
assert set(Tracked.instances) == {kept} and Tracked.by_name["kept"] is kept
assert Tracked.notes[kept] == "KEPT" and Tracked.first() is kept
assert Other.ref() is Tracked and Tracked.friends == {Tracked, Other, int, Tracked.__init__}
new = Tracked("new")
assert set(Tracked.by_name) == {"kept", "new"}
del new
gc.collect()
assert set(Tracked.by_name) == {"kept"} and gone == []
