//! Bound methods.

use rustpython_vm::{PyObject, PyResult, VirtualMachine, pymodule};

use super::constructor;

/// `(_make_method, (function, object))`.
///
/// The method's own `__reduce__` looks the function up in the object under its name, where a
/// private one or one bound by hand is not.
pub(super) fn reduce_bound(method: &PyObject, vm: &VirtualMachine) -> PyResult {
    let function = method.get_attr("__func__", vm)?;
    let object = method.get_attr("__self__", vm)?;
    let args = vm.ctx.new_tuple(vec![function, object]);
    let make = constructor("_make_method", vm)?;
    Ok(vm.ctx.new_tuple(vec![make, args.into()]).into())
}

#[pymodule(sub)]
pub(crate) mod methods {
    use rustpython_vm::{
        PyObjectRef, PyPayload, PyResult, VirtualMachine, builtins::PyBoundMethod,
    };

    /// Bind a function to an object.
    #[pyfunction]
    fn _make_method(
        function: PyObjectRef,
        object: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<PyObjectRef> {
        if !function.is_callable() {
            return Err(vm.new_type_error("what is bound must be callable"));
        }
        Ok(PyBoundMethod::new(object, function)
            .into_ref(&vm.ctx)
            .into())
    }
}
