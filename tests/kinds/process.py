"""What holds something of the process: locks, files, weak references, loggers, context."""

# ==== lock
import threading
it = threading.Lock()
# ----
def probe(it):
    return it.acquire(blocking=False), it.locked(), it.acquire(blocking=False), it.release()

# ==== lock that is held
import threading
it = threading.Lock()
it.acquire()
# ----
def probe(it):
    # Whoever holds it is not there any more; some picklers keep it held, which is as good.
    if not it.locked():
        it.acquire()
    it.release()
    return it.acquire(blocking=False), it.locked()

# ==== lock that two objects share
import threading
class Account:
    def __init__(self, lock):
        self.lock, self.balance = lock, 0
    def add(self, n):
        with self.lock:
            self.balance += n
        return self.balance
lock = threading.Lock()
it = Account(lock), Account(lock)
# ----
def probe(it):
    return it[0].add(5), it[1].add(6)
def identity(it):
    return it[0].lock is it[1].lock

# ==== reentrant lock
import threading
it = threading.RLock()
# ----
def probe(it):
    with it, it:
        pass
    return it.acquire(blocking=False), type(it).__name__

# ==== condition
import threading
lock = threading.Lock()
it = threading.Condition(lock), lock
# ----
def probe(it):
    condition, lock = it
    with condition:
        condition.notify_all()
        return lock.locked(), condition.wait(timeout=0)

# ==== event that is set
import threading
it = threading.Event()
it.set()
# ----
def probe(it):
    before = it.is_set(), it.wait(0)
    it.clear()
    return before, it.is_set()

# ==== semaphore
import threading
it = threading.Semaphore(3), threading.BoundedSemaphore(1)
it[0].acquire()
# ----
from show import raised
def probe(it):
    semaphore, bounded = it
    return [semaphore.acquire(blocking=False) for _ in range(3)], raised(bounded.release)

# ==== barrier
import threading
it = threading.Barrier(2, timeout=5)
# ----
def probe(it):
    return it.parties, it.n_waiting, it.broken

# ==== thread-local storage
import threading
it = threading.local()
it.x = 1
# ----
def probe(it):
    it.y = 2
    return type(it).__name__, it.y, getattr(it, "x", 1)

# ==== queue
import queue
it = [queue.Queue(maxsize=3), queue.LifoQueue(), queue.PriorityQueue()]
for q in it:
    q.put(2)
    q.put(1)
# ----
def probe(it):
    return [[q.get_nowait(), q.get_nowait(), q.empty()] for q in it], it[0].maxsize

# ==== simple queue
import queue
it = queue.SimpleQueue()
it.put("a")
it.put("b")
# ----
def probe(it):
    return it.get_nowait(), it.get_nowait(), it.empty()

# ==== asyncio primitives
import asyncio
it = asyncio.Lock(), asyncio.Event(), asyncio.Queue()
it[1].set()
it[2].put_nowait(3)
# ----
def probe(it):
    lock, event, queue = it
    return lock.locked(), event.is_set(), queue.get_nowait()

# ==== file open for reading
import os
with open("input.txt", "w") as file:
    file.write("one\ntwo\nthree\n")
it = open(os.path.abspath("input.txt"), encoding="utf-8")
it.readline()
# ----
import os
def probe(it):
    rest = it.read(), it.mode, os.path.basename(it.name), it.encoding
    it.close()
    return rest

# ==== file open for writing
import os
it = open(os.path.abspath("output.txt"), "w", encoding="utf-8")
it.write("first\n")
# ----
def probe(it):
    it.write("second\n")
    mode = it.mode
    it.close()
    with open(it.name) as file:
        return mode, file.read()

# ==== file open for appending
import os
with open("log.txt", "w") as file:
    file.write("old\n")
it = open(os.path.abspath("log.txt"), "a")
# ----
def probe(it):
    it.write("new\n")
    it.close()
    with open(it.name) as file:
        return file.read().splitlines()[0], it.mode

# ==== binary file
import os
with open("data.bin", "wb") as file:
    file.write(bytes(range(10)))
it = open(os.path.abspath("data.bin"), "rb")
it.seek(4)
# ----
def probe(it):
    rest = it.tell(), it.read(), it.mode, type(it).__name__
    it.close()
    return rest

