//! Instances of which it is known who reduces them, without a call of `__reduce_ex__` for each: `object`, for most; a method of
//! the class, which is looked up once; `decimal.Decimal`.
//!
//! What `object.__reduce_ex__` returns for the instances of most classes is known: the class, what `__getnewargs__` says or
//! nothing, the instance's dict, and its slots. Whether a class is one of these is worked out once, and holds as long as the
//! class has the same version.

use core::cell::Cell;
use core::sync::atomic::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyPayload as _, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyFunction, PyList, PyStr, PyTuple, PyTupleRef, PyType},
    object::Traverse as _,
};

use super::dump::{Dump, Hook};
use super::frame::Descent;
use super::reduction::{Constructor, Reduction};
use crate::by_address::ByAddress;
use crate::known::{decimal::Decimals, namedtuple};
use crate::same_slot::same_slot;
use crate::wire::{FRAME_SIZE_TARGET, Opcode};

/// What is known of classes.
#[derive(Debug, Default)]
pub(super) struct Plans {
    by_class: ByAddress<Plan>,
    /// How often foreign code had run when a class was last found to have no reducer in the dispatch table.
    unregistered: ByAddress<u64>,
}

/// What is known of a class, at one version of it.
#[derive(Debug)]
struct Plan {
    /// Held, so that its address is no other class's.
    _class: PyRef<PyType>,
    version: u32,
    reducer: Reducer,
}

/// Who reduces the instances of a class.
#[derive(Clone, Debug)]
enum Reducer {
    /// `object`.
    Default(Rc<Default>),
    /// `decimal.Decimal`.
    Decimal(Rc<Decimals>),
    /// A method of the class.
    Method(Rc<Method>),
    /// Somebody who has to be asked.
    Asked,
}

/// How the instances of a class are reduced as `object` does it.
#[derive(Debug)]
struct Default {
    /// The class's `__getnewargs__`.
    new_args: Option<PyObjectRef>,
    /// Whether that returns the items of a tuple.
    are_items: bool,
    /// The list in which copyreg has the names of its slots, those names, and the slots' descriptors.
    slot_names: PyRef<PyList>,
    slots: Vec<(PyObjectRef, PyObjectRef)>,
    /// Whether all instances so far had but leaves in their dicts.
    has_leaves: Cell<bool>,
}

impl Default {
    /// Whether nobody has changed the list of the slots' names.
    fn has_slot_names(&self) -> bool {
        let names = self.slot_names.borrow_vec();
        let mut pairs = names.iter().zip(&self.slots);
        names.len() == self.slots.len() && pairs.all(|(name, (known, _))| name.is(known))
    }
}

/// `__reduce_ex__` or `__reduce__`, as a look-up on an instance without a dict finds it.
#[derive(Debug)]
struct Method {
    function: PyObjectRef,
    takes_protocol: bool,
    /// Whether it runs no foreign code.
    is_quiet: bool,
}

/// Types whose methods are native, run no foreign code, and can't be replaced.
const QUIET: [&str; 4] = [
    "datetime.date",
    "datetime.time",
    "datetime.datetime",
    "datetime.timedelta",
];

