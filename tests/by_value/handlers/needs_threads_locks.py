import queue
import threading


class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.balance = 5


def make():
    made = {}
    made["free"] = threading.Lock()
    made["held"] = held = threading.Lock()
    held.acquire()
    made["rlock"] = rlock = threading.RLock()
    rlock.acquire(), rlock.acquire()
    made["acquire"] = made["free"].acquire
    made["account"] = Account()

    made["condition"] = condition = threading.Condition()
    made["conditions"] = [threading.Condition(made["free"]), threading.Condition(made["free"])]
    condition.remark = "mine"
    made["waiting"] = waiting = threading.Condition()
    ready = threading.Event()

    def wait():
        with waiting:
            ready.set()
            waiting.wait()

    made["events"] = [threading.Event(), threading.Event()]
    made["events"][1].set()
    made["semaphore"] = semaphore = threading.Semaphore(3)
    semaphore.acquire()
    made["bounded"] = bounded = threading.BoundedSemaphore(2)
    bounded.acquire()
    made["barrier"] = threading.Barrier(2, timeout=30)
    made["broken"] = threading.Barrier(2)
    made["broken"].abort()
    made["used"] = used = threading.Barrier(2, action=print)

    global threads
    threads = [
        threading.Thread(target=wait, daemon=True),
        threading.Thread(target=meet, args=(used,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    while used.n_waiting == 0 or not waiting._waiters:
        pass

    made["local"] = local = threading.local()
    local.name = "of the main thread"

    def set_name():
        local.name = "of another"

    other = threading.Thread(target=set_name)
    other.start()
    other.join()

    made["queue"] = first = queue.Queue(3)
    first.put("a"), first.put("b"), first.get()
    made["lifo"] = lifo = queue.LifoQueue()
    lifo.put(1), lifo.put(2)
    made["priority"] = priority = queue.PriorityQueue()
    priority.put(2), priority.put(1)
    made["simple"] = simple = queue.SimpleQueue()
    simple.put("a"), simple.put("b")
    simple.put(simple)
    made["empty"] = queue.SimpleQueue()
    made["thread"] = threading.Thread(target=print, name="not yet")
    made["main thread"] = threading.main_thread()
    return made


def meet(barrier):
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        pass


def check(made, restored):
    assert made["free"].acquire(blocking=False)
    assert not made["acquire"](blocking=False), "the method of another lock"
    made["free"].release()
    assert made["held"].locked() != restored
    assert made["rlock"]._recursion_count() == (0 if restored else 2)
    with made["rlock"]:
        pass
    account = made["account"]
    with account.lock:
        assert account.balance == 5

    condition = made["condition"]
    assert condition.remark == "mine"
    with condition:
        condition.notify()
    one, other = made["conditions"]
    with one:
        assert other._is_owned() and made["free"].locked()
    assert len(made["waiting"]._waiters) == (0 if restored else 1)
    with made["waiting"]:
        made["waiting"].notify_all()
    assert [event.is_set() for event in made["events"]] == [False, True]
    assert made["events"][1].wait(0)
    semaphore = made["semaphore"]
    assert semaphore.acquire(False) and semaphore.acquire(False) and not semaphore.acquire(False)
    made["bounded"].release()
    try:
        made["bounded"].release()
    except ValueError:
        pass
    else:
        raise AssertionError("not bounded")

    barrier = made["barrier"]
    thread = threading.Thread(target=meet, args=(barrier,))
    thread.start()
    barrier.wait()
    thread.join()
    assert made["broken"].broken
    assert made["used"].n_waiting == (0 if restored else 1)
    assert made["used"].parties == 2 and made["used"]._action is print
    made["used"].abort()

    assert made["local"].name == "of the main thread"
    seen = []
    thread = threading.Thread(target=lambda: seen.append(hasattr(made["local"], "name")))
    thread.start()
    thread.join()
    assert seen == [False]

    assert made["queue"].get(timeout=5) == "b" and made["queue"].empty()
    assert made["queue"].maxsize == 3 and made["queue"].unfinished_tasks == 2
    assert [made["lifo"].get(), made["lifo"].get()] == [2, 1]
    assert [made["priority"].get(), made["priority"].get()] == [1, 2]
    simple = made["simple"]
    assert simple.qsize() == 3 and simple.get() == "a" and simple.get(timeout=5) == "b"
    assert simple.get_nowait() is simple and simple.empty()
    assert made["empty"].empty()
    assert made["thread"].name == "not yet" and not made["thread"].is_alive()
    made["thread"]._target = seen.append
    made["thread"]._args = ("run",)
    made["thread"].start()
    made["thread"].join()
    assert seen == [False, "run"]
    assert made["main thread"] is threading.main_thread()
    if not restored:
        for thread in threads:
            thread.join()
