//! What the host gives: functions, modules, output.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustpython_pickle::runtime::{Bytes, Capture, ErrorKind, HostError, Rest};
use rustpython_vm::{PyObjectRef, VirtualMachine, pymodule};

use super::{Runtime, built, eval, exec, refused};

#[test]
fn functions_of_many_shapes() {
    let runtime = built(
        Runtime::builder()
            .function("nothing", || ())
            .function("vm_only", |vm: &VirtualMachine| vm.new_pyobj(1))
            .function("both", |object: PyObjectRef, vm: &VirtualMachine| {
                object.length(vm).map_err(HostError::exception)
            })
            .function(
                "twelve",
                |a: u8,
                 b: u8,
                 c: u8,
                 d: u8,
                 e: u8,
                 f: u8,
                 g: u8,
                 h: u8,
                 i: u8,
                 j: u8,
                 k: u8,
                 l: u8| {
                    [a, b, c, d, e, f, g, h, i, j, k, l]
                        .map(u32::from)
                        .iter()
                        .sum::<u32>()
                },
            )
            .function("optional", |a: i32, b: Option<i32>, c: Option<String>| {
                (a, b, c)
            })
            .function("rest", |first: String, rest: Rest<i64>| (first, rest.0))
            .function("fails", |fail: bool| {
                if fail {
                    Err(io::Error::from_raw_os_error(2))
                } else {
                    Ok("fine")
                }
            }),
    );
    exec(
        &runtime,
        "assert nothing() is None and vm_only() == 1 and both([1, 2]) == 2",
    );
    exec(&runtime, "assert twelve(*range(12)) == 66");
    exec(
        &runtime,
        "assert optional(1) == optional(1, None) == (1, None, None)",
    );
    exec(&runtime, "assert optional(1, 2, 'x') == (1, 2, 'x')");
    exec(
        &runtime,
        "assert rest('a') == ('a', []) and rest('a', 1, 2) == ('a', [1, 2])",
    );
    exec(&runtime, "assert fails(False) == 'fine'");
    let error = runtime.exec("fails(True)").unwrap_err();
    assert_eq!(error.exception_type(), Some("FileNotFoundError"));
    exec(
        &runtime,
        "try: both(5)\nexcept TypeError as e: assert 'len()' in str(e)",
    );
}

#[test]
fn wrong_arguments_name_the_argument() {
    let runtime = built(Runtime::builder().function("f", |_: i8, _: Option<Vec<(u8, String)>>| ()));
    for (call, message) in [
        ("f()", "TypeError: f() missing argument 1"),
        (
            "f(1, None, 3)",
            "TypeError: f() takes at most 2 arguments but 3 were given",
        ),
        ("f(a=1)", "TypeError: f() takes no keyword arguments"),
        ("f('1')", "TypeError: f() argument 1: expected int, got str"),
        (
            "f(1.0)",
            "TypeError: f() argument 1: expected int, got float",
        ),
        (
            "f(128)",
            "OverflowError: f() argument 1: 128 is not in -128..=127",
        ),
        (
            "f(1, [(1, 'a'), (2, b'b')])",
            "TypeError: f() argument 2[1][1]: expected str, got bytes",
        ),
        (
            "f(1, [(1,)])",
            "ValueError: f() argument 2[0]: expected a tuple of 2, got one of 1",
        ),
        (
            "f(1, range(3))",
            "TypeError: f() argument 2: expected list or tuple, got range",
        ),
    ] {
        assert_eq!(refused::<()>(&runtime, call).to_string(), message);
    }
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no number in the file")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn errors_become_exceptions() {
    let runtime = built(
        Runtime::builder()
            .function("chain", || "x".parse::<i32>().map_err(Outer))
            .function("raise_", |name: String| {
                Err::<(), _>(HostError::new(name, "text"))
            })
            .function("msg", || Err::<(), _>(HostError::msg(5))),
    );
    for (call, message) in [
        (
            "chain()",
            "RuntimeError: no number in the file: invalid digit found in string",
        ),
        ("raise_('KeyError')", "KeyError: 'text'"),
        (
            "raise_('json.decoder.JSONDecodeError')",
            "TypeError: JSONDecodeError.__init__() missing 2 required positional arguments: 'doc' and 'pos'",
        ),
        (
            "raise_('decimal.InvalidOperation')",
            "decimal.InvalidOperation: text",
        ),
        ("raise_('int')", "RuntimeError: int: text"),
        (
            "raise_('no.such.Error')",
            "RuntimeError: no.such.Error: text",
        ),
        ("raise_('')", "RuntimeError: : text"),
        ("msg()", "RuntimeError: 5"),
    ] {
        assert_eq!(refused::<()>(&runtime, call).to_string(), message, "{call}");
    }
    let error = refused::<()>(&runtime, "raise_('SystemExit')");
    assert_eq!(
        (error.kind(), error.exit_code()),
        (ErrorKind::Exit, Some(1))
    );
}