impl Method {
    fn of(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Self> {
        let types = &vm.ctx.types;
        let object = types.object_type;
        if !class.class().is(types.type_type)
            || !same_slot!(class.slots(), object.slots(), getattro)
        {
            return None;
        }
        let find = |class: &Py<PyType>, name| class.get_attr(vm.ctx.intern_str(name));
        let with_protocol = find(class, "__reduce_ex__")?;
        let without = find(class, "__reduce__")?;
        // `object`'s asks for `__reduce__`, unless that is `object`'s as well.
        let takes_protocol = !with_protocol.is(&find(object, "__reduce_ex__")?);
        let function = match takes_protocol {
            true => with_protocol,
            false if without.is(&find(object, "__reduce__")?) => return None,
            false => without,
        };
        let kind = function.class();
        if !kind.is(types.function_type) && !kind.is(types.method_descriptor_type) {
            return None;
        }
        let is_quiet = class.heaptype_ext.is_none() && QUIET.contains(&&*class.slot_name());
        Some(Self {
            function,
            takes_protocol,
            is_quiet,
        })
    }

    fn call(&self, object: &PyObject, protocol: u8, vm: &VirtualMachine) -> PyResult {
        match self.takes_protocol {
            true => self.function.call((object.to_owned(), protocol), vm),
            false => self.function.call((object.to_owned(),), vm),
        }
    }
}

/// Whether instances of a class are reduced as `object` does it, but for the names of its slots; its `__getnewargs__`.
fn is_default(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Option<PyObjectRef>> {
    let types = &vm.ctx.types;
    let object = types.object_type;
    let of_class = |name| class.get_attr(vm.ctx.intern_str(name));
    let of_object = |name| object.get_attr(vm.ctx.intern_str(name));
    let is_inherited = |name| match (of_class(name), of_object(name)) {
        (Some(own), Some(objects)) => own.is(&objects),
        _ => false,
    };
    let slots = class.slots();
    let is_default = class.class().is(types.type_type)
        && ["__reduce_ex__", "__reduce__", "__getstate__", "__class__"]
            .into_iter()
            .all(is_inherited)
        && of_class("__getnewargs_ex__").is_none()
        && same_slot!(slots, object.slots(), getattro)
        && slots.new.load().is_some()
        && !class.fast_issubclass(types.list_type)
        && !class.fast_issubclass(types.dict_type)
        && !class.fast_issubclass(types.type_type);
    if !is_default {
        return None;
    }
    match of_class("__getnewargs__") {
        Some(new_args) => {
            let is_function = new_args.downcast_ref_if_exact::<PyFunction>(vm).is_some();
            is_function.then_some(Some(new_args))
        }
        // Without arguments there may be nothing in an instance but its dict and its slots.
        None => {
            let is_plain = slots.itemsize == 0 && slots.basicsize <= object.slots().basicsize;
            is_plain.then_some(None)
        }
    }
}

/// The descriptors of slots, unless one of them is something else.
fn descriptors(
    class: &Py<PyType>,
    names: &Py<PyList>,
    vm: &VirtualMachine,
) -> Option<Vec<(PyObjectRef, PyObjectRef)>> {
    let names = names.borrow_vec();
    let mut seen = HashSet::new();
    let pairs = names.iter().map(|name| {
        let text = name.downcast_ref_if_exact::<PyStr>(vm)?;
        // A name that is there twice is written once.
        if !seen.insert(text.as_bytes().to_vec()) {
            return None;
        }
        let slot = class.get_attr(vm.ctx.interned_str(text)?)?;
        let is_slot = slot.class().is(vm.ctx.types.member_descriptor_type);
        is_slot.then(|| (name.clone(), slot))
    });
    pairs.collect()
}

/// An instance's own attributes that come before those of its class.
const OWN: [&[u8]; 4] = [
    b"__reduce_ex__",
    b"__reduce__",
    b"__getstate__",
    b"__getnewargs__",
];

/// An instance's dict, unless it is empty; `None` if there is something in it that matters to how the instance is reduced, or whose
/// name is no plain string.
fn plain_dict(object: &PyObject, vm: &VirtualMachine) -> Option<Option<PyDictRef>> {
    let Some(dict) = object.dict().filter(|dict| !dict.is_empty()) else {
        return Some(None);
    };
    if !dict.class().is(vm.ctx.types.dict_type) {
        return None;
    }
    let (mut seen, mut is_plain) = (0usize, true);
    dict.payload().traverse(&mut |part| {
        seen += 1;
        if seen.is_multiple_of(2) {
            return;
        }
        // No look-up: other keys may have a method that compares them.
        is_plain &= match part.downcast_ref_if_exact::<PyStr>(vm) {
            Some(name) => {
                let name = name.as_bytes();
                !(name.starts_with(b"__") && OWN.contains(&name))
            }
            None => false,
        };
    });
    // Nothing is seen while somebody else writes to it.
    (is_plain && seen > 0).then_some(Some(dict))
}

/// What `object.__reduce_ex__` returns for an instance, beside its class.
struct Parts {
    default: Rc<Default>,
    args: Option<PyTupleRef>,
    /// The instance's dict, unless it is empty.
    dict: Option<PyDictRef>,
    /// The names and the values of those slots that have one.
    slots: Vec<(PyObjectRef, PyObjectRef)>,
}

/// What is known of an instance.
enum Known {
    Parts(Parts),
    /// All that there is to be asked has been asked.
    Answer(PyObjectRef),
    Nothing,
}

impl Dump<'_, '_> {
    /// Who reduces the instances of a class, if nothing is registered for it.
    #[inline]
    fn reducer_of(&mut self, class: &Py<PyType>) -> PyResult<Reducer> {
        let version = class.tp_version_tag.load(Ordering::Acquire);
        match self.plans.by_class.get(&class.get_id()) {
            Some(plan) if plan.version == version && version != 0 => Ok(match &plan.reducer {
                Reducer::Default(default) if !default.has_slot_names() => Reducer::Asked,
                reducer => reducer.clone(),
            }),
            _ => self.make_plan(class),
        }
    }

    #[cold]
    fn make_plan(&mut self, class: &Py<PyType>) -> PyResult<Reducer> {
        let vm = self.vm;
        let reducer = if let Some(decimals) = Decimals::of(class, vm) {
            Reducer::Decimal(Rc::new(decimals))
        } else if let Some(new_args) = is_default(class, vm)
            && let Some(slot_names) = self.slot_names(class)?
            && let Some(slots) = descriptors(class, &slot_names, vm)
        {
            let are_items = new_args
                .as_ref()
                .is_some_and(|new_args| namedtuple::are_items(class, new_args, vm));
            Reducer::Default(Rc::new(Default {
                new_args,
                are_items,
                slot_names,
                slots,
                has_leaves: Cell::new(true),
            }))
        } else if let Some(method) = Method::of(class, vm) {
            Reducer::Method(Rc::new(method))
        } else {
            Reducer::Asked
        };
        // Who has set `__slotnames__` has taken its version from it, which the next look-up gives it again.
        class.get_attr(vm.ctx.intern_str("__class__"));
        let plan = Plan {
            _class: class.to_owned(),
            version: class.tp_version_tag.load(Ordering::Acquire),
            reducer: reducer.clone(),
        };
        self.plans.by_class.insert(class.get_id(), plan);
        Ok(reducer)
    }

    /// copyreg's list of the names of a class's slots (CPython: `_PyType_GetSlotNames`).
    fn slot_names(&mut self, class: &Py<PyType>) -> PyResult<Option<PyRef<PyList>>> {
        let vm = self.vm;
        // Only its own: a base's may lack some.
        let known = class.attributes.get(vm.ctx.intern_str("__slotnames__"));
        let names = match known {
            Some(names) => names,
            None => self.foreign(|dump| {
                let slot_names = dump.copyreg("_slotnames")?;
                slot_names.call((class.to_owned(),), vm)
            })?,
        };
        Ok(names
            .downcast_exact::<PyList>(vm)
            .ok()
            .map(|names| names.into_pyref()))
    }

    /// Whether no reducer is registered for a class; its metaclass is `type`.
    fn is_unregistered(&mut self, class: &Py<PyType>) -> PyResult<bool> {
        let vm = self.vm;
        // Only foreign code can change that.
        let known = self.plans.unregistered.get(&class.get_id());
        if known == Some(&self.runs) {
            return Ok(true);
        }
        let table = self.dispatch_table()?;
        let Some(table) = table.downcast_ref_if_exact::<PyDict>(vm) else {
            return Ok(false);
        };
        // The keys may be anything, and are compared.
        let class = class.as_object();
        let found = self.foreign(|_| table.inner_getitem_opt(class, vm))?;
        if found.is_some() {
            return Ok(false);
        }
        self.plans.unregistered.insert(class.get_id(), self.runs);
        Ok(true)
    }

    /// Who reduces an object, where that need not be asked.
    fn known_reducer(&mut self, object: &PyObject) -> PyResult<Reducer> {
        let class = object.class();
        let settings = &self.settings;
        if settings.by_value.is_some()
            || !matches!(settings.reducer_override, Hook::None)
            || !class.class().is(self.vm.ctx.types.type_type)
            || !self.is_unregistered(class)?
        {
            return Ok(Reducer::Asked);
        }
        self.reducer_of(class)
    }

    /// The parts of an instance that is reduced as `object` does it.
    fn parts(&mut self, object: &PyObject, default: Rc<Default>) -> PyResult<Known> {
        let vm = self.vm;
        let Some(mut dict) = plain_dict(object, vm) else {
            return Ok(Known::Nothing);
        };
        let mut args = None;
        let class = object.class().to_owned();
        if default.are_items
            && let Some(tuple) = object.downcast_ref::<PyTuple>()
        {
            if !tuple.is_empty() {
                args = Some(vm.ctx.new_tuple(tuple.as_slice().to_vec()));
            }
        } else if let Some(new_args) = &default.new_args {
            let answer = self.foreign(|_| new_args.call((object.to_owned(),), vm))?;
            let items = match answer.downcast_ref::<PyTuple>() {
                Some(answer) => answer.as_slice().to_vec(),
                None => {
                    let class = answer.class().name().to_string();
                    return Err(vm.new_type_error(format!(
                        "__getnewargs__ should return a tuple, not '{class}'"
                    )));
                }
            };
            if answer.downcast_ref_if_exact::<PyTuple>(vm).is_none() {
                self.foreign(|_| drop(answer));
            }
            // A tuple of its own, as CPython makes one.
            if !items.is_empty() {
                args = Some(vm.ctx.new_tuple(items));
            }
            // It may have changed anything.
            let is_as_before = object.class().is(&class)
                && matches!(self.reducer_of(&class)?, Reducer::Default(now) if Rc::ptr_eq(&now, &default));
            match plain_dict(object, vm) {
                Some(now) if is_as_before => dict = now,
                _ => {
                    let args = args.as_ref().map_or(&[][..], |args| args.as_slice());
                    let answer = self.foreign(|dump| dump.answer_with(object, args))?;
                    return Ok(Known::Answer(answer));
                }
            }
        }
        let mut slots = Vec::new();
        for (name, slot) in &default.slots {
            let Some(get) = slot.class().slots().descr_get.load() else {
                return Ok(Known::Nothing);
            };
            // One that is not set is left out.
            match get(slot, Some(object), Some(class.as_object()), vm) {
                Ok(value) => slots.push((name.clone(), value)),
                Err(error) if error.fast_isinstance(vm.ctx.exceptions.attribute_error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Known::Parts(Parts {
            default,
            args,
            dict,
            slots,
        }))
    }

    /// What `object.__reduce_ex__` returns for an instance whose `__getnewargs__` has answered already (CPython:
    /// `reduce_newobj`).
    fn answer_with(&self, object: &PyObject, args: &[PyObjectRef]) -> PyResult {
        let vm = self.vm;
        let new_object = self.copyreg("__newobj__")?;
        let class: PyObjectRef = object.class().to_owned().into();
        let args = core::iter::once(class).chain(args.iter().cloned());
        let args = vm.ctx.new_tuple(args.collect());
        let state = vm.call_method(object, "__getstate__", ())?;
        let answer = vec![new_object, args.into(), state];
        Ok(vm.ctx.new_tuple(answer).into())
    }

    /// Saves an instance whose reduction is known; `None` if it is none.
    pub(super) fn save_instance(&mut self, object: &PyObject) -> PyResult<Option<Option<Descent>>> {
        match self.known_reducer(object)? {
            Reducer::Default(default) if self.settings.protocol >= 2 => {
                self.save_default(object, default)
            }
            Reducer::Decimal(decimals) => self.save_decimal(object, &decimals),
            Reducer::Method(method) => self.save_by_known_method(object, &method),
            Reducer::Default(_) | Reducer::Asked => Ok(None),
        }
    }

    fn save_default(
        &mut self,
        object: &PyObject,
        default: Rc<Default>,
    ) -> PyResult<Option<Option<Descent>>> {
        let vm = self.vm;
        let parts = match self.parts(object, default)? {
            Known::Parts(parts) => parts,
            Known::Answer(answer) => return self.save_answer(object, answer).map(Some),
            Known::Nothing => return Ok(None),
        };
        if self.leaves && self.save_instance_of_leaves(object, &parts)? {
            return Ok(Some(None));
        }
        let Parts {
            args, dict, slots, ..
        } = parts;
        let dict: Option<PyObjectRef> = dict.map(Into::into);
        let state = if slots.is_empty() {
            dict
        } else {
            let of_slots = vm.ctx.new_dict();
            for (name, value) in slots {
                of_slots.inner_setitem(&*name, value, vm)?;
            }
            let dict = dict.unwrap_or_else(|| vm.ctx.none());
            Some(vm.ctx.new_tuple(vec![dict, of_slots.into()]).into())
        };
        let args = args.unwrap_or_else(|| vm.ctx.empty_tuple.clone());
        let reduction = Reduction {
            constructor: Constructor::New(object.class().to_owned().into()),
            args: args.into(),
            list_items: None,
            dict_items: None,
            state,
            state_setter: None,
            once: false,
            answer: None,
        };
        self.enter_reduction(object, reduction, true).map(Some)
    }

    /// Saves a decimal as its class called with its text; `None` if its text is not known.
    fn save_decimal(
        &mut self,
        object: &PyObject,
        decimals: &Decimals,
    ) -> PyResult<Option<Option<Descent>>> {
        let vm = self.vm;
        let Some(text) = decimals.text(object, vm) else {
            return Ok(None);
        };
        let class = object.class();
        // Who has a pickler's memo sees the text and the tuple in it.
        if self.leaves
            && self.settings.memo_owner.is_none()
            && let Some(index) = self.memo.get(class.as_object())
            && text.len() < FRAME_SIZE_TARGET
            && self.has_room(OPCODES + text.len())
        {
            self.edge();
            self.write_get(index)?;
            // Before the tuple; the text comes right behind that.
            self.edge();
            self.write_str(text.as_bytes())?;
            self.memoize_unnamed()?;
            self.opcode(Opcode::Tuple1);
            self.memoize_unnamed()?;
            self.opcode(Opcode::Reduce);
            self.memoize(object)?;
            return Ok(Some(None));
        }
        // A string of its own, even if it is of one digit.
        let args = vm
            .ctx
            .new_tuple(vec![PyStr::from(text).into_ref(&vm.ctx).into()]);
        let reduction = Reduction::call(class.to_owned().into(), args.into());
        self.enter_reduction(object, reduction, true).map(Some)
    }

    fn save_by_known_method(
        &mut self,
        object: &PyObject,
        method: &Method,
    ) -> PyResult<Option<Option<Descent>>> {
        let (protocol, vm) = (self.settings.protocol, self.vm);
        if object.has_instance_dict() {
            return Ok(None);
        }
        let answer = match method.is_quiet {
            true => method.call(object, protocol, vm)?,
            false => self.foreign(|_| method.call(object, protocol, vm))?,
        };
        self.save_answer(object, answer).map(Some)
    }

    /// Whether whoever has the memo has put an object there that is being reduced.
    fn has_been_put(&self, object: &PyObject) -> bool {
        self.settings.memo_owner.is_some() && self.memo.get(object).is_some()
    }

    /// Writes the answer of a reducer at once, if it is a call of a class in the memo with leaves.
    pub(super) fn save_call_of_leaves(
        &mut self,
        object: &PyObject,
        answer: &PyObject,
    ) -> PyResult<bool> {
        let vm = self.vm;
        if !self.leaves {
            return Ok(false);
        }
        let answer = answer.downcast_ref_if_exact::<PyTuple>(vm);
        let Some([callable, args]) = answer.map(|answer| answer.as_slice()) else {
            return Ok(false);
        };
        // A class of another name than copyreg's functions have.
        let Some(class) = callable.downcast_ref_if_exact::<PyType>(vm) else {
            return Ok(false);
        };
        let (Some(index), Some(args)) = (
            self.memo.get(class.as_object()),
            args.downcast_ref_if_exact::<PyTuple>(vm),
        ) else {
            return Ok(false);
        };
        let mut size = Some(OPCODES);
        for item in args.as_slice() {
            size = size.and_then(|size| Some(size + self.size_of_leaf(item)?));
        }
        if is_copyreg_name(class)
            || !size.is_some_and(|size| self.has_room(size))
            || self.has_been_put(object)
        {
            return Ok(false);
        }
        self.edge();
        self.write_get(index)?;
        self.edge();
        self.save_leaf_tuple(args)?;
        self.opcode(Opcode::Reduce);
        self.memoize(object)?;
        Ok(true)
    }

    /// Saves an instance at once, where the class is in the memo and there are but leaves in the instance.
    fn save_instance_of_leaves(&mut self, object: &PyObject, parts: &Parts) -> PyResult<bool> {
        let Some(class) = self.memo.get(object.class().as_object()) else {
            return Ok(false);
        };
        let Parts {
            default,
            args,
            dict,
            slots,
        } = parts;
        if !default.has_leaves.get() {
            return Ok(false);
        }
        let has_slots = !slots.is_empty();
        // Who has a pickler's memo sees the state of slots in it.
        if has_slots && (dict.is_some() || self.settings.memo_owner.is_some()) {
            return Ok(false);
        }
        let items = args.iter().flat_map(|args| args.as_slice());
        let values = slots.iter().flat_map(|(name, value)| [name, value]);
        let mut size = Some(OPCODES);
        for item in items.chain(values) {
            size = size.and_then(|size| Some(size + self.size_of_leaf(item)?));
        }
        if size.is_none_or(|size| size > self.output.room()) || self.has_been_put(object) {
            return Ok(false);
        }
        // Who has pickled the dict itself refers to it.
        if let Some(dict) = dict
            && self.memo.get(dict.as_object()).is_some()
        {
            return Ok(false);
        }
        let before = (self.output.len(), self.memo.len());
        self.write_get(class)?;
        match args {
            None => self.write_empty_tuple()?,
            Some(args) => {
                if !self.save_inner_tuple(args)? {
                    self.take_back(before);
                    return Ok(false);
                }
            }
        }
        self.opcode(Opcode::NewObj);
        self.memoize(object)?;
        if let Some(dict) = dict {
            self.opcode(Opcode::EmptyDict);
            self.memoize_held(dict.as_object())?;
            if !self.save_dict_of_leaves(dict)? {
                self.take_back(before);
                default.has_leaves.set(false);
                return Ok(false);
            }
            self.opcode(Opcode::Build);
        } else if has_slots {
            self.write_slots(slots)?;
            self.opcode(Opcode::Build);
        }
        Ok(true)
    }

    /// The state of an instance that has slots and no dict.
    fn write_slots(&mut self, slots: &[(PyObjectRef, PyObjectRef)]) -> PyResult<()> {
        self.opcode(Opcode::None);
        self.opcode(Opcode::EmptyDict);
        self.memoize_unnamed()?;
        if slots.len() > 1 {
            self.opcode(Opcode::Mark);
        }
        for (name, value) in slots {
            self.save_leaf(name)?;
            self.save_leaf(value)?;
        }
        self.opcode(match slots.len() {
            1 => Opcode::SetItem,
            _ => Opcode::SetItems,
        });
        self.opcode(Opcode::Tuple2);
        self.memoize_unnamed()
    }
}

/// Whether the name of a class is that of a function of copyreg's, which stand for opcodes.
pub(super) fn is_copyreg_name(class: &Py<PyType>) -> bool {
    matches!(&*class.slot_name(), "__newobj__" | "__newobj_ex__")
}

/// So many bytes the opcodes take that make an instance, at most, without its parts.
const OPCODES: usize = 48;