# ==== binary file for reading and writing, without a buffer
import os
with open("raw.bin", "wb") as file:
    file.write(b"0123456789")
it = open(os.path.abspath("raw.bin"), "r+b", buffering=0)
it.seek(2)
# ----
def probe(it):
    it.write(b"23")
    rest = it.tell(), it.read(), it.mode, type(it).__name__
    it.close()
    return rest

# ==== file that is closed
import os
it = open(os.path.abspath("closed.txt"), "w")
it.close()
# ----
from show import raised
def probe(it):
    return it.closed, raised(it.write, "x"), it.mode

# ==== file that two objects share
import os
with open("shared.txt", "w") as file:
    file.write("a\nb\nc\n")
file = open(os.path.abspath("shared.txt"))
class Reader:
    def __init__(self, file):
        self.file = file
it = Reader(file), Reader(file)
# ----
def probe(it):
    lines = it[0].file.readline(), it[1].file.readline()
    it[0].file.close()
    return lines
def identity(it):
    return it[0].file is it[1].file

# ==== standard streams
import sys
it = sys.stdin, sys.stdout, sys.stderr
# ----
import sys
def probe(it):
    return [stream.fileno() for stream in it]
def identity(it):
    return it == (sys.stdin, sys.stdout, sys.stderr)

# ==== streams in memory
import io
it = io.StringIO("abc\ndef"), io.BytesIO(b"0123")
it[0].readline()
it[1].seek(2)
# ----
def probe(it):
    return it[0].read(), it[0].getvalue(), it[1].read(), it[1].getvalue()

# ==== text over bytes in memory
import io
it = io.TextIOWrapper(io.BytesIO(b"one\ntwo\n"), encoding="ascii")
# ----
def probe(it):
    return it.read(), it.encoding

# ==== print to a stream, as a partial
import functools
import io
stream = io.StringIO()
it = functools.partial(print, file=stream, sep="-"), stream
# ----
def probe(it):
    it[0](1, 2)
    return it[1].getvalue()
def identity(it):
    return it[0].keywords["file"] is it[1]

# ==== weak reference
import weakref
class Thing:
    pass
thing = Thing()
it = thing, weakref.ref(thing)
# ----
def probe(it):
    return type(it[1]).__name__
def identity(it):
    return it[1]() is it[0]

# ==== weak reference before its object
import weakref
class Thing:
    pass
thing = Thing()
thing.x = 5
it = [weakref.ref(thing), thing]
# ----
def probe(it):
    return it[0]().x
def identity(it):
    return it[0]() is it[1]

# ==== weak reference to what nothing else holds
import weakref
class Thing:
    pass
thing = Thing()
it = weakref.ref(thing)
# ----
def probe(it):
    return type(it).__name__, callable(it)

# ==== dead weak reference
import gc
import weakref
class Thing:
    pass
thing = Thing()
it = weakref.ref(thing)
del thing
gc.collect()
# ----
def probe(it):
    return it(), type(it).__name__

# ==== weak reference with a callback
import weakref
class Thing:
    pass
def make():
    thing, log = Thing(), []
    return [thing, weakref.ref(thing, lambda ref: log.append("gone")), log]
it = make()
# ----
import gc
def probe(it):
    thing, ref, log = it
    it[0] = thing = None
    gc.collect()
    return ref() is None, log, type(ref).__name__

# ==== parent and child with a weak back reference
import weakref
class Node:
    def __init__(self, parent=None):
        self._parent = None if parent is None else weakref.ref(parent)
        self.children = []
        if parent is not None:
            parent.children.append(self)
    @property
    def parent(self):
        return self._parent and self._parent()
it = Node()
Node(Node(it))
# ----
def probe(it):
    return len(it.children), it.parent
def identity(it):
    return it.children[0].parent is it and it.children[0].children[0].parent is it.children[0]

# ==== weak method
import weakref
class Thing:
    def f(self):
        return 1
thing = Thing()
it = thing, weakref.WeakMethod(thing.f)
# ----
def probe(it):
    return it[1]()()
def identity(it):
    return it[1]().__self__ is it[0]

# ==== weak proxy
import weakref
class Thing:
    x = 5
thing = Thing()
it = thing, weakref.proxy(thing)
# ----
def probe(it):
    it[0].y = 6
    return it[1].x, it[1].y, type(it[1]).__name__

