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

use rustpython_vm::{Context, PyResult, VirtualMachine};

pub(crate) use modules::watch;

/// Repairs the types that every interpreter has.
///
/// This costs least while an interpreter is being built and no type has been used yet.
pub(crate) fn repair_types(ctx: &Context) {
    byte_strings::repair(ctx);
    descriptors::repair(ctx);
    exceptions::repair(ctx);
    filter::repair(ctx);
    object::repair(ctx);
    sets::repair(ctx);
}

/// Repairs what an interpreter has once it runs.
pub(super) fn repair(vm: &VirtualMachine) -> PyResult<()> {
    struct_sequence::repair_sys(vm)
}
