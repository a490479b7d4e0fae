//! What RustPython's own types lack to be pickled as CPython's are.
//!
//! The types belong to the whole process, and so do the repairs: they are what CPython has
//! there, and they are made only where something is missing.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::PyStaticMethod,
    function::{ItemDoc, PyMethodDef, PyMethodFlags},
};

/// `__reduce__` of a slot wrapper such as `list.__len__` (CPython: `descr_reduce`).
fn reduce_slot_wrapper(wrapper: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let getattr = vm.builtins.get_attr("getattr", vm)?;
    let class = wrapper.get_attr("__objclass__", vm)?;
    let name = wrapper.get_attr("__name__", vm)?;
    let args = vm.ctx.new_tuple(vec![class, name]);
    Ok(vm.ctx.new_tuple(vec![getattr, args.into()]).into())
}

static REDUCE_SLOT_WRAPPER: PyMethodDef = PyMethodDef::new_const(
    "__reduce__",
    reduce_slot_wrapper,
    PyMethodFlags::METHOD,
    ItemDoc::NONE,
);

pub(super) fn repair(vm: &VirtualMachine) {
    let ctx = &vm.ctx;
    let reduce = ctx.intern_str("__reduce__");
    let slot_wrapper = ctx.types.wrapper_descriptor_type;
    if slot_wrapper.attributes.get(reduce).is_none() {
        let method = REDUCE_SLOT_WRAPPER.build_method(ctx, slot_wrapper);
        slot_wrapper.set_attr(reduce, method.into());
    }
    // A static method in a type's dict is a descriptor of its own, which can't be pickled:
    // only the function that it yields can.
    let maketrans = ctx.intern_str("maketrans");
    for class in [
        ctx.types.str_type,
        ctx.types.bytes_type,
        ctx.types.bytearray_type,
    ] {
        let function = class.attributes.get(maketrans);
        let function = function.filter(|function| !is_static_method(function, vm));
        if let Some(function) = function {
            let descriptor = PyStaticMethod::new(function).into_ref(ctx);
            class.set_attr(maketrans, descriptor.into());
        }
    }
}

fn is_static_method(object: &PyObject, vm: &VirtualMachine) -> bool {
    object.class().is(vm.ctx.types.staticmethod_type)
}
