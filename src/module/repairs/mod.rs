//! What RustPython's own types lack to be pickled and unpickled as CPython's are.
//!
//! The types belong to the whole process, and so do the repairs: they give a type what CPython
//! has there, and are made once, however many interpreters come. They are made in the types and
//! not in our pickler so that the pure-Python one works as well.

mod array;
mod byte_strings;
mod descriptors;
mod exceptions;
mod filter;
mod install;
mod modules;
mod object;
mod sets;
#[cfg(unix)]
mod stat_result;
mod struct_sequence;
mod zone_info;

use rustpython_vm::{Context, PyResult, VirtualMachine, common::static_cell};

pub(crate) use modules::watch;

static_cell! {
    static REPAIRED: ();
}

/// Repairs the types that every interpreter has, unless that has been done.
///
/// This costs least while an interpreter is being built and no type has been used yet. Rust
/// programs may pickle in one that was built without us.
pub(crate) fn repair_types(ctx: &Context) {
    if REPAIRED.get().is_some() {
        return;
    }
    // Two threads may come here at once, and find that each repair can be made twice.
    byte_strings::repair(ctx);
    descriptors::repair(ctx);
    exceptions::repair(ctx);
    filter::repair(ctx);
    object::repair(ctx);
    sets::repair(ctx);
    let _ = REPAIRED.set(());
}

/// Repairs what an interpreter has once it runs.
pub(super) fn repair(vm: &VirtualMachine) -> PyResult<()> {
    struct_sequence::repair_sys(vm)
}
