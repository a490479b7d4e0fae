import array
import collections
import itertools
import operator
import re


class Source:
    """Iterator that has but __next__."""

    def __init__(self, *items):
        self.items = list(items)

    def __next__(self):
        if not self.items:
            raise StopIteration
        return self.items.pop(0)


class OnlySource:
    def __init__(self, *items):
        self.source = Source(*items)

    def __iter__(self):
        return self.source


class Sequence:
    def __getitem__(self, index):
        if index > 3:
            raise IndexError(index)
        return index


def after(iterator, count):
    """The iterator after so many items, and beyond its end if there are not so many."""
    for _ in range(count):
        next(iterator, None)
    return iterator


def failing_chain():
    def items():
        yield 1
        raise ValueError

    chain = itertools.chain(items(), [2])
    next(chain)
    try:
        next(chain)
    except ValueError:
        return chain


def failing_predicate(item):
    raise AssertionError("called once more")


KINDS = {
    "list": (lambda: [1, 2, 3], [1, 2, 3]),
    "tuple": (lambda: (1, 2, 3), [1, 2, 3]),
    "dict": (lambda: {1: 2, 3: 4}, [1, 3]),
    "dict values": (lambda: {1: 2, 3: 4}.values(), [2, 4]),
    "dict items": (lambda: {1: 2, 3: 4}.items(), [(1, 2), (3, 4)]),
    "dict reversed": (lambda: reversed({1: 2, 3: 4}), [3, 1]),
    "dict values reversed": (lambda: reversed({1: 2, 3: 4}.values()), [4, 2]),
    "dict items reversed": (lambda: reversed({1: 2, 3: 4}.items()), [(3, 4), (1, 2)]),
    "OrderedDict": (lambda: collections.OrderedDict({1: 2, 3: 4}), [1, 3]),
    "set": (lambda: {1, 2, 3}, [1, 2, 3]),
    "frozenset": (lambda: frozenset([1, 2, 3]), [1, 2, 3]),
    "str": (lambda: "abc", ["a", "b", "c"]),
    "str not ASCII": (lambda: "aé\U0001F600", ["a", "é", "\U0001F600"]),
    "bytes": (lambda: b"abc", [97, 98, 99]),
    "bytearray": (lambda: bytearray(b"abc"), [97, 98, 99]),
    "memoryview": (lambda: memoryview(b"abc"), [97, 98, 99]),
    "range": (lambda: range(1, 4), [1, 2, 3]),
    "range of large numbers": (lambda: range(10**30, 10**30 + 2), [10**30, 10**30 + 1]),
    "array": (lambda: array.array("i", [1, 2, 3]), [1, 2, 3]),
    "deque": (lambda: collections.deque([1, 2, 3]), [1, 2, 3]),
    "sequence": (lambda: Sequence(), [0, 1, 2, 3]),
    "list reversed": (lambda: reversed([1, 2, 3]), [3, 2, 1]),
    "tuple reversed": (lambda: reversed((1, 2, 3)), [3, 2, 1]),
    "range reversed": (lambda: reversed(range(3)), [2, 1, 0]),
    "deque reversed": (lambda: reversed(collections.deque([1, 2, 3])), [3, 2, 1]),
    "callable": (lambda: iter(Source(1, 2, 3).__next__, 3), [1, 2]),
    "enumerate": (lambda: enumerate("abc", 5), [(5, "a"), (6, "b"), (7, "c")]),
    "zip": (lambda: zip("abc", [1, 2]), [("a", 1), ("b", 2)]),
    "map": (lambda: map(operator.add, [1, 2], [10, 20]), [11, 22]),
    "filter": (lambda: filter(operator.not_, [0, 1, 0]), [0, 0]),
    "accumulate": (lambda: itertools.accumulate([1, 2, 3]), [1, 3, 6]),
    "accumulate, function": (lambda: itertools.accumulate([1, 2, 3], operator.mul), [1, 2, 6]),
    "accumulate, initial": (lambda: itertools.accumulate([1, 2], initial=5), [5, 6, 8]),
    "accumulate, both": (
        lambda: itertools.accumulate([1, 2], operator.mul, initial=5),
        [5, 5, 10],
    ),
    "accumulate over None": (
        lambda: itertools.accumulate([None, 1, 2], lambda a, b: (a, b)),
        [None, (None, 1), ((None, 1), 2)],
    ),
    "batched": (lambda: itertools.batched("abcde", 2), [("a", "b"), ("c", "d"), ("e",)]),
    "batched strictly": (lambda: itertools.batched("abcd", 2, strict=True), [("a", "b"), ("c", "d")]),
    "chain": (lambda: itertools.chain([1, 2], [], (3,), "ab"), [1, 2, 3, "a", "b"]),
    "chain.from_iterable": (
        lambda: itertools.chain.from_iterable(map(range, [2, 3])),
        [0, 1, 0, 1, 2],
    ),
    "chain after an error": (failing_chain, []),
    "compress": (lambda: itertools.compress("abcd", [1, 0, 1, 1]), ["a", "c", "d"]),
    "count": (lambda: itertools.islice(itertools.count(3, 2), 3), [3, 5, 7]),
    "dropwhile": (lambda: itertools.dropwhile(bool, [1, 0, 1, 2, 0]), [0, 1, 2, 0]),
    "filterfalse": (lambda: itertools.filterfalse(None, [0, 1, 0]), [0, 0]),
    "islice": (lambda: itertools.islice(range(10), 1, 8, 3), [1, 4, 7]),
    "islice without end": (lambda: itertools.islice(range(6), 1, None, 2), [1, 3, 5]),
    "islice, large step": (lambda: itertools.islice(range(6), 0, 4, 3), [0, 3]),
    "pairwise": (lambda: itertools.pairwise("abcd"), [("a", "b"), ("b", "c"), ("c", "d")]),
    "pairwise of None": (lambda: itertools.pairwise([None, 1, 2]), [(None, 1), (1, 2)]),
    "repeat": (lambda: itertools.repeat("a", 3), ["a", "a", "a"]),
    "starmap": (lambda: itertools.starmap(pow, [(2, 3), (3, 2)]), [8, 9]),
    "takewhile": (lambda: itertools.takewhile(bool, [1, 2, 0, 3]), [1, 2]),
    "tee": (lambda: itertools.tee([1, 2, 3])[1], [1, 2, 3]),
    "zip_longest": (lambda: itertools.zip_longest("abc", [1]), [("a", 1), ("b", None), ("c", None)]),
    "zip_longest, fill": (
        lambda: itertools.zip_longest("ab", [1], fillvalue=7),
        [("a", 1), ("b", 7)],
    ),
    "product": (
        lambda: itertools.product("ab", [1, 2], repeat=1),
        [("a", 1), ("a", 2), ("b", 1), ("b", 2)],
    ),
    "product, repeated": (
        lambda: itertools.product([0, 1], repeat=3),
        [(a, b, c) for a in range(2) for b in range(2) for c in range(2)],
    ),
    "product of nothing": (lambda: itertools.product(), [()]),
    "product with nothing": (lambda: itertools.product([1], []), []),
    "permutations of nothing": (lambda: itertools.permutations([]), [()]),
    "permutations, none": (lambda: itertools.permutations([1, 2], 0), [()]),
    "permutations, too many": (lambda: itertools.permutations([1, 2], 3), []),
    "combinations, none": (lambda: itertools.combinations([1, 2], 0), [()]),
    "over one another": (
        lambda: itertools.islice(itertools.chain(itertools.cycle([1, 2]), [3]), 5),
        [1, 2, 1, 2, 1],
    ),
    "an iterator that is not iterable": (
        lambda: itertools.chain.from_iterable([OnlySource(1, 2), OnlySource(3)]),
        [1, 2, 3],
    ),
    "starmap over one": (lambda: itertools.starmap(pow, OnlySource((2, 3), (3, 2))), [8, 9]),
}

