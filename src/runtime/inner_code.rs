//! What code keeps its source alive.

use rustpython_vm::{
    PyObject, PyResult, VirtualMachine,
    builtins::{PyCode, PyTuple},
};

/// Whether functions, classes or generators may live on that come from this code.
pub(super) fn has_inner_code(code: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let constants = code.get_attr("co_consts", vm)?;
    let Some(constants) = constants.downcast_ref::<PyTuple>() else {
        return Ok(true);
    };
    let mut constants = constants.as_slice().iter();
    Ok(constants.any(|constant| constant.downcast_ref::<PyCode>().is_some()))
}
