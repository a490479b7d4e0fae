//! Statements, expressions, globals and calls.

use rustpython_pickle::runtime::{Args, Bytes, ErrorKind};
use rustpython_vm::{AsObject as _, PyObjectRef};

use super::{Runtime, built, eval, exec, runtime};

#[test]
fn globals_stay_from_call_to_call() {
    let runtime = runtime();
    exec(
        &runtime,
        "import math\ncounter = 0\ndef count():\n    global counter\n    counter += 1",
    );
    for _ in 0..3 {
        runtime.call::<()>("count", ()).expect("count returns");
    }
    assert_eq!(runtime.get::<u8>("counter").expect("a number"), 3);
    assert_eq!(
        runtime.globals().expect("names"),
        ["math", "counter", "count"]
    );
    assert!(runtime.remove("counter").expect("it can be removed"));
    assert!(
        !runtime
            .remove("counter")
            .expect("that it is gone is no error")
    );
    let error = runtime.get::<u8>("counter").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Name);
    assert_eq!(error.to_string(), "there is no \"counter\"");
}

#[test]
fn set_takes_names_only() {
    let runtime = runtime();
    runtime.set("größe", 5).expect("a name");
    assert_eq!(eval::<u8>(&runtime, "größe"), 5);
    for name in ["", "a.b", "5", "a b", "a-b", "\0"] {
        let error = runtime.set(name, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Name, "{name:?}");
    }
}

#[test]
fn dotted_names_are_globals_builtins_or_modules() {
    let runtime = runtime();
    exec(
        &runtime,
        "class config:\n    class network:\n        port = 80\nclass json:\n    mine = True",
    );
    assert_eq!(
        runtime
            .get::<u16>("config.network.port")
            .expect("it is there"),
        80
    );
    assert!(
        runtime
            .get::<bool>("json.mine")
            .expect("a global comes before a module")
    );
    assert_eq!(runtime.call::<u8>("len", ("abc",)).expect("a built-in"), 3);
    assert_eq!(
        runtime
            .call::<String>("os.path.basename", ("a/b",))
            .expect("a function"),
        "b"
    );
    assert_eq!(
        runtime
            .call::<String>("importlib.machinery.ModuleSpec.__name__.lower", ())
            .expect("a method"),
        "modulespec"
    );
    // Nothing was imported into the globals.
    assert_eq!(runtime.globals().expect("names"), ["config", "json"]);
    for name in ["nowhere", "nowhere.at.all", "", ".", "a..b", "math.", "f()"] {
        let error = runtime.call::<()>(name, ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Name, "{name:?}: {error}");
    }
    let error = runtime.get::<()>("math.nothing").unwrap_err();
    assert_eq!(error.exception_type(), Some("AttributeError"));
}

#[test]
fn arguments_by_position_and_name() {
    let runtime = runtime();
    exec(
        &runtime,
        "def f(*args, **kwargs): return repr((args, kwargs))",
    );
    let call = |args: Args<'_>| runtime.call::<String>("f", args).expect("f returns");
    assert_eq!(call(Args::new()), "((), {})");
    let numbers = [1, 2];
    assert_eq!(
        call(
            Args::new()
                .arg(numbers)
                .kwarg("b", "x")
                .arg(())
                .kwarg("a", Bytes("y"))
        ),
        "(([1, 2], None), {'b': 'x', 'a': b'y'})"
    );
    assert_eq!(
        runtime
            .call::<String>("f", (1, "2", 3.0))
            .expect("f returns"),
        "((1, '2', 3.0), {})"
    );
}

#[test]
fn eval_strips_as_python_does() {
    let runtime = runtime();
    assert_eq!(eval::<u8>(&runtime, " \t1 + 1\n"), 2);
    let error = runtime.eval::<u8>("x = 1").unwrap_err();
    assert_eq!(error.exception_type(), Some("SyntaxError"));
}

#[test]
fn import_gives_the_module_itself() {
    let runtime = runtime();
    let module = runtime.import("os.path").expect("it is there");
    let name = runtime.call::<String>("getattr", (&module, "__name__"));
    assert!(["posixpath", "ntpath"].contains(&&*name.expect("a name")));
    assert!(runtime.globals().expect("names").is_empty());
    let error = runtime.import("nowhere").unwrap_err();
    assert_eq!(error.exception_type(), Some("ModuleNotFoundError"));
    runtime.enter(|_| drop(module));
}

#[test]
fn main_is_a_module() {
    let runtime = runtime();
    exec(&runtime, "import sys\nx = 5\ndef f(): pass");
    assert!(eval::<bool>(&runtime, "sys.modules['__main__'].x == 5"));
    assert_eq!(
        eval::<String>(&runtime, "f.__module__ + __name__"),
        "__main____main__"
    );
    // The globals are those of whatever is `__main__`.
    exec(
        &runtime,
        "import types\nother = types.ModuleType('__main__')\nother.x = 6\nsys.modules['__main__'] = other",
    );
    assert_eq!(eval::<u8>(&runtime, "x"), 6);
    exec(&runtime, "import sys\ndel sys.modules['__main__']");
    exec(&runtime, "y = 1");
    assert_eq!(runtime.globals().expect("names"), ["y"]);
}

#[test]
fn argv_and_search_paths() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("nearby.py"), "here = True\n").expect("a file");
    let runtime = built(
        Runtime::builder()
            .argv(["program", "-x"])
            .search_path(folder.path()),
    );
    exec(&runtime, "import sys");
    assert_eq!(eval::<Vec<String>>(&runtime, "sys.argv"), ["program", "-x"]);
    assert!(runtime.get::<bool>("nearby.here").expect("it is found"));
    // Nothing else is on the path, and nothing was written.
    assert_eq!(eval::<usize>(&runtime, "len(sys.path)"), 1);
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 1);
}

#[test]
fn source_that_defines_nothing_is_not_kept() {
    let runtime = runtime();
    exec(&runtime, "import linecache\nfull = len(linecache.cache)");
    for number in 0..100 {
        exec(&runtime, &format!("x = {number}"));
        assert_eq!(eval::<u8>(&runtime, "x"), number);
        assert!(runtime.exec("1 / 0").is_err());
        assert!(runtime.exec("1 +").is_err());
    }
    exec(&runtime, "def kept(): pass");
    // What runs now is there as well.
    assert_eq!(eval::<usize>(&runtime, "len(linecache.cache) - full"), 1);
    exec(&runtime, "import inspect");
    assert_eq!(
        eval::<String>(&runtime, "inspect.getsource(kept)"),
        "def kept(): pass\n"
    );
}

#[test]
fn enter_gives_the_virtual_machine() {
    let runtime = runtime();
    exec(&runtime, "value = [1, 2]");
    let value: PyObjectRef = runtime.get("value").expect("a list");
    let same = runtime.enter(|vm| {
        let main = vm.main_namespace().expect("there is one");
        main.get_item("value", vm).expect("a list").is(&value)
    });
    assert!(same);
    runtime.set("again", &value).expect("it can be given back");
    assert!(eval::<bool>(&runtime, "again is value"));
    runtime.enter(|_| drop(value));
}
