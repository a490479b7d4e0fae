//! What is registered in `copyreg`.

use rustpython_vm::{
    PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef},
};

use super::super::modules::{Division, text};
use super::library::call;
use super::{Part, Scene, Setting, Undo, nothing_to_undo, pair_of};
use crate::by_value::loaded_module;

const NAME: &str = "copyreg";
const TABLE: &str = "dispatch_table";
const REGISTRY: &str = "_extension_registry";
const INVERTED: &str = "_inverted_registry";

pub(super) const DISPATCH_TABLE: Setting = Setting {
    name: "copyreg.dispatch_table",
    capture: |modules, vm| {
        let mut parts = capture_dict(TABLE, modules, vm)?;
        // What a library registers for its own, it registers when it is imported.
        parts.retain(|part| is_of_session(&part.value, modules, vm));
        Ok(parts)
    },
    apply: |values, scene, vm| {
        let Some(copyreg) = import_if_needed(values, scene, vm)? else {
            return Ok(());
        };
        let table = dict_of(&copyreg, TABLE, vm)?;
        for (key, value) in table.items_vec() {
            let pair = vm.ctx.new_tuple(vec![key.clone(), value]).into();
            if is_of_session(&pair, &scene.before, vm) {
                table.del_item(&*key, vm)?;
            }
        }
        for (key, value) in values.iter().filter_map(pair_of) {
            table.set_item(&*key, value, vm)?;
        }
        Ok(())
    },
    undo: |vm| undo_dicts(&[TABLE], vm),
};

pub(super) const EXTENSIONS: Setting = Setting {
    name: "copyreg extensions",
    capture: |modules, vm| capture_dict(REGISTRY, modules, vm),
    apply: |values, scene, vm| {
        let Some(copyreg) = import_if_needed(values, scene, vm)? else {
            return Ok(());
        };
        let codes = dict_of(&copyreg, REGISTRY, vm)?.items_vec();
        for (key, code) in codes {
            let Some((module, name)) = pair_of(&key) else {
                continue;
            };
            // A library's own are there as long as it is.
            if !text(Some(module.clone())).is_some_and(|module| scene.now.is_library(&module)) {
                call(&copyreg, "remove_extension", (module, name, code), vm)?;
            }
        }
        for (key, code) in values.iter().filter_map(pair_of) {
            if let Some((module, name)) = pair_of(&key) {
                // It complains of a code that another name has.
                call(&copyreg, "add_extension", (module, name, code), vm)?;
            }
        }
        Ok(())
    },
    undo: |vm| undo_dicts(&[REGISTRY, INVERTED], vm),
};

fn import_if_needed(
    values: &[PyObjectRef],
    scene: &Scene,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    match scene.now.loaded(NAME, vm)? {
        None if !values.is_empty() => vm.import(NAME, 0).map(Some),
        found => Ok(found),
    }
}

fn dict_of(module: &PyObject, name: &'static str, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let dict = module.get_attr(name, vm)?;
    dict.downcast::<PyDict>()
        .map_err(|_| vm.new_type_error(format!("{NAME}.{name} is not a dict")))
}

fn capture_dict(
    name: &'static str,
    modules: &Division,
    vm: &VirtualMachine,
) -> PyResult<Vec<Part>> {
    let Some(copyreg) = modules.loaded(NAME, vm)? else {
        return Ok(vec![]);
    };
    let mut parts = Vec::new();
    for (key, value) in dict_of(&copyreg, name, vm)?.items_vec() {
        let label = format!("{NAME}.{name}[{}]", key.repr(vm)?.to_string_lossy());
        let value = vm.ctx.new_tuple(vec![key, value]).into();
        parts.push(Part::new(label, value));
    }
    Ok(parts)
}

/// Whether one of the objects of a pair lives in a module of the session.
fn is_of_session(pair: &PyObjectRef, modules: &Division, vm: &VirtualMachine) -> bool {
    let lives_there = |object: &PyObjectRef| {
        let module = vm.get_attribute_opt(object, "__module__").ok().flatten();
        text(module).is_some_and(|module| modules.names().any(|(name, _)| name == module))
    };
    pair_of(pair).is_some_and(|(key, value)| lives_there(&key) || lives_there(&value))
}

fn undo_dicts(names: &[&'static str], vm: &VirtualMachine) -> PyResult<Undo> {
    let Some(copyreg) = loaded_module(NAME, vm)? else {
        return Ok(nothing_to_undo());
    };
    let mut olds = Vec::new();
    for name in names {
        let dict = dict_of(&copyreg, name, vm)?;
        olds.push((dict.items_vec(), dict));
    }
    Ok(Box::new(move |vm| {
        for (items, dict) in olds {
            dict.clear();
            for (key, value) in items {
                dict.set_item(&*key, value, vm)?;
            }
        }
        Ok(())
    }))
}
