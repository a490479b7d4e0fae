//! What a session has set in the library: the state of `random`, warnings filters and the like.

use std::collections::HashSet;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyStr, PyTuple},
    function::IntoFuncArgs,
};

use super::modules::{Division, UserModule, text};
use crate::by_value::loaded_module;

/// A part of one setting, as it is pickled: what the report calls it, and its value.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) label: String,
    pub(super) value: PyObjectRef,
}

/// Puts a setting back as it was.
pub(super) type Undo = Box<dyn FnOnce(&VirtualMachine) -> PyResult<()>>;

/// One thing that a session can set, and that is saved and restored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Its name in snapshots and reports.
    pub(super) name: &'static str,
    /// What is to be saved of it; nothing if its module has not been imported.
    pub(super) capture: fn(&Division, &VirtualMachine) -> PyResult<Vec<Part>>,
    /// Sets it to what was saved.
    pub(super) apply: fn(&[PyObjectRef], &VirtualMachine) -> PyResult<()>,
    /// How to put it back as it is now.
    pub(super) undo: fn(&VirtualMachine) -> PyResult<Undo>,
}

/// Under which name reports have the settings, among the modules.
pub(super) const SETTINGS_NAME: &str = "<settings>";

/// In the order in which they are saved and restored.
pub(super) const SETTINGS: [Setting; 8] = [
    Setting {
        name: "sys.path",
        capture: |_, vm| Ok(vec![whole("sys.path", copy_of_list("sys", "path", vm)?)]),
        apply: apply_path,
        undo: |vm| undo_list("sys", "path", vm),
    },
    Setting {
        name: "recursion limit",
        capture: |_, vm| {
            let limit = call("sys", "getrecursionlimit", (), vm)?;
            Ok(vec![whole("recursion limit", limit)])
        },
        apply: |values, vm| each(values, |v| call("sys", "setrecursionlimit", (v,), vm)),
        undo: |vm| undo_by("sys", "getrecursionlimit", "setrecursionlimit", vm),
    },
    Setting {
        name: "random",
        capture: |_, vm| capture_by("random", "getstate", vm),
        apply: |values, vm| each(values, |v| call("random", "setstate", (v,), vm)),
        undo: |vm| undo_by("random", "getstate", "setstate", vm),
    },
    Setting {
        name: "decimal context",
        capture: |_, vm| capture_by("decimal", "getcontext", vm),
        apply: |values, vm| each(values, |v| call("decimal", "setcontext", (v,), vm)),
        undo: |vm| undo_by("decimal", "getcontext", "setcontext", vm),
    },
    Setting {
        name: "warnings.filters",
        capture: |_, vm| match loaded_module("warnings", vm)? {
            Some(_) => Ok(vec![whole(
                "warnings.filters",
                copy_of_list("warnings", "filters", vm)?,
            )]),
            None => Ok(vec![]),
        },
        apply: |values, vm| {
            each(values, |v| {
                vm.import("warnings", 0)?;
                set_list("warnings", "filters", v, vm)?;
                filters_have_changed(vm)
            })
        },
        undo: |vm| match loaded_module("warnings", vm)? {
            Some(_) => {
                let undo = undo_list("warnings", "filters", vm)?;
                Ok(Box::new(move |vm| {
                    undo(vm)?;
                    filters_have_changed(vm).map(drop)
                }))
            }
            None => Ok(nothing_to_undo()),
        },
    },
    Setting {
        name: "copyreg.dispatch_table",
        capture: |modules, vm| {
            let mut parts = capture_dict("copyreg", "dispatch_table", vm)?;
            // What a library registers for its own, it registers when it is imported.
            parts.retain(|part| is_of_users(&part.value, &modules.users, vm));
            Ok(parts)
        },
        apply: |values, vm| apply_dict("copyreg", "dispatch_table", values, vm),
        undo: |vm| undo_dict("copyreg", "dispatch_table", vm),
    },
    Setting {
        name: "copyreg extensions",
        capture: |_, vm| capture_dict("copyreg", "_extension_registry", vm),
        apply: apply_extensions,
        undo: |vm| {
            let registry = undo_dict("copyreg", "_extension_registry", vm)?;
            let inverted = undo_dict("copyreg", "_inverted_registry", vm)?;
            Ok(Box::new(move |vm| registry(vm).and(inverted(vm))))
        },
    },
    Setting {
        name: "context variables",
        capture: capture_context,
        apply: |values, vm| {
            each(values, |pair| match pair_of(&pair) {
                Some((variable, value)) => vm.call_method(&variable, "set", (value,)),
                None => Err(vm.new_type_error("a context variable is saved with its value")),
            })
        },
        undo: undo_context,
    },
];

