//! Compiling.

use rustpython_vm::{
    PyRef, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyCode},
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
