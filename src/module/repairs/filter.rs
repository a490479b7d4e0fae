//! `filter`, whose subclasses have to stay what they are.

use rustpython_vm::{
    AsObject, Context, PyObjectRef, PyRef, PyResult, VirtualMachine, builtins::PyFilter,
    common::static_cell, function::PyMethodDef,
};

use super::install::{Original, REDUCE_DOC, definition, items, wrapper};

static_cell! {
    static ORIGINAL: PyObjectRef;
}

/// `filter.__reduce__` (CPython: `filter_reduce`), with the object's own class.
fn reduce(filter: PyRef<PyFilter>, vm: &VirtualMachine) -> PyResult {
    let class = filter.class().to_owned();
    let reduced = Original(&ORIGINAL).call((filter,), vm)?;
    match items(&reduced) {
        Some([_, args]) => Ok(vm.ctx.new_tuple(vec![class.into(), args.clone()]).into()),
        _ => Ok(reduced),
    }
}

const REDUCE: &PyMethodDef = &definition("__reduce__", reduce, REDUCE_DOC);

pub(super) fn repair(ctx: &Context) {
    wrapper(ctx.types.filter_type, REDUCE, &Original(&ORIGINAL), ctx);
}
