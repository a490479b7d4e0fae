# The memos, seen and set from outside.
def pickler():
    return Pickler(io.BytesIO())


def unpickler(data=b""):
    return Unpickler(io.BytesIO(data))


# Pickler.memo is {id: (index, object)}.
one, two = [], {}
p = pickler()
p.dump([one, two])
entries = p.memo.copy()
equal(entries[id(one)], (1, one))
equal(entries[id(two)], (2, two))
equal(sorted(index for index, _ in entries.values()), [0, 1, 2])
constructor, (reduced,) = p.memo.__reduce__()
equal((constructor, reduced), (dict, entries))
equal(pickle.loads(pickle.dumps(pickler().memo)), {})

# Taking it over: what was pickled there is not written again here.
for memo in (p.memo, p.memo.copy()):
    file = io.BytesIO()
    other = Pickler(file)
    other.memo = memo
    other.dump(one)
    equal(file.getvalue(), b"\x80\x05h\x01.")
    assert other.memo.copy()[id(two)] == (2, two)
# It is a copy.
other.clear_memo()
equal(len(p.memo.copy()), 3)
proxy = p.memo
proxy.clear()
equal((proxy.copy(), p.memo.copy()), ({}, {}))

for value, name in ((3, "int"), (None, "NoneType"), ([], "list"),
                    (unpickler().memo, "_pickle.UnpicklerMemoProxy")):
    raises(TypeError, f"'memo' attribute must be a PicklerMemoProxy object or dict, not {name}",
           setattr, p, "memo", value)
for value in (2, (2,), (2, 3, 4), [2, 3]):
    raises(TypeError, "'memo' values must be 2-item tuples", setattr, p, "memo", {1: value})
raises(TypeError, "an integer is required", setattr, p, "memo", {1: ("2", 3)})
raises(TypeError, "an integer is required", setattr, p, "memo", {1: (2.0, 3)})
raises(OverflowError, "Python int too large to convert to C ssize_t",
       setattr, p, "memo", {1: (10**30, 3)})
raises(TypeError, "attribute deletion is not supported", delattr, p, "memo")
p.dump(one)
raises(TypeError, None, setattr, p, "memo", {1: (7, two), 2: 2})
assert id(one) in p.memo.copy()
# The keys say nothing, the objects count; subclasses of dict and tuple will do.
pair = type("Pair", (tuple,), {})
p.memo = type("Dict", (dict,), {})({"any": pair((True, one)), "key": (5, two)})
equal(p.memo.copy(), {id(one): (1, one), id(two): (5, two)})

# Unpickler.memo is {index: object}.
u = unpickler(b"]q\x05.}r\xff\xff\xff\xff.")
equal(u.load(), [])
equal(u.memo.copy(), {5: []})
if OURS:
    # CPython has no memory for this.
    equal(u.load(), {})
    equal(u.memo.copy(), {5: [], 4294967295: {}})
    equal(u.memo.__reduce__(), (dict, ({5: [], 4294967295: {}},)))
u = unpickler(b"]q\x05.")
loaded = u.load()
other = unpickler(b"h\x05.")
other.memo = u.memo
u.memo.clear()
equal(u.memo.copy(), {})
assert other.load() is loaded
if OURS:
    # CPython forgets what a dict has.
    other = unpickler(b"h\x05.")
    other.memo = {True: "one", 5: one, 2**40: "far"}
    assert other.load() is one
    equal(other.memo.copy(), {1: "one", 5: one, 2**40: "far"})
for value, name in ((1, "int"), (p.memo, "_pickle.PicklerMemoProxy")):
    raises(TypeError, f"'memo' attribute must be an UnpicklerMemoProxy object or dict, not {name}",
           setattr, u, "memo", value)
raises(TypeError, "memo key must be integers", setattr, u, "memo", {"a": 1})
raises(ValueError, "memo key must be positive integers.", setattr, u, "memo", {-1: 1})
raises(OverflowError, "Python int too large to convert to C ssize_t", setattr, u, "memo", {10**30: 1})
raises(TypeError, "attribute deletion is not supported", delattr, u, "memo")

# Proxies are no values.
for proxy in (p.memo, u.memo):
    raises(TypeError, None, hash, proxy)
    raises(AttributeError, None, setattr, proxy, "foo", 1)
# They keep their owner.
proxy = pickler().memo
gc.collect()
equal(proxy.copy(), {})

# Not initialised.
equal(Unpickler.__new__(Unpickler).memo.copy(), {})
Unpickler.__new__(Unpickler).memo = {}
if OURS:
    # CPython crashes.
    equal(Pickler.__new__(Pickler).memo.copy(), {})
    Pickler.__new__(Pickler).memo.clear()


# Dropping entries runs code that sees the memo without them.
class Watched:
    def __del__(self):
        seen.append(len(owner.memo.copy()))


seen = []
owner = pickler()
for drop in (lambda: owner.clear_memo(), lambda: owner.memo.clear(), lambda: setattr(owner, "memo", {}),
             lambda: owner.__init__(io.BytesIO())):
    owner.dump(Watched())
    drop()
    gc.collect()
equal(seen, [0, 0, 0, 0])
