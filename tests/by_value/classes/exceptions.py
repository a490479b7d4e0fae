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

# In another interpreter
error, AppError, Worse, group, os_error, Point, State, Args, single, Single = loaded
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
