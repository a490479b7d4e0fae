//! Abstract base classes: their registries of virtual subclasses. The caches are not saved.

use std::collections::{HashMap, HashSet};

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyList, PySet, PyType, PyTypeRef, PyWeak},
};

use super::{ByValue, is_importable, loaded, quiet::Birth};

/// In which abstract base classes that can be imported a class is registered.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    /// What `abc.get_cache_token` answered when they were collected.
    token: Option<u64>,
    by_class: ByClass,
}

impl Registrations {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        for (class, registered) in self.by_class.values() {
            visit(class);
            registered.iter().for_each(|class| visit(class.as_object()));
        }
    }
}

/// By the identity of a class, which is kept alive: it, and what it is registered with.
type ByClass = HashMap<usize, (PyObjectRef, Vec<PyTypeRef>)>;

/// Whether it is what an abstract base class keeps its registry and caches in.
pub(super) fn is_data(value: &PyObject, vm: &VirtualMachine) -> bool {
    let class = value.class();
    // Asked about each object: the name first.
    class.heaptype_ext().is_none()
        && class.slot_name().ends_with("_abc_data")
        && loaded("_abc", "_abc_data", vm).is_some_and(|found| class.is(&found))
}

fn own_data(class: &Py<PyType>, vm: &VirtualMachine) -> Option<PyObjectRef> {
    let data = class.attributes.get(vm.ctx.intern_str("_abc_impl"))?;
    is_data(&data, vm).then_some(data)
}

/// The classes that are registered with a class, in the order in which they were.
fn virtual_subclasses(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
    let Some(data) = own_data(class, vm) else {
        return Ok(vec![]);
    };
    let Some(dump) = loaded("_abc", "_get_dump", vm) else {
        return Ok(vec![]);
    };
    // Not the class itself, which may have an answer of its own to being asked for an attribute.
    let holder = vm.new_module("", vm.ctx.new_dict(), None);
    holder.as_object().set_attr("_abc_impl", data, vm)?;
    let parts = dump.call((holder,), vm)?;
    let registry = parts.get_item(&0, vm)?;
    let Some(registry) = registry.downcast_ref::<PySet>() else {
        return Err(vm.new_type_error("the registry of an abstract base class must be a set"));
    };
    let references = registry.elements().into_iter();
    let classes = references.filter_map(|item| item.downcast_ref::<PyWeak>()?.upgrade());
    Ok(classes.collect())
}

/// The virtual subclasses of a class as a list; `None` if it has none.
pub(super) fn registry(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let classes = virtual_subclasses(class, vm)?;
    Ok((!classes.is_empty()).then(|| vm.ctx.new_list(classes).into()))
}

/// Registers saved virtual subclasses with a class that has been made again.
///
/// Not through `register`: it would ask the hooks of a class that is not complete yet.
pub(super) fn restore_registry(
    class: &Py<PyType>,
    registry: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let Some(registry) = registry.downcast_ref::<PyList>() else {
        return Err(vm.new_type_error("the registry of a class must be a list"));
    };
    let Some(data) = own_data(class, vm) else {
        return Err(vm.new_type_error("only abstract base classes have a registry"));
    };
    let holder = holder(data, vm)?;
    let register = vm.import("_abc", 0)?.get_attr("_abc_register", vm)?;
    let classes = registry.borrow_vec().to_vec();
    for subclass in classes {
        register.call((holder.clone(), subclass), vm)?;
    }
    Ok(())
}

/// A class that has the registry of another one, and of which nothing is a subclass.
fn holder(data: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
    let make = |metaclass: &Py<PyType>, bases: Vec<PyObjectRef>, name: &str, value: PyObjectRef| {
        let namespace = vm.ctx.new_dict();
        namespace.set_item(name, value, vm)?;
        let birth = Birth {
            metaclass: metaclass.to_owned(),
            name: vm.ctx.new_str("Holder"),
            bases: vm.ctx.new_tuple(bases),
            namespace,
            lineage: None,
        };
        birth.make(vm)
    };
    let kind = vm.ctx.types.type_type;
    let never = vm.new_function("__subclasscheck__", |_class: PyObjectRef| false);
    let bases = vec![kind.to_owned().into()];
    let metaclass = make(kind, bases, "__subclasscheck__", never.into())?;
    make(&metaclass, vec![], "_abc_impl", data)
}

/// The abstract base classes with which a class is registered and which are pickled by reference,
/// as a list; `None` if there are none. Those that are pickled by value bring their registry.
pub(super) fn registered(
    by_value: &mut ByValue,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let Some(token) = loaded("_abc", "get_cache_token", vm) else {
        return Ok(None);
    };
    // It changes with each registration.
    let token = token.call((), vm)?.try_to_value::<u64>(vm)?;
    if by_value.classes.registrations.token != Some(token) {
        let by_class = collect(by_value, vm)?;
        by_value.classes.registrations = Registrations {
            token: Some(token),
            by_class,
        };
    }
    let found = by_value.classes.registrations.by_class.get(&class.get_id());
    Ok(found.map(|(_, found)| {
        let found = found.iter().map(|class| class.clone().into());
        vm.ctx.new_list(found.collect()).into()
    }))
}

fn collect(by_value: &mut ByValue, vm: &VirtualMachine) -> PyResult<ByClass> {
    let mut named = Vec::new();
    for class in all_classes(vm) {
        if own_data(&class, vm).is_none() {
            continue;
        }
        let subclasses = virtual_subclasses(&class, vm)?;
        if !subclasses.is_empty() && is_importable(by_value, class.as_object(), vm)? {
            let module = class
                .__module__(vm)?
                .str(vm)?
                .to_string_lossy()
                .into_owned();
            let name = class.slot_name().to_string();
            named.push(((module, name), class, subclasses));
        }
    }
    // In which order modules were imported is no part of the state.
    named.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    let mut by_class = ByClass::new();
    for (_, class, subclasses) in named {
        for subclass in subclasses {
            let entry = by_class.entry(subclass.get_id());
            let (_, list) = entry.or_insert_with(|| (subclass, vec![]));
            list.push(class.clone());
        }
    }
    Ok(by_class)
}

/// All classes of this interpreter.
pub(super) fn all_classes(vm: &VirtualMachine) -> Vec<PyTypeRef> {
    let mut seen = HashSet::new();
    let mut found = vec![vm.ctx.types.object_type.to_owned()];
    let mut next = 0;
    while let Some(class) = found.get(next).cloned() {
        next += 1;
        // The last reference to a class may go away here, and its base is told of that.
        let subclasses: Vec<PyObjectRef> = {
            let subclasses = class.subclasses.read();
            let subclasses = subclasses.iter();
            subclasses.filter_map(|weak| weak.upgrade()).collect()
        };
        for subclass in subclasses {
            let Ok(subclass) = subclass.downcast::<PyType>() else {
                continue;
            };
            if subclass.is_visible_to_interpreter(vm.state.interpreter_id)
                && seen.insert(subclass.get_id())
            {
                found.push(subclass);
            }
        }
    }
    found
}

/// Registers a class with abstract base classes that were imported.
pub(super) fn register(
    class: &Py<PyType>,
    registered: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let Some(registered) = registered.downcast_ref::<PyList>() else {
        return Err(vm.new_type_error("what a class is registered with must be a list"));
    };
    let register = vm.import("_abc", 0)?.get_attr("_abc_register", vm)?;
    let classes = registered.borrow_vec().to_vec();
    for base in classes {
        register.call((base, class.to_owned()), vm)?;
    }
    Ok(())
}
