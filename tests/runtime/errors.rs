//! Exceptions, as the host sees them.

use rustpython_pickle::runtime::{Error, ErrorKind};

use super::{Runtime, built, eval, exec, refused, runtime};

fn is_send_and_sync<T: Send + Sync + 'static>() {}

#[test]
fn errors_go_to_other_threads_and_outlive_the_runtime() {
    is_send_and_sync::<Error>();
    let error = runtime().exec("raise LookupError('gone')").unwrap_err();
    let text = std::thread::spawn(move || error.to_string()).join();
    assert_eq!(text.expect("no panic"), "LookupError: gone");
}

#[test]
fn tracebacks_have_source_lines() {
    let runtime = built(Runtime::builder().module_source(
        "plugin",
        "def run(task):\n    # Where it goes wrong.\n    return task()\n",
    ));
    exec(&runtime, "def fail():\n    raise ValueError('bad')\n");
    runtime
        .exec_named("task.py", "import plugin\ndef task():\n    return fail()\n")
        .expect("it runs");
    let error = runtime.exec("plugin.run(\n    task\n)").unwrap_err();
    assert_eq!(
        error.traceback().expect("a traceback"),
        "Traceback (most recent call last):\n\
         \x20 File \"<exec 2>\", line 1, in <module>\n\
         \x20   plugin.run(\n\
         \x20   ~~~~~~~~~~^\n\
         \x20       task\n\
         \x20       ^^^^\n\
         \x20   )\n\
         \x20   ^\n\
         \x20 File \"<host plugin>\", line 3, in run\n\
         \x20   return task()\n\
         \x20 File \"task.py\", line 3, in task\n\
         \x20   return fail()\n\
         \x20 File \"<exec 1>\", line 2, in fail\n\
         \x20   raise ValueError('bad')\n\
         ValueError: bad\n"
    );
    assert_eq!(error.kind(), ErrorKind::Python);
    assert_eq!(error.message(), "bad");
}

#[test]
fn tracebacks_have_causes_and_notes() {
    let error = runtime()
        .exec(
            "try:\n    {}['key']\nexcept KeyError as e:\n    n = RuntimeError('no')\n    n.add_note('a note')\n    raise n from e",
        )
        .unwrap_err();
    let traceback = error.traceback().expect("a traceback");
    assert!(traceback.contains("KeyError: 'key'\n\nThe above exception was the direct cause"));
    assert!(
        traceback.ends_with("RuntimeError: no\na note\n"),
        "{traceback}"
    );
}

#[test]
fn source_that_does_not_compile() {
    let runtime = runtime();
    let error = runtime.exec("x = 1\nif x\n").unwrap_err();
    assert_eq!(error.exception_type(), Some("SyntaxError"));
    let traceback = error.traceback().expect("a traceback");
    assert!(
        traceback.starts_with("  File \"<exec 1>\", line 2\n    if x\n"),
        "{traceback}"
    );
    // It did not begin to run.
    assert!(runtime.globals().expect("names").is_empty());
    for source in [
        "\0",
        "a\0b",
        "\u{feff}\u{0}",
        "'\\ud800",
        "\"\"\"",
        "\\",
        "é = 'ü",
        "🦀",
    ] {
        assert!(runtime.exec(source).is_err(), "{source:?}");
    }
    exec(&runtime, "x = 1\r\ny = 2\r");
    assert_eq!(eval::<u8>(&runtime, "x + y"), 3);
}

#[test]
fn exit_is_told_from_other_errors() {
    let runtime = runtime();
    for (code, number) in [
        ("", 0),
        ("None", 0),
        ("3", 3),
        ("-1", -1),
        ("True", 1),
        ("'text'", 1),
        ("2**32 + 5", 5),
        ("10**30", -1),
        ("(1, 2)", 1),
    ] {
        let error = runtime
            .exec(&format!("raise SystemExit({code})"))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exit, "{code}");
        assert_eq!(error.exit_code(), Some(number), "{code}");
    }
    let error = runtime
        .exec("import sys\nsys.exit('farewell')")
        .unwrap_err();
    assert_eq!(error.message(), "farewell");
    assert_eq!(runtime.exec("1 / 0").unwrap_err().exit_code(), None);
    // The runtime is still there.
    assert_eq!(eval::<u8>(&runtime, "1 + 1"), 2);
}

#[test]
fn what_was_done_before_an_exception_stays() {
    let runtime = runtime();
    assert!(runtime.exec("x = 1\nraise OSError\ny = 2").is_err());
    assert_eq!(runtime.globals().expect("names"), ["x"]);
    for _ in 0..50 {
        assert!(runtime.exec("def f(): f()\nf()").is_err());
        assert_eq!(eval::<u8>(&runtime, "x"), 1);
    }
}

