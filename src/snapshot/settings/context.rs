//! Context variables.
//!
//! A variable can't be unset without the token of its first `set`. So a restore works in a new context in the place
//! of the current one: a copy to be given up if it fails, one with the saved values alone if it does not.

use std::collections::HashSet;

use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyStr};

use super::super::modules::Division;
use super::library::call;
use super::{Part, Scene, Setting, Undo, nothing_to_undo, pair_of};
use crate::by_value::loaded_module;

pub(super) const VARIABLES: Setting = Setting {
    name: "context variables",
    capture,
    apply,
    undo,
};

/// Values of variables.
type Values = Vec<(PyObjectRef, PyObjectRef)>;

/// The module that has the classes, if a program can have any of their objects.
fn module(vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    match loaded_module("_contextvars", vm)? {
        None => loaded_module("contextvars", vm),
        found => Ok(found),
    }
}

/// The variables of the current context that are not a library module's own.
fn capture(modules: &Division, vm: &VirtualMachine) -> PyResult<Vec<Part>> {
    let Some(module) = module(vm)? else {
        return Ok(vec![]);
    };
    let mut parts = Vec::new();
    for (variable, value) in divided(&module, modules, vm)?.0 {
        if let Ok(name) = variable.get_attr("name", vm)?.downcast::<PyStr>() {
            let name = name.to_string_lossy().into_owned();
            let value = vm.ctx.new_tuple(vec![variable, value]).into();
            parts.push(Part::new(name, value));
        }
    }
    parts.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(parts)
}

fn apply(values: &[PyObjectRef], scene: &Scene, vm: &VirtualMachine) -> PyResult<()> {
    let found = match module(vm)? {
        None if !values.is_empty() => Some(vm.import("contextvars", 0)?),
        found => found,
    };
    let Some(module) = found else {
        return Ok(());
    };
    let mut new = divided(&module, &scene.now, vm)?.1;
    for pair in values {
        let pair = pair_of(pair);
        new.push(
            pair.ok_or_else(|| vm.new_type_error("a context variable is saved with its value"))?,
        );
    }
    if is_entered(vm) {
        return set(new, |set, value| set.call((value,), vm), vm);
    }
    let context = call(&module, "Context", (), vm)?;
    replace(&context, new, vm)
}

fn undo(vm: &VirtualMachine) -> PyResult<Undo> {
    if is_entered(vm) {
        let Some(module) = module(vm)? else {
            return Ok(nothing_to_undo());
        };
        let old = items(&module, vm)?;
        return Ok(Box::new(move |vm| {
            set(old, |set, value| set.call((value,), vm), vm)
        }));
    }
    let old = vm.context_stack.borrow().last().cloned();
    if let Some(old) = &old {
        let copy = call(old, "copy", (), vm)?;
        replace(&copy, vec![], vm)?;
    }
    Ok(Box::new(move |vm| {
        let replaced = vm.context_stack.replace(old.into_iter().collect());
        drop(replaced);
        Ok(())
    }))
}

/// Whether this runs inside of `Context.run`, which expects to find its context again.
fn is_entered(vm: &VirtualMachine) -> bool {
    vm.context_stack.borrow().len() > 1
}

/// Makes a context, with some values set, the current one, where no other is but the thread's own.
fn replace(context: &PyObjectRef, values: Values, vm: &VirtualMachine) -> PyResult<()> {
    // A context remembers at which height it is entered: `run` has to see an empty stack.
    let before = vm.context_stack.take();
    let nothing = vm.ctx.types.tuple_type.as_object();
    let result = call(context, "run", (nothing.to_owned(),), vm).and_then(|_| {
        let run = |set: PyObjectRef, value| call(context, "run", (set, value), vm);
        set(values, run, vm)
    });
    let after = match result {
        Ok(()) => vec![context.clone()],
        Err(_) => before,
    };
    let replaced = vm.context_stack.replace(after);
    drop(replaced);
    result
}

fn set(
    values: Values,
    mut run: impl FnMut(PyObjectRef, PyObjectRef) -> PyResult,
    vm: &VirtualMachine,
) -> PyResult<()> {
    for (variable, value) in values {
        run(variable.get_attr("set", vm)?, value)?;
    }
    Ok(())
}

fn items(module: &PyObject, vm: &VirtualMachine) -> PyResult<Values> {
    let context = call(module, "copy_context", (), vm)?;
    let items: Vec<PyObjectRef> = call(&context, "items", (), vm)?.try_to_value(vm)?;
    Ok(items.iter().filter_map(pair_of).collect())
}

/// The variables that have values: those of the session, and those of modules of the library.
fn divided(
    module: &PyObject,
    modules: &Division,
    vm: &VirtualMachine,
) -> PyResult<(Values, Values)> {
    let items = items(module, vm)?;
    if items.is_empty() {
        return Ok((vec![], vec![]));
    }
    let of_library: HashSet<usize> = modules
        .library_modules
        .iter()
        .flat_map(|module| module.dict().values_vec())
        .map(|value| value.get_id())
        .collect();
    let (library, session) = items
        .into_iter()
        .partition(|(variable, _)| of_library.contains(&variable.get_id()));
    Ok((session, library))
}
