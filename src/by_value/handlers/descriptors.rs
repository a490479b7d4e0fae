//! Descriptors: what classes have in their dicts, and `super`.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr},
    pymodule,
};

use super::answer::{Answer, refuse};
use crate::unpickler::get_item_opt;

/// `property`, with the name that its class has given it.
pub(super) fn property(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let getter = object.get_attr("fget", vm)?;
    let doc = object.get_attr("__doc__", vm)?;
    // A doc string that it has from its getter comes from there again.
    let own_doc = match is_attribute(&getter, "__doc__", &doc, vm)? {
        true => vm.ctx.none(),
        false => vm.ctx.new_tuple(vec![doc]).into(),
    };
    let name = vm.get_attribute_opt(object, "__name__")?;
    let own_name = match name {
        Some(name) if !is_attribute(&getter, "__name__", &name, vm)? => name,
        _ => vm.ctx.none(),
    };
    let (setter, deleter) = (object.get_attr("fset", vm)?, object.get_attr("fdel", vm)?);
    Answer::ours(
        "_property",
        vec![getter, setter, deleter, own_doc, own_name],
        vm,
    )
}

fn is_attribute(
    object: &PyObject,
    name: &'static str,
    value: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<bool> {
    let found = vm.get_attribute_opt(object, name)?;
    Ok(found.is_some_and(|found| found.is(value)))
}

/// `staticmethod` and `classmethod`. Their attributes are mostly those of the function.
pub(super) fn wrapped(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let function = object.get_attr("__func__", vm)?;
    let own = vm.ctx.new_dict();
    for (name, value) in object
        .dict()
        .map(|dict| dict.items_vec())
        .into_iter()
        .flatten()
    {
        let of_function = match name.downcast_ref::<PyStr>() {
            Some(name) => vm.get_attribute_opt(&function, name)?,
            None => None,
        };
        if !of_function.is_some_and(|found| found.is(&value)) {
            own.set_item(&*name, value, vm)?;
        }
    }
    let own = (!own.is_empty()).then(|| own.into());
    Ok(Answer::of_class(object, vec![function]).with_state(own))
}

/// `super`, which answers with the attributes of what it stands for.
pub(super) fn super_object(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let mut args = object.gc_get_referents();
    args.truncate(2);
    match args.is_empty() {
        true => refuse(object, "it has not been initialized", vm),
        false => Ok(Answer::of_class(object, args)),
    }
}

/// Descriptors that a class has from itself: by the class and the name.
pub(super) fn of_class(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.get_attr("__objclass__", vm)?;
    let name = object.get_attr("__name__", vm)?;
    let found = class_attribute(&class, &name, vm)?;
    match found.is_some_and(|found| found.is(object)) {
        true => Answer::ours("_class_attribute", vec![class, name], vm),
        false => refuse(object, "its class does not have it any more", vm),
    }
}

fn class_attribute(
    class: &PyObject,
    name: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let dict = class.get_attr("__dict__", vm)?;
    get_item_opt(&dict, name, vm)
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

#[pymodule(sub)]
pub(crate) mod describing {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, builtins::PyTupleRef};

    use super::class_attribute;

    /// Make a property. A doc string of its own is the item of a tuple.
    #[pyfunction]
    fn _property(
        getter: PyObjectRef,
        setter: PyObjectRef,
        deleter: PyObjectRef,
        own_doc: Option<PyTupleRef>,
        own_name: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let class = PyObjectRef::from(vm.ctx.types.property_type.to_owned());
        let property = class.call((getter, setter, deleter), vm)?;
        if let Some([doc]) = own_doc.as_ref().map(|doc| doc.as_slice()) {
            property.set_attr("__doc__", doc.clone(), vm)?;
        }
        if !vm.is_none(&own_name) {
            property.set_attr("__name__", own_name, vm)?;
        }
        Ok(property)
    }

    /// Return what a class has in its dict under a name.
    #[pyfunction]
    fn _class_attribute(class: PyObjectRef, name: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let found = class_attribute(&class, &name, vm)?;
        found.ok_or_else(|| vm.new_key_error(name))
    }
}
