"""Makes the benign pickles: `files/*` and `manifest.tsv`.

usage: PYTHONHASHSEED=0 make.py

Needs numpy, pandas, scikit-learn and joblib.  PyTorch's checkpoints are written in its format by
hand, as `torch.save` does: torch itself is too large to ask for.

Each line of the manifest: the file, the allow list that fits (`data only`, `standard`, `torch`
or `none`), and what is inside.
"""

import array
import bz2
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gzip
import io
import ipaddress
import lzma
import math
import operator
import pathlib
import pickle
import random
import re
import sys
import types
import uuid
import zipfile
import zoneinfo

HERE = pathlib.Path(__file__).parent
FILES = HERE / "files"
LINES = []

DATA, STANDARD, TORCH, NONE = "data only", "standard", "torch", "none"
ALL = range(6)


def write(name, content, fits, what):
    assert "\t" not in what and name not in [line[0] for line in LINES]
    (FILES / name).write_bytes(content)
    LINES.append((name, fits, what))


def pickled(name, value, fits, what, protocols=(2, 4, 5)):
    for protocol in protocols:
        content = pickle.dumps(value, protocol)
        write(f"{name}.p{protocol}.pkl", content, fits, f"{what}, protocol {protocol}")


# A module of an application, as pickles name it.
models = types.ModuleType("app.models")
sys.modules["app"] = types.ModuleType("app")
sys.modules["app.models"] = models


def of_app(cls):
    """Gives a class the module of the application."""
    cls.__module__ = models.__name__
    cls.__qualname__ = cls.__name__
    setattr(models, cls.__name__, cls)
    return cls


@of_app
@dataclasses.dataclass
class Address:
    street: str
    city: str
    code: int


@of_app
@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@of_app
class Colour(enum.Enum):
    RED = 1
    GREEN = 2


@of_app
class Rights(enum.Flag):
    READ = 1
    WRITE = 2


@of_app
class Node:
    def __init__(self, name):
        self.name = name
        self.children = []


@of_app
class Counted:
    """Has states of its own."""

    def __init__(self):
        self.count = 3

    def __getstate__(self):
        return (self.count,)

    def __setstate__(self, state):
        (self.count,) = state


@of_app
class Reduced:
    def __init__(self, text):
        self.text = text

    def __reduce__(self):
        return Reduced, (self.text,)


Pair = of_app(collections.namedtuple("Pair", "left right"))


def plain():
    shared = ["shared"]
    cycle = []
    cycle.append(cycle)
    deep = []
    for _ in range(100):
        deep = [deep]
    records = [
        {"id": number, "name": f"name {number}", "score": number / 7, "tags": ["a", "b"][: number % 3]}
        for number in range(200)
    ]
    everything = [None, True, False, 0, -1, 255, 256, 65536, -(2**31), 2**31, 2**100, -(2**2000)]
    everything += [0.0, -0.5, 1e300, math.inf, "", "text", "\u00e9\u4e00\U0001f600", "a\nb\\c"]
    everything += [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}, {"a": [1, {"b": ()}]}]
    pickled("plain", everything, DATA, "numbers, texts, lists, dicts and tuples", ALL)
    pickled("records", records, DATA, "200 dicts", ALL)
    pickled("shared", [shared, shared, {"again": shared}], DATA, "one list three times", ALL)
    pickled("cycle", cycle, DATA, "a list in itself", (0, 2, 5))
    pickled("deep", deep, DATA, "lists 100 deep", (0, 4))
    pickled("bytes", [b"", b"abc", bytes(range(256)), b"x" * 70000], DATA, "bytes", (3, 4, 5))
    pickled("bytearray", bytearray(b"abc" * 30000), DATA, "a bytearray", (5,))
    pickled("sets", [{1, 2, 3}, frozenset("abc"), {(1, 2)}], DATA, "sets", (4, 5))
    pickled("sets-called", [{1, 2}, frozenset([3])], STANDARD, "sets, by their classes", (0, 2, 3))
    pickled("text", "The quick brown fox. " * 3000, DATA, "a long text", (0, 4))
    pickled("words", "os system eval exec subprocess __import__ builtins".split(), DATA,
            "words that scanners look for, as data", ALL)
    code = "import os\nos.system('ls')\nexec(compile('1', '', 'eval'))\n"
    pickled("source", {"main.py": code, "cos\nsystem\n": "R"}, DATA, "Python source as text", (0, 2, 4))
    inner = pickle.dumps(everything, 2)
    pickled("inner", {"blob": inner}, DATA, "a pickle as bytes", (3, 5))
    pickled("opcodes", bytes(range(256)) * 4, DATA, "all bytes", (3, 4))
    pickled("memo", [object_ for number in range(400) for object_ in [str(number)] * 2], DATA,
            "more than 256 entries of the memo", (1, 2, 4))
    pickled("frames", [bytes([number]) * 30000 for number in range(6)], DATA, "several frames", (4, 5))
    several = b"".join(pickle.dumps({"part": number}, number) for number in range(6))
    write("several.pkl", several, DATA, "six pickles of all protocols in one file")


