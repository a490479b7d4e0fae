//! What a program does at its end, before its objects go.

use rustpython_vm::{PyResult, VirtualMachine};

/// Waits for the threads that are no daemons and runs what `atexit` has, as `python` does at its exit.
///
/// A host that saves a session at the end of a program calls this first, so that the session has what these do.
/// Nothing is done twice: the interpreter finds nothing left to wait for and to run when it ends.
///
/// Exceptions are reported through `sys.unraisablehook`, as in CPython.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let scope = vm.new_scope_with_main()?;
/// vm.run_string(scope.clone(), "import atexit\ndone = []\natexit.register(done.append, 1)", "<doc>")?;
/// rustpython_pickle::run_exit_functions(vm);
/// rustpython_pickle::run_exit_functions(vm);
/// let done: Vec<u8> = scope.globals.get_item("done", vm)?.try_into_value(vm)?;
/// assert_eq!(done, [1]);
/// # Ok::<(), rustpython_vm::builtins::PyBaseExceptionRef>(())
/// # }).unwrap();
/// ```
pub fn run_exit_functions(vm: &VirtualMachine) {
    for (module, function) in [("threading", "_shutdown"), ("atexit", "_run_exitfuncs")] {
        if let Err(error) = call(module, function, vm) {
            let message = format!("Exception ignored in {module}.{function}()");
            vm.run_unraisable(error, Some(message), vm.ctx.none());
        }
    }
}

/// Calls a function of a module that is in use.
fn call(module: &'static str, function: &'static str, vm: &VirtualMachine) -> PyResult<()> {
    let Some(module) = crate::by_value::loaded_module(module, vm)? else {
        return Ok(());
    };
    module.get_attr(function, vm)?.call((), vm).map(drop)
}
