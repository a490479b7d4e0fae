import array
import collections
import types


class Mapping(dict):
    def keys(self):
        return "its own"


class Class:
    attribute = 1


def make():
    numbers = {1: "a", 2: "b"}
    ordered = collections.OrderedDict(numbers)
    mapping = Mapping(numbers)
    bytes_ = bytearray(b"abcdefgh")
    ints = array.array("i", range(8))
    released = memoryview(b"abc")
    released.release()
    return {
        "dict": numbers,
        "views": [numbers.keys(), numbers.values(), numbers.items()],
        "ordered": ordered,
        "ordered views": [ordered.keys(), ordered.values(), ordered.items()],
        "of a subclass": (mapping, dict.keys(mapping), mapping.values()),
        "proxy": types.MappingProxyType(numbers),
        "proxy of a proxy": types.MappingProxyType(types.MappingProxyType(numbers)),
        "proxy of a ChainMap": types.MappingProxyType(collections.ChainMap(numbers)),
        "class": Class,
        "class's": Class.__dict__,
        "bytearray": bytes_,
        "whole": memoryview(bytes_),
        "parts": [
            memoryview(bytes_)[2:5],
            memoryview(bytes_)[6:1:-2],
            memoryview(bytes_)[::3],
            memoryview(bytes_)[3:3],
            memoryview(bytes_)[4:].toreadonly(),
            memoryview(bytes_).cast("H"),
            memoryview(bytes_)[2:6].cast("H"),
            memoryview(bytes_).cast("B", (2, 2, 2)),
            memoryview(bytes_).cast("I")[1:],
        ],
        "array": ints,
        "of an array": [
            memoryview(ints), memoryview(ints)[2:7:2], memoryview(ints)[::-1],
            memoryview(ints).cast("B")[4:8],
        ],
        "of bytes": memoryview(b"abc")[1:],
        "released": released,
    }


def check(made, restored):
    numbers, ordered = made["dict"], made["ordered"]
    keys, values, items = made["views"]
    ordered_keys, ordered_values, ordered_items = made["ordered views"]
    mapping, mapping_keys, mapping_values = made["of a subclass"]
    for mapping_ in [numbers, ordered, mapping]:
        mapping_[3] = "c"
    assert keys == {1, 2, 3} and list(values) == ["a", "b", "c"] and (3, "c") in items
    assert type(keys) is type({}.keys()) and type(items) is type({}.items())
    assert list(ordered_keys) == [1, 2, 3] and list(ordered_values) == ["a", "b", "c"]
    assert type(ordered_items) is type(ordered.items()) and list(ordered_items)[2] == (3, "c")
    assert mapping.keys() == "its own" and list(mapping_keys) == [1, 2, 3]
    assert list(mapping_values) == ["a", "b", "c"]
    for name in ["proxy", "proxy of a proxy", "proxy of a ChainMap"]:
        proxy = made[name]
        assert type(proxy) is types.MappingProxyType and proxy[3] == "c"
    try:
        made["proxy"][4] = 5
    except TypeError:
        pass
    else:
        raise AssertionError("the proxy can be written to")
    made["class"].attribute = 2
    assert made["class's"]["attribute"] == 2

    data = made["bytearray"]
    assert made["whole"].obj is data
    data[:] = b"ABCDEFGH"
    shapes = [(view.tolist(), view.readonly, view.format) for view in made["parts"]]
    first = int.from_bytes(b"AB", "little")
    assert shapes[:4] == [
        ([67, 68, 69], False, "B"), ([71, 69, 67], False, "B"), ([65, 68, 71], False, "B"),
        ([], False, "B"),
    ], shapes
    assert shapes[4] == ([69, 70, 71, 72], True, "B")
    assert shapes[5][0][0] == first and shapes[5][2] == "H" and len(shapes[5][0]) == 4
    assert len(shapes[6][0]) == 2 and shapes[6][0] == shapes[5][0][1:3]
    assert shapes[7][0] == [[[65, 66], [67, 68]], [[69, 70], [71, 72]]]
    assert shapes[8] == ([int.from_bytes(b"EFGH", "little")], False, "I")
    made["parts"][1][0] = 0
    assert data == b"ABCDEF\0H"
    ints = made["array"]
    ints[2] = 20
    whole, some, backwards, raw = made["of an array"]
    assert whole.tolist() == ints.tolist() and some.tolist() == [20, 4, 6]
    assert backwards.tolist() == ints.tolist()[::-1] and raw.tolist() == [1, 0, 0, 0]
    assert made["of bytes"].tobytes() == b"bc" and made["of bytes"].readonly
    try:
        made["released"].tobytes()
    except ValueError:
        pass
    else:
        raise AssertionError("not released")
