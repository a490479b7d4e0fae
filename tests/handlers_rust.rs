//! Handlers as Rust programs use them: those of the host's own types, options, errors.
#![cfg(feature = "stdlib")]

mod common;

use common::{exec, global, interpreter, repr, run};
use rustpython_pickle::{
    DumpOptions, Error, ErrorKind, Files, Handler, InterpreterBuilderExt as _, LoadOptions,
    MissingFiles, register_handler,
};
use rustpython_vm::{
    Interpreter, PyObject, PyObjectRef, PyPayload as _, PyResult, Settings, VirtualMachine,
    builtins::PyTypeRef, common::lock::PyMutex, pymodule, scope::Scope,
};

#[pymodule]
mod worlds {
    use rustpython_vm::{
        Py, PyObjectRef, PyPayload, VirtualMachine, common::lock::PyMutex, pyclass,
    };

    /// A type of a host's: its size, and what lives in it.
    #[pyattr]
    #[pyclass(name = "World")]
    #[derive(Debug, PyPayload)]
    pub(super) struct World {
        pub(super) size: usize,
        pub(super) inhabitants: PyMutex<Vec<PyObjectRef>>,
    }

    #[pyclass(flags(BASETYPE))]
    impl World {
        #[pymethod]
        fn size(zelf: &Py<Self>) -> usize {
            zelf.size
        }

        #[pymethod]
        fn add(zelf: &Py<Self>, inhabitant: PyObjectRef) {
            zelf.inhabitants.lock().push(inhabitant);
        }

        #[pymethod]
        fn inhabitants(zelf: &Py<Self>, vm: &VirtualMachine) -> PyObjectRef {
            vm.ctx.new_list(zelf.inhabitants.lock().clone()).into()
        }
    }

    #[pyfunction]
    fn world(size: usize) -> World {
        World {
            size,
            inhabitants: PyMutex::default(),
        }
    }
}

use worlds::World;

/// What the handler does wrong, if anything.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Save,
    Restore,
}

struct Worlds(Fault);

impl Handler for Worlds {
    fn save(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        if self.0 == Fault::Save {
            return Err(vm.new_value_error("the world is on fire"));
        }
        let world = object.try_downcast_ref::<World>(vm)?;
        Ok(vm.ctx.new_int(world.size).into())
    }

    fn restore(&self, state: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        if self.0 == Fault::Restore {
            return Err(vm.new_value_error("no room for a world"));
        }
        let world = World {
            size: state.try_into_value(vm)?,
            inhabitants: PyMutex::default(),
        };
        Ok(world.into_ref(&vm.ctx).into())
    }

    fn save_links(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
        let world = object.try_downcast_ref::<World>(vm)?;
        let inhabitants = world.inhabitants.lock().clone();
        Ok((!inhabitants.is_empty()).then(|| vm.ctx.new_list(inhabitants).into()))
    }

    fn restore_links(
        &self,
        object: &PyObject,
        links: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let inhabitants: Vec<PyObjectRef> = links.try_into_value(vm)?;
        let world = object.try_downcast_ref::<World>(vm)?;
        *world.inhabitants.lock() = inhabitants;
        Ok(())
    }
}

/// Runs in an interpreter that has the host's type.
fn with_worlds<R>(run: impl FnOnce(&VirtualMachine, &PyTypeRef) -> R) -> R {
    let builder = Interpreter::builder(Settings::default());
    let module = worlds::module_def(&builder.ctx);
    let builder = builder.add_native_module(module);
    builder
        .install_stdlib()
        .install_pickle()
        .build()
        .enter(|vm| {
            let class = vm.import("worlds", 0).expect("the host's module");
            let class = class.get_attr("World", vm).expect("the type");
            let class = class.downcast().unwrap_or_else(|_| panic!("a type"));
            run(vm, &class)
        })
}

fn by_value() -> DumpOptions<'static> {
    DumpOptions::new().by_value(true)
}

/// A world in which someone lives who knows it.
const GRAPH: &str = "
import worlds
graph = {'world': worlds.world(5), 'again': None}
graph['again'] = graph['world']
graph['world'].add([graph['world'], 'inhabitant'])
";

fn graph(vm: &VirtualMachine) -> PyObjectRef {
    global(&exec(GRAPH, vm), "graph", vm)
}

fn check(loaded: PyObjectRef, vm: &VirtualMachine) {
    let scope = vm.new_scope_with_main().expect("a scope");
    scope
        .globals
        .set_item("graph", loaded, vm)
        .expect("it is set");
    let source = "
world = graph['world']
assert world.size() == 5 and graph['again'] is world
(inhabitant,) = world.inhabitants()
assert inhabitant[0] is world and inhabitant[1] == 'inhabitant'
";
    run(source, &scope, vm);
}

