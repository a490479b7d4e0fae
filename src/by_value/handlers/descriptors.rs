//! `super` objects and single descriptors; those that stand in most classes are class's.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyType},
};

use super::answer::{Answer, refuse};

/// `super`, which answers with the attributes of what it stands for.
pub(super) fn super_object(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let mut args = object.gc_get_referents();
    args.truncate(2);
    match args.is_empty() {
        true => refuse(object, "it has not been initialized", vm),
        false => Ok(Answer::of_class(object, args)),
    }
}

/// The class methods of built-in types: by the class and the name.
pub(super) fn class_method(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.get_attr("__objclass__", vm)?;
    let name = object.get_attr("__name__", vm)?;
    let found = match (class.downcast_ref::<PyType>(), name.downcast_ref::<PyStr>()) {
        (Some(class), Some(name)) => class.attributes.get(vm.ctx.intern_str(name.as_wtf8())),
        _ => None,
    };
    match found.is_some_and(|found| found.is(object)) {
        true => Answer::ours("_get_class_item", vec![class, name], vm),
        false => refuse(object, "its class does not have it any more", vm),
    }
}

/// A subclass of `functools.partialmethod`: its attributes are all that there is.
pub(super) fn subclass_of_partial_method(
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Answer> {
    let state = vm
        .ctx
        .types
        .object_type
        .as_object()
        .get_attr("__getstate__", vm)?
        .call((object.to_owned(),), vm)?;
    let class = object.class().to_owned().into();
    Ok(Answer::ours("_make_object", vec![class], vm)?.with_state(Some(state)))
}

/// `functools.partialmethod`, whose `__new__` wants arguments.
pub(super) fn partial_method(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let mut args = vec![object.get_attr("func", vm)?];
    let more: Vec<PyObjectRef> = object.get_attr("args", vm)?.try_into_value(vm)?;
    args.extend(more);
    let keywords = object.get_attr("keywords", vm)?;
    let empty = keywords
        .downcast_ref::<PyDict>()
        .is_some_and(|keywords| keywords.is_empty());
    if empty {
        return Ok(Answer::of_class(object, args));
    }
    let class = object.class().to_owned().into();
    Answer::ours(
        "_call",
        vec![class, vm.ctx.new_tuple(args).into(), keywords],
        vm,
    )
}
