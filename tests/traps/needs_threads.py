# Other threads change what is being dumped: any result or a RuntimeError, nothing else.
import pickle
import threading

numbers = list(range(2000))
table = {n: [n] for n in range(2000)}
elements = set(range(2000))
data = bytearray(200_000)
stop = threading.Event()


def churn(n):
    while not stop.is_set():
        n += 2
        numbers.append(n)
        numbers.pop(0)
        table[n + 5000] = [n]
        table.pop(n + 5000)
        elements.add(-n)
        elements.discard(-n)
        data.extend(b"xyz")
        del data[-3:]


threads = [threading.Thread(target=churn, args=(n,)) for n in range(2)]
for thread in threads:
    thread.start()
try:
    for turn in range(40):
        for target in (numbers, table, elements, data):
            try:
                pickle.loads(pickle.dumps(target, turn % 6))
            except RuntimeError as error:
                assert "changed size" in str(error), error
finally:
    stop.set()
    for thread in threads:
        thread.join()
