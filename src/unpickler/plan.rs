//! Instances that are made and given their state as it is known beforehand, without a search for methods for each.
//!
//! `NEWOBJ` without arguments and `BUILD` do the same for all instances of most classes: what `object` does. Named tuples are made
//! of their items, and decimals of a text. Whether a class is one of these is worked out once, and holds as long as the class has
//! the same version.

use core::sync::atomic::Ordering;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseObject, PyDict, PyStr, PyTuple, PyType},
    function::PySetterValue,
    types::PyTypeFlags,
};

use crate::by_address::ByAddress;
use crate::known::{decimal::Decimals, namedtuple};
use crate::same_slot::same_slot;

/// What is known of classes.
#[derive(Debug, Default)]
pub(super) struct Plans {
    plans: Vec<Plan>,
    by_class: ByAddress<usize>,
    /// The number of the plan that was asked for last.
    last: usize,
    names: Names,
    /// The dict whose keys were written for `BUILD`, by its address.
    named: Option<usize>,
}

/// What is known of a class, at one version of it.
#[derive(Debug)]
struct Plan {
    /// Held, so that its address is no other class's.
    class: PyRef<PyType>,
    version: u32,
    /// Whether `__new__` is that of `object`, and nothing stands against it.
    is_made_plainly: bool,
    /// How many fields it has, if it is a named tuple.
    fields: Option<usize>,
    /// Whether attributes are set as `object` does it, and no method takes the state.
    is_built_plainly: bool,
    has_dict: bool,
    /// How its instances are made of text, if it is `decimal.Decimal`.
    decimals: Option<Decimals>,
    /// The descriptors of slots that were set, by the addresses of their interned names.
    slots: Vec<(usize, PyObjectRef)>,
}

impl Plan {
    fn new(class: &Py<PyType>, vm: &VirtualMachine) -> Self {
        let object = vm.ctx.types.object_type.slots();
        let slots = class.slots();
        let attribute = |name| class.get_attr(vm.ctx.intern_str(name));
        let is_plain = class.class().is(vm.ctx.types.type_type)
            && slots.flags.has_feature(PyTypeFlags::HEAPTYPE);
        let is_made_plainly = is_plain
            && same_slot!(slots, object, new)
            && same_slot!(slots, object, alloc)
            && slots.basicsize <= object.basicsize
            && slots.itemsize == 0
            && attribute("__abstractmethods__").is_none();
        let has_dict =
            attribute("__dict__").is_some_and(|dict| dict.class().is(vm.ctx.types.getset_type));
        let is_built_plainly = is_plain
            && same_slot!(slots, object, getattro)
            && same_slot!(slots, object, setattro)
            && attribute("__setstate__").is_none();
        Self {
            class: class.to_owned(),
            decimals: Decimals::of(class, vm),
            // What has been looked up just now has given it one.
            version: class.tp_version_tag.load(Ordering::Acquire),
            is_made_plainly,
            fields: namedtuple::fields(class, vm),
            is_built_plainly,
            has_dict: has_dict && slots.flags.has_feature(PyTypeFlags::HAS_DICT),
            slots: Vec::new(),
        }
    }

    fn is_of(&self, class: &Py<PyType>) -> bool {
        self.class.is(class)
            && self.version == class.tp_version_tag.load(Ordering::Acquire)
            && self.version != 0
    }
}

impl Plans {
    #[inline]
    fn of(&mut self, class: &Py<PyType>, vm: &VirtualMachine) -> &mut Plan {
        let known = self.plans.get(self.last);
        if !known.is_some_and(|plan| plan.is_of(class)) {
            self.find(class, vm);
        }
        &mut self.plans[self.last]
    }

    #[cold]
    fn find(&mut self, class: &Py<PyType>, vm: &VirtualMachine) {
        let next = self.plans.len();
        self.last = *self.by_class.entry(class.get_id()).or_insert(next);
        match self.plans.get_mut(self.last) {
            Some(plan) if plan.is_of(class) => {}
            Some(plan) => *plan = Plan::new(class, vm),
            None => self.plans.push(Plan::new(class, vm)),
        }
    }

    /// A new instance, as `object.__new__` or a named tuple's makes it; `None` if the class makes them in another way.
    #[inline]
    pub(super) fn make(
        &mut self,
        class: &Py<PyType>,
        args: &Py<PyTuple>,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        let plan = self.of(class, vm);
        if args.is_empty() && plan.is_made_plainly {
            // It gets its dict with its state, or when somebody asks for it.
            let object = PyRef::new_ref(PyBaseObject, class.to_owned(), None);
            return Ok(Some(object.into()));
        }
        match plan.fields == Some(args.len()) {
            true => namedtuple::make(class, args, vm),
            false => Ok(None),
        }
    }

