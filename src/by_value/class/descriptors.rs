//! What stands in the namespace of a class: class methods, static methods, properties, and the
//! descriptors that a class has made itself.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{
        PyClassMethod, PyDict, PyGetSet, PyProperty, PyStaticMethod, PyStr, PyTuple, PyType,
        descriptor::PyMemberDescriptor,
    },
    function::FuncArgs,
};

use super::{constructor, reduction};

/// Reduces one of these; `None` if it is none.
pub(super) fn reduce(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    if object.downcastable::<PyMemberDescriptor>() || object.downcastable::<PyGetSet>() {
        return item(object, vm);
    }
    let built_in = if object.downcastable::<PyClassMethod>() {
        vm.ctx.types.classmethod_type
    } else if object.downcastable::<PyStaticMethod>() {
        vm.ctx.types.staticmethod_type
    } else if object.downcastable::<PyProperty>() {
        vm.ctx.types.property_type
    } else {
        return Ok(None);
    };
    if has_own_reduction(object, vm) {
        return Ok(None);
    }
    let parts = if built_in.is(vm.ctx.types.property_type) {
        property_parts(object, vm)?
    } else {
        vec![get(built_in, "__func__", object, vm)?]
    };
    let attributes = match object.dict() {
        Some(dict) if !dict.is_empty() => dict.copy().into_ref(&vm.ctx).into(),
        _ => vm.ctx.none(),
    };
    let state = vm.ctx.new_tuple([parts, vec![attributes]].concat()).into();
    let make = constructor("_make_descriptor", vm)?;
    let set = constructor("_set_descriptor", vm)?;
    let args = vec![object.class().to_owned().into()];
    Ok(Some(reduction(make, args, Some((state, set)), vm)))
}

/// Whether a subclass says itself how its instances are pickled.
fn has_own_reduction(object: &PyObject, vm: &VirtualMachine) -> bool {
    ["__reduce__", "__reduce_ex__", "__getstate__"]
        .iter()
        .any(|name| {
            let name = vm.ctx.intern_str(*name);
            let own = object.class().get_attr(name);
            let default = vm.ctx.types.object_type.get_attr(name);
            !matches!((own, default), (Some(own), Some(default)) if own.is(&default))
        })
}

/// What a built-in type's own descriptor gives, whatever a subclass puts in its place.
fn get(class: &Py<PyType>, name: &str, object: &PyObject, vm: &VirtualMachine) -> PyResult {
    match class.attributes.get(vm.ctx.intern_str(name)) {
        Some(descriptor) => vm
            .call_get_descriptor_specific(
                &descriptor,
                Some(object),
                Some(object.class().as_object()),
            )
            .unwrap_or(Ok(descriptor)),
        None => Err(vm.new_attribute_error(name.to_owned())),
    }
}

/// `fget`, `fset`, `fdel`, the doc and whether it is that of `fget`, the name.
fn property_parts(object: &PyObject, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
    let class = vm.ctx.types.property_type;
    let mut parts = Vec::new();
    for name in ["fget", "fset", "fdel"] {
        parts.push(get(class, name, object, vm)?);
    }
    // A subclass's instances have their doc among their attributes.
    let doc = match object.dict() {
        Some(_) => vm.ctx.none(),
        None => get(class, "__doc__", object, vm)?,
    };
    let getter_doc = vm.get_attribute_opt(&parts[0], "__doc__")?;
    let of_getter = getter_doc.is_some_and(|getter_doc| getter_doc.is(&doc));
    parts.push(vm.ctx.new_bool(of_getter).into());
    parts.push(doc);
    let name = match get(class, "__name__", object, vm) {
        Ok(name) => name,
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.attribute_error) => vm.ctx.none(),
        Err(error) => return Err(error),
    };
    parts.push(name);
    Ok(parts)
}

