import gc
import weakref

log = []


class Node:
    def __init__(self, name):
        self.name = name
        self.me = weakref.ref(self)

    def method(self):
        return self.name


class Callback:
    def __init__(self):
        self.called = 0

    def __call__(self, reference):
        self.called += 1


class Called:
    def __call__(self):
        return "called"


def note(*args, **keywords):
    log.append((args, keywords))


def make():
    made = {"nodes": [Node("a"), Node("b"), Node("c"), Node("d")]}
    a, b, c, d = made["nodes"]
    made["refs"] = [weakref.ref(a), weakref.ref(a), weakref.ref(Node)]
    made["callback"] = callback = Callback()
    made["with callback"] = weakref.ref(b, callback)
    gone = Node("gone")
    made["dead"] = weakref.ref(gone)
    made["dead with callback"] = weakref.ref(gone, callback)
    made["dead proxy"] = weakref.proxy(gone)
    made["dead method"] = weakref.WeakMethod(gone.method)
    made["dead finalizer"] = weakref.finalize(gone, note)
    made["only weak"] = weakref.ref(Node("only weak"))
    made["called"] = called = Called()
    made["proxies"] = [weakref.proxy(a), weakref.proxy(called), weakref.proxy(Node)]
    made["set"] = weakref.WeakSet([c, a, b])
    # A set of weak references that is an item of what it refers to.
    a.peers = weakref.WeakSet([b, a])
    made["keys"] = weakref.WeakKeyDictionary({b: 1, a: [made]})
    made["values"] = weakref.WeakValueDictionary({"b": b, "a": a, "gone": gone})
    made["keyed"] = list(made["values"].valuerefs())[1]
    made["method"] = weakref.WeakMethod(a.method)
    made["method with callback"] = weakref.WeakMethod(b.method, callback)
    made["finalizers"] = [
        weakref.finalize(b, note, 1, two=2), weakref.finalize(b, note, "not at exit"),
    ]
    made["finalizers"][1].atexit = False
    made["detached"] = detached = weakref.finalize(a, note, "detached")
    detached.detach()
    assert callback.called == 0
    del gone
    gc.collect()
    assert callback.called == 1 and len(made["values"]) == 2
    log.clear()
    made["log"] = log
    return made


def check(made, restored):
    # What is held only by weak references that have been loaded is gone now.
    gc.collect()
    a, b, c, d = made["nodes"]
    callback = made["callback"]
    for node in made["nodes"]:
        assert node.me() is node
    first, second, of_class = made["refs"]
    assert first() is a and first is second and of_class() is type(a)
    for name in ["dead", "dead with callback", "only weak"]:
        assert made[name]() is None, name
        assert type(made[name]) is weakref.ref
    try:
        made["dead proxy"].name
    except ReferenceError:
        pass
    else:
        raise AssertionError("the proxy lives")
    assert made["dead method"]() is None
    assert not made["dead finalizer"].alive

    proxy, of_called, of_class = made["proxies"]
    assert proxy.name == "a" and type(proxy) is weakref.ProxyType
    proxy.name = "changed"
    assert a.name == "changed"
    assert of_called() == "called" and type(of_called) is weakref.CallableProxyType
    assert of_class("new").name == "new"

    assert len(made["set"]) == 3 and a in made["set"] and d not in made["set"]
    assert a in a.peers and b in a.peers
    assert list(made["keys"].items()) == [(b, 1), (a, [made])]
    assert list(made["values"].items()) == [("b", b), ("a", a)]
    assert made["keyed"]() is a and made["keyed"].key == "a"
    assert made["method"]()() == "changed" and made["method"]().__self__ is a
    one, other = made["finalizers"]
    assert one.alive and other.alive and one.atexit and not other.atexit
    assert not made["detached"].alive

    # Now the object goes away.
    called = callback.called
    made["nodes"].remove(b)
    with_callback, method = made["with callback"], made["method with callback"]
    assert with_callback() is b and method()() == "b"
    del b, node
    gc.collect()
    assert with_callback() is None and method() is None
    assert callback.called == called + 2, (restored, called, callback.called)
    assert len(made["set"]) == 2 and len(a.peers) == 1
    assert list(made["keys"]) == [a] and list(made["values"]) == ["a"]
    assert sorted(made["log"], key=str) == [(("not at exit",), {}), ((1,), {"two": 2})]
    assert not one.alive
