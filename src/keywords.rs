//! Keyword arguments from a dict.

use rustpython_vm::{
    Py, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr},
    function::FuncArgs,
};

/// Adds a dict's items to the arguments of a call.
///
/// # Errors
/// TypeError if a key is no string.
pub(crate) fn add_keywords(
    args: &mut FuncArgs,
    keywords: &Py<PyDict>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    for (key, value) in keywords.items_vec() {
        let Some(key) = key.downcast_ref::<PyStr>() else {
            return Err(vm.new_type_error("keywords must be strings"));
        };
        args.kwargs.insert(key.as_wtf8().to_owned(), value);
    }
    Ok(())
}
