//! Sessions saved and restored: what is kept, what is left out, and that a failure leaves everything as it was.

#![cfg(all(feature = "stdlib", feature = "snapshot"))]

use std::fs;
use std::ops::ControlFlow;
use std::time::SystemTime;

use rustpython_pickle::runtime::Runtime;
use rustpython_pickle::snapshot::{
    Observer, Outcome, Phase, Progress, ReadOptions, RestoreOptions, SaveOptions, Snapshot,
    SnapshotErrorKind, Unpicklable, WriteOptions,
};

#[path = "state/malformed.rs"]
mod malformed;
#[path = "state/modules.rs"]
mod modules;
#[path = "state/needs.rs"]
mod needs;
#[path = "state/rollback.rs"]
mod rollback;

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

fn after(source: &str) -> Runtime {
    let runtime = runtime();
    exec(&runtime, source);
    runtime
}

/// A runtime that finds these modules, given by name and source, in a folder.
fn with_modules(modules: &[(&str, &str)]) -> (tempfile::TempDir, Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, source) in modules {
        let file = folder.path().join(name).with_extension("py");
        fs::write(file, source).expect("it is written");
    }
    let builder = Runtime::builder().search_path(folder.path());
    (folder, builder.build().expect("a runtime"))
}

fn exec(runtime: &Runtime, source: &str) {
    if let Err(error) = runtime.exec(source) {
        panic!("{}", error.traceback().unwrap_or(error.message()));
    }
}

fn snapshot(runtime: &Runtime) -> Snapshot {
    match runtime.snapshot(&SaveOptions::new()) {
        Ok(snapshot) => snapshot,
        Err(error) => panic!("{error}"),
    }
}

/// The session in a new runtime.
fn moved(runtime: &Runtime) -> Runtime {
    let saved = snapshot(runtime);
    let other = self::runtime();
    if let Err(error) = other.restore(&saved) {
        panic!("{error}");
    }
    other
}

fn outcome<'a>(snapshot: &'a Snapshot, name: &str) -> &'a Outcome {
    let found = snapshot
        .report()
        .globals()
        .find(|(_, global)| global.name == name);
    &found
        .unwrap_or_else(|| panic!("{name} is not in the report"))
        .1
        .outcome
}

#[test]
fn identity_holds_across_modules() {
    let (folder, runtime) = with_modules(&[
        (
            "stock",
            "import counting\nitems = []\nshared = counting.log\nclass Item:\n    made = 0\n    def __init__(self, n):\n        Item.made += 1\n        self.n = n\n        items.append(self)\n",
        ),
        ("counting", "log = []\ndef note(x):\n    log.append(x)\n"),
    ]);
    exec(
        &runtime,
        "import stock, counting\nfrom stock import Item\na = Item(1)\ncounting.note(a)\nlog = stock.shared",
    );
    let saved = snapshot(&runtime);
    drop(runtime);
    // The files are gone: everything comes from the snapshot.
    drop(folder);
    let other = self::runtime();
    other.restore(&saved).unwrap();
    exec(
        &other,
        "import sys
assert stock.Item is Item and type(a) is Item
assert stock.items[0] is a and counting.log[0] is a
assert log is counting.log is stock.shared
assert sys.modules['stock'] is stock and sys.modules['counting'] is counting
assert stock.counting is counting
b = Item(2)
assert Item.made == 2 and stock.items == [a, b]
counting.note(b)
assert log == [a, b]
assert stock.Item.__init__.__globals__ is stock.__dict__
assert Item.__module__ == 'stock'
import stock as again
assert again is stock",
    );
}

#[test]
fn functions_share_the_globals_of_main() {
    let other = moved(&after(
        "n = 1\ndef set(x):\n    global n\n    n = x\ndef get():\n    return n\nhere = globals()",
    ));
    exec(
        &other,
        "set(5)\nassert n == get() == 5\nassert set.__globals__ is globals() is here\nimport __main__\nassert here is __main__.__dict__",
    );
}

