//! What modules of the library have one of: a list, a number, a state.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyList, PyStr},
    function::IntoFuncArgs,
};

use super::super::modules::Division;
use super::{Part, Scene, Setting, Undo, nothing_to_undo};
use crate::by_value::{is_equal, loaded_module};

pub(super) const PATH: Setting = Setting {
    name: "sys.path",
    capture: |_, vm| {
        let path = list_items(vm.sys_module.as_object(), "path", vm)?;
        Ok(vec![Part::new("sys.path", vm.ctx.new_list(path).into())])
    },
    apply: apply_path,
    undo: |vm| undo_list(vm.sys_module.clone().into(), "path", vm),
};

pub(super) const RECURSION_LIMIT: Setting = Setting {
    name: "recursion limit",
    capture: |_, vm| {
        let limit = call(vm.sys_module.as_object(), "getrecursionlimit", (), vm)?;
        Ok(vec![Part::new("recursion limit", limit)])
    },
    apply: |values, _, vm| {
        let sys = vm.sys_module.as_object();
        values
            .iter()
            .try_for_each(|value| call(sys, "setrecursionlimit", (value.clone(),), vm).map(drop))
    },
    undo: |vm| {
        let sys = PyObjectRef::from(vm.sys_module.clone());
        let old = call(&sys, "getrecursionlimit", (), vm)?;
        Ok(Box::new(move |vm| {
            call(&sys, "setrecursionlimit", (old,), vm).map(drop)
        }))
    },
};

/// Without a saved state it is as after being imported: seeded by the system.
pub(super) const RANDOM: Setting = Setting {
    name: "random",
    capture: |modules, vm| capture_by("random", "getstate", modules, vm),
    apply: |values, scene, vm| match (values.last(), scene.now.loaded("random", vm)?) {
        (Some(value), _) => import_and_call("random", "setstate", value, vm),
        (None, Some(random)) => call(&random, "seed", (), vm).map(drop),
        (None, None) => Ok(()),
    },
    undo: |vm| {
        let Some(random) = loaded_module("random", vm)? else {
            return Ok(nothing_to_undo());
        };
        let old = call(&random, "getstate", (), vm)?;
        let set = random.get_attr("setstate", vm)?;
        Ok(Box::new(move |vm| set.call((old,), vm).map(drop)))
    },
};

/// Without a saved context it is a new one, as in a new thread.
pub(super) const DECIMAL: Setting = Setting {
    name: "decimal context",
    capture: |modules, vm| capture_by("decimal", "getcontext", modules, vm),
    apply: |values, scene, vm| match (values.last(), scene.now.loaded("decimal", vm)?) {
        (Some(value), _) => import_and_call("decimal", "setcontext", value, vm),
        (None, Some(decimal)) => {
            let new = call(&decimal, "Context", (), vm)?;
            call(&decimal, "setcontext", (new,), vm).map(drop)
        }
        (None, None) => Ok(()),
    },
    undo: undo_decimal,
};

pub(super) const WARNINGS: Setting = Setting {
    name: "warnings.filters",
    capture: |modules, vm| match modules.loaded("warnings", vm)? {
        Some(warnings) => {
            let filters = list_items(&warnings, "filters", vm)?;
            let filters = vm.ctx.new_list(filters).into();
            Ok(vec![Part::new("warnings.filters", filters)])
        }
        None => Ok(vec![]),
    },
    apply: |values, _, vm| {
        let Some(value) = values.last() else {
            return Ok(());
        };
        let warnings = vm.import("warnings", 0)?;
        set_list(&warnings, "filters", items_of(value, vm)?, vm)?;
        filters_have_changed(&warnings, vm)
    },
    undo: |vm| match loaded_module("warnings", vm)? {
        Some(warnings) => {
            let undo = undo_list(warnings.clone(), "filters", vm)?;
            Ok(Box::new(move |vm| {
                undo(vm)?;
                filters_have_changed(&warnings, vm)
            }))
        }
        None => Ok(nothing_to_undo()),
    },
};

pub(super) fn call(
    object: &PyObject,
    function: &'static str,
    args: impl IntoFuncArgs,
    vm: &VirtualMachine,
) -> PyResult {
    object.get_attr(function, vm)?.call(args, vm)
}

