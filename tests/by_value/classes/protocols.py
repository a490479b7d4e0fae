# Protocols, also those that are checked at run time.
from typing import Protocol, runtime_checkable, TypeVar

T = TypeVar("T")


@runtime_checkable
class Closes(Protocol):
    name: str

    def close(self) -> None: ...


class Reads(Closes, Protocol[T]):
    def read(self) -> T: ...


class File:
    name = "f"

    def close(self):
        pass


class Explicit(Closes):
    name = "explicit"

    def close(self):
        return "closed"


value = [Closes, Reads, File, Explicit, T]

# In another interpreter
from typing import get_protocol_members, is_protocol

Closes, Reads, File, Explicit, T = loaded
assert is_protocol(Closes) and is_protocol(Reads) and not is_protocol(Explicit)
assert isinstance(File(), Closes) and not isinstance(1, Closes) and isinstance(Explicit(), Closes)
assert get_protocol_members(Closes) == {"name", "close"}
assert get_protocol_members(Reads) == {"name", "close", "read"}
assert Reads.__parameters__ == (T,) and Reads[int].__args__ == (int,)
assert Explicit().close() == "closed"
for cls in (Closes, Reads):
    try:
        cls()
    except TypeError as error:
        assert "Protocol" in str(error), error
    else:
        raise AssertionError(cls)
