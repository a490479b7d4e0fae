//! What runtimes see of one another, and what is left of them.

use rustpython_pickle::runtime::ErrorKind;
use rustpython_vm::{Interpreter, PyObjectRef};

use super::{Runtime, built, eval, exec, runtime};

#[test]
fn runtimes_on_one_thread_do_not_see_each_other() {
    let (one, other) = (runtime(), runtime());
    exec(
        &one,
        "import sys, json, builtins\nx = 1\nsys.path.append('/one')\njson.mine = 1\nbuiltins.spam = 1\nsys.setrecursionlimit(77)",
    );
    exec(&other, "import sys, json");
    for expression in [
        "'x' in globals()",
        "'/one' in sys.path",
        "hasattr(json, 'mine')",
        "'spam' in dir(__builtins__)",
        "sys.getrecursionlimit() == 77",
    ] {
        assert!(!eval::<bool>(&other, expression), "{expression}");
    }
    // Types of Rust's are shared, and can't be changed.
    for change in [
        "int.spam = 1",
        "import collections\ncollections.deque.spam = 1",
        "import _pickle\n_pickle.PicklingError.spam = 1",
        "ValueError.spam = 1",
    ] {
        let error = one.exec(change).unwrap_err();
        assert_eq!(error.exception_type(), Some("TypeError"), "{change}");
    }
    exec(&one, "class Mine(list): pass");
    assert!(!eval::<bool>(
        &other,
        "any(c.__name__ == 'Mine' for c in list.__subclasses__())"
    ));
}

#[test]
fn calls_nest_across_runtimes() {
    let (one, other) = (runtime(), runtime());
    exec(&one, "x = 'one'");
    exec(&other, "x = 'other'");
    let names = one.enter(|_| {
        let inner = other.enter(|_| (eval::<String>(&one, "x"), eval::<String>(&other, "x")));
        (eval::<String>(&one, "x"), inner)
    });
    assert_eq!(names, ("one".into(), ("one".into(), "other".into())));
    // In the other order than they were built, and inside of one another.
    one.enter(|_| drop(other));
    assert_eq!(eval::<String>(&one, "x"), "one");
}

#[test]
fn objects_outlive_their_runtime() {
    let runtime = runtime();
    exec(
        &runtime,
        "class C:\n    def __del__(self): self.gone = True\nobjects = [C(), [1, 2], 'text', lambda: 5, C, (i for i in [1])]",
    );
    let objects: Vec<PyObjectRef> = eval(&runtime, "objects");
    drop(runtime);
    let text = objects[2].downcast_ref::<rustpython_vm::builtins::PyStr>();
    assert_eq!(text.and_then(|text| text.to_str()), Some("text"));
    drop(objects);
    // They may also be dropped inside of another.
    let first = super::runtime();
    let objects: Vec<PyObjectRef> = eval(&first, "[object(), [{}], {1: 'a'}]");
    drop(first);
    super::runtime().enter(|_| drop(objects));
}

#[test]
fn a_hundred_runtimes_come_and_go() {
    for number in 0..100 {
        let runtime = built(Runtime::builder().global("number", number));
        exec(
            &runtime,
            "class C: pass\nc = C()\nc.c = c\ntext = f'{number}'",
        );
        assert_eq!(
            eval::<String>(&runtime, "c.c.c and text"),
            number.to_string()
        );
    }
}

#[test]
fn a_runtime_beside_a_host_with_its_own_interpreter() {
    use rustpython_pickle::InterpreterBuilderExt as _;
    let interpreter = Interpreter::builder(Default::default())
        .install_stdlib()
        .install_pickle()
        .build();
    let value = interpreter.enter(|vm| {
        let runtime = runtime();
        exec(&runtime, "x = 5");
        let x = eval::<u8>(&runtime, "x");
        drop(runtime);
        let scope = vm.new_scope_with_builtins();
        let seven = vm.run_block_expr(scope, "7").expect("a number");
        (x, seven.try_to_value::<u8>(vm).expect("a number"))
    });
    assert_eq!(value, (5, 7));
}

#[test]
fn the_seed_of_hashes_belongs_to_the_process() {
    // Whatever the seed is by now, it is none of these two at once.
    let mine = runtime();
    let hash: i64 = eval(&mine, "hash('seed')");
    let results = [7, 8].map(|seed| Runtime::builder().hash_seed(seed).build());
    assert!(results.iter().any(Result::is_err));
    for result in results {
        match result {
            Ok(runtime) => assert_eq!(eval::<i64>(&runtime, "hash('seed')"), hash),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Options, "{error}"),
        }
    }
}

#[test]
fn files_are_closed_when_the_runtime_is_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.txt");
    let runtime = runtime();
    runtime.set("path", &path).expect("a path");
    exec(
        &runtime,
        "f = open(path, 'w')\nf.write('buffered')\nimport sys\nsys.kept = f",
    );
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "");
    drop(runtime);
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "buffered");
}

#[test]
fn options_of_the_thread_are_refused_here() {
    let error = Runtime::builder().stack_size(1 << 24).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Options);
    let error = Runtime::builder().stack_size(1000).spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Options);
    let error = Runtime::builder().recursion_limit(0).build().unwrap_err();
    assert_eq!(error.exception_type(), Some("ValueError"));
}

/// A drop may be part of an unwinding, where a panic would end the process.
#[test]
fn a_panic_of_rustpythons_at_the_end_stays_there() {
    let runtime = runtime();
    exec(
        &runtime,
        "import atexit\natexit.register(lambda: compile(\"é = 'ü\", 'f', 'exec'))",
    );
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _runtime = runtime;
        panic!("the host's own");
    }))
    .unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the host's own"));
    // Others go on.
    assert_eq!(eval::<u8>(&self::runtime(), "1 + 1"), 2);
}
