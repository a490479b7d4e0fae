//! Exceptions: the state that they give and take.

use rustpython_vm::{
    AsObject, Context, Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseException, PyDict, PyStr, PyTupleRef},
    common::static_cell,
    function::PyMethodDef,
};

use super::install::{
    GETSTATE_DOC, Original, REDUCE_DOC, SETSTATE_DOC, definition, method, wrapper,
};

/// `BaseException.__setstate__` (CPython: `BaseException___setstate___impl`). RustPython's leaves
/// out what begins with `__`, the notes among them, and takes names that are no strings.
#[expect(
    clippy::needless_pass_by_value,
    reason = "methods are given their arguments"
)]
fn set_state(
    exception: &Py<PyBaseException>,
    state: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    if vm.is_none(&state) {
        return Ok(());
    }
    let Some(state) = state.downcast_ref::<PyDict>() else {
        return Err(vm.new_type_error("state is not a dictionary"));
    };
    for (name, value) in state.items_vec() {
        let Some(name) = name.downcast_ref::<PyStr>() else {
            return Err(vm.new_type_error(format!(
                "attribute name must be string, not '{}'",
                name.class().name()
            )));
        };
        exception.as_object().set_attr(name, value, vm)?;
    }
    Ok(())
}

const SET_STATE: &PyMethodDef = &definition("__setstate__", set_state, SETSTATE_DOC);

static_cell! {
    static ATTRIBUTE_ERROR_STATE: PyObjectRef;
}

/// `AttributeError.__getstate__` (CPython: `AttributeError_getstate`), whose state has the
/// arguments once more.
fn attribute_error_state(error: &Py<PyBaseException>, vm: &VirtualMachine) -> PyResult {
    let args = error.args();
    let state = Original(&ATTRIBUTE_ERROR_STATE).call((error.to_owned(),), vm)?;
    if let Some(state) = state.downcast_ref::<PyDict>() {
        state.set_item("args", args.into(), vm)?;
    }
    Ok(state)
}

const ATTRIBUTE_ERROR_GETSTATE: &PyMethodDef =
    &definition("__getstate__", attribute_error_state, GETSTATE_DOC);

/// `AttributeError.__reduce__` (CPython: `AttributeError_reduce`).
fn reduce_attribute_error(
    error: &Py<PyBaseException>,
    vm: &VirtualMachine,
) -> PyResult<PyTupleRef> {
    let class = error.class().to_owned();
    let args = error.args();
    let state = attribute_error_state(error, vm)?;
    Ok(vm.ctx.new_tuple(vec![class.into(), args.into(), state]))
}

const ATTRIBUTE_ERROR_REDUCE: &PyMethodDef =
    &definition("__reduce__", reduce_attribute_error, REDUCE_DOC);

pub(super) fn repair(ctx: &Context) {
    let (base, attribute) = (
        ctx.exceptions.base_exception_type,
        ctx.exceptions.attribute_error,
    );
    method(base, SET_STATE, ctx);
    wrapper(
        attribute,
        ATTRIBUTE_ERROR_GETSTATE,
        &Original(&ATTRIBUTE_ERROR_STATE),
        ctx,
    );
    method(attribute, ATTRIBUTE_ERROR_REDUCE, ctx);
}