# Texts and what is searched in them; some match nothing, some of that several times.
SCANNED = [
    (r"\w+", "one \"two\" th\\ree\n\tfour \0 é\u200b\ud800 \U0001F600x"), (r"a*", "aabaa"),
    (rb"\d", b"1a2\xff3"), (r"|a", "aaa"), (r"(?<=b)|b", "bb"), (rb"$|x", bytearray(b"xyx")),
]

# Pools with equal items, and all lengths: each state of these has to come back.
for pool in ["", "a", "ab", "aba", "abcd"]:
    for length in range(5):
        for function in [
            itertools.permutations,
            itertools.combinations,
            itertools.combinations_with_replacement,
        ]:
            KINDS[f"{function.__name__} of {length} from {pool!r}"] = (
                lambda function=function, pool=pool, length=length: function(pool, length),
                list(function(pool, length)),
            )


def make():
    made = {}
    for name, (start, items) in KINDS.items():
        for count in range(len(items) + 2):
            iterator = iter(start())
            made[name, count] = after(iterator, count)
    for count in range(8):
        made["cycle", count] = after(itertools.cycle([1, 2, 3]), count)
        made["cycle over an iterator", count] = after(itertools.cycle(iter("abc")), count)
    made["cycle of nothing"] = after(itertools.cycle([]), 1)
    made["count of large numbers"] = after(itertools.count(10**20, 10**20), 3)
    made["count of fractions"] = after(itertools.count(0.5, 0.25), 3)
    made["repeat for ever"] = itertools.repeat("a")
    made["takewhile that has stopped"] = after(itertools.takewhile(bool, [1, 0, 2]), 2)
    made["dropwhile that has started"] = started = itertools.dropwhile(bool, iter([1, 0, 2, 3]))
    next(started)
    strict = zip([1, 2], [3], strict=True)
    next(strict)
    made["zip strictly"] = strict
    strict = map(pow, [1, 2], [3], strict=True)
    next(strict)
    made["map strictly"] = strict
    first, second = itertools.tee(iter("abcd"))
    third = second.__copy__()
    next(second), next(second), next(third)
    made["tees"] = [first, second, third]
    shared = iter(range(10))
    next(shared)
    made["sharing"] = [
        itertools.islice(shared, 3), itertools.compress(shared, [0, 1, 1, 1]), shared,
    ]
    made["attributes"] = chain = itertools.chain([1])
    chain.name = "a chain"
    for pattern, text in SCANNED:
        for count in range(5):
            made["scanned", pattern, count] = after(re.finditer(pattern, text), count)
    made["key"] = sorted.__call__, __import__("functools").cmp_to_key(operator.sub)
    made["keys"] = list(map(made["key"][1], [3, 1, 2]))
    itself = [1, 2]
    itself.append(itertools.cycle(itself))
    next(itself[2])
    made["through itself"] = itself
    for name, start in [("forwards", iter), ("backwards", reversed)]:
        items = [1, 2, 3, 4]
        items.append(start(items))
        next(items[4]), next(items[4])
        made["list of its own iterator", name] = items
    return made


