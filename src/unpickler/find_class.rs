//! How a module and a name become an object.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyStr,
};

use crate::python2_names::{Direction, rename};

/// `Unpickler.find_class` (CPython: `_pickle_Unpickler_find_class_impl`).
pub(crate) fn find_class(
    module: &PyObject,
    name: &PyObject,
    protocol: u8,
    fix_imports: bool,
    vm: &VirtualMachine,
) -> PyResult {
    vm.audit("pickle.find_class", || (module.to_owned(), name.to_owned()))?;
    let Ok(mut module) = module.to_owned().downcast::<PyStr>() else {
        return Err(vm.new_type_error("module name must be a string"));
    };
    let mut name = name.to_owned().downcast::<PyStr>().map_err(|name| {
        let class = name.class().slot_name().to_owned();
        vm.new_type_error(format!("attribute name must be string, not '{class}'"))
    })?;
    if protocol < 3 && fix_imports {
        (module, name) = rename(Direction::ToPython3, module, name, vm)?;
    }
    let found = import_module(&module, vm)?;
    if protocol < 4 {
        return found.get_attr(&*name, vm);
    }
    resolve(found, &name, vm).map_err(|error| {
        if !name.as_bytes().contains(&b'.') {
            return error;
        }
        let message = match (name.as_object().repr(vm), module.as_object().repr(vm)) {
            (Ok(name), Ok(module)) => format!("Can't resolve path {name} on module {module}"),
            (Err(error), _) | (_, Err(error)) => return error,
        };
        crate::error::chained(vm.new_attribute_error(message), error)
    })
}

/// Imports a module by its whole name and returns that module, not its top-level package.
pub(crate) fn import_module(module: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
    if module.is_empty() {
        return Err(vm.new_value_error("Empty module name"));
    }
    let imported = vm.import(module, 0)?;
    if !module.as_bytes().contains(&b'.') {
        return Ok(imported);
    }
    let modules = vm.sys_module.get_attr("modules", vm)?;
    modules.get_item(module, vm)
}

/// Follows a dotted name from an object.
pub(crate) fn resolve(object: PyObjectRef, path: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
    let Some(text) = path.to_str() else {
        return object.get_attr(path, vm);
    };
    if !text.contains('.') {
        return object.get_attr(path, vm);
    }
    let mut object = object;
    for part in text.split('.') {
        object = object.get_attr(&vm.ctx.new_str(part), vm)?;
    }
    Ok(object)
}