#[test]
fn what_the_library_was_set_to_is_kept() {
    let source = "
import random, decimal, warnings, copyreg, contextvars, sys
random.seed(7); random.random()
decimal.getcontext().prec = 11
warnings.filterwarnings('error', 'of mine')
class C: pass
def reduce_c(c): return C, ()
copyreg.pickle(C, reduce_c)
var = contextvars.ContextVar('var', default=1)
var.set(2)
sys.setrecursionlimit(777)
sys.path.append('/somewhere/else')
randint = random.randint
";
    let runtime = after(source);
    let other = moved(&runtime);
    let next = "[random.random(), randint(1, 10**9)]";
    let expected: Vec<f64> = runtime.eval(next).unwrap();
    assert_eq!(other.eval::<Vec<f64>>(next).unwrap(), expected);
    exec(
        &other,
        "
assert decimal.getcontext().prec == 11
assert any(f[0] == 'error' and f[1] and f[1].match('of mine') for f in warnings.filters)
try:
    warnings.warn('of mine')
except UserWarning:
    pass
else:
    raise AssertionError
assert copyreg.dispatch_table[C] is reduce_c
assert var.get() == 2
assert sys.getrecursionlimit() == 777
assert '/somewhere/else' in sys.path
assert randint.__self__ is random._inst
",
    );
}

#[test]
fn what_cannot_be_saved_is_an_error_with_its_path() {
    let runtime = after(
        "import types
def generator():
    yield 1
class App: pass
app = App()
app.clients = [1, 2, App()]
app.clients[2].running = generator()
next(app.clients[2].running)
rest = [app, 5]",
    );
    let error = runtime.snapshot(&SaveOptions::new()).unwrap_err();
    let SnapshotErrorKind::Unpicklable { path } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(path, "app.clients[2].running");
    assert!(error.to_string().contains("generator"), "{error}");
}

#[test]
fn what_is_left_out_does_no_harm_to_the_rest() {
    let runtime = after(
        "def generator():
    yield 1
class Box:
    def __init__(self, *parts): self.parts = parts
whole = Box([1], {2: 'two'})
broken = Box(whole, whole.parts, generator())
later = [whole, whole.parts[0], Box]
running = generator()
def use():
    return running
",
    );
    let options = SaveOptions::new().unpicklable(Unpicklable::LeaveOut);
    let saved = runtime.snapshot(&options).unwrap();
    for name in ["broken", "running"] {
        assert!(
            matches!(outcome(&saved, name), Outcome::LeftOut { .. }),
            "{name}"
        );
    }
    let Outcome::LeftOut { why, path } = outcome(&saved, "broken") else {
        panic!();
    };
    assert_eq!(path, "broken.parts[2]");
    assert!(why.contains("generator"), "{why}");
    let left_out = saved.report().left_out().count();
    assert_eq!(left_out, 2);
    let other = self::runtime();
    other.restore(&saved).unwrap();
    exec(
        &other,
        "
assert later[0] is whole and later[1] is whole.parts[0] and later[2] is Box
assert 'broken' not in globals() and 'running' not in globals()
try:
    use()
except NameError:
    pass
else:
    raise AssertionError
",
    );
}

#[test]
fn the_report_names_every_global() {
    let runtime =
        after("import os.path\nfrom os.path import join\nn = 5\npairs = zip([1], [2])\nsame = os");
    let saved = snapshot(&runtime);
    assert_eq!(*outcome(&saved, "n"), Outcome::Saved);
    assert_eq!(
        *outcome(&saved, "os"),
        Outcome::ByReference {
            target: "os".into()
        }
    );
    let Outcome::ByReference { target } = outcome(&saved, "join") else {
        panic!("{:?}", outcome(&saved, "join"));
    };
    assert!(target.ends_with("path.join"), "{target}");
    assert!(matches!(outcome(&saved, "pairs"), Outcome::Handled { .. }));
    let sizes = saved.report().globals().map(|(_, global)| global.size);
    let sum: u64 = sizes.sum();
    assert!(sum < saved.state().len() as u64);
    let globals = saved.report().globals();
    for (_, global) in globals.filter(|(_, global)| global.offset.is_some()) {
        let start = global.offset.unwrap() as usize;
        let pickle = &saved.state()[start..start + global.size as usize];
        assert_eq!(
            (pickle[0], pickle[pickle.len() - 1]),
            (0x80, b'.'),
            "{global:?}"
        );
    }
}

