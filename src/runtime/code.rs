//! Compiling.

use rustpython_vm::{
    PyObject, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyCode, PyTuple},
    compiler::{self, Mode, parser},
};

/// How deep source may nest, whatever the limit for calls is: compiling takes far more native stack
/// for each level than a call does.
const DEPTH: usize = 1000;

/// The code of a source.
pub(super) fn compile(
    source: &str,
    mode: Mode,
    filename: &str,
    vm: &VirtualMachine,
) -> Result<PyRef<PyCode>, PyBaseExceptionRef> {
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

/// Whether functions, classes or generators may live on that come from this code.
pub(super) fn has_inner_code(code: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let constants = code.get_attr("co_consts", vm)?;
    let Some(constants) = constants.downcast_ref::<PyTuple>() else {
        return Ok(true);
    };
    let mut constants = constants.as_slice().iter();
    Ok(constants.any(|constant| constant.downcast_ref::<PyCode>().is_some()))
}