fn whole(label: &str, value: PyObjectRef) -> Part {
    Part {
        label: label.to_owned(),
        value,
    }
}

fn nothing_to_undo() -> Undo {
    Box::new(|_| Ok(()))
}

fn call(
    module: &'static str,
    function: &'static str,
    args: impl IntoFuncArgs,
    vm: &VirtualMachine,
) -> PyResult {
    vm.import(module, 0)?.get_attr(function, vm)?.call(args, vm)
}

fn each(values: &[PyObjectRef], mut apply: impl FnMut(PyObjectRef) -> PyResult) -> PyResult<()> {
    values
        .iter()
        .try_for_each(|value| apply(value.clone()).map(drop))
}

/// What a function of a module returns, if that module is in use.
fn capture_by(
    module: &'static str,
    getter: &'static str,
    vm: &VirtualMachine,
) -> PyResult<Vec<Part>> {
    match loaded_module(module, vm)? {
        Some(found) => {
            let value = found.get_attr(getter, vm)?.call((), vm)?;
            Ok(vec![whole(&format!("{module}.{getter}()"), value)])
        }
        None => Ok(vec![]),
    }
}

fn undo_by(
    module: &'static str,
    getter: &'static str,
    setter: &'static str,
    vm: &VirtualMachine,
) -> PyResult<Undo> {
    let Some(found) = loaded_module(module, vm)? else {
        return Ok(nothing_to_undo());
    };
    let old = found.get_attr(getter, vm)?.call((), vm)?;
    // A context is changed in place: what it is now has to be kept in a copy.
    let old = match vm.get_attribute_opt(&old, "copy")? {
        Some(copy) => copy.call((), vm)?,
        None => old,
    };
    Ok(Box::new(move |vm| {
        found.get_attr(setter, vm)?.call((old,), vm).map(drop)
    }))
}

fn list_of(module: &'static str, name: &'static str, vm: &VirtualMachine) -> PyResult {
    vm.import(module, 0)?.get_attr(name, vm)
}

fn copy_of_list(module: &'static str, name: &'static str, vm: &VirtualMachine) -> PyResult {
    let items: Vec<PyObjectRef> = list_of(module, name, vm)?.try_to_value(vm)?;
    Ok(vm.ctx.new_list(items).into())
}

fn set_list(
    module: &'static str,
    name: &'static str,
    value: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let list = list_of(module, name, vm)?;
    let everything = vm.ctx.types.slice_type.as_object();
    let everything = everything.call((vm.ctx.none(), vm.ctx.none()), vm)?;
    list.set_item(&*everything, value, vm)
}

fn undo_list(module: &'static str, name: &'static str, vm: &VirtualMachine) -> PyResult<Undo> {
    let old = copy_of_list(module, name, vm)?;
    Ok(Box::new(move |vm| set_list(module, name, old, vm)))
}

/// The saved entries in their order, and then those that only this runtime has, each once.
fn apply_path(values: &[PyObjectRef], vm: &VirtualMachine) -> PyResult<()> {
    let Some(saved) = values.first() else {
        return Ok(());
    };
    let mut path: Vec<PyObjectRef> = saved.try_to_value(vm)?;
    let now: Vec<PyObjectRef> = list_of("sys", "path", vm)?.try_to_value(vm)?;
    path.extend(now);
    let mut known = HashSet::new();
    // What is no text stays as often as it is there: nobody searches it.
    path.retain(|entry| text(Some(entry.clone())).is_none_or(|entry| known.insert(entry)));
    set_list("sys", "path", vm.ctx.new_list(path).into(), vm)
}

/// `_warnings` caches which filters apply.
fn filters_have_changed(vm: &VirtualMachine) -> PyResult {
    let warnings = vm.import("warnings", 0)?;
    for name in ["_filters_mutated", "_filters_mutated_lock_held"] {
        if let Some(mutated) = vm.get_attribute_opt(&warnings, name)? {
            return mutated.call((), vm);
        }
    }
    Ok(vm.ctx.none())
}

fn dict_of(module: &'static str, name: &'static str, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let dict = vm.import(module, 0)?.get_attr(name, vm)?;
    dict.downcast::<PyDict>()
        .map_err(|_| vm.new_type_error(format!("{module}.{name} is not a dict")))
}

