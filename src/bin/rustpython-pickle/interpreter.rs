//! The interpreter that programs run in.

use rustpython_pickle::InterpreterBuilderExt as _;
use rustpython_vm::{Interpreter, Settings};

/// An interpreter with the whole standard library, none of it read from disk.
pub(crate) fn interpreter(settings: Settings) -> Interpreter {
    let builder = Interpreter::builder(settings);
    let modules = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    builder
        .add_native_modules(&modules)
        .add_frozen_modules(rustpython_pylib::FROZEN_STDLIB)
        .install_pickle()
        .build()
}