# ==== weak dictionaries and sets
import weakref
class Thing:
    def __init__(self, n):
        self.n = n
def make():
    a, b = Thing(1), Thing(2)
    return [a, b, weakref.WeakValueDictionary(a=a, b=b), weakref.WeakKeyDictionary({a: "a"}), weakref.WeakSet([a, b])]
it = make()
# ----
import gc
def probe(it):
    a, b, values, keys, items = it
    before = len(values), len(keys), len(items), keys[a]
    it[1] = b = None
    gc.collect()
    return before, len(values), len(items)
def identity(it):
    return it[2]["a"] is it[0] and it[0] in it[3] and it[1] in it[4]

# ==== finalizer
import weakref
class Thing:
    pass
log = []
thing = Thing()
it = thing, weakref.finalize(thing, log.append, "gone"), log
it[1].atexit = False
# ----
def probe(it):
    thing, finalizer, log = it
    return finalizer.alive, finalizer(), finalizer.alive, log
def identity(it):
    return it[1].peek()[0] is it[0]

# ==== logger
import logging
it = logging.getLogger("app.db")
it.setLevel(logging.WARNING)
# ----
import logging
def probe(it):
    return it.name, it.isEnabledFor(logging.ERROR)
def identity(it):
    return it is logging.getLogger("app.db")

# ==== root logger
import logging
it = logging.getLogger()
# ----
import logging
def probe(it):
    return it.name
def identity(it):
    return it is logging.getLogger()

# ==== logger adapter
import logging
it = logging.LoggerAdapter(logging.getLogger("app"), {"user": "ada"})
# ----
import logging
def probe(it):
    return it.extra, it.process("m", {}), it.logger.name

# ==== log handler with its lock
import io
import logging
stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(levelname)s:%(message)s"))
it = handler, stream
# ----
import logging
def probe(it):
    handler, stream = it
    handler.handle(logging.LogRecord("n", logging.INFO, "p", 1, "hello %s", ("you",), None))
    return stream.getvalue()
def identity(it):
    return it[0].stream is it[1]

# ==== function that logs
import logging
log = logging.getLogger("app.function")
def it(x):
    log.debug("x is %s", x)
    return x, log.name
# ----
def probe(it):
    return it(1)

# ==== context variable
import contextvars
it = contextvars.ContextVar("it", default=5)
# ----
def probe(it):
    before = it.get()
    token = it.set(6)
    return it.name, before, it.get(), it.reset(token), it.get()

# ==== context variable that functions share
import contextvars
user = contextvars.ContextVar("user")
def login(name):
    user.set(name)
def who():
    return user.get("nobody")
it = login, who, user
# ----
def probe(it):
    login, who, user = it
    before = who()
    login("ada")
    return before, who(), user.get()
def identity(it):
    return it[0].__globals__["user"] is it[2] is it[1].__globals__["user"]

# ==== context
import contextvars
var = contextvars.ContextVar("var")
it = contextvars.Context(), var
it[0].run(var.set, 5)
# ----
def probe(it):
    context, var = it
    return context[var], context.run(var.get), var.get(None)
def identity(it):
    return list(it[0]) == [it[1]]

# ==== random generator
import random
it = random.Random(5)
it.random()
# ----
def probe(it):
    return it.random(), it.randrange(100), it.gauss(0, 1)

# ==== method of the module random
import random
random.seed(1)
it = random.randint
# ----
import random
def probe(it):
    return it.__name__
def identity(it):
    return it.__func__ is random.Random.randint

# ==== decimal context
import decimal
it = decimal.Context(prec=5, rounding=decimal.ROUND_UP, traps=[decimal.DivisionByZero])
# ----
def probe(it):
    import decimal
    return it.prec, it.divide(decimal.Decimal(1), decimal.Decimal(3)), it.traps[decimal.DivisionByZero]

# ==== regular expression
import re
it = re.compile(r"(?P<a>\d+)-(\w)", re.IGNORECASE)
# ----
def probe(it):
    return it.pattern, it.flags, it.groupindex, it.findall("12-x 3-Y")

# ==== match of a regular expression
import re
it = re.search(r"(?P<a>\d+)-(\w)?", "ab 12-x")
# ----
def probe(it):
    return it.group(0), it.groupdict(), it.span(2), it.string, it.re.pattern, it.pos

# ==== traceback
try:
    1 / 0
