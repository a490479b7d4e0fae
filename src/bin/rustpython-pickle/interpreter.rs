//! The interpreter that programs run in.

use rustpython_pickle::InterpreterBuilderExt as _;
use rustpython_vm::{Interpreter, Settings};

/// An interpreter with the whole standard library, none of it read from disk.
pub(crate) fn interpreter(settings: Settings) -> Interpreter {
    Interpreter::builder(settings)
        .install_stdlib()
        .install_pickle()
        .build()
}