#[test]
fn a_host_saves_and_restores_its_own_types() {
    let pickle = with_worlds(|vm, class| {
        register_handler("game.world", class, Worlds(Fault::None), vm).expect("registered");
        by_value().dumps(&graph(vm), vm).expect("a pickle")
    });
    with_worlds(|vm, class| {
        // The names of classes do not matter to a load, those of handlers do.
        let error = rustpython_pickle::loads(&pickle, vm).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("no handler 'game.world' is registered"),
            "{message}"
        );
        register_handler("game.world", class, Worlds(Fault::None), vm).expect("registered");
        check(rustpython_pickle::loads(&pickle, vm).expect("a graph"), vm);
        // Python's own module loads it as well.
        let pickle = vm.ctx.new_bytes(pickle.clone());
        let module = vm.import("pickle", 0).expect("pickle");
        check(
            vm.call_method(&module, "loads", (pickle,))
                .expect("a graph"),
            vm,
        );
    });
}

#[test]
fn handlers_are_for_pickling_by_value_and_for_their_very_class() {
    with_worlds(|vm, class| {
        register_handler("game.world", class, Worlds(Fault::None), vm).expect("registered");
        let error = rustpython_pickle::dumps(&graph(vm), vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unpicklable);
        let scope = exec(
            "import worlds\nclass Other(worlds.World): pass\nclass Free: pass",
            vm,
        );
        let [other, free] = ["Other", "Free"].map(|name| {
            let class = global(&scope, name, vm);
            class.call((), vm).expect("an object")
        });
        // A subclass may have more than the handler knows of.
        let error = by_value().dumps(&other, vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unpicklable);
        by_value().dumps(&free, vm).expect("a pickle");
    });
}

#[test]
fn the_last_handler_of_a_name_or_a_class_counts() {
    with_worlds(|vm, class| {
        register_handler("first", class, Worlds(Fault::Save), vm).expect("registered");
        register_handler("second", class, Worlds(Fault::None), vm).expect("registered");
        let pickle = by_value().dumps(&graph(vm), vm).expect("a pickle");
        check(rustpython_pickle::loads(&pickle, vm).expect("a graph"), vm);
        let int = vm.ctx.types.int_type;
        register_handler("second", int, Worlds(Fault::None), vm).expect("registered");
        let error = by_value().dumps(&graph(vm), vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unpicklable);
    });
}

#[test]
fn what_python_code_registers_comes_before_a_handler() {
    with_worlds(|vm, class| {
        register_handler("game.world", class, Worlds(Fault::Save), vm).expect("registered");
        let scope = exec(
            "import copyreg, worlds
copyreg.pickle(worlds.World, lambda world: (worlds.world, (world.size() + 1,)))
world = worlds.world(1)",
            vm,
        );
        let world = global(&scope, "world", vm);
        let pickle = by_value().dumps(&world, vm).expect("a pickle");
        let loaded = rustpython_pickle::loads(&pickle, vm).expect("a world");
        assert_eq!(
            loaded.downcast_ref::<World>().map(|world| world.size),
            Some(2)
        );
    });
}

#[test]
fn a_handler_that_fails_is_named_with_the_object() {
    let pickle = with_worlds(|vm, class| {
        register_handler("game.world", class, Worlds(Fault::Save), vm).expect("registered");
        let error = by_value().dumps(&graph(vm), vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Python);
        assert_eq!(error.path(), Some("root['world']"));
        assert!(
            error
                .to_string()
                .starts_with("ValueError: the world is on fire")
        );
        assert!(notes(error, vm).contains("raised by the handler 'game.world'"));
        // The dump before has left nothing behind.
        register_handler("game.world", class, Worlds(Fault::None), vm).expect("registered");
        by_value().dumps(&graph(vm), vm).expect("a pickle")
    });
    with_worlds(|vm, class| {
        register_handler("game.world", class, Worlds(Fault::Restore), vm).expect("registered");
        let error = rustpython_pickle::loads(&pickle, vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Python);
        assert!(
            error
                .to_string()
                .starts_with("ValueError: no room for a world")
        );
        assert!(notes(error, vm).contains("raised by the handler 'game.world'"));
    });
}

/// The notes on an exception.
fn notes(error: Error, vm: &VirtualMachine) -> String {
    let exception: PyObjectRef = error.into_exception(vm).into();
    repr(&exception.get_attr("__notes__", vm).expect("notes"), vm)
}