#[test]
fn a_restore_that_fails_changes_nothing() {
    let saved = snapshot(&after(
        "
import random, decimal, sys
random.seed(1)
decimal.getcontext().prec = 5
sys.setrecursionlimit(333)
x = 'new'
class Fails:
    def __setstate__(self, state):
        raise RuntimeError('on purpose')
    def __getstate__(self):
        return 1
z = Fails()
",
    ));
    let runtime = after(
        "
import random, decimal, sys, warnings, types
sys.modules['made'] = made = types.ModuleType('made')
random.seed(2)
decimal.getcontext().prec = 9
x = 'old'
def f(): return x
me = sys.modules['__main__']
names = list(sys.modules)
path = list(sys.path)
state = random.getstate()
",
    );
    let error = runtime.restore(&saved).unwrap_err();
    assert!(error.to_string().contains("__main__.z"), "{error}");
    assert!(error.to_string().contains("on purpose"), "{error}");
    exec(
        &runtime,
        "
assert x == f() == 'old'
assert sys.modules['__main__'] is me and me.__dict__ is globals()
assert sys.modules['made'] is made
assert [name for name in sys.modules if name in names] == names
assert sys.path == path
assert random.getstate() == state and decimal.getcontext().prec == 9
assert sys.getrecursionlimit() != 333
assert 'Fails' not in globals()
",
    );
}

#[test]
fn restoring_rolls_back() {
    let runtime = after("import types, sys\nkept = [1]\ncells = 0");
    let before = snapshot(&runtime);
    let failed = runtime.exec(
        "kept.append(2)\ncells += 1\nnew = 5\nsys.modules['made'] = types.ModuleType('made')\n1/0",
    );
    assert!(failed.is_err());
    runtime.restore(&before).unwrap();
    exec(
        &runtime,
        "assert kept == [1] and cells == 0 and 'new' not in globals()\nassert 'made' not in sys.modules",
    );
}

#[test]
fn equal_sessions_give_equal_files() {
    let source = "import random\nrandom.seed(1)\nd = {'a': {1, 'b', (2, 'c')}}\ndef f(): return d\nclass K(dict): pass\nk = K(a=f)";
    let bytes = || {
        let options = SaveOptions::new().created(SystemTime::UNIX_EPOCH);
        let snapshot = after(source).snapshot(&options).unwrap();
        snapshot
            .to_bytes(WriteOptions::new(), &mut Observer::none())
            .unwrap()
    };
    assert!(bytes() == bytes());
}

#[test]
fn a_restored_session_is_saved_again_as_the_same_state() {
    let first = snapshot(&after(
        "import enum, dataclasses\nclass E(enum.Enum):\n    A = 1\n@dataclasses.dataclass\nclass P:\n    x: int = 0\np = P(3)\ne = E.A\nf = lambda: (p, e)\ns = {'x', 'y'}",
    ));
    let runtime = runtime();
    runtime.restore(&first).unwrap();
    let second = snapshot(&runtime);
    let names = |snapshot: &Snapshot| -> Vec<String> {
        let globals = snapshot.report().globals();
        globals
            .map(|(_, global)| format!("{} {:?}", global.name, global.outcome))
            .collect()
    };
    assert_eq!(names(&second), names(&first));
    assert!(second.state() == first.state());
}