fn capture_dict(
    module: &'static str,
    name: &'static str,
    vm: &VirtualMachine,
) -> PyResult<Vec<Part>> {
    let mut parts = Vec::new();
    for (key, value) in dict_of(module, name, vm)?.items_vec() {
        let label = format!("{module}.{name}[{}]", key.repr(vm)?.to_string_lossy());
        let value = vm.ctx.new_tuple(vec![key, value]).into();
        parts.push(Part { label, value });
    }
    Ok(parts)
}

/// Whether one of the objects of a pair lives in a module of the session.
fn is_of_users(pair: &PyObject, users: &[UserModule], vm: &VirtualMachine) -> bool {
    let lives_there = |object: &PyObjectRef| {
        let module = vm.get_attribute_opt(object, "__module__").ok().flatten();
        text(module).is_some_and(|module| users.iter().any(|user| user.name == module))
    };
    pair_of(pair).is_some_and(|(key, value)| lives_there(&key) || lives_there(&value))
}

fn pair_of(pair: &PyObject) -> Option<(PyObjectRef, PyObjectRef)> {
    match pair.downcast_ref::<PyTuple>()?.as_slice() {
        [first, second] => Some((first.clone(), second.clone())),
        _ => None,
    }
}

fn apply_dict(
    module: &'static str,
    name: &'static str,
    values: &[PyObjectRef],
    vm: &VirtualMachine,
) -> PyResult<()> {
    let dict = dict_of(module, name, vm)?;
    for pair in values {
        if let Some((key, value)) = pair_of(pair) {
            dict.set_item(&*key, value, vm)?;
        }
    }
    Ok(())
}

fn undo_dict(module: &'static str, name: &'static str, vm: &VirtualMachine) -> PyResult<Undo> {
    let dict = dict_of(module, name, vm)?;
    let old = dict.items_vec();
    Ok(Box::new(move |vm| {
        dict.clear();
        for (key, value) in old {
            dict.set_item(&*key, value, vm)?;
        }
        Ok(())
    }))
}

fn apply_extensions(values: &[PyObjectRef], vm: &VirtualMachine) -> PyResult<()> {
    for pair in values {
        let Some((name, code)) = pair_of(pair) else {
            continue;
        };
        let Some((module, name)) = pair_of(&name) else {
            continue;
        };
        // It complains of a code that another name has.
        call("copyreg", "add_extension", (module, name, code), vm)?;
    }
    Ok(())
}

/// The variables of the current context that are not a library module's own.
fn capture_context(modules: &Division, vm: &VirtualMachine) -> PyResult<Vec<Part>> {
    if loaded_module("contextvars", vm)?.is_none() && loaded_module("_contextvars", vm)?.is_none() {
        return Ok(vec![]);
    }
    let mut parts = Vec::new();
    let items = context_items(vm)?;
    if items.is_empty() {
        return Ok(parts);
    }
    let of_library = globals_of(&modules.library, vm)?;
    for (variable, value) in items {
        let name = match variable.get_attr("name", vm)?.downcast::<PyStr>() {
            Ok(name) => name.to_string_lossy().into_owned(),
            Err(_) => continue,
        };
        if of_library.contains(&variable.get_id()) {
            continue;
        }
        let value = vm.ctx.new_tuple(vec![variable, value]).into();
        parts.push(Part { label: name, value });
    }
    parts.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(parts)
}

fn context_items(vm: &VirtualMachine) -> PyResult<Vec<(PyObjectRef, PyObjectRef)>> {
    let context = call("contextvars", "copy_context", (), vm)?;
    let items = vm.call_method(&context, "items", ())?;
    let items: Vec<PyObjectRef> = vm
        .ctx
        .types
        .list_type
        .as_object()
        .call((items,), vm)?
        .try_to_value(vm)?;
    Ok(items.iter().filter_map(|item| pair_of(item)).collect())
}

/// The identities of the globals of modules, which keep them alive meanwhile.
fn globals_of(modules: &[String], vm: &VirtualMachine) -> PyResult<HashSet<usize>> {
    let mut globals = HashSet::new();
    for name in modules {
        let module = loaded_module(name, vm)?;
        if let Some(dict) = module.and_then(|module| module.dict()) {
            globals.extend(dict.items_vec().iter().map(|(_, value)| value.get_id()));
        }
    }
    Ok(globals)
}

/// Variables that get a value are given back the one they have, where they have one.
fn undo_context(vm: &VirtualMachine) -> PyResult<Undo> {
    if loaded_module("contextvars", vm)?.is_none() {
        return Ok(nothing_to_undo());
    }
    let old = context_items(vm)?;
    Ok(Box::new(move |vm| {
        for (variable, value) in old {
            vm.call_method(&variable, "set", (value,))?;
        }
        Ok(())
    }))
}
