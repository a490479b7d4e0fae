//! Sessions with code of another bytecode version: it is compiled again from its source, or all that is lost is named.

#![cfg(all(feature = "stdlib", feature = "snapshot"))]

use std::fs;

use rustpython_pickle::runtime::Runtime;
use rustpython_pickle::snapshot::container::{SOURCES, STATE};
use rustpython_pickle::snapshot::{
    Container, Observer, Outcome, ReadOptions, SaveOptions, Snapshot, SnapshotErrorKind,
    WriteOptions, Writer,
};
use rustpython_vm::version::PYC_MAGIC_NUMBER;

const OTHER: u16 = PYC_MAGIC_NUMBER + 7;
const HERE: u32 = PYC_MAGIC_NUMBER as u32;

const MODULE: &str = "
import functools

log = []

class Shape:
    sides = 0
    def __init__(self, size):
        self.size = size
    @property
    def area(self): return self.size ** 2
    @classmethod
    def unit(cls): return cls(1)
    @staticmethod
    def kind(): return 'shape'

class Square(Shape):
    sides = 4
    def __init__(self, size):
        super().__init__(size)
        log.append(size)
    class Corner:
        def angle(self): return 90

def outer(n):
    def middle():
        def inner(): return n + 1
        return inner
    return middle()

@functools.cache
def cached(n): return n * 10
";

const MAIN: &str = "
import shapes
from shapes import Square

factor = 3
def plain(x, y=4, *, z=5): return (x * factor, y, z)
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
step = counter(); step(); step()
first, second = (lambda x: x + 1), (lambda x: x + 2)
def numbers(n):
    for i in range(n): yield i * factor
async def later(): return 'later'
def annotated(a: int) -> str: return str(a)
plain.note = 'kept'
square = Square(2)
method = square.__init__
deep = shapes.outer(41)
shapes.cached(2)
data = {'a': [1, 2]}
";

const CHECK: &str = "
assert plain(1) == (3, 4, 5) and plain(1, y=0, z=1) == (3, 0, 1)
assert plain.note == 'kept' and plain.__kwdefaults__ == {'z': 5}
assert plain.__globals__ is globals()
assert step() == 3 and counter()() == 1
assert first(1) == 2 and second(1) == 3
assert list(numbers(3)) == [0, 3, 6]
try:
    later().send(None)
except StopIteration as stop:
    assert stop.value == 'later'
assert annotated.__annotations__ == {'a': int, 'return': str}
assert square.area == 4 and type(square).unit().size == 1 and Square.kind() == 'shape'
method(7)
assert square.size == 7 and shapes.log == [2, 1, 7]
assert Square.Corner().angle() == 90
assert deep() == 42 and shapes.outer(1)() == 2
assert shapes.cached(2) == 20 and shapes.cached(3) == 30
assert data == {'a': [1, 2]}
import inspect
assert inspect.getsource(counter).startswith('def counter():')
";

/// A session over `__main__` and a module, whose file is gone when this returns.
fn saved(options: &SaveOptions) -> Snapshot {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shapes.py"), MODULE).expect("a module");
    let runtime = Runtime::builder().search_path(folder.path()).build();
    let runtime = runtime.expect("a runtime");
    exec(&runtime, MAIN);
    runtime.snapshot(options).unwrap_or_else(|e| panic!("{e}"))
}

fn exec(runtime: &Runtime, source: &str) {
    if let Err(error) = runtime.exec(source) {
        panic!("{}", error.traceback().unwrap_or(error.message()));
    }
}