#[test]
fn exceptions_that_are_hard_to_print() {
    let runtime = runtime();
    exec(
        &runtime,
        "class Bad(Exception):\n    def __str__(self): raise ValueError\nclass Worse(Bad):\n    __module__ = property(lambda self: 1 / 0)\n    __repr__ = None",
    );
    let error = runtime.exec("raise Bad").unwrap_err();
    assert_eq!(error.to_string(), "Bad: <exception str() failed>");
    assert!(
        error
            .traceback()
            .is_some_and(|text| text.contains("raise Bad"))
    );
    assert_eq!(
        runtime.exec("raise Worse").unwrap_err().kind(),
        ErrorKind::Python
    );
    let error = runtime.exec("raise ValueError('\\ud800')").unwrap_err();
    assert_eq!(error.message(), "\u{fffd}");
    // Without the module that prints them there is RustPython's own way.
    exec(&runtime, "import sys\nsys.modules['traceback'] = None");
    let error = runtime.exec("raise ValueError('plain')").unwrap_err();
    let traceback = error.traceback().expect("a traceback");
    assert!(traceback.starts_with("Traceback") && traceback.ends_with("ValueError: plain\n"));
}

#[test]
fn types_are_named_with_their_module() {
    let runtime = runtime();
    exec(
        &runtime,
        "import decimal\nclass Outer:\n    class Inner(Exception): pass",
    );
    for (raise, name) in [
        ("Outer.Inner()", "Outer.Inner"),
        ("decimal.InvalidOperation()", "decimal.InvalidOperation"),
        ("KeyError()", "KeyError"),
    ] {
        let error = runtime.exec(&format!("raise {raise}")).unwrap_err();
        assert_eq!(error.exception_type(), Some(name));
        assert_eq!(error.to_string(), name);
    }
}

#[test]
fn conversions_that_python_code_fails() {
    let runtime = runtime();
    exec(
        &runtime,
        "class Index:\n    def __index__(self): return 1 / 0",
    );
    let error = refused::<Vec<i32>>(&runtime, "[1, Index()]");
    assert_eq!(error.kind(), ErrorKind::Python);
    assert_eq!(error.path(), Some("[1]"));
    assert_eq!(
        error.to_string(),
        "[1]: ZeroDivisionError: division by zero"
    );
    assert!(
        error
            .traceback()
            .is_some_and(|text| text.contains("return 1 / 0"))
    );
}

#[test]
fn the_exception_itself_is_inside_enter() {
    let runtime = runtime();
    exec(&runtime, "def f(): raise KeyError('a', 'b')");
    runtime.enter(|vm| {
        let main = vm.main_namespace().expect("there is one");
        let function = main.get_item("f", vm).expect("a function");
        let exception = function.call((), vm).unwrap_err();
        assert_eq!(exception.args().len(), 2);
        let error = Error::from_exception(&exception, vm);
        assert_eq!(error.to_string(), "KeyError: ('a', 'b')");
    });
}

/// RustPython 0.6 panics on this source when Python code compiles it.
#[test]
fn a_panic_of_rustpython_ends_one_runtime_only() {
    let (one, other) = (runtime(), runtime());
    exec(
        &one,
        "def f(n):\n    if n: f(n - 1)\n    compile(\"é = 'ü\", 'x', 'exec')",
    );
    let error = other.enter(|_| one.exec("f(5)").unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert!(
        error.message().starts_with("the interpreter panicked: "),
        "{error}"
    );
    let error = one.eval::<u8>("1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    #[cfg(feature = "snapshot")]
    assert!(one.snapshot(&Default::default()).is_err());
    exec(
        &other,
        "import sys, traceback\ndef g(n): return g(n - 1) if n else traceback.format_stack()",
    );
    assert_eq!(eval::<Vec<String>>(&other, "g(3)").len(), 5);
    drop(one);
    exec(&other, "import gc\ngc.collect()");

    let through = built(Runtime::builder().function(
        "call",
        |f: rustpython_vm::PyObjectRef, vm: &rustpython_vm::VirtualMachine| {
            f.call((), vm)
                .map_err(rustpython_pickle::runtime::HostError::exception)
        },
    ));
    exec(
        &through,
        "def f(): compile(\"é = 'ü\", 'x', 'exec')\ndef g():\n    try: call(f)\n    except BaseException: pass",
    );
    assert_eq!(through.exec("g()").unwrap_err().kind(), ErrorKind::Panic);
    assert_eq!(through.exec("g()").unwrap_err().kind(), ErrorKind::Panic);
}
