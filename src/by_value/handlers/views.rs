//! Views of dicts and of other mappings.

use rustpython_vm::{
    PyObject, PyResult, VirtualMachine,
    builtins::{PyMappingProxy, PyType},
    pymodule,
};

use super::answer::{Answer, refuse};

/// `types.MappingProxyType`: what it is a view of, which may be a class.
pub(super) fn mapping_proxy(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let mapping = match object.downcastable::<PyMappingProxy>() {
        true => object.gc_get_referents().pop(),
        false => None,
    };
    let Some(mapping) = mapping else {
        return refuse(object, "what it shows can't be found", vm);
    };
    match mapping.downcastable::<PyType>() {
        // The cells of restored classes have these in place of dicts that need no handler.
        true => Ok(Answer::ours("_class_dict", vec![mapping], vm)?.unrecorded()),
        false => Answer::ours("_mapping_proxy", vec![mapping], vm),
    }
}

/// `dict_keys`, `dict_values` and `dict_items`, and those of `OrderedDict`.
pub(super) fn of_dict(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let proxy = object.get_attr("mapping", vm)?;
    let Some(dict) = proxy.gc_get_referents().pop() else {
        return refuse(object, "its dict can't be found", vm);
    };
    let class = object.class().slot_name();
    let which = class.rsplit('_').next().unwrap_or_default();
    let which = vm.ctx.new_str(which).into();
    drop(class);
    Answer::ours("_dict_view", vec![dict, which], vm)
}

#[pymodule(sub)]
pub(crate) mod viewing {
    use rustpython_vm::{
        PyObjectRef, PyPayload as _, PyRef, PyResult, VirtualMachine,
        builtins::{PyDict, PyMappingProxy, PyStrRef, PyTypeRef},
    };

    /// Return a class's __dict__.
    #[pyfunction]
    fn _class_dict(class: PyTypeRef) -> PyMappingProxy {
        PyMappingProxy::from(class)
    }

    /// Make a read-only view of a mapping.
    #[pyfunction]
    fn _mapping_proxy(mapping: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        Ok(PyMappingProxy::from_object(mapping, vm)?
            .into_ref(&vm.ctx)
            .into())
    }

    /// Return the keys, values or items of a dict.
    #[pyfunction]
    fn _dict_view(dict: PyRef<PyDict>, which: PyStrRef, vm: &VirtualMachine) -> PyResult {
        if !matches!(which.as_bytes(), b"keys" | b"values" | b"items") {
            return Err(vm.new_value_error("a dict has keys, values and items"));
        }
        // A subclass may have methods of its own, and its views are dict's all the same.
        let ordered = vm.import("collections", 0)?.get_attr("OrderedDict", vm)?;
        let dict = PyObjectRef::from(dict);
        let class = match dict.is_instance(&ordered, vm)? {
            true => ordered,
            false => vm.ctx.types.dict_type.to_owned().into(),
        };
        class.get_attr(&*which, vm)?.call((dict,), vm)
    }
}
