//! Which objects go by value: those that nobody could import.

use std::collections::HashSet;

use rustpython_vm::{PyObject, PyResult, VirtualMachine};

/// By reference when the same object can be imported, by value when it lives in `__main__`, in a
/// module made at run time, or in a module registered for by-value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    /// Modules registered for by-value, by name; their submodules with them.
    pub(crate) registered: HashSet<String>,
}

impl Rule {
    pub(crate) fn add_session_module(&mut self, _name: &str, _module: rustpython_vm::PyObjectRef) {}
    pub(crate) fn importable_name(
        &mut self,
        _m: &PyObject,
        _vm: &VirtualMachine,
    ) -> PyResult<Option<String>> {
        Ok(None)
    }

    /// Whether importing a name gives this very object, in a process that has not made it itself.
    pub(crate) fn is_importable(&self, _object: &PyObject, _vm: &VirtualMachine) -> PyResult<bool> {
        Ok(true)
    }
}
