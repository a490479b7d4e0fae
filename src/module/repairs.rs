//! What RustPython's own types lack to be pickled as CPython's are.
//!
//! The types belong to the whole process, and so do the repairs: they are what CPython has
//! there, and they are made only where something is missing.

use std::sync::OnceLock;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{PyDict, PyStaticMethod, PyType, PyTypeRef},
    function::{FuncArgs, ItemDoc, PyMethodDef, PyMethodFlags},
};

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
    // Without the module `os` there is nothing to repair.
    drop(repair_stat_result(vm));
}

type New = fn(PyTypeRef, FuncArgs, &VirtualMachine) -> PyResult;

/// `os.stat_result` without our repair.
static STAT_RESULT: OnceLock<New> = OnceLock::new();

/// A field that CPython writes and RustPython's `os.stat_result` has not.
const ST_RDEV: &str = "st_rdev";

/// `os.stat_result` that takes the state which CPython gives it, and leaves out what it has no
/// field for.
fn new_stat_result(class: PyTypeRef, mut args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    if let [_, fields] = args.args.as_mut_slice()
        && let Some(dict) = fields.downcast_ref::<PyDict>()
        && dict.contains_key(ST_RDEV, vm)
    {
        let known = dict.copy().into_ref(&vm.ctx);
        known.del_item(ST_RDEV, vm)?;
        *fields = known.into();
    }
    match STAT_RESULT.get() {
        Some(new) => new(class, args, vm),
        None => Err(vm.new_type_error("cannot create 'os.stat_result' instances")),
    }
}

fn repair_stat_result(vm: &VirtualMachine) -> PyResult<()> {
    let class = vm.import("os", 0)?.get_attr("stat_result", vm)?;
    let Some(class) = class.downcast_ref::<PyType>() else {
        return Ok(());
    };
    if let Some(new) = class.slots().new.load()
        && class.get_attr(vm.ctx.intern_str(ST_RDEV)).is_none()
        && STAT_RESULT.set(new).is_ok()
    {
        class.slots().new.store(Some(new_stat_result));
    }
    Ok(())
}

fn is_static_method(object: &PyObject, vm: &VirtualMachine) -> bool {
    object.class().is(vm.ctx.types.staticmethod_type)
}
