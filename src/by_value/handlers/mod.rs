//! Handlers: how objects that hold something of the process are saved all the same.

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine, pymodule};

use super::ByValue;

pub(super) fn reduce(
    _by_value: &mut ByValue,
    _object: &PyObject,
    _vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    Ok(None)
}

#[pymodule(sub)]
pub(crate) mod handled {}
