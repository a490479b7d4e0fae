//! The embeddable interpreter.
#![cfg(feature = "stdlib")]

#[path = "runtime/conversions.rs"]
mod conversions;
#[path = "runtime/errors.rs"]
mod errors;
#[path = "runtime/host.rs"]
mod host;
#[path = "runtime/host_names.rs"]
mod host_names;
#[path = "runtime/isolation.rs"]
mod isolation;
#[path = "runtime/pickles.rs"]
mod pickles;
#[cfg(feature = "snapshot")]
#[path = "runtime/restored.rs"]
mod restored;
#[path = "runtime/session.rs"]
mod session;
#[path = "runtime/threads.rs"]
mod threads;

use rustpython_pickle::runtime::{Builder, Error, FromPython, Runtime};

fn runtime() -> Runtime {
    built(Runtime::builder())
}

fn built(builder: Builder) -> Runtime {
    builder.build().expect("a runtime")
}

#[track_caller]
fn exec(runtime: &Runtime, source: &str) {
    if let Err(error) = runtime.exec(source) {
        panic!("{}", error.traceback().unwrap_or(error.message()));
    }
}

#[track_caller]
fn eval<T: FromPython>(runtime: &Runtime, expression: &str) -> T {
    match runtime.eval(expression) {
        Ok(value) => value,
        Err(error) => panic!("{expression}: {error}"),
    }
}

/// Why there is no value of this type for an expression.
#[track_caller]
fn refused<T: FromPython>(runtime: &Runtime, expression: &str) -> Error {
    match runtime.eval::<T>(expression) {
        Ok(_) => panic!("{expression} has a value"),
        Err(error) => error,
    }
}