def standard():
    utc = datetime.timezone.utc
    when = datetime.datetime(2024, 2, 29, 23, 59, 59, 999999, utc)
    days = [when, when.date(), when.time(), datetime.timedelta(5, 6, 7)]
    days += [datetime.timezone(datetime.timedelta(hours=5, minutes=30), "IST")]
    pickled("datetime", days, STANDARD, "dates and times", ALL)
    pickled("zoneinfo", when.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")), NONE,
            "a time in a zone", (2, 5))
    pickled("decimal", [decimal.Decimal("3.14"), decimal.Decimal("NaN"), decimal.Decimal("-1E+5")],
            STANDARD, "decimals", (0, 2, 5))
    pickled("fraction", [fractions.Fraction(1, 3), fractions.Fraction(-7)], STANDARD, "fractions")
    pickled("complex", [1j, complex(1.5, -2)], STANDARD, "complex numbers", (0, 2, 5))
    pickled("uuid", uuid.UUID(int=2**127 + 5), STANDARD, "a UUID")
    counted = collections.Counter("mississippi")
    ordered = collections.OrderedDict([("b", 1), ("a", 2)])
    grouped = collections.defaultdict(list, {"a": [1], "b": []})
    queue = collections.deque([1, 2, 3], maxlen=5)
    pickled("Counter", counted, STANDARD, "a Counter", (0, 2, 5))
    pickled("OrderedDict", ordered, STANDARD, "an OrderedDict", (0, 2, 5))
    pickled("defaultdict", grouped, STANDARD, "a defaultdict of lists", (0, 2, 5))
    pickled("deque", queue, STANDARD, "a deque", (0, 2, 5))
    pickled("ChainMap", collections.ChainMap({"a": 1}, {"b": 2}), STANDARD, "a ChainMap")
    pickled("collections", {"counted": counted, "ordered": ordered, "grouped": grouped},
            STANDARD, "several collections")
    pickled("range", [range(10), range(5, 50, 3), slice(1, 2)], STANDARD, "ranges and a slice")
    pickled("paths", [pathlib.PurePosixPath("/usr/lib"), pathlib.PureWindowsPath("c:/x")],
            STANDARD, "pure paths")
    pickled("bytes-called", b"abc\xff", STANDARD, "bytes, by a call of a codec", (0, 1, 2))
    pickled("bytearray-called", bytearray(b"abc"), STANDARD, "a bytearray, by a call", (2, 4))
    pickled("array", array.array("d", [1.0, 2.0]), STANDARD, "an array of floats", (2, 5))
    pickled("ipaddress", ipaddress.ip_network("10.0.0.0/8"), STANDARD, "a network", (2, 5))
    pickled("regex", re.compile("a+b", re.I), NONE, "a pattern", (2, 5))
    pickled("exception", ValueError("no", 1), NONE, "an exception", (0, 2, 5))
    pickled("random", random.Random(5), NONE, "a random generator with its state", (2,))
    pickled("partial", functools.partial(int, base=2), NONE, "a partial of int", (2, 5))
    pickled("getter", [operator.itemgetter(1), operator.attrgetter("a")], NONE, "getters", (2, 5))
    pickled("functions", [len, math.sqrt, dict, str.upper], NONE, "functions, by their names", (4, 5))
    pickled("namespace", types.SimpleNamespace(a=1, b=[2]), STANDARD, "a namespace", (2, 5))


def application():
    pickled("dataclass", [Address("Street", "City", 12345)] * 2, NONE, "a dataclass", (0, 2, 5))
    pickled("dataclass-slots", Point(1.5, -2.5), NONE, "a frozen dataclass with slots", (2, 5))
    pickled("enum", [Colour.RED, Colour.GREEN, Rights.READ | Rights.WRITE], NONE, "enums", (2, 5))
    pickled("namedtuple", Pair("a", Pair(1, 2)), NONE, "namedtuples", (0, 2, 5))
    root = Node("root")
    for name in "abc":
        child = Node(name)
        child.parent = root
        root.children.append(child)
    pickled("tree", root, NONE, "a tree with parents", (0, 2, 5))
    pickled("setstate", Counted(), NONE, "an object with a state of its own", (2, 5))
    pickled("reduce", Reduced("text"), NONE, "an object that says how it is made", (0, 2, 5))
    when = datetime.datetime(2024, 1, 1)
    session = {"user": 17, "expires": when, "cart": [decimal.Decimal("9.99")], "flags": {"beta"}}
    pickled("session", session, STANDARD, "a web session", (4, 5))


