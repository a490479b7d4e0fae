//! A class without its attributes: metaclass, names, bases and the layout of its instances.

use rustpython_vm::{
    AsObject, Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::descriptor::PyMemberDescriptor,
    builtins::{PyStr, PyStrRef, PyTupleRef, PyType, PyTypeRef},
    types::PyTypeFlags,
};

use super::quiet::{Birth, has_own_order};

/// The arguments of `_make_class`.
#[derive(Debug, rustpython_vm::FromArgs)]
pub(super) struct Skeleton {
    #[pyarg(positional)]
    metaclass: PyTypeRef,
    #[pyarg(positional)]
    name: PyStrRef,
    #[pyarg(positional)]
    qualname: PyStrRef,
    /// `None` where `__module__` is no str.
    #[pyarg(positional)]
    module: Option<PyStrRef>,
    #[pyarg(positional)]
    bases: PyTupleRef,
    /// With `__dict__` and `__weakref__`, where the class adds them; `None` without `__slots__`.
    #[pyarg(positional, default)]
    slots: Option<PyTupleRef>,
    /// The `__mro__`, where the metaclass orders it; `None` in it stands for the class itself.
    #[pyarg(positional, default)]
    lineage: Option<PyTupleRef>,
}

/// The attribute of a class that one of these arguments is, if something can go wrong with it.
pub(crate) fn part(index: usize) -> Option<&'static str> {
    match index {
        0 => Some("__class__"),
        4 => Some("__bases__"),
        6 => Some("__mro__"),
        _ => None,
    }
}

impl Skeleton {
    /// What has to be known of a class to make it again; `None` if it is no class of Python's.
    pub(super) fn of(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Self> {
        let extension = class.heaptype_ext()?;
        let metaclass = class.as_object().class();
        let qualname = extension.qualname.read().clone();
        let module = class.attributes.get(vm.ctx.intern_str("__module__"));
        let module = module.and_then(|module| module.downcast_exact::<PyStr>(vm).ok());
        Some(Self {
            metaclass: metaclass.to_owned(),
            name: interned(&class.__name__(vm), vm),
            qualname: interned(&qualname, vm),
            module: module.map(|module| interned(&module, vm)),
            bases: bases(class, vm),
            slots: slots(class, vm),
            lineage: has_own_order(metaclass, vm).then(|| lineage(class, vm)),
        })
    }

    /// As arguments.
    pub(super) fn into_args(self, vm: &VirtualMachine) -> Vec<PyObjectRef> {
        let module = self.module.map_or_else(|| vm.ctx.none(), Into::into);
        let mut args: Vec<PyObjectRef> = vec![
            self.metaclass.into(),
            self.name.into(),
            self.qualname.into(),
            module,
            self.bases.into(),
        ];
        match (self.slots, self.lineage) {
            (None, None) => {}
            (Some(slots), None) => args.push(slots.into()),
            (slots, Some(lineage)) => {
                args.push(slots.map_or_else(|| vm.ctx.none(), Into::into));
                args.push(lineage.into());
            }
        }
        args
    }

    /// Makes the class.
    pub(super) fn make(self, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
        let namespace = vm.ctx.new_dict();
        let module = self.module.map_or_else(|| vm.ctx.none(), Into::into);
        namespace.set_item("__module__", module, vm)?;
        namespace.set_item("__qualname__", self.qualname.into(), vm)?;
        if let Some(slots) = self.slots {
            namespace.set_item("__slots__", slots.into(), vm)?;
        }
        let birth = Birth {
            metaclass: self.metaclass,
            name: self.name,
            bases: self.bases,
            namespace,
            lineage: self.lineage,
        };
        birth.make(vm)
    }
}

/// An exact, interned str: whether equal names are one object depends on how a process got them.
fn interned(name: &Py<PyStr>, vm: &VirtualMachine) -> PyStrRef {
    vm.ctx.intern_str(name.as_wtf8()).to_owned()
}

fn bases(class: &Py<PyType>, vm: &VirtualMachine) -> PyTupleRef {
    let bases = class.bases.read().clone();
    match bases.as_slice() {
        [object] if object.is(vm.ctx.types.object_type) => vm.ctx.empty_tuple.clone(),
        bases => vm
            .ctx
            .new_tuple(bases.iter().map(|base| base.clone().into()).collect()),
    }
}

fn lineage(class: &Py<PyType>, vm: &VirtualMachine) -> PyTupleRef {
    let order = class.mro_collect();
    let order = order.into_iter().map(|other| {
        if other.is(class) {
            vm.ctx.none()
        } else {
            other.into()
        }
    });
    vm.ctx.new_tuple(order.collect())
}

/// The slots that make the layout of a class's instances, whatever became of `__slots__` and of
/// the descriptors since.
fn slots(class: &Py<PyType>, vm: &VirtualMachine) -> Option<PyTupleRef> {
    let slots = class.heaptype_ext()?.slots.clone()?;
    let own_names = member_names(class);
    let names = slots.as_slice().iter().map(|slot| {
        let name = slot.as_wtf8();
        // Mangled with the name that the class had when it was made.
        let mangled = own_names.iter().find(|own| {
            own.len() > name.len()
                && own.starts_with('_')
                && is_private(slot)
                && own.as_bytes().ends_with(name.as_bytes())
        });
        match mangled {
            Some(mangled) => vm.ctx.intern_str(mangled.as_str()).to_owned(),
            None => interned(slot, vm),
        }
    });
    let mut names: Vec<PyObjectRef> = names.map(Into::into).collect();
    let bases = class.bases.read().clone();
    let adds = |flag: u8| {
        let has = |class: &Py<PyType>| class.slots.flags.has_feature(flag);
        has(class) && !bases.as_slice().iter().any(|base| has(base))
    };
    for (flag, name) in [
        (PyTypeFlags::HAS_DICT, "__dict__"),
        (PyTypeFlags::HAS_WEAKREF, "__weakref__"),
    ] {
        if adds(flag) {
            names.push(vm.ctx.intern_str(name).to_owned().into());
        }
    }
    Some(vm.ctx.new_tuple(names))
}

fn is_private(slot: &Py<PyStr>) -> bool {
    slot.as_bytes().starts_with(b"__") && !slot.as_bytes().ends_with(b"__")
}

/// The names of the slots that a class has still descriptors of.
fn member_names(class: &Py<PyType>) -> Vec<String> {
    let entries = class.attributes.entries();
    let members = entries.iter().filter_map(|(_, value)| {
        let member = value.downcast_ref::<PyMemberDescriptor>()?;
        member
            .common
            .typ
            .is(class)
            .then(|| member.member.name.clone())
    });
    members.collect()
}
