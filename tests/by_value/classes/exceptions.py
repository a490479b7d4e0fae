# Exceptions, and classes that say how they are pickled.
class AppError(Exception):
    code = 1

    def __init__(self, message, *, detail=None):
        super().__init__(message)
        self.detail = detail

    def __reduce__(self):
        return rebuild, (type(self), self.args, self.detail)

    def __str__(self):
        return f"{super().__str__()} [{self.detail}]"


def rebuild(cls, args, detail):
    return cls(*args, detail=detail)


class Worse(AppError, ValueError):
    code = 2


class Group(ExceptionGroup):
    def derive(self, excs):
        return Group(self.message, excs)


class OsError(OSError):
    pass


class Signature(Exception):
    def __init__(self, code, what, *, more=()):
        super().__init__(f"{code}: {what}")
        self.code = code
        self.more = more


class NewSignature(KeyError):
    def __new__(cls, code, what):
        made = super().__new__(cls, code)
        made.what = what
        return made


class WithSlots(Exception):
    __slots__ = ("code",)

    def __init__(self, *, code):
        super().__init__()
        self.code = code


class Unreadable(OSError):
    def __init__(self, path):
        super().__init__(5, "unreadable", path)


class Bad(UnicodeError):
    def __init__(self):
        pass


class Leave(SystemExit):
    def __init__(self, why, code):
        super().__init__(code)
        self.why = why


class Many(ExceptionGroup):
    def __new__(cls, excs):
        return super().__new__(cls, "many", excs)

    def __init__(self, excs):
        self.count = len(excs)


def raised(make, cause=None):
    try:
        raise make() from cause
    except BaseException as error:
        return error


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __reduce__(self):
        return Point, (self.x, self.y)


Point.ORIGIN = Point(0, 0)
Point.NAMED = {"origin": Point.ORIGIN, "one": Point(1, 1)}


class State:
    def __getstate__(self):
        return {"kept": self.kept}

    def __setstate__(self, state):
        self.kept = state["kept"]
        self.restored = True


class Args:
    def __new__(cls, a, *, b):
        made = super().__new__(cls)
        made.sum = a + b
        return made

    def __getnewargs_ex__(self):
        return (1,), {"b": 2}


class Single:
    instance = None

    def __new__(cls):
        if cls.instance is None:
            cls.instance = super().__new__(cls)
        return cls.instance


State.default = State()
State.default.kept = 5
State.default.dropped = 6
Args.default = Args(1, b=2)
single = Single()
error = Worse("bad", detail={"n": 1})
error.__cause__ = OsError(2, "gone", "file")
error.add_note("note")
value = [error, AppError, Worse, Group("g", [error, AppError("x")]), OsError(2, "gone", "file"), Point, State, Args,
         single, Single]
own = Signature(5, "x", more=[error])
own.itself = own
value += [own, raised(lambda: NewSignature(1, "w"), own), WithSlots(code=7),
          raised(lambda: WithSlots(code=8), own), Unreadable("f"), Bad(), Leave("done", 3), Many([own])]

# In another interpreter
error, AppError, Worse, group, os_error, Point, State, Args, single, Single = loaded[:10]
own, new, slots, raised_slots, unreadable, bad, leave, many = loaded[10:]
assert type(own).__name__ == "Signature" and str(own) == "5: x" and own.args == ("5: x",)
assert own.code == 5 and own.more == [error] and own.more[0] is error and own.itself is own
assert new.args == (1, "w") and new.what == "w" and new.__cause__ is own and isinstance(new, KeyError)
assert slots.code == 7 and slots.args == () and raised_slots.code == 8 and raised_slots.__cause__ is own
assert (unreadable.errno, unreadable.strerror, unreadable.filename) == (5, "unreadable", "f")
assert bad.args == () and isinstance(bad, UnicodeError)
assert leave.code == 3 and leave.why == "done"
assert many.message == "many" and many.exceptions == (own,) and many.exceptions[0] is own and many.count == 1
assert type(error) is Worse and isinstance(error, (AppError, ValueError)) and error.code == 2
assert str(error) == "bad [{'n': 1}]" and error.args == ("bad",) and error.detail == {"n": 1}
try:
    raise error
except ValueError as caught:
    assert caught is error
assert group.exceptions[0] is error and type(group).__name__ == "Group"
matched, rest = group.split(Worse)
assert type(matched) is type(group) and rest.exceptions[0].args == ("x",)
assert os_error.errno == 2 and os_error.filename == "file" and isinstance(os_error, OSError)
assert type(Point.ORIGIN) is Point and (Point.ORIGIN.x, Point.ORIGIN.y) == (0, 0)
assert Point.NAMED["origin"] is Point.ORIGIN and Point.NAMED["one"].x == 1
assert State.default.kept == 5 and State.default.restored and not hasattr(State.default, "dropped")
assert Args.default.sum == 3
assert Single() is single is Single.instance
