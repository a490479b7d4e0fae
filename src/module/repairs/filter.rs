//! `filter`, whose subclasses have to stay what they are.

use rustpython_vm::{
    AsObject, Context, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyFilter, PyTuple},
    common::static_cell,
    function::{ItemDoc, PyMethodDef, PyMethodFlags},
};

use super::install::{Original, wrapper};

static_cell! {
    static ORIGINAL: PyObjectRef;
}

/// `filter.__reduce__` (CPython: `filter_reduce`), with the object's own class.
fn reduce(filter: PyRef<PyFilter>, vm: &VirtualMachine) -> PyResult {
    let class = filter.class().to_owned();
    let reduced = Original(&ORIGINAL).call((filter,), vm)?;
    match reduced
        .downcast_ref::<PyTuple>()
        .map(|pair| pair.as_slice())
    {
        Some([_, args]) => Ok(vm.ctx.new_tuple(vec![class.into(), args.clone()]).into()),
        _ => Ok(reduced),
    }
}

static REDUCE: PyMethodDef =
    PyMethodDef::new_const("__reduce__", reduce, PyMethodFlags::METHOD, ItemDoc::NONE);

pub(super) fn repair(ctx: &Context) {
    wrapper(ctx.types.filter_type, &REDUCE, &Original(&ORIGINAL), ctx);
}
