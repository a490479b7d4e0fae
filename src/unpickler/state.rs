//! BUILD: how an object gets its state (CPython: `load_build`).

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyTuple},
};

use crate::module::new_unpickling_error;

/// Gives `object` its state, by `__setstate__` or by updating its attributes.
pub(crate) fn build(object: &PyObject, state: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    if let Some(setstate) = vm.get_attribute_opt(object, "__setstate__")? {
        setstate.call((state,), vm)?;
        return Ok(());
    }
    let (state, slots) = match state.downcast_ref::<PyTuple>().map(|pair| pair.as_slice()) {
        Some([state, slots]) => (state.clone(), Some(slots.clone())),
        _ => (state, None),
    };
    if !vm.is_none(&state) {
        let Some(state) = state.downcast_ref::<PyDict>() else {
            return Err(new_unpickling_error(vm, "state is not a dictionary"));
        };
        let attributes = object.get_attr("__dict__", vm)?;
        for_each_item(state, |key, value| {
            let key = shared_name(key, vm);
            match attributes.downcast_ref_if_exact::<PyDict>(vm) {
                Some(dict) => dict.set_item(&*key, value, vm),
                None => attributes.set_item(&*key, value, vm),
            }
        })?;
    }
    // Unlike the pure-Python unpickler, the C one takes no falsy value but a dict here.
    if let Some(slots) = slots {
        let Some(slots) = slots.downcast_ref::<PyDict>() else {
            return Err(new_unpickling_error(vm, "slot state is not a dictionary"));
        };
        for_each_item(slots, |key, value| match key.downcast_ref::<PyStr>() {
            Some(name) => object.set_attr(name, value, vm),
            None => Err(vm.new_type_error(format!(
                "attribute name must be string, not '{}'",
                key.class().name()
            ))),
        })?;
    }
    Ok(())
}

/// Visits a dict's items without holding its lock, whatever happens to it meanwhile.
fn for_each_item(
    dict: &PyDict,
    mut visit: impl FnMut(PyObjectRef, PyObjectRef) -> PyResult<()>,
) -> PyResult<()> {
    let mut position = 0;
    while let Some((next, key, value)) = dict.next_entry(position) {
        position = next;
        visit(key, value)?;
    }
    Ok(())
}

/// The interned string equal to an attribute name, if there is one.
///
/// CPython interns the name. RustPython's interned strings live for ever, so a
/// pickle must not add to them.
pub(super) fn shared_name(key: PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
    match key.downcast_ref_if_exact::<PyStr>(vm) {
        Some(name) => match vm.ctx.interned_str(name) {
            Some(interned) => interned.to_owned().into(),
            None => key,
        },
        None => key,
    }
}
