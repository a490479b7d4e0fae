"""Helpers for probes."""


def raised(call, *args, **keywords):
    """The name of the exception that a call raises; its result if it raises none."""
    try:
        return call(*args, **keywords)
    except Exception as error:
        return type(error).__name__


def finished(coroutine):
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("it waits for something")