#[test]
fn a_panic_is_an_exception_and_the_runtime_goes_on() {
    let runtime = built(Runtime::builder().module("host", |module| {
        module
            .function("boom", |text: String| {
                if !text.is_empty() {
                    panic!("{text}")
                }
            })
            .function("boom_vm", |vm: &VirtualMachine| -> PyObjectRef {
                let _held = vm.new_pyobj("held");
                panic!("with a vm")
            })
    }));
    exec(
        &runtime,
        "import host\nfrom rustpython_pickle import HostPanic",
    );
    for _ in 0..100 {
        let error = runtime
            .exec("def f(n):\n    if n: f(n - 1)\n    host.boom('boom')\nf(20)")
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert_eq!(
            error.to_string(),
            "rustpython_pickle.HostPanic: boom panicked: boom"
        );
    }
    // Only who names it, or all exceptions, catches it.
    let error = runtime
        .exec("try: host.boom('x')\nexcept Exception: pass")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    exec(
        &runtime,
        "caught = []\nfor function, *args in (host.boom, 'x'), (host.boom_vm,):\n    try: function(*args)\n    except HostPanic as e: caught.append(str(e))\n    finally: host.boom('')",
    );
    assert_eq!(
        eval::<Vec<String>>(&runtime, "caught"),
        ["boom panicked: x", "boom_vm panicked: with a vm"]
    );
}

#[test]
fn host_modules_are_imported_like_others() {
    let runtime = built(
        Runtime::builder()
            .module("app.clock", |module| {
                module
                    .doc("Time.")
                    .constant("START", 5)
                    .function("now", || 7)
            })
            .module_source(
                "app.rules",
                "from . import clock\nfrom .clock import now\nLIMIT = now() + clock.START\n",
            )
            .module_source("json", "def loads(text): return 'the host comes first'\n")
            .module_source("broken", "import nowhere\n"),
    );
    exec(
        &runtime,
        "import app.clock, app.rules, json, importlib.util, sys, inspect",
    );
    exec(
        &runtime,
        "assert app.rules.LIMIT == 12 and app.clock.__doc__ == 'Time.'",
    );
    exec(
        &runtime,
        "assert repr(app.clock.now) == '<host function app.clock.now>'",
    );
    exec(&runtime, "assert json.loads('1') == 'the host comes first'");
    exec(
        &runtime,
        "assert importlib.util.find_spec('app.rules').origin == '<host app.rules>'",
    );
    exec(
        &runtime,
        "assert inspect.getsource(json.loads).startswith('def loads')",
    );
    exec(
        &runtime,
        "assert not hasattr(app.clock, '__file__') and app.__path__ == []",
    );
    exec(
        &runtime,
        "before = app.rules\ndel sys.modules['app.rules']\nimport app.rules\nassert app.rules is not before",
    );
    let error = runtime.import("broken").unwrap_err();
    assert!(error.traceback().is_some_and(|text| {
        text.contains("File \"<host broken>\", line 1, in <module>\n    import nowhere\n")
    }));
    assert_eq!(
        runtime.import("app.nothing").unwrap_err().message(),
        "No module named 'app.nothing'"
    );
}

#[test]
fn host_functions_are_pickled_by_name() {
    let runtime = built(Runtime::builder().module("host", |module| module.function("now", || 7)));
    exec(&runtime, "import host, pickle, copy");
    exec(
        &runtime,
        "assert pickle.loads(pickle.dumps([host.now]))[0] is host.now",
    );
    exec(&runtime, "assert copy.deepcopy(host.now) is host.now");
}

#[test]
fn names_of_modules_are_checked() {
    for name in ["", "a b", "a..b", ".a", "a.", "1a"] {
        let error = Runtime::builder()
            .module_source(name, "")
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Options, "{name:?}");
    }
}

#[pymodule]
mod native {
    #[pyfunction]
    fn double(number: i64) -> i64 {
        number * 2
    }
}

#[test]
fn native_modules() {
    let runtime = built(Runtime::builder().native_module(native::module_def));
    assert_eq!(
        runtime
            .call::<i64>("native.double", (21,))
            .expect("it is there"),
        42
    );
}

#[test]
fn globals_from_the_start() {
    let builder = Runtime::builder()
        .global("limits", vec![1, 2])
        .global("name", "demo")
        .function("half", |number: f64| number / 2.0);
    let (one, other) = (built(builder.clone()), built(builder));
    exec(&one, "limits.append(half(6))");
    assert_eq!(eval::<Vec<f64>>(&one, "limits"), [1.0, 2.0, 3.0]);
    assert_eq!(eval::<Vec<f64>>(&other, "limits"), [1.0, 2.0]);
    assert_eq!(other.globals().expect("names"), ["limits", "name", "half"]);
}