/// Runs statements that may use `FOLDER`, a new folder.
fn with_folder<R>(source: &str, then: impl FnOnce(&Scope, &VirtualMachine) -> R) -> R {
    let folder = tempfile::tempdir().expect("a temporary folder");
    interpreter().enter(|vm| {
        let folder = folder.path().to_string_lossy().into_owned();
        let scope = exec(&format!("import os\nFOLDER = {folder:?}"), vm);
        run(source, &scope, vm);
        then(&scope, vm)
    })
}

const OPEN: &str = "
path = os.path.join(FOLDER, 'log')
log = open(path, 'w+')
log.write('0123456789')
log.seek(4)
app = {'state': [1, {'log': log}]}
";

#[test]
fn files_are_refused_if_that_is_asked_for() {
    let refused = |object: &PyObjectRef, path: &str, vm: &VirtualMachine| {
        let error = by_value()
            .files(Files::Refuse)
            .dumps(object, vm)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unpicklable);
        assert_eq!(error.path(), Some(path));
        assert!(error.to_string().contains("files are not saved"), "{error}");
    };
    with_folder(OPEN, |scope, vm| {
        refused(&global(scope, "app", vm), "root['state'][1]['log']", vm);
        let log = global(scope, "log", vm);
        let buffer = log.get_attr("buffer", vm).expect("a buffer");
        refused(&buffer, "root", vm);
        refused(&buffer.get_attr("raw", vm).expect("a raw file"), "root", vm);
        // Closed ones, those of the process, and files in memory can be saved.
        vm.call_method(&log, "close", ()).expect("it closes");
        run(
            "import sys, io\nrest = [log, sys.stdout, io.BytesIO(b'')]",
            scope,
            vm,
        );
        let rest = global(scope, "rest", vm);
        by_value()
            .files(Files::Refuse)
            .dumps(&rest, vm)
            .expect("a pickle");
    });
}

#[test]
fn a_file_that_is_gone_is_named_or_closed() {
    with_folder(OPEN, |scope, vm| {
        let app = global(scope, "app", vm);
        let pickle = by_value().dumps(&app, vm).expect("a pickle");
        run("os.rename(path, path + '.moved')", scope, vm);
        let failing = |options: &mut LoadOptions<'_>| {
            let text = options.loads(&pickle, vm).unwrap_err().to_string();
            let path = repr(&global(scope, "path", vm), vm);
            let expected = "FileNotFoundError: [Errno 2] No such file or directory: ";
            assert!(text.starts_with(&format!("{expected}{path}")), "{text}");
        };
        failing(&mut LoadOptions::new());
        let closed = LoadOptions::new().missing_files(MissingFiles::Closed);
        let loaded = { closed }.loads(&pickle, vm).expect("a graph");
        scope
            .globals
            .set_item("loaded", loaded, vm)
            .expect("it is set");
        run(
            "log = loaded['state'][1]['log']
assert log.closed and log.name == path and log.mode == 'w+'
assert not os.path.exists(path)",
            scope,
            vm,
        );
        // It was meant for that load alone.
        failing(&mut LoadOptions::new().missing_files(MissingFiles::Fail));
    });
}

#[test]
fn nothing_is_written_behind_the_end_of_a_file() {
    with_folder(OPEN, |scope, vm| {
        let pickle = by_value()
            .dumps(&global(scope, "app", vm), vm)
            .expect("a pickle");
        run(
            "with open(path, 'w') as other: other.write('012')",
            scope,
            vm,
        );
        let error = rustpython_pickle::loads(&pickle, vm).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("was saved at position 4 and has 3 bytes now"),
            "{message}"
        );
    });
}

