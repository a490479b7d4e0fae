//! The attributes of a class: how they are saved, and set without asking the metaclass.

use rustpython_vm::{
    AsObject, Context, Py, PyObjectRef, PyPayload, PyResult, Traverse, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyInt, PyStr, PyStrInterned, PyTuple, PyType},
    function::PySetterValue,
    pyclass,
    types::{PyTypeFlags, SetAttr},
};

use super::{ByValue, abc, constructor};
use crate::module::class_of;

/// What the library keeps in classes to be faster, and makes again.
const CACHES: [&[u8]; 1] = [b"__slotnames__"];

/// The state of a class: its attributes in order, and before them, so that instances among the
/// attributes can be made by the class's own methods, those attributes that make a class work.
///
/// Either a dict, or a tuple of the stages before the last, the dict, and what is no attribute.
pub(super) fn save(
    by_value: &mut ByValue,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    let mut stages: [Vec<(PyObjectRef, PyObjectRef)>; 3] = Default::default();
    let all = vm.ctx.new_dict();
    for (name, value) in class.attributes.entries() {
        let text = name.downcast_ref::<PyStr>();
        if text.is_some_and(|name| CACHES.contains(&name.as_bytes())) {
            continue;
        }
        let value = match text.map(|name| name.as_bytes()) {
            Some(b"__module__") => interned(value, vm),
            _ => value,
        };
        let stage = match text {
            _ if is_plain(&value, vm) => 0,
            Some(name) if is_dunder(name) => 1,
            _ => 2,
        };
        stages[stage].push((name.clone(), value.clone()));
        all.set_item(&*name, value, vm)?;
    }
    by_value.classes.owners.add_data(all.clone().into());
    let more = more(by_value, class, vm)?;
    let [plain, special, rest] = stages;
    let early = match (special.is_empty(), rest.is_empty()) {
        (true, true) => vec![],
        (_, true) | (true, false) => vec![plain],
        (false, false) => vec![plain, special],
    };
    if early.is_empty() && more.is_none() {
        return Ok(all.into());
    }
    let mut state = Vec::new();
    for stage in early.into_iter().filter(|stage| !stage.is_empty()) {
        let attributes = vm.ctx.new_dict();
        for (name, value) in stage {
            attributes.set_item(&*name, value, vm)?;
        }
        by_value.classes.owners.add_data(attributes.clone().into());
        let stage = Stage {
            class: class.to_owned().into(),
            attributes,
        };
        state.push(stage.into_ref(&vm.ctx).into());
    }
    state.push(all.into());
    state.push(more.map_or_else(|| vm.ctx.none(), Into::into));
    Ok(vm.ctx.new_tuple(state).into())
}

/// Methods, descriptors, and what is made without anybody's help.
fn is_plain(value: &PyObjectRef, vm: &VirtualMachine) -> bool {
    let types = &vm.ctx.types;
    let plain = [
        types.function_type,
        types.staticmethod_type,
        types.classmethod_type,
        types.property_type,
        types.member_descriptor_type,
        types.getset_type,
        types.method_descriptor_type,
        types.wrapper_descriptor_type,
        types.builtin_function_or_method_type,
        types.str_type,
        types.int_type,
        types.bool_type,
        types.float_type,
        types.complex_type,
        types.bytes_type,
        types.none_type,
        types.ellipsis_type,
        types.not_implemented_type,
    ];
    plain.iter().any(|class| value.class().is(*class))
}

fn is_dunder(name: &Py<PyStr>) -> bool {
    name.as_bytes().starts_with(b"__") && name.as_bytes().ends_with(b"__")
}

fn interned(value: PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
    match value.downcast_exact::<PyStr>(vm) {
        Ok(text) => vm.ctx.intern_str(text.as_wtf8()).to_owned().into(),
        Err(value) => value,
    }
}

