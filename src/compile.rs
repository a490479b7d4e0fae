//! Compiling, without RustPython's panic.

use rustpython_vm::{
    PyRef, PyResult, VirtualMachine,
    builtins::PyCode,
    compiler::{self, Mode, parser},
};

/// How deep source may nest, whatever the limit for calls is: compiling takes far more native stack
/// for each level than a call does.
const DEPTH: usize = 1000;

/// The code of a source, as Python's `compile`.
///
/// In the place of [`VirtualMachine::compile`], which panics at a source that has letters beyond ASCII
/// and a string that does not end (RustPython 0.6).
///
/// # Errors
/// `SyntaxError`; what the warnings filters make of a `SyntaxWarning`; `RecursionError` when the source nests too
/// deep.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_vm::compiler::Mode;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// assert!(rustpython_pickle::compile("é = 1", Mode::Exec, "<doc>", vm).is_ok());
/// let error = rustpython_pickle::compile("é = 'ü", Mode::Exec, "<doc>", vm).unwrap_err();
/// assert_eq!(&*error.class().name(), "SyntaxError");
/// # use rustpython_vm::AsObject as _;
/// # });
/// ```
pub fn compile(
    source: &str,
    mode: Mode,
    filename: &str,
    vm: &VirtualMachine,
) -> PyResult<PyRef<PyCode>> {
    let mut opts = vm.compile_opts();
    opts.recursion_limit = opts.recursion_limit.min(DEPTH);
    if !source.is_ascii() && !parses(source, mode) {
        // Looking for something to warn of, RustPython cuts such a source within a character.
        let refused = compiler::compile(source, mode, filename, opts);
        return match refused {
            Ok(code) => Ok(vm.ctx.new_code(code)),
            Err(error) => Err(vm.new_syntax_error(&error, Some(source))),
        };
    }
    vm.compile_with_opts(source, mode, filename, opts)
        .map_err(|error| error.into_pyexception(vm, Some(source)))
}

fn parses(source: &str, mode: Mode) -> bool {
    let mode = match mode {
        Mode::Eval => parser::Mode::Expression,
        _ => parser::Mode::Module,
    };
    parser::parse(source, mode.into()).is_ok()
}
