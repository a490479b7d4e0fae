//! Python classes that say themselves how they are pickled.
//!
//! `cargo run --example custom_classes`

#[path = "../interpreter/mod.rs"]
mod interpreter;

use rustpython_pickle::{dumps, loads};
use rustpython_vm::{PyResult, VirtualMachine, import::import_source};
use std::process::ExitCode;

fn main() -> ExitCode {
    interpreter::run(Vec::new(), copies)
}

/// Shows each object, and what comes back of it.
fn copies(vm: &VirtualMachine) -> PyResult<()> {
    let classes = import_source(vm, "classes", include_str!("classes.py"))?;
    let objects = classes.get_attr("OBJECTS", vm)?;
    for index in 0..objects.length(vm)? {
        let object = objects.get_item(&index, vm)?;
        let pickle = dumps(&object, vm).map_err(|error| error.into_exception(vm))?;
        let copy = loads(&pickle, vm).map_err(|error| error.into_exception(vm))?;
        println!("{} -> {}", object.repr(vm)?, copy.repr(vm)?);
    }

    // An object that can't be pickled is found wherever it is.
    let settings = classes.get_attr("BROKEN", vm)?;
    if let Err(error) = dumps(&settings, vm) {
        println!("not pickled: {error}");
    }
    Ok(())
}