/// The snapshot as a runtime with another bytecode would have made it.
fn with_other_version(snapshot: &Snapshot) -> Snapshot {
    let quiet = &mut Observer::none();
    let bytes = snapshot.to_bytes(WriteOptions::new(), quiet).unwrap();
    let container = Container::from_bytes(bytes, &ReadOptions::new(), quiet).unwrap();
    let mut state = container
        .section(STATE, quiet)
        .unwrap()
        .unwrap()
        .into_owned();
    let sources = container.section(SOURCES, quiet).unwrap().unwrap();
    // The arguments of `_make_code` begin with the version: MARK, BININT2.
    let [low, high] = PYC_MAGIC_NUMBER.to_le_bytes();
    let mut patched = 0;
    for at in 0..state.len() - 3 {
        if state[at..at + 4] == [b'(', b'M', low, high] {
            state[at + 2..at + 4].copy_from_slice(&OTHER.to_le_bytes());
            patched += 1;
        }
    }
    assert!(patched >= 10, "{patched} code objects");
    let mut metadata = container.metadata().clone();
    assert_eq!(metadata.bytecode_magic, HERE);
    metadata.bytecode_magic = OTHER.into();
    let mut writer = Writer::new(WriteOptions::new());
    writer.section(STATE, &state, quiet).unwrap();
    writer.section(SOURCES, &sources, quiet).unwrap();
    let bytes = writer.to_bytes(&metadata, quiet).unwrap();
    Snapshot::from_bytes(bytes, &ReadOptions::new(), quiet).unwrap()
}

#[test]
fn functions_come_back_from_their_sources() {
    let snapshot = with_other_version(&saved(&SaveOptions::new()));
    let runtime = Runtime::new().unwrap();
    // Its own source of this name is another one.
    exec(&runtime, "def plain(): return 'not this one'");
    let report = runtime.restore(&snapshot).unwrap_or_else(|e| panic!("{e}"));
    exec(&runtime, CHECK);
    let outcome = |module: &str, name: &str| {
        let mut globals = report.globals();
        let found = globals.find(|(m, global)| m.name == module && global.name == name);
        found
            .unwrap_or_else(|| panic!("no {name}"))
            .1
            .outcome
            .clone()
    };
    for name in [
        "plain", "counter", "step", "first", "second", "numbers", "later",
    ] {
        let source = "<exec 1>".to_owned();
        assert_eq!(
            outcome("__main__", name),
            Outcome::Recompiled { source },
            "{name}"
        );
    }
    let Outcome::Recompiled { source } = outcome("shapes", "outer") else {
        panic!("{:?}", outcome("shapes", "outer"));
    };
    assert!(source.ends_with("shapes.py"), "{source}");
    // So is what has code in its methods.
    let Outcome::Recompiled { source } = outcome("shapes", "Shape") else {
        panic!("{:?}", outcome("shapes", "Shape"));
    };
    assert!(source.ends_with("shapes.py"), "{source}");
    assert_eq!(outcome("__main__", "square"), Outcome::Saved);
    assert_eq!(outcome("__main__", "data"), Outcome::Saved);

    // What was compiled again is saved as what this runtime runs.
    let again = runtime.snapshot(&SaveOptions::new()).unwrap();
    assert_eq!(again.metadata().bytecode_magic, HERE);
    let other = Runtime::new().unwrap();
    let report = other.restore(&again).unwrap();
    assert_eq!(report.totals().recompiled.globals, 0);
    assert_eq!(other.eval::<i64>("step()").unwrap(), 4);
}

