//! `object.__reduce_ex__`, which refuses most native objects.

use rustpython_vm::{
    AsObject, Context, Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyStr, PyType},
    common::static_cell,
    function::PyMethodDef,
};

use super::install::{Original, REDUCE_EX_DOC, definition, no_method, wrapper};

static_cell! {
    static ORIGINAL: PyObjectRef;
}

/// `object.__reduce_ex__` (CPython: `object___reduce_ex___impl`), with the type's whole name in
/// the message of the error.
fn reduce_ex(object: PyObjectRef, protocol: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let class = object.class().to_owned();
    let reduced = Original(&ORIGINAL).call((object, protocol.clone()), vm);
    reduced.map_err(|error| match protocol.try_into_value(vm) {
        // For the first two protocols it is copyreg that refuses, in the words that it has.
        Ok(0 | 1) | Err(_) => error,
        Ok::<i32, _>(_) => with_whole_name(error, &class, vm),
    })
}

/// The same exception with CPython's message, where RustPython's has but the last part of the
/// name. What a class's own methods raise is not touched.
fn with_whole_name(
    error: PyBaseExceptionRef,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    let own = |name: &str| {
        let name = vm.ctx.intern_str(name);
        let inherited = vm.ctx.types.object_type.attributes.get(name);
        match (class.get_attr(name), inherited) {
            (Some(found), Some(inherited)) => !found.is(&inherited),
            _ => true,
        }
    };
    let native = class.heaptype_ext.is_none() && !own("__reduce__") && !own("__getstate__");
    if !native || !error.class().is(vm.ctx.exceptions.type_error) {
        return error;
    }
    let refusal = format!("cannot pickle '{}' object", class.name());
    match error.args().as_slice() {
        [message]
            if message
                .downcast_ref::<PyStr>()
                .is_some_and(|m| m.as_bytes() == refusal.as_bytes()) => {}
        _ => return error,
    }
    let name = class.slot_name();
    let message = if class.is(vm.ctx.types.memoryview_type) {
        // Its size varies, which CPython finds first.
        "cannot pickle memoryview objects".to_owned()
    } else {
        let name = name.strip_prefix("builtins.").unwrap_or(&name);
        format!("cannot pickle '{name}' object")
    };
    let args = vm.ctx.new_tuple(vec![vm.ctx.new_str(message).into()]);
    match error.as_object().set_attr("args", args, vm) {
        Ok(()) | Err(_) => error,
    }
}

const REDUCE_EX: &PyMethodDef = &definition("__reduce_ex__", reduce_ex, REDUCE_EX_DOC);

pub(super) fn repair(ctx: &Context) {
    // A memory view refuses by methods of its own, in other words.
    for name in ["__reduce__", "__reduce_ex__"] {
        no_method(ctx.types.memoryview_type, name, ctx);
    }
    wrapper(ctx.types.object_type, REDUCE_EX, &Original(&ORIGINAL), ctx);
}
