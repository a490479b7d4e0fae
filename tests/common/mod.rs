//! Interpreters for the tests.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fs;
use std::path::Path;

use rustpython_pickle::InterpreterBuilderExt as _;
use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{
    AsObject as _, Interpreter, PyObjectRef, PyResult, Settings, VirtualMachine, scope::Scope,
};

/// An interpreter with the whole standard library and this crate's `_pickle`.
///
/// It leaves signals alone: RustPython asks for each handler by ignoring the signal for a moment, and a child that ends
/// while SIGCHLD is ignored is one that nobody can wait for.
pub(crate) fn interpreter() -> Interpreter {
    let mut settings = Settings::default();
    settings.install_signal_handlers = false;
    Interpreter::builder(settings)
        .install_stdlib()
        .install_pickle()
        .build()
}

/// Runs statements in a new `__main__`; an exception fails the test with its traceback.
pub(crate) fn exec(source: &str, vm: &VirtualMachine) -> Scope {
    let scope = match vm.new_scope_with_main() {
        Ok(scope) => scope,
        Err(error) => panic!("{}", traceback(&error, vm)),
    };
    run(source, &scope, vm);
    scope
}

/// Runs statements in a scope; an exception fails the test with its traceback.
pub(crate) fn run(source: &str, scope: &Scope, vm: &VirtualMachine) {
    if let Err(error) = try_run(source, scope, vm) {
        panic!("{}", traceback(&error, vm));
    }
}

/// Runs statements in a scope.
pub(crate) fn try_run(source: &str, scope: &Scope, vm: &VirtualMachine) -> PyResult {
    vm.run_string(scope.clone(), source, "<test>")
}

/// The value of a global.
pub(crate) fn global(scope: &Scope, name: &str, vm: &VirtualMachine) -> PyObjectRef {
    scope
        .globals
        .get_item(name, vm)
        .unwrap_or_else(|error| panic!("{}", traceback(&error, vm)))
}

/// An exception as text.
pub(crate) fn traceback(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let mut text = String::new();
    vm.write_exception(&mut text, error)
        .map_or_else(|_| error.class().name().to_string(), |()| text)
}

/// The repr of an object.
pub(crate) fn repr(object: &PyObjectRef, vm: &VirtualMachine) -> String {
    match object.repr(vm) {
        Ok(repr) => repr.to_string_lossy().into_owned(),
        Err(error) => panic!("{}", traceback(&error, vm)),
    }
}

/// Runs each Python script of a folder of tests in an interpreter of its own; those whose name
/// begins with `needs_threads` only where there are threads.
pub(crate) fn run_scripts(folder: &str, at_least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut scripts: Vec<_> = fs::read_dir(folder)
        .expect("a folder of scripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= at_least);
    for script in scripts {
        let name = script.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("needs_threads") && cfg!(not(feature = "threading")) {
            continue;
        }
        println!("{}", script.display());
        let source = fs::read_to_string(&script).expect("a script");
        interpreter().enter(|vm| {
            exec(&source, vm);
        });
    }
}