#[test]
fn both_ways_can_be_cancelled_and_tell_how_far_they_are() {
    let runtime = after("data = [[i, str(i)] for i in range(100_000)]\nx = 1");
    let mut seen = Vec::new();
    let mut callback = |progress: &Progress| {
        seen.push((progress.phase, progress.bytes));
        ControlFlow::Continue(())
    };
    let saved = runtime
        .snapshot_observed(&SaveOptions::new(), &mut Observer::new(&mut callback))
        .unwrap();
    assert!(seen.len() > 10, "{seen:?}");
    assert!(seen.is_sorted_by_key(|(_, bytes)| *bytes));
    assert!(seen.iter().all(|(phase, _)| *phase == Phase::Capture));

    let stop = |after: u64| {
        move |progress: &Progress| match progress.bytes > after {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let mut callback = stop(200_000);
    let error = runtime
        .snapshot_observed(&SaveOptions::new(), &mut Observer::new(&mut callback))
        .unwrap_err();
    assert_eq!(*error.kind(), SnapshotErrorKind::Cancelled);

    let other = after("x = 'mine'");
    let mut callback = stop(200_000);
    let error = other
        .restore_observed(
            &saved,
            &RestoreOptions::new(),
            &mut Observer::new(&mut callback),
        )
        .unwrap_err();
    assert_eq!(*error.kind(), SnapshotErrorKind::Cancelled);
    assert_eq!(other.get::<String>("x").unwrap(), "mine");
    assert_eq!(other.globals().unwrap(), ["x"]);
}

#[test]
fn host_functions_are_those_of_the_new_host() {
    let build = |answer: i64| {
        Runtime::builder()
            .function("ask", move || answer)
            .build()
            .unwrap()
    };
    let runtime = build(1);
    exec(&runtime, "def f():\n    return ask()\nkept = ask");
    let saved = snapshot(&runtime);
    let other = build(2);
    other.restore(&saved).unwrap();
    assert_eq!(other.eval::<i64>("f() + kept()").unwrap(), 4);
    // A host without it can't restore the session, and says so.
    let error = self::runtime().restore(&saved).unwrap_err();
    assert!(
        error.to_string().contains("the host has no function ask()"),
        "{error}"
    );
}

#[test]
fn chunks_after_a_restore_do_not_take_the_names_of_those_before() {
    let other = moved(&after("def old():\n    return 1/0"));
    exec(&other, "def new():\n    return {}['x']\n\n\n");
    let error = other.call::<()>("old", ()).unwrap_err();
    let traceback = error.traceback().unwrap().to_owned();
    assert!(traceback.contains("return 1/0"), "{traceback}");
    let error = other.call::<()>("new", ()).unwrap_err();
    let traceback = error.traceback().unwrap().to_owned();
    assert!(traceback.contains("return {}['x']"), "{traceback}");
}

#[test]
fn files_hold_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session");
    let runtime = after("x = [1, 2]");
    let report = runtime
        .save_to(&path, &SaveOptions::new(), WriteOptions::new())
        .unwrap();
    assert_eq!(report.modules[0].globals[0].name, "x");
    let other = self::runtime();
    other.load_from(&path, &ReadOptions::new()).unwrap();
    assert_eq!(other.get::<Vec<i64>>("x").unwrap(), [1, 2]);
    let missing = folder.path().join("missing");
    let error = other.load_from(&missing, &ReadOptions::new()).unwrap_err();
    assert_eq!(*error.kind(), SnapshotErrorKind::Io);
    assert_eq!(other.get::<Vec<i64>>("x").unwrap(), [1, 2]);
}

#[test]
fn what_the_caller_says_of_modules_holds_for_settings_too() {
    let runtime = after(
        "import sys, types, copyreg
tool = types.ModuleType('tool')
sys.modules['tool'] = tool
exec('class C: pass\\ndef reduce_c(c): return C, ()', tool.__dict__)
copyreg.pickle(tool.C, tool.reduce_c)",
    );
    let registrations = |options: &SaveOptions| {
        let snapshot = runtime.snapshot(options).unwrap();
        let globals = snapshot.report().globals();
        let names = globals.map(|(_, global)| global.name.clone());
        names.filter(|name| name.contains("dispatch_table")).count()
    };
    assert_eq!(registrations(&SaveOptions::new()), 1);
    let options = SaveOptions::new().library_module("tool");
    assert_eq!(registrations(&options), 0);
}

#[test]
fn what_every_interpreter_has_one_of_is_that_of_the_new_one() {
    let names = "[os.environ, sys.stdin, sys.stdout, sys.stderr, random._inst, logging.root,
        decimal._current_context_var, builtins.__dict__, sys.modules, sys.path, sys.argv,
        warnings.filters, copyreg.dispatch_table]";
    let imports = "import os, sys, random, logging, decimal, builtins, warnings, copyreg\n";
    let other = moved(&after(&format!("{imports}kept = {names}")));
    exec(
        &other,
        &format!("assert all(a is b for a, b in zip(kept, {names}, strict=True)), kept"),
    );
}

/// What was saved without complaint can be restored.
#[test]
fn what_is_hashed_or_made_by_its_own_code_is_restored() {
    let other = moved(&after(
        "
import dataclasses, functools, weakref
class MyError(Exception):
    def __init__(self, code, what):
        super().__init__(f'{code}: {what}')
        self.code = code
try:
    raise MyError(5, 'x')
except MyError as error:
    last = error
@dataclasses.dataclass(frozen=True)
class City:
    name: str
    roads: dict = dataclasses.field(default_factory=dict, hash=False, compare=False)
x, y = City('x'), City('y')
x.roads[y] = y.roads[x] = 5
class Node:
    def __init__(self, key):
        self.key = key
        self.peers, self.weak, self.by = {self}, weakref.WeakSet(), weakref.WeakKeyDictionary()
    def __hash__(self):
        return hash(self.key)
    def __eq__(self, other):
        return self.key == other.key
a, b = Node(1), Node(2)
for one, two in (a, b), (b, a):
    one.weak.add(two)
    one.by[two] = 1
    one.peers.add(two)
class Partial(functools.partialmethod):
    pass
class Host:
    def f(self, a):
        return a
    g = Partial(f, 1)",
    ));
    exec(
        &other,
        "
assert type(last) is MyError and last.code == 5 and str(last) == '5: x'
assert x.roads[y] == y.roads[x] == 5 and x.roads[City('y')] == 5
assert a.peers == {a, b} == b.peers and b in a.weak and a.by[b] == 1 and a.by[Node(2)] == 1
assert Host().g() == 1",
    );
}