#[test]
fn without_sources_all_that_is_lost_is_named() {
    let snapshot = with_other_version(&saved(&SaveOptions::new().sources(false)));
    assert!(snapshot.sources().is_empty());
    let runtime = Runtime::new().unwrap();
    exec(
        &runtime,
        "import sys\nhere = 'mine'\ndef own(): return here",
    );
    let before: String = runtime.eval("repr(sorted(sys.modules))").unwrap();
    let error = runtime.restore(&snapshot).unwrap_err();
    let (found, expected) = (OTHER.into(), HERE);
    assert_eq!(
        error.kind(),
        &SnapshotErrorKind::OtherBytecode { found, expected }
    );
    let message = error.to_string();
    let main = [
        "plain",
        "counter",
        "counter.<locals>.step",
        "numbers",
        "later",
        "annotated",
    ];
    for (name, line) in main.into_iter().zip([6, 7, 9, 16, 18, 19]) {
        assert!(
            message.contains(&format!("{name} (<exec 1>, line {line}: ")),
            "{name}: {message}"
        );
    }
    assert_eq!(
        message.matches("<lambda> (<exec 1>, line 15: ").count(),
        2,
        "{message}"
    );
    for name in [
        "Shape.__init__",
        "Shape.area",
        "Shape.unit",
        "Shape.kind",
        "Square.__init__",
        "Square.Corner.angle",
        "outer",
        "outer.<locals>.middle",
        "cached",
        "outer.<locals>.middle.<locals>.inner",
    ] {
        let here = message.find(&format!("{name} (/"));
        let here = here.unwrap_or_else(|| panic!("{name}: {message}"));
        assert!(message[here..].contains("shapes.py, line "), "{message}");
    }
    exec(
        &runtime,
        "assert own() == 'mine' and 'shapes' not in sys.modules and 'plain' not in globals()",
    );
    assert_eq!(
        runtime.eval::<String>("repr(sorted(sys.modules))").unwrap(),
        before
    );
}

/// A function that its source does not have any more is lost, and so is one whose source does not compile.
#[test]
fn sources_that_have_changed() {
    let snapshot = with_other_version(&saved(&SaveOptions::new()));
    let quiet = &mut Observer::none();
    let mut sources = snapshot.sources().clone();
    for (name, text) in &mut sources {
        *text = match name.as_str() {
            "<exec 1>" => text.replace("def plain", "def pliant"),
            _ => "def (".to_owned(),
        };
    }
    let mut writer = Writer::new(WriteOptions::new());
    let sources = serde_json::to_vec(&sources).unwrap();
    writer.section(STATE, snapshot.state(), quiet).unwrap();
    writer.section(SOURCES, &sources, quiet).unwrap();
    let bytes = writer.to_bytes(snapshot.metadata(), quiet).unwrap();
    let snapshot = Snapshot::from_bytes(bytes, &ReadOptions::new(), quiet).unwrap();

    let message = Runtime::new()
        .unwrap()
        .restore(&snapshot)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("plain (<exec 1>, line 6: its source has changed)"),
        "{message}"
    );
    assert!(
        message.contains("line 25: its source does not compile)"),
        "{message}"
    );
    assert!(!message.contains("counter"), "{message}");
}

/// A restore that fails later leaves no source of the snapshot's behind.
#[test]
fn a_failed_restore_takes_its_sources_back() {
    let session = Runtime::builder();
    let session = session.build().unwrap();
    exec(
        &session,
        "class Broken:\n    def __setstate__(self, state): raise OSError('disk')\nb = Broken(); b.x = 1",
    );
    let snapshot = session.snapshot(&SaveOptions::new()).unwrap();
    let runtime = Runtime::new().unwrap();
    exec(&runtime, "def own(): return 'mine'");
    assert!(
        runtime
            .restore(&snapshot)
            .unwrap_err()
            .to_string()
            .contains("disk")
    );
    let source = "import inspect; assert inspect.getsource(own) == \"def own(): return 'mine'\\n\"";
    exec(&runtime, source);
}

/// A file is compiled once, and not once for each of its functions.
#[test]
fn a_file_is_compiled_once() {
    let session = Runtime::new().unwrap();
    let functions: String = (0..50)
        .map(|n| format!("def f{n}(): return {n}\n"))
        .collect();
    exec(&session, &functions);
    let snapshot = session.snapshot(&SaveOptions::new()).unwrap();
    let runtime = Runtime::new().unwrap();
    exec(
        &runtime,
        "import builtins\nbuiltins.times = 0\ndef counting(*args, real=compile, **kwargs):\n    builtins.times += 1\n    return real(*args, **kwargs)\nbuiltins.compile = counting",
    );
    runtime.restore(&with_other_version(&snapshot)).unwrap();
    exec(&runtime, "assert f49() == 49 and f0() == 0");
    // One to see whether it can be done, and one to do it.
    assert_eq!(
        runtime.eval::<i64>("__import__('builtins').times").unwrap(),
        2
    );
}
