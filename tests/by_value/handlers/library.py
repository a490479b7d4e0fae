import asyncio
import array
import collections
import datetime
import decimal
import fractions
import functools
import ipaddress
import json
import operator
import os
import pathlib
import random
import re
import struct
import sys
import time
import types
import typing
import uuid
import zoneinfo

TEXT = "one two  three"


def make():
    words = re.compile(r"(?P<first>\w)(\w*)|( )")
    generator = random.Random(5)
    generator.random()
    factory = collections.defaultdict(list)
    factory["a"].append(1)
    lock, event = asyncio.Lock(), asyncio.Event()
    event.set()
    queue = asyncio.Queue(3)
    queue.put_nowait("item")
    found = [
        words.match(TEXT), words.search(TEXT, 4), words.fullmatch(TEXT, 9, 14),
        re.search(r"(?<=w)o", TEXT), re.match("(a)|(b)", "b"), re.search(b"b+", b"abbc"),
        re.compile("o+?").fullmatch("ooo"),
    ]
    return {
        "pattern": words,
        "found": found,
        "iterated": list(words.finditer(TEXT)),
        "struct": struct.Struct("<ih"),
        "random": generator,
        "system random": random.SystemRandom(),
        "process": [
            os.environ, os.environb, sys.flags, sys.version_info, sys.implementation,
            sys.float_info, sys.hash_info,
        ],
        "environment": os.environ.copy().keys() - os.environ.keys(),
        "asyncio": [lock, event, queue, asyncio.Condition(lock), asyncio.Semaphore(2)],
        "equal": equal(),
        "factory": factory,
        "maxlen": collections.deque([1, 2, 3], 3),
        "operators": [
            operator.itemgetter(1, 0), operator.attrgetter("real.imag"),
            operator.methodcaller("split", sep=" "),
        ],
        "decoders": [json.JSONDecoder(object_hook=pairs), Decoder(strict=False)],
        "finished": finished(),
        "lru": functools.lru_cache(maxsize=2)(len),
    }


def pairs(mapping):
    return sorted(mapping.items())


class Decoder(json.JSONDecoder):
    def decode(self, text):
        return super().decode(text.lower())


def finished():
    def numbers():
        yield 1

    made = numbers()
    list(made)
    return made


def equal():
    return [
        slice(1, 2, 3), types.SimpleNamespace(a=1), list[int], int | None, typing.List[int],
        typing.Callable[[int], str], typing.Literal["a"], typing.Annotated[int, 5],
        re.compile(b"a", re.I), decimal.Decimal("1.20"), fractions.Fraction(1, 3),
        datetime.datetime(2020, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        datetime.time(1, 2, fold=1), uuid.UUID(int=5), ipaddress.ip_network("10.0.0.0/8"),
        pathlib.PurePosixPath("/a/b"), pathlib.PureWindowsPath("c:/a"), array.array("d", [1.5]),
        collections.Counter("aab"), collections.ChainMap({1: 2}, {3: 4}),
        collections.UserDict(a=1), collections.OrderedDict(a=1), time.gmtime(5), NotImplemented,
        ..., range(3), complex(1, 2), operator.add,
    ]


def check(made, restored):
    words = made["pattern"]
    first, second, third, behind, other, in_bytes, full = made["found"]
    assert first.re is words and first.span() == (0, 3) and first["first"] == "o"
    assert second.span() == (4, 7) and second.pos == 4 and second.groups() == ("t", "wo", None)
    assert third.span() == (9, 14) and third.endpos == 14 and third.string is first.string
    assert behind.span() == (6, 7)
    assert other.lastindex == 2 and other.regs == ((0, 1), (-1, -1), (0, 1))
    assert in_bytes[0] == b"bb" and full[0] == "ooo"
    assert [found[0] for found in made["iterated"]] == ["one", " ", "two", " ", " ", "three"]
    assert [found.start() for found in made["iterated"]] == [0, 3, 4, 7, 8, 9]
    assert made["struct"].pack(1, 2) == b"\1\0\0\0\2\0" and made["struct"].size == 6
    expected = random.Random(5)
    expected.random()
    assert made["random"].random() == expected.random()
    assert 0 <= made["system random"].random() < 1
    environ, environb, flags, version, implementation, float_info, hash_info = made["process"]
    assert environ is os.environ and environb is os.environb and flags is sys.flags
    assert version is sys.version_info and implementation is sys.implementation
    assert float_info is sys.float_info and hash_info is sys.hash_info

    lock, event, queue, condition, semaphore = made["asyncio"]

    async def use():
        async with lock:
            pass
        await event.wait()
        async with condition, semaphore:
            condition.notify()
        return await queue.get()

    assert condition._lock is lock and asyncio.run(use()) == "item" and queue.maxsize == 3

    assert made["equal"] == equal()
    assert [type(value) for value in made["equal"]] == [type(value) for value in equal()]
    made["factory"]["b"].append(2)
    assert made["factory"] == {"a": [1], "b": [2]}
    made["maxlen"].append(4)
    assert list(made["maxlen"]) == [2, 3, 4]
    items, attribute, method = made["operators"]
    assert items("ab") == ("b", "a") and attribute(3) == 0 and method("a b") == ["a", "b"]
    hooked, own = made["decoders"]
    assert hooked.decode('{"b": 1, "a": [{}]}') == [("a", [[]]), ("b", 1)]
    assert own.decode('["A\n"]') == ["a\n"] and type(own).__name__ == "Decoder"
    assert list(made["finished"]) == [] and made["finished"].__name__ == "numbers"
    assert type(made["finished"]) is types.GeneratorType
    assert made["lru"]("abc") == 3 and made["lru"].cache_info().maxsize == 2
