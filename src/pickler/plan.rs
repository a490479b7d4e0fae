//! Instances that are reduced as `object` does it, without a call of `__reduce_ex__` for each.
//!
//! What `object.__reduce_ex__` returns for the instances of most classes is known: the class, no arguments, and the
//! instance's dict. Whether a class is one of these is worked out once, after its first instance has been reduced in the ordinary way,
//! and holds as long as the class has the same version.

use core::sync::atomic::Ordering;

use rustpython_vm::{
    AsObject, Py, PyObject, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyList, PyType},
};

use super::dump::{Dump, Hook};
use super::reduction::{Constructor, Reduction};
use crate::by_address::ByAddress;
use crate::wire::Opcode;

/// What is known of classes.
#[derive(Debug, Default)]
pub(super) struct Plans {
    by_class: ByAddress<Plan>,
}

/// What is known of a class, at one version of it.
#[derive(Debug)]
struct Plan {
    /// Held, so that its address is no other class's.
    _class: PyRef<PyType>,
    version: u32,
    /// The list in which copyreg has the names of its slots; `None` if its instances are not reduced as `object` does it.
    slot_names: Option<PyRef<PyList>>,
}

impl Plans {
    /// Whether instances of a class are reduced as `object` does it, and have no slots.
    fn is_default(&mut self, class: &Py<PyType>, vm: &VirtualMachine) -> bool {
        let version = class.tp_version_tag.load(Ordering::Acquire);
        let known = self.by_class.get(&class.get_id());
        let plan = match known {
            Some(plan) if plan.version == version && version != 0 => plan,
            _ => {
                let slot_names = slot_names(class, vm);
                let plan = Plan {
                    _class: class.to_owned(),
                    // What has been looked up just now has given it one.
                    version: class.tp_version_tag.load(Ordering::Acquire),
                    slot_names,
                };
                self.by_class.insert(class.get_id(), plan);
                &self.by_class[&class.get_id()]
            }
        };
        let slot_names = plan.slot_names.as_ref();
        slot_names.is_some_and(|names| names.borrow_vec().is_empty())
    }
}

/// The names of the slots of a class whose instances are reduced as `object` does it, if that is known.
fn slot_names(class: &Py<PyType>, vm: &VirtualMachine) -> Option<PyRef<PyList>> {
    let types = &vm.ctx.types;
    let object = types.object_type;
    let of_class = |name| class.get_attr(vm.ctx.intern_str(name));
    let of_object = |name| object.get_attr(vm.ctx.intern_str(name));
    let is_inherited = |name| match (of_class(name), of_object(name)) {
        (Some(own), Some(objects)) => own.is(&objects),
        _ => false,
    };
    let slots = class.slots();
    let getattro = (slots.getattro.load(), object.slots().getattro.load());
    let is_default = class.class().is(types.type_type)
        && ["__reduce_ex__", "__reduce__", "__getstate__", "__class__"]
            .into_iter()
            .all(is_inherited)
        && ["__getnewargs_ex__", "__getnewargs__"]
            .into_iter()
            .all(|name| of_class(name).is_none())
        && matches!(getattro, (Some(own), Some(objects)) if core::ptr::fn_addr_eq(own, objects))
        && slots.new.load().is_some()
        && slots.itemsize == 0
        && slots.basicsize <= object.slots().basicsize
        && !class.fast_issubclass(types.list_type)
        && !class.fast_issubclass(types.dict_type)
        && !class.fast_issubclass(types.type_type);
    if !is_default {
        return None;
    }
    // Only its own: a base's may lack some.
    let names = class.attributes.get(vm.ctx.intern_str("__slotnames__"))?;
    let names = names.downcast_exact::<PyList>(vm).ok()?;
    Some(names.into_pyref())
}

/// An instance's own attributes that come before those of `object`.
const OWN: [&str; 3] = ["__reduce_ex__", "__reduce__", "__getstate__"];

impl Dump<'_, '_> {
    /// How an instance is reduced if that is as `object` does it; its dict, unless it is empty.
    fn default_state(&mut self, object: &PyObject) -> PyResult<Option<Option<PyDictRef>>> {
        let vm = self.vm;
        let class = object.class();
        let settings = &self.settings;
        if settings.protocol < 2
            || settings.by_value.is_some()
            || !matches!(settings.reducer_override, Hook::None)
            || !self.plans.is_default(class, vm)
        {
            return Ok(None);
        }
        let table = self.dispatch_table()?;
        let Some(table) = table.downcast_ref_if_exact::<PyDict>(vm) else {
            return Ok(None);
        };
        if table.inner_getitem_opt(class.as_object(), vm)?.is_some() {
            return Ok(None);
        }
        let Some(dict) = object.dict().filter(|dict| !dict.is_empty()) else {
            return Ok(Some(None));
        };
        if !dict.class().is(vm.ctx.types.dict_type) {
            return Ok(None);
        }
        for name in OWN {
            if dict
                .inner_getitem_opt(vm.ctx.intern_str(name), vm)?
                .is_some()
            {
                return Ok(None);
            }
        }
        Ok(Some(Some(dict)))
    }

    /// Saves an instance that is reduced as `object` does it; `None` if it is none, or if nobody knows yet.
    pub(super) fn save_instance(
        &mut self,
        object: &PyObject,
    ) -> PyResult<Option<Option<super::frame::Descent>>> {
        let vm = self.vm;
        let Some(state) = self.default_state(object)? else {
            return Ok(None);
        };
        if self.leaves && self.save_instance_of_leaves(object, state.as_deref())? {
            return Ok(Some(None));
        }
        let reduction = Reduction {
            constructor: Constructor::New(object.class().to_owned().into()),
            args: vm.ctx.empty_tuple.clone().into(),
            list_items: None,
            dict_items: None,
            state: state.map(Into::into),
            state_setter: None,
            once: false,
        };
        self.enter_reduction(object, reduction, true).map(Some)
    }

    /// The same at once, where the class is in the memo and there are but leaves in the instance's dict.
    fn save_instance_of_leaves(
        &mut self,
        object: &PyObject,
        state: Option<&Py<PyDict>>,
    ) -> PyResult<bool> {
        let Some(class) = self.memo.get(object.class().as_object()) else {
            return Ok(false);
        };
        let before = (self.output.len(), self.memo.len());
        let Some(state) = state else {
            if self.output.room() < 16 {
                return Ok(false);
            }
            self.write_new_instance(object, class)?;
            return Ok(true);
        };
        // Who has pickled the dict itself refers to it.
        if self.memo.get(state.as_object()).is_some() || !self.is_dict_of_leaves(state, 16) {
            return Ok(false);
        }
        self.write_new_instance(object, class)?;
        self.opcode(Opcode::EmptyDict);
        self.memoize(state.as_object())?;
        if !self.write_dict_of_leaves(state, before)? {
            return Ok(false);
        }
        self.opcode(Opcode::Build);
        Ok(true)
    }

    fn write_new_instance(&mut self, object: &PyObject, class: usize) -> PyResult<()> {
        self.write_get(class)?;
        self.opcode(Opcode::EmptyTuple);
        self.opcode(Opcode::NewObj);
        self.memoize(object)
    }
}
