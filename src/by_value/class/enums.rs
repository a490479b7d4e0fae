//! Members of enumerations that are pickled by value.
//!
//! A member is pickled by its value otherwise, which the class looks up: while the class itself is
//! being made there is nothing to look up. So a member is made as the instance it is, of the data
//! type that the enumeration mixes in, and the tables of the class refer to it.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{
        PyBaseExceptionRef, PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyStr, PyTuple, PyTupleRef,
        PyType,
    },
};

use super::{constructor, instances, loaded, reduction};
use crate::module::new_pickling_error;

/// Reduces a member of an enumeration that goes by value; `None` if the tables of the enumeration
/// do not lead to it.
pub(super) fn reduce(
    object: &PyObject,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if !is_canonical(object, class, vm)? {
        return Ok(None);
    }
    let data_type = instances::data_type(class, vm);
    let args = vec![
        class.to_owned().into(),
        data_type.to_owned().into(),
        data(object, data_type, vm)?.into(),
    ];
    let get_state = vm.ctx.types.object_type.as_object();
    let state = get_state
        .get_attr("__getstate__", vm)?
        .call((object.to_owned(),), vm)?;
    let make = constructor("_make_instance", vm)?;
    let set = constructor("_set_enum_member", vm)?;
    Ok(Some(reduction(make, args, Some((state, set)), vm)))
}

pub(super) fn is_enumeration(class: &Py<PyType>, vm: &VirtualMachine) -> bool {
    let metaclass = loaded("enum", "EnumType", vm);
    metaclass.is_some_and(|metaclass| class.as_object().class().fast_issubclass(&metaclass))
}

/// Whether the tables of an enumeration lead to this very object.
fn is_canonical(object: &PyObject, class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<bool> {
    let table = |name: &'static str| class.attributes.get(vm.ctx.intern_str(name));
    let name = match object.dict() {
        Some(dict) => dict.get_item_opt("_name_", vm)?,
        None => None,
    };
    if let Some(members) = table("_member_map_")
        && let Some(members) = members.downcast_ref::<PyDict>()
        && let Some(name) = name.filter(|name| name.class().is(vm.ctx.types.str_type))
        && let Some(member) = members.get_item_opt(&*name, vm)?
        && member.is(object)
    {
        return Ok(true);
    }
    // A combination of flags, which has no name of its own.
    let values = table("_value2member_map_");
    let values = values
        .as_ref()
        .and_then(|values| values.downcast_ref::<PyDict>());
    Ok(values.is_some_and(|values| {
        let mut members = values.items_vec().into_iter();
        members.any(|(_, member)| member.is(object))
    }))
}

/// What the data type's `__new__` makes a member from.
fn data(object: &PyObject, data_type: &Py<PyType>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    let ctx = &vm.ctx;
    let plain: Option<PyObjectRef> = if data_type.is(ctx.types.object_type) {
        return Ok(ctx.empty_tuple.clone());
    } else if let Some(int) = object.downcast_ref::<PyInt>() {
        Some(ctx.new_bigint(int.as_bigint()).into())
    } else if let Some(text) = object.downcast_ref::<PyStr>() {
        Some(ctx.new_str(text.as_wtf8().to_owned()).into())
    } else if let Some(bytes) = object.downcast_ref::<PyBytes>() {
        Some(ctx.new_bytes(bytes.as_bytes().to_vec()).into())
    } else if let Some(float) = object.downcast_ref::<PyFloat>() {
        Some(ctx.new_float(float.to_f64()).into())
    } else if let Some(complex) = object.downcast_ref::<PyComplex>() {
        Some(ctx.new_complex(complex.to_complex()).into())
    } else {
        let tuple = object.downcast_ref::<PyTuple>();
        tuple.map(|tuple| ctx.new_tuple(tuple.as_slice().to_vec()).into())
    };
    match plain {
        Some(plain) => Ok(ctx.new_tuple(vec![plain])),
        None => reduced_data(object, data_type, vm),
    }
}

/// The arguments that the data type's own `__reduce__` answers with.
fn reduced_data(
    object: &PyObject,
    data_type: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<PyTupleRef> {
    let complain = || -> PyBaseExceptionRef {
        let message = format!(
            "can't pickle members of {}, whose data type is {}",
            object.class().name(),
            data_type.name()
        );
        new_pickling_error(vm, message)
    };
    let name = vm.ctx.intern_str("__reduce__");
    let reduce = data_type.get_attr(name);
    let default = vm.ctx.types.object_type.get_attr(name);
    let reduce = match (reduce, default) {
        (Some(own), Some(default)) if own.is(&default) => return Err(complain()),
        (Some(own), _) => own,
        (None, _) => return Err(complain()),
    };
    let reduced = reduce.call((object.to_owned(),), vm)?;
    match reduced
        .downcast_ref::<PyTuple>()
        .map(|reduced| reduced.as_slice())
    {
        Some([callable, args, ..]) if callable.is(object.class()) => {
            args.clone().downcast().map_err(|_| complain())
        }
        _ => Err(complain()),
    }
}

/// `_set_enum_member`: gives a member its attributes, past a `__setattr__` or `__setstate__`.
pub(super) fn set(object: &PyObject, state: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    let (attributes, slots) = match state
        .downcast_ref::<PyTuple>()
        .map(|state| state.as_slice())
    {
        Some([attributes, slots]) => (attributes.clone(), slots.downcast_ref::<PyDict>()),
        _ => (state.to_owned(), None),
    };
    if let Some(attributes) = attributes.downcast_ref::<PyDict>() {
        let Some(dict) = object.dict() else {
            return Err(vm.new_type_error("this object has no attributes"));
        };
        for (name, value) in attributes.items_vec() {
            dict.set_item(&*name, value, vm)?;
        }
    }
    let set = vm.ctx.types.object_type.as_object();
    let set = set.get_attr("__setattr__", vm)?;
    for (name, value) in slots.map(|slots| slots.items_vec()).unwrap_or_default() {
        set.call((object.to_owned(), name, value), vm)?;
    }
    Ok(())
}
