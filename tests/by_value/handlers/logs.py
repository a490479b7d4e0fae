import io
import logging
import logging.handlers
import os


RECORD = {"msg": "kept", "name": "app", "levelno": 20, "levelname": "INFO"}
RECORD |= dict.fromkeys(["created", "msecs", "relativeCreated", "thread", "process"], 1)


class Counting(logging.Handler):
    def __init__(self):
        super().__init__()
        self.count = 0

    def emit(self, record):
        self.count += 1


def make():
    made = {"loggers": [logging.getLogger("app.part"), logging.getLogger()]}
    made["stream"] = stream = logging.StreamHandler(io.StringIO())
    stream.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    stream.addFilter(logging.Filter("app"))
    stream.name = "a name"
    made["file"] = file = logging.FileHandler(os.path.join(FOLDER, "log"), encoding="utf-8")
    file.emit(logging.makeLogRecord({"msg": "before"}))
    made["late"] = logging.FileHandler(os.path.join(FOLDER, "late"), delay=True)
    made["rotating"] = logging.handlers.RotatingFileHandler(
        os.path.join(FOLDER, "rotating"), maxBytes=100, backupCount=1,
    )
    made["null"] = logging.NullHandler()
    made["memory"] = logging.handlers.MemoryHandler(10, target=stream)
    made["memory"].handle(logging.makeLogRecord(RECORD))
    made["standard error"] = logging.StreamHandler()
    made["counting"] = counting = Counting()
    counting.handle(logging.makeLogRecord({}))
    made["adapter"] = logging.LoggerAdapter(made["loggers"][0], {"user": "me"})
    return made


def check(made, restored):
    part, root = made["loggers"]
    assert part is logging.getLogger("app.part") and root is logging.getLogger()
    stream = made["stream"]
    for name in ["app.part", "other"]:
        stream.handle(logging.makeLogRecord({"msg": "said", "name": name, "levelname": "INFO"}))
    assert stream.stream.getvalue() == "INFO said\n"
    assert logging.getHandlerByName("a name") is stream
    file = made["file"]
    file.emit(logging.makeLogRecord({"msg": "after"}))
    file.close()
    assert open(os.path.join(FOLDER, "log")).read() == "before\nafter\n"
    assert made["late"].stream is None
    made["late"].emit(logging.makeLogRecord({"msg": "late"}))
    made["rotating"].emit(logging.makeLogRecord({"msg": "x" * 60}))
    made["rotating"].emit(logging.makeLogRecord({"msg": "y" * 60}))
    assert os.path.exists(os.path.join(FOLDER, "rotating.1"))
    made["memory"].flush()
    assert stream.stream.getvalue() == "INFO said\nINFO kept\n"
    assert made["counting"].count == 1
    made["counting"].handle(logging.makeLogRecord({}))
    assert made["counting"].count == 2
    assert made["adapter"].logger is part and made["adapter"].extra == {"user": "me"}
    for name in ["stream", "file", "late", "counting"]:
        with made[name].lock:
            pass
    import weakref
    known = [reference() for reference in logging._handlerList]
    assert all(handler in known for handler in made.values() if isinstance(handler, logging.Handler))
