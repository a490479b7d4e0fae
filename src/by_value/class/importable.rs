//! Whether a class can be imported: asked without running code of its metaclass.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyModule, PyStr, PyType},
};

use crate::by_value::ByValue;

/// Whether a class or a part of annotations is found by importing its name.
pub(super) fn is_importable(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<bool> {
    let (module, name) = match object.downcast_ref::<PyType>() {
        Some(class) => names_of_class(class, vm),
        None => (
            vm.get_attribute_opt(object, "__module__")?,
            vm.get_attribute_opt(object, "__name__")?,
        ),
    };
    let text = |object: &Option<PyObjectRef>| {
        let text = object.as_ref()?.downcast_ref::<PyStr>()?;
        Some(text.to_str()?.to_owned())
    };
    let (Some(module), Some(name)) = (text(&module), text(&name)) else {
        return Ok(false);
    };
    let Some(found) = super::loaded_module(&module, vm) else {
        return Ok(false);
    };
    if !is_importable_module(by_value, &module, &found, vm)? {
        return Ok(false);
    }
    let mut found = found;
    for part in name.split('.') {
        let part = vm.ctx.intern_str(part);
        let next = if let Some(class) = found.downcast_ref::<PyType>() {
            class.get_attr(part)
        } else if let Some(module) = found.downcast_ref::<PyModule>() {
            module.dict().get_item_opt(part, vm)?
        } else {
            None
        };
        let Some(next) = next else { return Ok(false) };
        found = next;
    }
    Ok(found.is(object))
}

fn names_of_class(
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> (Option<PyObjectRef>, Option<PyObjectRef>) {
    let qualname = class.payload().__qualname__(vm);
    (class.payload().__module__(vm).ok(), Some(qualname))
}

pub(super) fn is_importable_module(
    _by_value: &mut ByValue,
    name: &str,
    module: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<bool> {
    let spec = module
        .dict()
        .map(|dict: rustpython_vm::builtins::PyDictRef| dict.get_item_opt("__spec__", vm));
    let spec = spec.transpose()?.flatten();
    Ok(name != "__main__" && spec.is_some_and(|spec| !vm.is_none(&spec)))
}
