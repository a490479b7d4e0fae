# A Pickler that another thread uses can't be used meanwhile; it can be looked at.
import threading

used = "Pickler object is already used"


class Hooked(Pickler):
    hook = None

    def persistent_id(self, obj):
        if self.hook:
            hook, self.hook = self.hook, None
            hook(self)


waiting, go_on = threading.Event(), threading.Event()


def hold(pickler):
    waiting.set()
    go_on.wait()


holder = Hooked(io.BytesIO())
holder.hook = hold
thread = threading.Thread(target=holder.dump, args=([1],))
thread.start()
waiting.wait()
raises(RuntimeError, used, holder.dump, 1)
raises(RuntimeError, used, holder.__init__, io.BytesIO())
holder.memo.copy()
go_on.set()
thread.join()
holder.dump(1)

# Many at once: each dump is whole, or is refused.
pickles = []


class Appending:
    def write(self, data):
        pickles.append(bytes(data))


shared = Pickler(Appending(), 2)
shared.fast = 1
refused = []


def work():
    for n in range(300):
        try:
            shared.dump([n] * 50)
        except RuntimeError as error:
            refused.append(str(error))
        shared.memo.copy()


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
equal(len(pickles) + len(refused), 1200)
assert set(refused) <= {used}
assert all(len(set(pickle.loads(data))) == 1 for data in pickles)
