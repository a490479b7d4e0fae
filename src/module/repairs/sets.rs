//! `set` and `frozenset`, whose `__reduce__` has to ask a subclass for its state.

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyFrozenSet, PySet, PyTupleRef},
    function::PyMethodDef,
};

use super::install::{REDUCE_DOC, definition, method, state_of};

/// (CPython: `set___reduce___impl`).
fn reduce(set: &PyObject, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    let keys: Vec<PyObjectRef> = set.to_owned().try_into_value(vm)?;
    let args = vm.ctx.new_tuple(vec![vm.ctx.new_list(keys).into()]);
    let state = state_of(set, vm)?;
    let class = set.class().to_owned();
    Ok(vm.ctx.new_tuple(vec![class.into(), args.into(), state]))
}

fn reduce_set(set: &Py<PySet>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    reduce(set.as_object(), vm)
}

fn reduce_frozenset(set: &Py<PyFrozenSet>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    reduce(set.as_object(), vm)
}

const REDUCE_SET: &PyMethodDef = &definition("__reduce__", reduce_set, REDUCE_DOC);

const REDUCE_FROZENSET: &PyMethodDef = &definition("__reduce__", reduce_frozenset, REDUCE_DOC);

pub(super) fn repair(ctx: &Context) {
    method(ctx.types.set_type, REDUCE_SET, ctx);
    method(ctx.types.frozenset_type, REDUCE_FROZENSET, ctx);
}
