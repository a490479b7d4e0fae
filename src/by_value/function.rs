//! Functions, code objects, cells and modules.

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine, pymodule};

use super::ByValue;

/// The dicts of globals that functions have been written with, by identity.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {}

pub(super) fn reduce(
    _by_value: &mut ByValue,
    _object: &PyObject,
    _vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    Ok(None)
}

#[pymodule(sub)]
pub(crate) mod functions {}