fn import_and_call(
    module: &'static str,
    setter: &'static str,
    value: &PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let module = vm.import(module, 0)?;
    call(&module, setter, (value.clone(),), vm).map(drop)
}

/// What a function of a module of the library returns, if that module is in use.
fn capture_by(
    module: &'static str,
    getter: &'static str,
    modules: &Division,
    vm: &VirtualMachine,
) -> PyResult<Vec<Part>> {
    match modules.loaded(module, vm)? {
        Some(found) => {
            let value = call(&found, getter, (), vm)?;
            Ok(vec![Part::new(format!("{module}.{getter}()"), value)])
        }
        None => Ok(vec![]),
    }
}

fn list_items(
    module: &PyObject,
    name: &'static str,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    items_of(&*module.get_attr(name, vm)?, vm)
}

fn items_of(iterable: &PyObject, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
    iterable.try_to_value(vm)
}

/// Changes a list in place, or, if something else has taken its place, puts a new one there.
fn set_list(
    module: &PyObject,
    name: &'static str,
    items: Vec<PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let new = vm.ctx.new_list(items);
    let found = module.get_attr(name, vm)?;
    match found.downcast_ref::<PyList>() {
        Some(list) => {
            let old = core::mem::replace(&mut *list.borrow_vec_mut(), new.borrow_vec().to_vec());
            drop(old);
            Ok(())
        }
        None => module.set_attr(name, new, vm),
    }
}

fn undo_list(module: PyObjectRef, name: &'static str, vm: &VirtualMachine) -> PyResult<Undo> {
    let list = module.get_attr(name, vm)?;
    let old = items_of(&list, vm)?;
    Ok(Box::new(move |vm| {
        let is_list = list.downcastable::<PyList>();
        module.set_attr(name, list, vm)?;
        match is_list {
            true => set_list(&module, name, old, vm),
            false => Ok(()),
        }
    }))
}

/// The saved entries in their order, and then those that only this runtime has.
fn apply_path(values: &[PyObjectRef], _: &Scene, vm: &VirtualMachine) -> PyResult<()> {
    let Some(saved) = values.last() else {
        return Ok(());
    };
    let mut path = items_of(saved, vm)?;
    let now = list_items(vm.sys_module.as_object(), "path", vm)?;
    let texts: std::collections::HashSet<Vec<u8>> = path.iter().filter_map(text_of).collect();
    let saved = path.len();
    for entry in now {
        let known = match text_of(&entry) {
            Some(text) => texts.contains(&text),
            // Others than strings are rare.
            None => path
                .iter()
                .take(saved)
                .any(|known| is_equal(known, &entry, vm)),
        };
        if !known {
            path.push(entry);
        }
    }
    set_list(vm.sys_module.as_object(), "path", path, vm)
}

/// A string's bytes; it need not be UTF-8.
fn text_of(object: &PyObjectRef) -> Option<Vec<u8>> {
    Some(object.downcast_ref::<PyStr>()?.as_bytes().to_vec())
}

/// `_warnings` caches which filters apply.
fn filters_have_changed(warnings: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    for name in ["_filters_mutated", "_filters_mutated_lock_held"] {
        if let Some(mutated) = vm.get_attribute_opt(warnings, name)? {
            return mutated.call((), vm).map(drop);
        }
    }
    Ok(())
}

/// The attributes of a context that are plain values, and those that are dicts.
const NUMBERS: [&str; 6] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp"];
const SIGNALS: [&str; 2] = ["flags", "traps"];

/// Programs hold on to the context: it has to be the same one again, with what it said.
fn undo_decimal(vm: &VirtualMachine) -> PyResult<Undo> {
    let Some(decimal) = loaded_module("decimal", vm)? else {
        return Ok(nothing_to_undo());
    };
    let context = call(&decimal, "getcontext", (), vm)?;
    let copy = call(&context, "copy", (), vm)?;
    let set = decimal.get_attr("setcontext", vm)?;
    Ok(Box::new(move |vm| {
        set.call((context.clone(),), vm)?;
        for name in NUMBERS {
            context.set_attr(name, copy.get_attr(name, vm)?, vm)?;
        }
        for name in SIGNALS {
            let signals = copy.get_attr(name, vm)?;
            call(&*context.get_attr(name, vm)?, "update", (signals,), vm)?;
        }
        Ok(())
    }))
}
