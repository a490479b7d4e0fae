class Failure(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code
        self.cleanup = []


def fail(code, *, cause=None):
    raise Failure(code) from cause


def make():
    made = {}
    try:
        try:
            {}["key"]
        except KeyError as error:
            made["inner"] = error
            fail(3, cause=error)
    except Failure as error:
        error.add_note("a note")
        error.itself = error
        made["caused"] = error
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            int("x")
    except ValueError as error:
        made["in context"] = error
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise RuntimeError from None
    except RuntimeError as error:
        made["suppressed"] = error
    made["group"] = ExceptionGroup("both", [made["caused"], OSError(2, "No such file", "name")])
    circle = [ValueError("one"), ValueError("two")]
    circle[0].__cause__, circle[1].__cause__ = circle[1], circle[0]
    made["circle"] = circle
    made["plain"] = KeyError("plain")
    return made


def check(made, restored):
    caused = made["caused"]
    assert type(caused).__name__ == "Failure" and caused.code == 3 and caused.args == (3,)
    assert caused.__cause__ is made["inner"] and caused.__context__ is made["inner"]
    assert caused.__suppress_context__ and caused.__notes__ == ["a note"]
    assert caused.itself is caused and caused.cleanup == []
    in_context = made["in context"]
    assert type(in_context.__context__) is ZeroDivisionError and in_context.__cause__ is None
    assert not in_context.__suppress_context__
    assert made["suppressed"].__suppress_context__
    assert type(made["suppressed"].__context__) is ZeroDivisionError
    group = made["group"]
    assert group.exceptions[0] is caused and group.exceptions[1].filename == "name"
    one, other = made["circle"]
    assert one.__cause__ is other and other.__cause__ is one
    assert made["plain"].__cause__ is None
    for error in [caused, in_context, made["plain"]]:
        assert (error.__traceback__ is None) == (restored or error is made["plain"])
