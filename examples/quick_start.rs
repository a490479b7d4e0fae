//! Dumps an object to bytes, and loads it again.
//!
//! `cargo run --example quick_start`

use rustpython_pickle::{InterpreterBuilderExt as _, dumps, loads};
use rustpython_vm::{AsObject as _, Interpreter, PyResult, Settings, VirtualMachine};
use std::process::ExitCode;

fn main() -> ExitCode {
    // An interpreter with the standard library, and with this crate behind `import pickle`.
    let interpreter = Interpreter::builder(Settings::default())
        .install_stdlib()
        .install_pickle()
        .build();
    let code = interpreter.run(round_trip);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn round_trip(vm: &VirtualMachine) -> PyResult<()> {
    let scope = vm.new_scope_with_builtins();
    let user = vm.run_block_expr(scope, "{'name': 'Ada', 'born': (1815, 12, 10)}")?;

    let pickle = dumps(&user, vm).map_err(|error| error.into_exception(vm))?;
    println!("{} bytes", pickle.len());

    let copy = loads(&pickle, vm).map_err(|error| error.into_exception(vm))?;
    println!("{}", copy.repr(vm)?);
    println!("equal: {}", vm.bool_eq(&user, &copy)?);
    println!("the same object: {}", user.is(&copy));
    Ok(())
}