const NOT_RESTORABLE: &str = "
import logging, weakref
score = [3]
class Fickle:
    def __init__(self, score):
        self.score = score
    def __setstate__(self, state):
        raise ValueError('never again')
fickle = Fickle(score)
class Key:
    def __init__(self):
        self.name = 'key'
        self.keys = frozenset([self])
    def __hash__(self):
        return hash(self.name)
    def __eq__(self, other):
        return self is other
key = Key.__new__(Key)
key.name = 'key'
key.keys = frozenset([key])
holder = {'key': [key], 'score': score}
handler = logging.NullHandler()
handler.set_name('mine')
finalized = []
class Thing:
    pass
thing = Thing()
finalizer = weakref.finalize(thing, finalized.append, 1)
again = [score, holder['score']]
";

#[test]
fn a_rehearsal_finds_what_cannot_be_restored() {
    let runtime = after(NOT_RESTORABLE);
    // Without one, the restore says so, and changes nothing.
    let saved = snapshot(&runtime);
    let other = after("here = 1");
    let error = other.restore(&saved).unwrap_err();
    assert_eq!(*error.kind(), SnapshotErrorKind::Python);
    assert!(error.to_string().contains("__main__.fickle"), "{error}");
    assert_eq!(other.get::<i64>("here").unwrap(), 1);

    let options = SaveOptions::new().rehearse(true);
    let error = runtime.snapshot(&options).unwrap_err();
    let path = "fickle".to_owned();
    assert_eq!(*error.kind(), SnapshotErrorKind::Unpicklable { path });
    assert!(error.to_string().contains("never again"), "{error}");

    let options = options.unpicklable(Unpicklable::LeaveOut);
    let saved = runtime.snapshot(&options).unwrap();
    let left_out: Vec<_> = saved
        .report()
        .left_out()
        .map(|(_, global)| (global.name.as_str(), global.size))
        .collect();
    assert_eq!(left_out, [("fickle", 0), ("key", 0), ("holder", 0)]);
    let Outcome::LeftOut { why, path } = outcome(&saved, "holder") else {
        panic!("it is left out");
    };
    assert!(why.contains("name") && path == "holder", "{why}");
    let other = self::runtime();
    other.restore(&saved).unwrap();
    exec(
        &other,
        "assert again[0] is again[1] is score == [3] and finalizer.alive and not finalized",
    );

    // The session is as it was: its modules, its handler's name, what its finalizer is for.
    exec(
        &runtime,
        "
import gc, sys
gc.collect()
assert sys.modules['__main__'].__dict__ is globals() and fickle.score is score
assert logging.getHandlerByName('mine') is handler
assert finalized == [] and finalizer.alive
del thing
assert finalized == [1]",
    );
}

#[test]
fn a_rehearsal_of_what_can_be_restored_changes_no_byte() {
    let source =
        "import random\nrandom.seed(5)\nx = [random.random()]\nclass C:\n    pass\nc = C()";
    let plain = snapshot(&after(source));
    let rehearsed = after(source)
        .snapshot(&SaveOptions::new().rehearse(true))
        .unwrap();
    assert!(plain.state() == rehearsed.state());
    assert_eq!(plain.report(), rehearsed.report());
    // Nor does an interrupt say anything about what was being restored.
    let runtime = after(
        "class Interrupting:\n    def __setstate__(self, state):\n        raise KeyboardInterrupt\nx = Interrupting()\nx.y = 1",
    );
    let options = SaveOptions::new()
        .rehearse(true)
        .unpicklable(Unpicklable::LeaveOut);
    let error = runtime.snapshot(&options).unwrap_err();
    assert_eq!(*error.kind(), SnapshotErrorKind::Python);
}
