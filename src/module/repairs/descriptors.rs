//! Descriptors of built-in types, such as `list.__len__`.

use rustpython_vm::{
    AsObject, Context, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::PyStaticMethod, function::PyMethodDef,
};

use super::install::{REDUCE_DOC, definition, method};

/// `__reduce__` of a slot wrapper such as `list.__len__` (CPython: `descr_reduce`).
#[expect(
    clippy::needless_pass_by_value,
    reason = "methods are given their object"
)]
fn reduce_slot_wrapper(wrapper: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let getattr = vm.builtins.get_attr("getattr", vm)?;
    let class = wrapper.get_attr("__objclass__", vm)?;
    let name = wrapper.get_attr("__name__", vm)?;
    let args = vm.ctx.new_tuple(vec![class, name]);
    Ok(vm.ctx.new_tuple(vec![getattr, args.into()]).into())
}

const REDUCE_SLOT_WRAPPER: &PyMethodDef =
    &definition("__reduce__", reduce_slot_wrapper, REDUCE_DOC);

pub(super) fn repair(ctx: &Context) {
    method(ctx.types.wrapper_descriptor_type, REDUCE_SLOT_WRAPPER, ctx);
    // A static method in a type's dict is a descriptor of its own, which can't be pickled:
    // only the function that it yields can.
    let maketrans = ctx.intern_str("maketrans");
    for class in [
        ctx.types.str_type,
        ctx.types.bytes_type,
        ctx.types.bytearray_type,
    ] {
        let function = class.attributes.get(maketrans);
        let function = function.filter(|function| !is_static_method(function, ctx));
        if let Some(function) = function {
            let descriptor = PyStaticMethod::new(function).into_ref(ctx);
            class.set_attr(maketrans, descriptor.into());
        }
    }
}

fn is_static_method(object: &PyObject, ctx: &Context) -> bool {
    object.class().is(ctx.types.staticmethod_type)
}