def arrays():
    import numpy
    import pandas

    rng = numpy.random.default_rng(5)
    pickled("numpy-float", rng.normal(size=(10, 3)), NONE, "an array of floats", (0, 2, 4, 5))
    pickled("numpy-int", numpy.arange(50, dtype="i4").reshape(5, 10).T, NONE, "a transposed array")
    pickled("numpy-structured", numpy.zeros(3, [("a", "i4"), ("b", "f8")]), NONE,
            "a structured array", (2, 5))
    pickled("numpy-object", numpy.array([1, "two", None], dtype=object), NONE, "an array of objects", (2, 5))
    pickled("numpy-scalar", [numpy.float64(1.5), numpy.int32(7), numpy.bool_(True)], NONE, "scalars", (2, 5))
    pickled("numpy-dtype", [numpy.dtype("f4"), numpy.dtype("datetime64[ns]")], NONE, "dtypes", (2, 5))
    pickled("numpy-masked", numpy.ma.array([1, 2, 3], mask=[0, 1, 0]), NONE, "a masked array", (2, 5))
    pickled("numpy-generator", rng, NONE, "a random generator", (2, 5))
    file = io.BytesIO()
    numpy.save(file, numpy.arange(12.0))
    write("numpy-save.npy", file.getvalue(), DATA, "an array of floats, without a pickle")
    file = io.BytesIO()
    numpy.save(file, numpy.array([{"a": 1}, [2]], dtype=object), allow_pickle=True)
    write("numpy-save-object.npy", file.getvalue(), NONE, "an array of objects, pickled by numpy.save")
    file = io.BytesIO()
    numpy.savez(file, a=numpy.arange(3), b=numpy.eye(2))
    write("numpy-savez.npz", file.getvalue(), DATA, "two arrays, without a pickle")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"]})
    pickled("pandas-frame", frame, NONE, "a data frame", (2, 4, 5))
    dates = pandas.date_range("2024-01-01", periods=3, tz="UTC")
    pickled("pandas-series", pandas.Series([1, 2, 3], index=dates), NONE, "a series over dates", (4, 5))
    pickled("pandas-categorical", pandas.Categorical(["a", "b", "a"]), NONE, "categories", (4, 5))
    pickled("pandas-timestamp", [dates[0], pandas.Timedelta("1h"), pandas.NaT], NONE, "times", (4, 5))


def learned():
    import joblib
    import numpy
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    rng = numpy.random.default_rng(5)
    x = rng.normal(size=(30, 3))
    y = (x[:, 0] > 0).astype(int)
    small = {"n_estimators": 3, "max_depth": 2, "random_state": 5}
    for name, model, what in [
        ("linear", LinearRegression(), "a linear regression"),
        ("logistic", LogisticRegression(), "a logistic regression"),
        ("forest", RandomForestClassifier(**small), "a random forest"),
        ("boosting", GradientBoostingRegressor(**small), "boosted trees"),
        ("svm", SVC(), "a support vector machine"),
        ("neighbours", KNeighborsClassifier(), "nearest neighbours"),
        ("pipeline", make_pipeline(StandardScaler(), LogisticRegression()), "a pipeline"),
    ]:
        model.fit(x, y)
        pickled(f"sklearn-{name}", model, NONE, f"scikit-learn: {what}", (4, 5))
    words = TfidfVectorizer().fit(["one two three", "two three four"])
    pickled("sklearn-words", words, NONE, "scikit-learn: a vectorizer of texts", (4,))
    file = io.BytesIO()
    joblib.dump({"weights": numpy.arange(5.0)}, file)
    write("joblib.joblib", file.getvalue(), NONE, "joblib: a dict with an array between the opcodes")
    plain = pickle.dumps({"a": [1, 2, 3]}, 4)
    write("gzip.pkl.gz", gzip.compress(plain, mtime=0), DATA, "plain data, gzip")
    write("bz2.pkl.bz2", bz2.compress(plain), DATA, "plain data, bzip2")
    write("xz.pkl.xz", lzma.compress(plain), DATA, "plain data, xz")