#[test]
fn what_functions_have_captured_is_dropped_with_the_runtime() {
    let held = Arc::new(());
    let captured = Arc::clone(&held);
    let runtime = built(Runtime::builder().module("host", move |module| {
        module.function("f", move || Arc::strong_count(&captured))
    }));
    exec(
        &runtime,
        "import host\nkept = [host.f]\nassert host.f() == 2",
    );
    drop(runtime);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn output_goes_to_the_host() {
    let (out, err) = (Capture::new(), Capture::new());
    let runtime = built(Runtime::builder().stdout(out.clone()).stderr(err.clone()));
    exec(&runtime, "import sys\nprint('a', 1, end='')");
    assert_eq!(out.take(), "a 1");
    exec(
        &runtime,
        "sys.stderr.write('oops\\n')\nsys.stdout.buffer.write(b'raw \\xff')\nprint('\\ud800')",
    );
    assert_eq!(out.take(), "raw \u{fffd}\\ud800\n");
    assert_eq!(err.take(), "oops\n");
    exec(
        &runtime,
        "assert not sys.stdout.isatty() and sys.stdout.encoding == 'utf-8' and sys.stdout.name == '<stdout>'",
    );
    exec(
        &runtime,
        "import io\ntry: sys.stdout.fileno()\nexcept io.UnsupportedOperation: pass\nelse: assert False",
    );
    // What cannot be raised is printed; what runs at the end as well.
    exec(
        &runtime,
        "class C:\n    def __del__(self): raise ValueError('lost')",
    );
    exec(
        &runtime,
        "C()\nimport atexit\natexit.register(print, 'the end')",
    );
    assert!(err.take().contains("ValueError: lost"));
    drop(runtime);
    assert_eq!(out.take(), "the end\n");
}

/// A writer that fails, or worse.
struct Broken(&'static str);

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0 {
            "panics" if bytes == b"x" => panic!("no more paper"),
            "panics" => Ok(bytes.len()),
            _ => Err(io::Error::from(io::ErrorKind::StorageFull)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn writers_may_fail() {
    let runtime = built(Runtime::builder().stdout(Broken("fails")));
    let error = runtime.exec("print('x')").unwrap_err();
    assert_eq!(error.exception_type(), Some("OSError"), "{error}");
    let runtime = built(Runtime::builder().stdout(Broken("panics")));
    assert_eq!(
        runtime.exec("print('x', end='')").unwrap_err().kind(),
        ErrorKind::Panic
    );
    exec(&runtime, "print('y')");
}

#[test]
fn raw_functions_get_everything() {
    let runtime = built(Runtime::builder().module("host", |module| {
        module.raw_function("f", |args, vm| {
            let names: Vec<_> = args
                .kwargs
                .keys()
                .map(|name| vm.ctx.new_str(name.as_str().expect("text")).into())
                .collect();
            Ok(vm
                .ctx
                .new_tuple(vec![
                    vm.ctx.new_list(args.args).into(),
                    vm.ctx.new_list(names).into(),
                ])
                .into())
        })
    }));
    exec(
        &runtime,
        "import host\nassert host.f(1, b=2, a=3) == ([1], ['b', 'a'])",
    );
}

#[test]
fn a_host_function_may_use_another_runtime() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let outer = built(
        Runtime::builder().function("elsewhere", move |source: String| {
            counter.fetch_add(1, Ordering::Relaxed);
            let inner = Runtime::new()?;
            inner.exec("x = 'inner'")?;
            inner.eval::<String>(&source)
        }),
    );
    exec(&outer, "x = 'outer'");
    assert_eq!(eval::<String>(&outer, "elsewhere('x') + x"), "innerouter");
    let error = refused::<String>(&outer, "elsewhere('y')");
    assert_eq!(
        error.to_string(),
        "RuntimeError: NameError: name 'y' is not defined"
    );
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[test]
fn bytes_go_over_as_they_are() {
    let runtime = built(
        Runtime::builder().function("reverse", |Bytes(mut bytes): Bytes| {
            bytes.reverse();
            Bytes(bytes)
        }),
    );
    exec(&runtime, "import array");
    exec(
        &runtime,
        "for type_ in bytes, bytearray, lambda b: memoryview(b), lambda b: array.array('B', b): assert reverse(type_(b'abc')) == b'cba'",
    );
    exec(
        &runtime,
        "assert reverse(memoryview(b'abcdef')[::2]) == b'eca'",
    );
}