/// What is no attribute: registries of abstract base classes, and the kind of collection that
/// patterns take its instances for.
fn more(
    by_value: &mut ByValue,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyDictRef>> {
    let more = vm.ctx.new_dict();
    if let Some(registry) = abc::registry(class, vm)? {
        more.set_item("registry", registry, vm)?;
    }
    if let Some(registered) = abc::registered(by_value, class, vm)? {
        more.set_item("registered", registered, vm)?;
    }
    let flags = collection(class);
    let bases = class.bases.read().clone();
    let inherited = bases.as_slice().iter().map(|base| collection(base));
    let inherited = inherited.into_iter().find(|flags| !flags.is_empty());
    if flags != inherited.unwrap_or_default() {
        more.set_item("collection", vm.ctx.new_int(flags.bits()).into(), vm)?;
    }
    Ok((!more.is_empty()).then_some(more))
}

fn collection(class: &Py<PyType>) -> PyTypeFlags {
    class.slots.flags.load() & PyTypeFlags::COLLECTION
}

/// Attributes that are set before the others are made: pickled as a call of `_set_attributes`.
#[pyclass(module = "rustpython_pickle", name = "Stage", traverse)]
#[derive(Debug)]
pub(super) struct Stage {
    class: PyObjectRef,
    attributes: PyDictRef,
}

impl PyPayload for Stage {
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl Stage {}

impl Stage {
    pub(super) fn reduce(&self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        let args = vec![self.class.clone(), self.attributes.clone().into()];
        let args = vm.ctx.new_tuple(args).into();
        let call = vec![constructor("_set_attributes", vm)?, args];
        Ok(vm.ctx.new_tuple(call).into())
    }
}

/// Gives a class what [`save`] has saved.
pub(super) fn restore(
    class: &Py<PyType>,
    state: &PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    check_mutable(class, vm)?;
    let (attributes, more) = match state.downcast_ref::<PyDict>() {
        Some(attributes) => (attributes, None),
        None => {
            let items = state
                .downcast_ref::<PyTuple>()
                .map(|state| state.as_slice());
            let Some([.., attributes, more]) = items else {
                return Err(vm.new_type_error("the state of a class must be a dict or a tuple"));
            };
            let Some(attributes) = attributes.downcast_ref::<PyDict>() else {
                return Err(vm.new_type_error("the attributes of a class must be a dict"));
            };
            (attributes, more.downcast_ref::<PyDict>())
        }
    };
    clear(class, attributes, vm)?;
    set_attributes(class, attributes, vm)?;
    let Some(more) = more else {
        return Ok(());
    };
    if let Some(registry) = more.get_item_opt("registry", vm)? {
        abc::restore_registry(class, &registry, vm)?;
    }
    if let Some(registered) = more.get_item_opt("registered", vm)? {
        abc::register(class, &registered, vm)?;
    }
    if let Some(flags) = more.get_item_opt("collection", vm)? {
        let flags = flags.downcast_ref::<PyInt>();
        let flags = flags.and_then(|flags| u64::try_from(flags.as_bigint()).ok());
        let flags = PyTypeFlags::from_bits_truncate(flags.unwrap_or_default());
        class.set_abc_collection_flags_recursive(flags);
    }
    Ok(())
}

/// Sets attributes of a class, in order.
pub(super) fn set_attributes(
    class: &Py<PyType>,
    attributes: &Py<PyDict>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    check_mutable(class, vm)?;
    for (name, value) in attributes.items_vec() {
        match name.downcast_ref::<PyStr>() {
            Some(text) => set_attribute(class, vm.ctx.intern_str(text.as_wtf8()), value, vm)?,
            None => {
                let Some(namespace) = class.attributes.as_dict() else {
                    return Err(vm.new_type_error("attribute name must be string"));
                };
                class.modified();
                namespace.set_item(&*name, value, vm)?;
            }
        }
    }
    Ok(())
}

/// Only classes that Python code can change are changed.
fn check_mutable(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<()> {
    let flags = class.slots.flags.load();
    if class.heaptype_ext().is_none() || flags.contains(&PyTypeFlags::IMMUTABLETYPE) {
        let message = format!("cannot set attributes of immutable type '{}'", class.name());
        return Err(vm.new_type_error(message));
    }
    Ok(())
}

/// What is called through a slot of the type has to be set so that the slot knows; the rest goes
/// to the namespace directly, past the setters of the metaclass.
fn set_attribute(
    class: &Py<PyType>,
    name: &'static PyStrInterned,
    value: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    if !is_dunder(name) {
        class.set_attr(name, value);
        return Ok(());
    }
    if name.as_bytes() == b"__abstractmethods__" {
        let is_abstract = value.try_to_bool(vm)?;
        class.set_attr(name, value);
        class.set_is_abstract(is_abstract);
        return Ok(());
    }
    let descriptor = class.as_object().class().get_attr(name);
    let descriptor = descriptor.filter(|found| found.class().slots.descr_set.load().is_some());
    let Some(descriptor) = descriptor else {
        return PyType::setattro(class, name, PySetterValue::Assign(value), vm);
    };
    class.set_attr(name, value);
    if descriptor.class().is(vm.ctx.types.getset_type) {
        // A built-in one, as of `__doc__` or `__dict__`: no slot has such a name.
        return Ok(());
    }
    refresh_slots(class, vm)
}

/// Makes the slots of a class anew: what assigning to `__bases__` does.
fn refresh_slots(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<()> {
    let name = vm.ctx.intern_str("__bases__");
    let Some(descriptor) = vm.ctx.types.type_type.get_attr(name) else {
        return Ok(());
    };
    let bases = class.bases.read().clone();
    let bases = bases.as_slice().iter().map(|base| base.clone().into());
    let bases: PyObjectRef = vm.ctx.new_tuple(bases.collect()).into();
    vm.call_method(&descriptor, "__set__", (class.to_owned(), bases))?;
    Ok(())
}

/// Takes out of a class what it was made with, so that the attributes come in their old order,
/// and what had been deleted is not there again.
fn clear(class: &Py<PyType>, attributes: &Py<PyDict>, vm: &VirtualMachine) -> PyResult<()> {
    for (name, _) in class.attributes.entries() {
        let Some(text) = name.downcast_ref::<PyStr>() else {
            continue;
        };
        let deleted = is_dunder(text) && !attributes.contains_key(&*name, vm);
        let text = vm.ctx.intern_str(text.as_wtf8());
        let of_type = vm.ctx.types.type_type.get_attr(text).is_some();
        if deleted && !of_type {
            PyType::setattro(class, text, PySetterValue::Delete, vm)?;
        } else {
            class.modified();
            drop(class.attributes.remove(text));
        }
    }
    Ok(())
}