class Named:
    """A global that need not exist here, such as torch's."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Storage:
    """A storage: its type, its key in the archive, where it is, and its number of items."""

    def __init__(self, kind, key, count):
        self.id = ("storage", Named("torch", kind), str(key), "cpu", count)


class Call:
    """A call of a named global, and what the object gets then."""

    def __init__(self, module, name, *args, items=None, state=None):
        self.callable, self.args = Named(module, name), args
        self.items, self.state = items, state


class TorchPickler(pickle._Pickler):
    """Protocol 2 with persistent ids, which is what `torch.save` writes."""

    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Named):
            self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())
        elif isinstance(value, Call):
            self.save(value.callable)
            self.save(value.args)
            self.write(pickle.REDUCE)
            self.memoize(value)
            if value.items is not None:
                self._batch_setitems(iter(value.items.items()))
            if value.state is not None:
                self.save(value.state)
                self.write(pickle.BUILD)
        else:
            super().save(value, save_persistent_id)


def tensor(key, *shape, kind="FloatStorage"):
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * size)
    storage = Storage(kind, key, math.prod(shape))
    return Call("torch._utils", "_rebuild_tensor_v2", storage, 0, shape, tuple(strides), False, ordered({}))


def ordered(items, state=None):
    return Call("collections", "OrderedDict", items=items, state=state)


def checkpoint(name, value, fits, what, storages, root="archive"):
    data = io.BytesIO()
    TorchPickler(data, 2).dump(value)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        members = {"data.pkl": data.getvalue(), "byteorder": b"little"}
        members |= {f"data/{key}": bytes(size) for key, size in enumerate(storages)}
        members |= {"version": b"3\n", ".data/serialization_id": b"0" * 40}
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"{root}/{member}"), content)
    write(name, file.getvalue(), fits, what)


def torch():
    layer = {"weight": tensor(0, 4, 3), "bias": tensor(1, 4)}
    checkpoint("torch-state-dict.pt", layer, TORCH, "PyTorch: a dict of two tensors", [48, 16])
    metadata = ordered({"": {"version": 1}})
    checkpoint("torch-state-dict.pth", ordered(layer, {"_metadata": metadata}), TORCH,
               "PyTorch: an ordered dict of two tensors, with metadata", [48, 16], "model")
    checkpoint("torch-tensor.pt", tensor(0, 2, 2), TORCH, "PyTorch: a tensor", [16])
    checkpoint("torch-types.pt", [tensor(0, 2, kind="LongStorage"), tensor(1, 2, kind="HalfStorage"),
                                  tensor(2, 2, kind="BFloat16Storage"), tensor(3, 2, kind="BoolStorage")],
               TORCH, "PyTorch: tensors of four types", [16, 4, 4, 2])
    parameter = Call("torch._utils", "_rebuild_parameter", tensor(0, 3), True, ordered({}))
    checkpoint("torch-parameter.pt", {"weight": parameter}, TORCH, "PyTorch: a parameter", [12])
    training = {"epoch": 7, "loss": 0.25, "model": layer,
                "optimizer": {"state": {0: {"step": 5, "exp_avg": tensor(2, 4, 3)}},
                              "param_groups": [{"lr": 0.001, "betas": (0.9, 0.999), "params": [0, 1]}]}}
    checkpoint("torch-training.ckpt", training, TORCH, "PyTorch: model, optimizer, epoch", [48, 16, 48])
    size = Call("torch", "Size", [2, 3])
    device = Call("torch", "device", "cpu")
    checkpoint("torch-values.bin", {"size": size, "device": device, "dtype": Named("torch", "float32")},
               TORCH, "PyTorch: a size, a device, a dtype", [])
    checkpoint("torch-plain.pt", {"a": [1, 2], "b": "text"}, DATA, "PyTorch: no tensor at all", [])
    module = Call("app.models", "Net", state={"training": True, "_parameters": {"weight": parameter}})
    checkpoint("torch-module.pt", module, NONE, "PyTorch: a whole model, with its class", [12])
    legacy = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
    legacy += pickle.dumps({"protocol_version": 1001, "little_endian": True,
                            "type_sizes": {"short": 2, "int": 4, "long": 4}}, 2)
    legacy += pickle.dumps({"a": 1, "b": [2, 3]}, 2) + pickle.dumps([], 2)
    write("torch-legacy.pt", legacy, DATA, "PyTorch: the format before 1.6, without a tensor")


def main():
    FILES.mkdir(exist_ok=True)
    for old in FILES.iterdir():
        old.unlink()
    for part in [plain, standard, application, arrays, learned, torch]:
        part()
    lines = ["\t".join(line) for line in LINES]
    (HERE / "manifest.tsv").write_text("\n".join(lines) + "\n")
    total = sum(file.stat().st_size for file in FILES.iterdir())
    print(f"{len(lines)} files, {total} bytes")


if __name__ == "__main__":
    main()
