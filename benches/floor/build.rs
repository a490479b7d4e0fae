//! Making objects from a plan, in the cheapest way that the interpreter's public functions offer.

use rustpython_vm::{
    AsObject as _, Py, PyObject, PyObjectRef, PyPayload as _, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseObject, PyDict, PySet, PyStr},
    function::PySetterValue,
};

use super::plan::{Instance, Plan, Slots};

/// Makes an object. Into `memo` goes what is referred to again.
pub(super) fn build(
    plan: &Plan,
    memo: &mut Vec<Option<PyObjectRef>>,
    vm: &VirtualMachine,
) -> PyResult {
    let ctx = &vm.ctx;
    Ok(match plan {
        Plan::Given(object) => object.clone(),
        Plan::Int(value) => ctx.new_int(*value).into(),
        Plan::BigInt(value) => ctx.new_bigint(value).into(),
        Plan::Float(value) => ctx.new_float(*value).into(),
        // Of more than one character: `new_str` would look for that.
        Plan::Ascii(text) => PyStr::from(&**text).into_ref(ctx).into(),
        Plan::Text(text) => PyStr::from(&**text).into_ref(ctx).into(),
        Plan::Bytes(bytes) => ctx.new_bytes(bytes.to_vec()).into(),
        Plan::List(items) => ctx.new_list(build_all(items, memo, vm)?).into(),
        Plan::Tuple(items) => ctx.new_tuple(build_all(items, memo, vm)?).into(),
        Plan::Set(items) => {
            let set = PySet::default().into_ref(ctx);
            for item in items {
                let item = build(item, memo, vm)?;
                set.add(item, vm)?;
            }
            set.into()
        }
        Plan::Dict(items) => build_dict(items, memo, vm)?,
        Plan::Instance(instance) => build_instance(instance, memo, vm)?,
        Plan::Slots(slots) => build_slots(slots, memo, vm)?,
        Plan::New(class, args) => {
            let args = build_all(args, memo, vm)?;
            let new = class.slots().new.load();
            let new = new.ok_or_else(|| vm.new_type_error("no __new__"))?;
            new(class.clone(), args.into(), vm)?
        }
        Plan::Call(callable, args) => {
            let args = build_all(args, memo, vm)?;
            callable.call(args, vm)?
        }
        Plan::Share(index, plan) => {
            let object = build(plan, memo, vm)?;
            memo[*index] = Some(object.clone());
            object
        }
        Plan::Shared(index) => shared(*index, memo).to_owned(),
    })
}

fn shared(index: usize, memo: &[Option<PyObjectRef>]) -> &PyObject {
    memo[index].as_deref().expect("an object without cycles")
}

fn build_all(
    plans: &[Plan],
    memo: &mut Vec<Option<PyObjectRef>>,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    // To collect results would not reserve.
    let mut objects = Vec::with_capacity(plans.len());
    for plan in plans {
        objects.push(build(plan, memo, vm)?);
    }
    Ok(objects)
}

fn build_dict(
    items: &[(Plan, Plan)],
    memo: &mut Vec<Option<PyObjectRef>>,
    vm: &VirtualMachine,
) -> PyResult {
    let dict = vm.ctx.new_dict();
    for (key, value) in items {
        if let Plan::Shared(index) = key {
            let value = build(value, memo, vm)?;
            insert(&dict, shared(*index, memo), value, vm)?;
        } else {
            let key = build(key, memo, vm)?;
            let value = build(value, memo, vm)?;
            insert(&dict, &key, value, vm)?;
        }
    }
    Ok(dict.into())
}

fn insert(
    dict: &Py<PyDict>,
    key: &PyObject,
    value: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    match key.downcast_ref_if_exact::<PyStr>(vm) {
        Some(text) => dict.inner_setitem(text, value, vm),
        None => dict.inner_setitem(key, value, vm),
    }
}

fn build_instance(
    instance: &Instance,
    memo: &mut Vec<Option<PyObjectRef>>,
    vm: &VirtualMachine,
) -> PyResult {
    let dict = vm.ctx.new_dict();
    for (name, value) in &instance.attributes {
        let value = build(value, memo, vm)?;
        dict.inner_setitem(*name, value, vm)?;
    }
    Ok(PyRef::new_ref(PyBaseObject, instance.class.clone(), Some(dict)).into())
}

fn build_slots(
    slots: &Slots,
    memo: &mut Vec<Option<PyObjectRef>>,
    vm: &VirtualMachine,
) -> PyResult {
    let object: PyObjectRef = PyRef::new_ref(PyBaseObject, slots.class.clone(), None).into();
    for (slot, value) in &slots.slots {
        let value = build(value, memo, vm)?;
        let value = PySetterValue::Assign(value);
        (slot.set)(slot.descriptor.as_object(), object.clone(), value, vm)?;
    }
    Ok(object)
}