except ZeroDivisionError as error:
    it = error
# ----
def probe(it):
    return type(it).__name__, it.args

# ==== exception with its cause
class Failure(Exception):
    pass
try:
    try:
        raise KeyError("inner")
    except KeyError as inner:
        raise Failure("outer") from inner
except Failure as failure:
    it = failure
# ----
def probe(it):
    return type(it).__name__, it.args

# ==== struct format
import struct
it = struct.Struct("<ih")
# ----
def probe(it):
    return it.pack(1, 2), it.format, it.size

# ==== memory view
it = memoryview(bytearray(b"abcdef"))[1:4]
# ----
def probe(it):
    return it.tobytes(), it.readonly, len(it)

# ==== hash in progress
# reason: RustPython's hashes tell nobody their state, as CPython's do not
import hashlib
it = hashlib.sha256(b"abc")
# ----
def probe(it):
    it.update(b"def")
    return it.hexdigest(), it.name

# ==== directory entry
# reason: a directory entry can't be made, and is what the system said at that moment
import os
open("entry.txt", "w").close()
it = next(os.scandir(os.getcwd()))
# ----
def probe(it):
    return it.name, it.is_file()

# ==== argument parser
# reason: argparse compares a string by identity, which pickles do not keep across modules
import argparse
it = argparse.ArgumentParser("prog")
it.add_argument("--n", type=lambda text: int(text) * 2, default=1)
it.add_argument("files", nargs="*")
# ----
def probe(it):
    return vars(it.parse_args(["--n", "4", "a"])), it.prog

# ==== CSV dialect, reader and writer
import csv
class Semi(csv.excel):
    delimiter = ";"
it = Semi
# ----
import csv
def probe(it):
    return list(csv.reader(["a;b"], dialect=it))

# ==== CSV reader
# reason: RustPython's reader tells nobody what it reads from
import csv
it = csv.reader(["a,b", "c,d", "e,f"])
next(it)
# ----
def probe(it):
    return list(it), it.line_num

# ==== executor's future that is done
import concurrent.futures
it = concurrent.futures.Future()
it.set_result(5)
# ----
def probe(it):
    return it.result(), it.done()

# ==== temporary folder
import pathlib
it = pathlib.Path("some") / "file.txt"
# ----
def probe(it):
    return it.name, it.suffix, type(it).__name__

# ==== exit and quit
it = exit, quit, copyright
# ----
def probe(it):
    return [type(x).__name__ for x in it]

# ==== special values
it = [None, True, ..., NotImplemented, type(None), type(...), type(NotImplemented)]
# ----
def probe(it):
    return repr(it)
def identity(it):
    return all(a is b for a, b in zip(it, [None, True, ..., NotImplemented, type(None)]))

# ==== types of the interpreter
import types
it = [types.FunctionType, types.CodeType, types.CellType, types.GeneratorType, types.ModuleType,
      types.MappingProxyType, types.MethodType, type({}.keys()), type(iter([])), type({}.items())]
# ----
import types
def probe(it):
    return [cls.__name__ for cls in it]
def identity(it):
    return it[0] is types.FunctionType and it[2] is types.CellType and it[7] is type({}.keys())

# ==== builtin functions
import math
it = [len, print, math.floor, "abc".upper, {}.get, object().__repr__]
# ----
def probe(it):
    return it[0]("abc"), it[2](2.5), it[3](), it[4](1)
def identity(it):
    return it[0] is len and it[1] is print

# ==== socket
# reason: a connection belongs to its process
import socket
it = socket.socket()
# ----
def probe(it):
    return it.family

# ==== running thread
# reason: a thread belongs to its process
import threading
it = threading.Thread(target=threading.Event().wait, args=(20,), daemon=True)
it.start()
# ----
import threading
def probe(it):
    return it.is_alive(), it.ident in [thread.ident for thread in threading.enumerate()]

# ==== frame
# reason: a frame can't be made
import sys
it = sys._getframe()
# ----
def probe(it):
    return it.f_lineno

# ==== generator
# reason: where a generator stands can't be restored
def count():
    yield 1
    yield 2
it = count()
next(it)
# ----
def probe(it):
    return list(it)

# ==== coroutine
# reason: where a coroutine stands can't be restored
async def work():
    return 1
it = work()
# ----
from show import finished
def probe(it):
    return finished(it)
