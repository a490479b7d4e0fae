//! `bytes` and `bytearray`, which matters to their subclasses: the pickler writes these two alone.

use rustpython_vm::{
    AsObject, Context, Py, PyPayload, PyResult, VirtualMachine,
    builtins::{PyByteArray, PyBytes, PyTupleRef},
    function::{OptionalArg, PyMethodDef},
};

use super::install::{
    GETNEWARGS_DOC, REDUCE_DOC, REDUCE_EX_DOC, definition, method, no_method, state_of,
};

/// `bytes.__getnewargs__` (CPython: `bytes_getnewargs`). RustPython's gives one argument for
/// each byte, as nobody sees: its own `bytes.__reduce__` goes another way.
fn new_arguments(bytes: &Py<PyBytes>, vm: &VirtualMachine) -> PyTupleRef {
    let bytes = vm.ctx.new_bytes(bytes.as_bytes().to_vec());
    vm.ctx.new_tuple(vec![bytes.into()])
}

const NEW_ARGUMENTS: &PyMethodDef = &definition("__getnewargs__", new_arguments, GETNEWARGS_DOC);

/// `bytearray.__reduce__` (CPython: `bytearray___reduce___impl`).
fn reduce(array: &Py<PyByteArray>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    reduce_for(array, 2, vm)
}

const REDUCE: &PyMethodDef = &definition("__reduce__", reduce, REDUCE_DOC);

/// `bytearray.__reduce_ex__` (CPython: `bytearray___reduce_ex___impl`).
fn reduce_ex(
    array: &Py<PyByteArray>,
    protocol: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult<PyTupleRef> {
    reduce_for(array, protocol.unwrap_or(0), vm)
}

const REDUCE_EX: &PyMethodDef = &definition("__reduce_ex__", reduce_ex, REDUCE_EX_DOC);

/// Python 2 has no bytes: up to protocol 2 they go as text and its encoding.
fn reduce_for(array: &Py<PyByteArray>, protocol: i32, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
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

pub(super) fn repair(ctx: &Context) {
    let (bytes, bytearray) = (ctx.types.bytes_type, ctx.types.bytearray_type);
    method(bytes, NEW_ARGUMENTS, ctx);
    no_method(bytes, "__reduce__", ctx);
    no_method(bytes, "__reduce_ex__", ctx);
    method(bytearray, REDUCE, ctx);
    method(bytearray, REDUCE_EX, ctx);
}
