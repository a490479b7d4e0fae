import contextvars


def make():
    plain = contextvars.ContextVar("plain")
    with_default = contextvars.ContextVar("with default", default=["default"])
    none = contextvars.ContextVar("none", default=None)
    plain.set("set in the main context")
    context = contextvars.copy_context()
    context.run(with_default.set, "set in a context")
    holding = contextvars.Context()
    holding.run(plain.set, holding)
    return {
        "variables": [plain, with_default, none],
        "context": context,
        "holding itself": holding,
        "empty": contextvars.Context(),
    }


def check(made, restored):
    plain, with_default, none = made["variables"]
    assert plain.name == "plain" and with_default.name == "with default"
    assert with_default.get() == ["default"] and none.get() is None
    context = made["context"]
    assert context[plain] == "set in the main context"
    assert context.run(with_default.get) == "set in a context"
    # The values of the current context are not a variable's own.
    assert plain.get("none") == ("none" if restored else "set in the main context")
    token = plain.set(1)
    plain.reset(token)
    assert made["holding itself"].run(plain.get) is made["holding itself"]
    assert len(made["empty"]) == 0
    try:
        made["empty"].run(plain.get)
    except LookupError:
        pass
    else:
        raise AssertionError("a default out of nowhere")