    /// What a class makes of a text, where that is known; `None` if the class has to be called.
    #[inline]
    pub(super) fn call(
        &mut self,
        class: &Py<PyType>,
        args: &Py<PyTuple>,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        if let [text] = args.as_slice()
            && let Some(text) = text.downcast_ref_if_exact::<PyStr>(vm)
            && let Some(decimals) = &self.of(class, vm).decimals
        {
            return decimals.parse(text, vm);
        }
        Ok(None)
    }

    /// Fills an empty dict that most probably is the state of an object.
    pub(super) fn name(
        &mut self,
        dict: &Py<PyDict>,
        mut items: impl Iterator<Item = PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        self.named = None;
        let mut is_named = true;
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            // Other keys are hashed once more when they become attributes.
            is_named &= key.class().is(vm.ctx.types.str_type);
            let key = self.names.shared(key, vm);
            dict.inner_setitem(&*key, value, vm)?;
        }
        self.named = is_named.then(|| dict.get_id());
        Ok(())
    }

    /// Gives a new object its state; gives the state back if that takes more than to set attributes.
    pub(super) fn build(
        &mut self,
        object: &PyObject,
        state: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        let named = self.named.take();
        let plan = self.of(object.class(), vm);
        if !plan.is_built_plainly || object.has_instance_dict() {
            return Ok(Some(state));
        }
        let is_named = named == Some(state.get_id());
        if is_named && plan.has_dict && state.strong_count() == 1 {
            // Nobody else has it, and its keys are the names that the interpreter looks for.
            return match state.downcast_exact::<PyDict>(vm) {
                Ok(dict) => {
                    let dict = dict.into_pyref();
                    Ok(object.set_dict(Some(dict)).err().flatten().map(Into::into))
                }
                Err(state) => Ok(Some(state)),
            };
        }
        self.build_slots(object, state, vm)
    }

    fn build_slots(
        &mut self,
        object: &PyObject,
        state: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        let pair = state.downcast_ref_if_exact::<PyTuple>(vm);
        let Some([none, slots]) = pair.map(|pair| pair.as_slice()) else {
            return Ok(Some(state));
        };
        let Some(slots) = slots.downcast_ref_if_exact::<PyDict>(vm) else {
            return Ok(Some(state));
        };
        if !vm.is_none(none) {
            return Ok(Some(state));
        }
        let mut position = 0;
        while let Some((next, key, value)) = slots.next_entry(position) {
            position = next;
            let name = self.names.shared(key, vm);
            let Some(name) = name.downcast_ref::<PyStr>() else {
                // What was set is set again, with the rest.
                return Ok(Some(state));
            };
            match self.slot(object.class(), name, vm) {
                Some(slot) => {
                    let value = PySetterValue::Assign(value);
                    if let Some(set) = slot.class().slots().descr_set.load() {
                        set(&slot, object.to_owned(), value, vm)?;
                    }
                }
                None => object.set_attr(name, value, vm)?,
            }
        }
        Ok(None)
    }

    /// The descriptor of a slot.
    fn slot(
        &mut self,
        class: &Py<PyType>,
        name: &Py<PyStr>,
        vm: &VirtualMachine,
    ) -> Option<PyObjectRef> {
        let plan = self.of(class, vm);
        let known = plan.slots.iter().find(|(known, _)| *known == name.get_id());
        if let Some((_, slot)) = known {
            return Some(slot.clone());
        }
        let interned = vm.ctx.interned_str(name)?;
        let slot = class.get_attr(interned)?;
        if !slot.class().is(vm.ctx.types.member_descriptor_type) {
            return None;
        }
        // Interned strings live for ever, so that no other name has the address.
        if interned.get_id() == name.get_id() {
            plan.slots.push((name.get_id(), slot.clone()));
        }
        Some(slot)
    }
}

/// How many names are kept in mind.
const NAMES: usize = 64;

/// Names of attributes, and the interned strings equal to them.
#[derive(Debug, Default)]
struct Names(Vec<Option<(PyObjectRef, PyObjectRef)>>);

impl Names {
    /// The interned string equal to a name, if there is one.
    #[inline]
    fn shared(&mut self, key: PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
        if self.0.is_empty() {
            self.0.resize(NAMES, None);
        }
        let spread = (key.get_id() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        let place = &mut self.0[spread as usize % NAMES];
        if let Some((known, name)) = place
            && known.is(&key)
        {
            return name.clone();
        }
        let name = super::state::shared_name(key.clone(), vm);
        *place = Some((key, name.clone()));
        name
    }
}