#[test]
fn what_could_not_be_opened_again_is_refused() {
    let source = "
import tempfile, socket, threading, _thread, io
unnamed = tempfile.TemporaryFile()
descriptor = os.open(os.path.join(FOLDER, 'file'), os.O_CREAT | os.O_RDWR)
from_descriptor = open(descriptor, 'rb', closefd=False)
removed = open(os.path.join(FOLDER, 'removed'), 'w')
os.remove(removed.name)
replaced = open(os.path.join(FOLDER, 'replaced'), 'w')
os.remove(replaced.name)
other = open(os.path.join(FOLDER, 'replaced'), 'w')
detached = open(os.path.join(FOLDER, 'file'))
detached.detach()
read_end, write_end = os.pipe()
pipe = open(read_end, 'rb')
socket_ = socket.socket()
def numbers():
    yield 1
running = numbers()
next(running)
async def wait(): pass
coroutine = wait()
thread = threading.Thread(target=print)
thread.start()
thread.join()
";
    let reasons = [
        ("unnamed", "it has no name to be opened by"),
        ("from_descriptor", "it has no name to be opened by"),
        ("removed", "the file is not there under its name any more"),
        ("replaced", "the file is not there under its name any more"),
        ("detached", "detached"),
        ("pipe", "it has no name to be opened by"),
        ("socket_", "cannot pickle 'socket' object"),
        (
            "running",
            "cannot pickle 'generator' object: running generator",
        ),
        (
            "coroutine",
            "cannot pickle 'coroutine' object: running coroutine",
        ),
        #[cfg(feature = "threading")]
        ("thread", "its thread has been started"),
    ];
    with_folder(source, |scope, vm| {
        for (name, reason) in reasons {
            let error = by_value().dumps(&global(scope, name, vm), vm).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(reason), "{name}: {message}");
            if name != "detached" {
                assert_eq!(error.kind(), ErrorKind::Unpicklable, "{name}");
            }
        }
        run("coroutine.close()", scope, vm);
    });
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_opened_which_would_wait() {
    let source = "
import subprocess
path = os.path.join(FOLDER, 'pipe')
subprocess.check_call(['mkfifo', path])
descriptor = os.open(path, os.O_RDWR)
pipe = open(path, 'rb')
";
    with_folder(source, |scope, vm| {
        let error = by_value()
            .dumps(&global(scope, "pipe", vm), vm)
            .unwrap_err();
        assert!(
            error.to_string().contains("it is no regular file"),
            "{error}"
        );
    });
}

#[test]
fn loggers_get_their_configuration_if_that_is_saved() {
    let source = "
import logging, io
logger = logging.getLogger('app')
logger.setLevel(logging.INFO)
logger.propagate = False
logger.addHandler(logging.StreamHandler(io.StringIO()))
logger.info('before')
";
    let after = |pickle: &[u8], expected: &str| {
        interpreter().enter(|vm| {
            let scope = exec("import logging", vm);
            let logger = rustpython_pickle::loads(pickle, vm).expect("a logger");
            scope
                .globals
                .set_item("logger", logger, vm)
                .expect("it is set");
            run(expected, &scope, vm);
        });
    };
    let (by_name, whole) = interpreter().enter(|vm| {
        let logger = global(&exec(source, vm), "logger", vm);
        let by_name = by_value().dumps(&logger, vm).expect("a pickle");
        (
            by_name,
            by_value()
                .logging(true)
                .dumps(&logger, vm)
                .expect("a pickle"),
        )
    });
    after(
        &by_name,
        "assert logger is logging.getLogger('app') and logger.handlers == []",
    );
    after(
        &whole,
        "assert logger is logging.getLogger('app') and not logger.propagate
assert not logger.isEnabledFor(logging.DEBUG)
logger.info('after')
assert logger.handlers[0].stream.getvalue() == 'before\\nafter\\n'",
    );
}

/// Pickles may call these functions with anything.
#[test]
fn no_arguments_make_the_constructors_panic() {
    let source = "
import rustpython_pickle, itertools, random, io, weakref, collections
class Thing: pass
class Odd:
    def __index__(self): raise ValueError
    def __iter__(self): raise OSError
    def __getattr__(self, name): return self
    def __call__(self, *args): return self
tee, = itertools.tee([1, 2], 1)
junk = [
    None, True, 0, -1, 1, 3, 2**31, 2**63 - 1, 2**64, -2**63, 10**30, 0.5, '', 'keys', 'B', 'x.y',
    b'', b'abc', (), (1, 2), (1, 2, 3), ('a', 'b', 'c', 'd'), [], [1, [2]], {}, {'a': 1}, {1: 2},
    iter([1]), tee, itertools.groupby('aab'), iter, print, dict, list, int, Thing, Thing(), Odd(),
    memoryview(b'abc'), bytearray(b'abcdef'), weakref.ref(Thing), collections.deque([1]),
    io.BytesIO(b'abc'), ValueError(), itertools.count, reversed,
]
# Those that take a number of steps get few.
functions = [
    function for name, function in vars(rustpython_pickle).items()
    if name.startswith('_') and callable(function) and not name.startswith('__')
]
assert len(functions) > 40
choose = random.Random(1)
calls = 0
for function in functions:
    for _ in range(300):
        args = [choose.choice(junk) for _ in range(choose.randrange(8))]
        if function.__name__ == '_advanced' and len(args) > 2 and args[2] in junk[6:11]:
            continue
        if function.__name__ in ('_call', '_advanced') and args and args[0] is print:
            continue
        calls += 1
        try:
            function(*args)
        except Exception:
            pass
assert calls > 10000
too_far = 2**30 + 1
try:
    rustpython_pickle._advanced(itertools.count, (), too_far)
except ValueError as error:
    assert 'more than' in str(error)
else:
    raise AssertionError
";
    interpreter().enter(|vm| {
        exec(source, vm);
    });
}
