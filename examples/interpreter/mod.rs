//! The interpreter of the examples.

use rustpython_pickle::InterpreterBuilderExt as _;
use rustpython_vm::{Interpreter, PyResult, Settings, VirtualMachine};
use std::process::ExitCode;

/// Runs `main` in an interpreter that has the standard library and this crate's
/// `_pickle`; an exception that it raises ends the program, with a traceback.
pub(crate) fn run(
    argv: Vec<String>,
    main: impl FnOnce(&VirtualMachine) -> PyResult<()>,
) -> ExitCode {
    let mut settings = Settings::default();
    settings.argv = argv;
    let code = Interpreter::builder(settings)
        .install_stdlib()
        .install_pickle()
        .build()
        .run(main);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
