//! How a module and a name become an object.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyTuple},
};

/// `Unpickler.find_class` (CPython: `_pickle_Unpickler_find_class_impl`).
pub(crate) fn find_class(
    module: &PyObject,
    name: &PyObject,
    protocol: u8,
    fix_imports: bool,
    vm: &VirtualMachine,
) -> PyResult {
    vm.audit("pickle.find_class", || (module.to_owned(), name.to_owned()))?;
    let (mut module, mut name) = (module.to_owned(), name.to_owned());
    if protocol < 3 && fix_imports {
        (module, name) = fix_python2_names(module, name, vm)?;
    }
    let module = str_argument(&module, "module name", vm)?;
    let name = str_argument(&name, "global name", vm)?;
    let found = import_module(module, vm)?;
    if protocol < 4 {
        return found.get_attr(name, vm);
    }
    resolve(found, name, vm).map_err(|error| {
        if !name.as_bytes().contains(&b'.') {
            return error;
        }
        let message = match (name.as_object().repr(vm), module.as_object().repr(vm)) {
            (Ok(name), Ok(module)) => format!("Can't resolve path {name} on module {module}"),
            (Err(error), _) | (_, Err(error)) => return error,
        };
        crate::error::chained(vm.new_attribute_error(message), error, vm)
    })
}

fn str_argument<'a>(
    object: &'a PyObject,
    what: &str,
    vm: &VirtualMachine,
) -> PyResult<&'a Py<PyStr>> {
    object
        .downcast_ref::<PyStr>()
        .ok_or_else(|| vm.new_type_error(format!("{what} must be a string")))
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

/// Python 2's names of modules and globals in Python 3's terms.
fn fix_python2_names(
    module: PyObjectRef,
    name: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<(PyObjectRef, PyObjectRef)> {
    let compat = vm.import("_compat_pickle", 0)?;
    let key = vm.ctx.new_tuple(vec![module.clone(), name.clone()]);
    if let Some(pair) = mapping(&compat, "NAME_MAPPING", key.as_object(), vm)? {
        let Some([module, name]) = pair
            .downcast_ref::<PyTuple>()
            .and_then(|pair| <&[PyObjectRef; 2]>::try_from(pair.as_slice()).ok())
        else {
            return Err(vm.new_runtime_error(format!(
                "_compat_pickle.NAME_MAPPING values should be 2-tuples, not {}",
                pair.class().name()
            )));
        };
        if !module.downcastable::<PyStr>() || !name.downcastable::<PyStr>() {
            return Err(vm.new_runtime_error(format!(
                "_compat_pickle.NAME_MAPPING values should be pairs of str, not ({}, {})",
                module.class().name(),
                name.class().name()
            )));
        }
        return Ok((module.clone(), name.clone()));
    }
    if let Some(renamed) = mapping(&compat, "IMPORT_MAPPING", &module, vm)? {
        if !renamed.downcastable::<PyStr>() {
            return Err(vm.new_runtime_error(format!(
                "_compat_pickle.IMPORT_MAPPING values should be strings, not {}",
                renamed.class().name()
            )));
        }
        return Ok((renamed, name));
    }
    Ok((module, name))
}

fn mapping(
    compat: &PyObject,
    table: &str,
    key: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let table = compat.get_attr(&vm.ctx.new_str(table), vm)?;
    match table.downcast_ref::<PyDict>() {
        Some(table) => table.get_item_opt(key, vm),
        None => Err(vm.new_runtime_error("_compat_pickle's mappings should be dicts")),
    }
}