/// `_make_descriptor`: an empty one; what it refers to may lead back to it.
pub(super) fn make(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult {
    for built_in in [
        vm.ctx.types.classmethod_type,
        vm.ctx.types.staticmethod_type,
        vm.ctx.types.property_type,
    ] {
        if class.fast_issubclass(built_in) {
            let new = built_in.as_object().get_attr("__new__", vm)?;
            // Those two check that they get a function, but do not take it yet.
            let mut args: Vec<PyObjectRef> = vec![class.to_owned().into()];
            if !built_in.is(vm.ctx.types.property_type) {
                args.push(vm.ctx.none());
            }
            return new.call(FuncArgs::from(args), vm);
        }
    }
    let message = format!("'{}' is no kind of method or property", class.name());
    Err(vm.new_type_error(message))
}

/// `_set_descriptor`: what [`reduce`] has saved.
pub(super) fn set(object: &PyObject, state: &Py<PyTuple>, vm: &VirtualMachine) -> PyResult<()> {
    let types = &vm.ctx.types;
    let attributes = match state.as_slice() {
        [function, attributes] => {
            let class = match object.downcastable::<PyClassMethod>() {
                true => types.classmethod_type,
                false => types.staticmethod_type,
            };
            let init = class.as_object().get_attr("__init__", vm)?;
            init.call((object.to_owned(), function.clone()), vm)?;
            attributes
        }
        [getter, setter, deleter, of_getter, doc, name, attributes] => {
            let init = types.property_type.as_object().get_attr("__init__", vm)?;
            let init_doc = match of_getter.is(&vm.ctx.true_value) {
                true => vm.ctx.none(),
                false => doc.clone(),
            };
            let args = vec![
                object.to_owned(),
                getter.clone(),
                setter.clone(),
                deleter.clone(),
                init_doc,
            ];
            init.call(FuncArgs::from(args), vm)?;
            if object.dict().is_none() {
                object.set_attr("__doc__", doc.clone(), vm)?;
            }
            if !vm.is_none(name) {
                let set = types
                    .property_type
                    .as_object()
                    .get_attr("__set_name__", vm)?;
                set.call((object.to_owned(), vm.ctx.none(), name.clone()), vm)?;
            }
            attributes
        }
        _ => return Err(vm.new_type_error("the state of a method or property has other parts")),
    };
    // `__init__` has copied attributes of the function, perhaps before that had any.
    set_dict(object, attributes.downcast_ref(), vm)
}

/// Gives an object these attributes and no others.
pub(super) fn set_dict(
    object: &PyObject,
    attributes: Option<&Py<PyDict>>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let Some(dict) = object.dict() else {
        return match attributes {
            None => Ok(()),
            Some(_) => Err(vm.new_type_error("this object has no attributes")),
        };
    };
    Py::<PyDict>::clear(&dict);
    for (name, value) in attributes
        .map(|attributes| attributes.items_vec())
        .unwrap_or_default()
    {
        dict.set_item(&*name, value, vm)?;
    }
    Ok(())
}

/// A descriptor of an attribute that the layout of instances has: the slots of `__slots__`,
/// `__dict__`, `__weakref__`, and those of built-in types. A class that is made has it made.
fn item(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let class = object.get_attr("__objclass__", vm)?;
    let Some(class) = class.downcast_ref::<PyType>() else {
        return Ok(None);
    };
    let name = object.get_attr("__name__", vm)?;
    let Some(text) = name.downcast_ref::<PyStr>() else {
        return Ok(None);
    };
    let text = vm.ctx.intern_str(text.as_wtf8());
    if !class
        .attributes
        .get(text)
        .is_some_and(|found| found.is(object))
    {
        return Ok(None);
    }
    let args = vec![class.to_owned().into(), text.to_owned().into()];
    let get = constructor("_get_class_item", vm)?;
    Ok(Some(reduction(get, args, None, vm)))
}

/// `_get_class_item`: what a class has under a name, unbound and not inherited.
pub(super) fn get_item(class: &Py<PyType>, name: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
    let name = vm.ctx.intern_str(name.as_wtf8());
    class.attributes.get(name).ok_or_else(|| {
        let message = format!("type object '{}' has no attribute '{name}'", class.name());
        vm.new_attribute_error(message)
    })
}
