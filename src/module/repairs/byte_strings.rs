//! `bytes` and `bytearray`, which matters to their subclasses: the pickler writes these two alone.

use rustpython_vm::{
    AsObject, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyByteArray, PyBytes, PyTupleRef},
    function::{ItemDoc, OptionalArg, PyMethodDef, PyMethodFlags},
};

use super::install::{method, no_method, state_of};

/// `bytes.__getnewargs__` (CPython: `bytes_getnewargs`). RustPython's gives one argument for
/// each byte, as nobody sees: its own `bytes.__reduce__` goes another way.
fn new_arguments(bytes: PyRef<PyBytes>, vm: &VirtualMachine) -> PyTupleRef {
    let bytes = vm.ctx.new_bytes(bytes.as_bytes().to_vec());
    vm.ctx.new_tuple(vec![bytes.into()])
}

static NEW_ARGUMENTS: PyMethodDef = PyMethodDef::new_const(
    "__getnewargs__",
    new_arguments,
    PyMethodFlags::METHOD,
    ItemDoc::NONE,
);

/// `bytearray.__reduce__` (CPython: `bytearray___reduce___impl`).
fn reduce(array: PyRef<PyByteArray>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    reduce_for(array, 2, vm)
}

static REDUCE: PyMethodDef =
    PyMethodDef::new_const("__reduce__", reduce, PyMethodFlags::METHOD, ItemDoc::NONE);

/// `bytearray.__reduce_ex__` (CPython: `bytearray___reduce_ex___impl`).
fn reduce_ex(
    array: PyRef<PyByteArray>,
    protocol: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult<PyTupleRef> {
    reduce_for(array, protocol.unwrap_or(0), vm)
}

static REDUCE_EX: PyMethodDef = PyMethodDef::new_const(
    "__reduce_ex__",
    reduce_ex,
    PyMethodFlags::METHOD,
    ItemDoc::NONE,
);

/// Python 2 has no bytes: up to protocol 2 they go as text and its encoding.
fn reduce_for(
    array: PyRef<PyByteArray>,
    protocol: i32,
    vm: &VirtualMachine,
) -> PyResult<PyTupleRef> {
    let ctx = &vm.ctx;
    let state = state_of(array.as_object(), vm)?;
    let bytes = array.borrow_buf().to_vec();
    let args = if bytes.is_empty() {
        vec![]
    } else if protocol < 3 {
        let text: String = bytes.into_iter().map(char::from).collect();
        vec![ctx.new_str(text).into(), ctx.new_str("latin-1").into()]
    } else {
        vec![PyBytes::from(bytes).into_ref(ctx).into()]
    };
    let class = array.class().to_owned();
    Ok(ctx.new_tuple(vec![class.into(), ctx.new_tuple(args).into(), state]))
}

pub(super) fn repair(ctx: &rustpython_vm::Context) {
    let (bytes, bytearray) = (ctx.types.bytes_type, ctx.types.bytearray_type);
    method(bytes, &NEW_ARGUMENTS, ctx);
    no_method(bytes, "__reduce__", ctx);
    no_method(bytes, "__reduce_ex__", ctx);
    method(bytearray, &REDUCE, ctx);
    method(bytearray, &REDUCE_EX, ctx);
}
