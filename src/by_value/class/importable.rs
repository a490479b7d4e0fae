//! Whether a class can be imported: asked without running code of its metaclass.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyModule, PyStr, PyType},
};

use crate::by_value::{ByValue, rule::loaded_module};

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
    let (Some(module), Some(name)) = (text(module.as_deref()), text(name.as_deref())) else {
        return Ok(false);
    };
    if by_value.rule.goes_by_value(module) {
        return Ok(false);
    }
    let Some(mut found) = loaded_module(module, vm)? else {
        return Ok(false);
    };
    if !by_value.rule.is_module_importable(module, &found, vm)? {
        return Ok(false);
    }
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

fn text(object: Option<&PyObject>) -> Option<&str> {
    object?.downcast_ref::<PyStr>()?.to_str()
}

fn names_of_class(
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> (Option<PyObjectRef>, Option<PyObjectRef>) {
    let qualname = class.payload().__qualname__(vm);
    // A class need not have a module.
    (class.payload().__module__(vm).ok(), Some(qualname))
}
