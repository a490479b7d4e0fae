//! Built-in types that are not found under their name, and sentinels of the library, which are
//! known by their identity.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyModule, PyStr, PyType, PyTypeRef},
};

use super::{abc::all_classes, constructor, importable::is_importable, reduction};
use crate::by_value::{ByValue, rule::loaded_module};

/// Reduces a built-in type that can't be imported under its name to what finds it among all types.
pub(super) fn reduce_type(
    by_value: &mut ByValue,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if class.heaptype_ext().is_some() {
        return Ok(None);
    }
    let name = class.slot_name().to_string();
    // It must not matter whether its module has been imported yet.
    if let Some((module, _)) = name.rsplit_once('.')
        && loaded_module(module, vm)?.is_none()
    {
        match vm.import(&*vm.ctx.new_str(module), 0) {
            Err(error) if !error.fast_isinstance(vm.ctx.exceptions.import_error) => {
                return Err(error);
            }
            _ => {}
        }
    }
    if is_importable(by_value, class.as_object(), vm)? {
        return Ok(None);
    }
    if !find(&name, vm).is_some_and(|found| found.is(class)) {
        return Ok(None);
    }
    let get = constructor("_get_built_in_type", vm)?;
    let args = vec![vm.ctx.new_str(name).into()];
    Ok(Some(reduction(get, args, None, vm)))
}

/// The built-in type of a name, with its module unless that is builtins; `None` if there are
/// several.
fn find(name: &str, vm: &VirtualMachine) -> Option<PyTypeRef> {
    let all = all_classes(vm).into_iter();
    let mut found =
        all.filter(|class| class.heaptype_ext().is_none() && *class.slot_name() == *name);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

/// `_get_built_in_type`.
pub(super) fn get_type(name: &str, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
    if let Some((module, _)) = name.rsplit_once('.') {
        // The types of a module exist once it has been imported.
        let module = vm.ctx.new_str(module);
        vm.import(&*module, 0)?;
    }
    let message = || format!("there is no built-in type '{name}'");
    find(name, vm).ok_or_else(|| vm.new_attribute_error(message()))
}

/// The objects without attributes that modules have under a name, by identity.
#[derive(Debug, Default)]
pub(super) struct Sentinels {
    /// How many modules there were when they were collected.
    modules: usize,
    by_identity: HashMap<usize, (PyObjectRef, PyObjectRef, PyObjectRef)>,
}

impl Sentinels {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        for (object, module, name) in self.by_identity.values() {
            [object, module, name]
                .into_iter()
                .for_each(|object| visit(object));
        }
    }
}

/// Those of `dataclasses`, which are more than bare objects.
const DATACLASSES: [&str; 4] = [
    "_MISSING_TYPE",
    "_KW_ONLY_TYPE",
    "_FIELD_BASE",
    "_HAS_DEFAULT_FACTORY_CLASS",
];

/// Reduces a sentinel that can be imported to its module and its name.
pub(super) fn reduce_sentinel(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if !is_sentinel(object, vm) {
        return Ok(None);
    }
    let modules = vm.sys_module.get_attr("modules", vm)?;
    let Some(modules) = modules.downcast_ref::<PyDict>() else {
        return Ok(None);
    };
    if by_value.classes.sentinels.modules != modules.__len__() {
        by_value.classes.sentinels = collect(by_value, modules, vm)?;
    }
    let found = by_value.classes.sentinels.by_identity.get(&object.get_id());
    let Some((_, module, name)) = found else {
        return Ok(None);
    };
    let get = constructor("_get_sentinel", vm)?;
    let args = vec![module.clone(), name.clone()];
    Ok(Some(reduction(get, args, None, vm)))
}

fn is_sentinel(object: &PyObject, vm: &VirtualMachine) -> bool {
    object.class().is(vm.ctx.types.object_type) || is_of_dataclasses(object, vm)
}

fn is_of_dataclasses(object: &PyObject, vm: &VirtualMachine) -> bool {
    let class = object.class();
    let module = class.attributes.get(vm.ctx.intern_str("__module__"));
    let module = module
        .as_ref()
        .and_then(|module| module.downcast_ref::<PyStr>());
    DATACLASSES.contains(&&*class.slot_name())
        && module.is_some_and(|module| module.as_bytes() == b"dataclasses")
}

fn collect(
    by_value: &mut ByValue,
    modules: &Py<PyDict>,
    vm: &VirtualMachine,
) -> PyResult<Sentinels> {
    let mut sentinels = Sentinels {
        modules: modules.__len__(),
        by_identity: HashMap::new(),
    };
    let mut modules: Vec<_> = modules
        .items_vec()
        .into_iter()
        .filter_map(|(name, module)| Some((name.downcast::<PyStr>().ok()?, module)))
        .collect();
    // Where a sentinel is under several names, it is not told by who was imported first.
    modules.sort_by(|(left, _), (right, _)| left.as_bytes().cmp(right.as_bytes()));
    for (module_name, module) in modules {
        let names = module
            .downcast_ref::<PyModule>()
            .map(|module| module.dict());
        let names = names.map(|names| names.items_vec()).unwrap_or_default();
        let found = names
            .into_iter()
            .filter(|(_, object)| is_sentinel(object, vm));
        let found: Vec<_> = found.collect();
        let text = module_name.to_string_lossy();
        if found.is_empty()
            || by_value.rule.goes_by_value(&text)
            || !by_value.rule.is_module_importable(&text, &module, vm)?
        {
            continue;
        }
        for (name, object) in found {
            let entry = sentinels.by_identity.entry(object.get_id());
            let module = vm.ctx.intern_str(module_name.as_wtf8()).to_owned();
            entry.or_insert_with(|| (object, module.into(), name));
        }
    }
    Ok(sentinels)
}

/// `_get_sentinel`: such an object of a module.
pub(super) fn get_sentinel(module: &Py<PyStr>, name: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
    let module = crate::unpickler::import_module(module, vm)?;
    let object = module.get_attr(name, vm)?;
    if is_sentinel(&object, vm) {
        return Ok(object);
    }
    Err(vm.new_type_error("this is no sentinel"))
}