def check(made, restored):
    for name, (start, items) in KINDS.items():
        for count in range(len(items) + 2):
            iterator = made[name, count]
            assert list(iterator) == items[count:], (name, count)
            assert list(iterator) == [], (name, count)
            if restored and not name.startswith(("dict", "OrderedDict", "set", "frozenset")):
                if count < len(items):
                    assert type(iterator) is type(iter(start())), (name, count, type(iterator))
    for count in range(8):
        expected = [(number + count) % 3 for number in range(7)]
        got = after_taking(made["cycle", count], 7)
        assert got == [number + 1 for number in expected], (count, got)
        got = after_taking(made["cycle over an iterator", count], 7)
        assert got == ["abc"[number] for number in expected], (count, got)
    assert list(made["cycle of nothing"]) == []
    assert next(made["count of large numbers"]) == 4 * 10**20
    assert next(made["count of fractions"]) == 1.25
    assert next(made["count of fractions"]) == 1.5
    assert repr(made["repeat for ever"]) == "repeat('a')"
    assert list(made["takewhile that has stopped"]) == []
    assert list(made["dropwhile that has started"]) == [2, 3]
    for name in ["zip strictly", "map strictly"]:
        try:
            next(made[name])
        except ValueError as error:
            assert "is shorter than" in str(error)
        else:
            raise AssertionError("not strict")
    first, second, third = made["tees"]
    assert next(third) == "b" and next(second) == "c" and list(first) == list("abcd")
    assert list(third) == ["c", "d"] and list(second) == ["d"]
    islice, compress, shared = made["sharing"]
    assert next(islice) == 1 and next(compress) == 3 and next(shared) == 4
    assert list(islice) == [5, 6] and list(shared) == [7, 8, 9]
    assert made["attributes"].name == "a chain" and list(made["attributes"]) == [1]
    for pattern, text in SCANNED:
        matches = [found.span() for found in re.finditer(pattern, text)]
        for count in range(5):
            iterator = made["scanned", pattern, count]
            assert [found.span() for found in iterator] == matches[count:], (pattern, count)
    assert sorted([3, 1, 2], key=made["key"][1]) == [1, 2, 3]
    assert [key.obj for key in sorted(made["keys"])] == [1, 2, 3]
    itself = made["through itself"]
    assert next(itself[2]) == 2 and next(itself[2]) is itself[2] and next(itself[2]) == 1
    forwards = made["list of its own iterator", "forwards"]
    assert list(forwards[4])[:2] == [3, 4]
    backwards = made["list of its own iterator", "backwards"]
    assert list(backwards[4]) == [2, 1]


def after_taking(iterator, count):
    return [next(iterator) for _ in range(count)]
