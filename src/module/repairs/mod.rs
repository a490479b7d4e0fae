//! What RustPython's own types lack to be pickled and unpickled as CPython's are.
//!
//! The types belong to the whole process, and so do the repairs: they give a type what CPython
//! has there, and are made once, however many interpreters come. They are made in the types and
//! not in our pickler so that the pure-Python one works as well.

mod descriptors;
mod install;
mod modules;
#[cfg(unix)]
mod stat_result;
mod struct_sequence;

use rustpython_vm::{PyResult, VirtualMachine};

pub(crate) use modules::watch;

/// Repairs the types that every interpreter has.
pub(super) fn repair(vm: &VirtualMachine) -> PyResult<()> {
    descriptors::repair(vm);
    struct_sequence::repair_sys(vm)
}
