//! Items of dicts and sets that wait until what they are hashed by is there.
//!
//! A pickle makes an object first and gives it its state later. In between, an item whose key has a hash
//! that is written in Python can't be set if the hash looks at such an object: it has no attributes yet.
//! CPython's pickles fail to load then. A dump by value writes these items behind the state of the
//! outermost object that the key leads to and that has none yet: an item that waits is set in the same
//! dict, in the same order.
//!
//! That is only done where the container itself stays what is referred to meanwhile. A `__setstate__`
//! between may copy it, and would copy too little.

use std::collections::{HashMap, HashSet, VecDeque};

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{
        PyBaseException, PyCode, PyDict, PyFrozenSet, PyFunction, PyList, PyModule, PyStr, PyTuple,
        PyType, PyWeak,
    },
};

use super::dump::Dump;
use super::frame::{Descent, Frame, Place, Work};
use super::reduction::ItemIter;
use crate::by_value::constructor;
use crate::wire::Opcode;

/// How many objects are looked at from a key, the nearest first.
const REACH: usize = 100;

/// How many from the state of a cache or a set of weak references, which is full of keys.
const REACH_OF_STATE: usize = 1 << 16;

/// The reductions under way, the outermost first.
#[derive(Debug, Default)]
pub(super) struct OpenReductions {
    stack: Vec<Open>,
    /// Where those are whose object is made, by its identity.
    made: HashMap<usize, usize>,
}

/// A reduction under way.
#[derive(Debug)]
struct Open {
    object: PyObjectRef,
    /// Whether it is made, and so has but its state to come.
    made: bool,
    setter: Option<PyObjectRef>,
    waiting: Vec<Deferred>,
}

/// What waits: for a container, its items, or the call that gives it some.
#[derive(Debug)]
pub(super) struct Deferred {
    target: PyObjectRef,
    work: DeferredWork,
}

#[derive(Debug)]
pub(super) struct DeferredWork {
    begun: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Keys with values.
    Items(ItemIter),
    Elements(std::vec::IntoIter<PyObjectRef>),
    /// The setter, and the state.
    Call([PyObjectRef; 2], usize),
}

impl Deferred {
    pub(super) fn into_frame(self) -> Frame {
        Frame::new(self.target, Work::Deferred(Box::new(self.work)))
    }
}

impl DeferredWork {
    fn new(what: What) -> Self {
        Self { begun: false, what }
    }

    pub(super) fn step(
        &mut self,
        target: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        if !self.begun {
            self.begun = true;
            match &self.what {
                What::Items(_) => dump.save_written(target)?,
                What::Elements(_) => {
                    dump.save_written(target)?;
                    dump.opcode(Opcode::Mark);
                }
                What::Call(..) => {}
            }
        }
        match &mut self.what {
            What::Items(items) => {
                if let Some(descent) = items.step_dict(target, dump)? {
                    return Ok(Some(descent));
                }
            }
            What::Elements(elements) => {
                for element in elements {
                    if let Some(descent) = dump.save(&element)? {
                        return Ok(Some(descent));
                    }
                }
                dump.opcode(Opcode::AddItems);
            }
            What::Call([setter, state], part) => {
                while *part < 3 {
                    *part += 1;
                    let object = match *part {
                        1 => &*setter,
                        2 => {
                            dump.save_written(target)?;
                            continue;
                        }
                        _ => &*state,
                    };
                    if let Some(descent) = dump.save(object)? {
                        return Ok(Some(descent));
                    }
                }
                dump.opcode(Opcode::Tuple2);
                dump.opcode(Opcode::Reduce);
            }
        }
        dump.opcode(Opcode::Pop);
        Ok(None)
    }

    pub(super) fn place(&self) -> Place {
        match &self.what {
            What::Items(items) => items.place(),
            What::Elements(_) => Place::Element,
            What::Call(..) => Place::State,
        }
    }
}

impl Dump<'_, '_> {
    /// A reduction begins.
    pub(super) fn open_reduction(&mut self, object: &PyObject, setter: Option<&PyObjectRef>) {
        if self.settings.by_value.is_some() {
            self.open.stack.push(Open {
                object: object.to_owned(),
                made: false,
                setter: setter.cloned(),
                waiting: Vec::new(),
            });
        }
    }

    /// The object of the reduction that has begun last is made.
    pub(super) fn reduction_made(&mut self) {
        let last = self.open.stack.len().wrapping_sub(1);
        if let Some(open) = self.open.stack.last_mut() {
            open.made = true;
            self.open.made.insert(open.object.get_id(), last);
        }
    }

    /// That reduction ends; what has waited for it.
    pub(super) fn close_reduction(&mut self) -> Vec<Deferred> {
        let Some(open) = self.open.stack.pop() else {
            return Vec::new();
        };
        if open.made {
            self.open.made.remove(&open.object.get_id());
        }
        open.waiting
    }

    /// Writes a reference to an object that the pickle has.
    fn save_written(&mut self, object: &PyObject) -> PyResult<()> {
        match self.memo.get(object) {
            Some(index) => self.write_get(index),
            None => Err(self
                .vm
                .new_system_error("a container with items that wait is not written")),
        }
    }

    /// The reduction that an item with this key has to wait for.
    #[inline]
    pub(super) fn awaited(&self, key: &PyObject) -> PyResult<Option<usize>> {
        if self.open.made.is_empty() || key.class().is(self.vm.ctx.types.str_type) {
            return Ok(None);
        }
        if !self.depends_on_state(key) {
            return Ok(None);
        }
        self.awaited_by(key, REACH, self.open.stack.len())
    }

    /// The same for a setter of ours that hashes what is in its state.
    pub(super) fn awaited_by_setter(
        &self,
        setter: &PyObject,
        state: &PyObject,
    ) -> PyResult<Option<usize>> {
        // The object itself is open; what it is for comes before.
        if self.open.made.len() < 2 {
            return Ok(None);
        }
        for name in ["_update", "_set_lru_cache"] {
            if constructor(name, self.vm)?.is(setter) {
                let outside = self.open.stack.len().saturating_sub(1);
                return self.awaited_by(state, REACH_OF_STATE, outside);
            }
        }
        Ok(None)
    }

    /// The outermost object without its state that a key leads to within so many, if what is around the
    /// container, up to `inside`, keeps that.
    fn awaited_by(&self, key: &PyObject, reach: usize, inside: usize) -> PyResult<Option<usize>> {
        if self.settings.fast {
            return Ok(None);
        }
        let mut seen = HashSet::new();
        let mut left = VecDeque::from([key.to_owned()]);
        let mut first: Option<usize> = None;
        while let Some(object) = left.pop_front()
            && seen.len() < reach
        {
            if !seen.insert(object.get_id()) {
                continue;
            }
            let open = self.open.made.get(&object.get_id()).copied();
            first = match (first, open) {
                (Some(first), Some(open)) => Some(first.min(open)),
                (first, open) => first.or(open),
            };
            parts(&object, &mut left, self.vm);
        }
        let Some(first) = first else { return Ok(None) };
        for open in self.open.stack.get(first..inside).unwrap_or_default() {
            if !open.made || !keeps_what_it_is_given(open, self.vm)? {
                return Ok(None);
            }
        }
        Ok(Some(first))
    }

    /// Whether the hash of a key may look at the state of an object.
    fn depends_on_state(&self, key: &PyObject) -> bool {
        let class = key.class();
        if key.downcastable::<PyTuple>()
            || key.downcastable::<PyFrozenSet>()
            || key.downcastable::<PyWeak>()
        {
            return true;
        }
        if class.heaptype_ext.is_none() {
            return false;
        }
        let name = self.vm.ctx.intern_str("__hash__");
        let hash = class.get_attr(name);
        hash.is_some_and(|hash| hash.class().is(self.vm.ctx.types.function_type))
    }

    pub(super) fn defer_items(
        &mut self,
        open: usize,
        target: &PyObject,
        pairs: Vec<PyObjectRef>,
    ) -> PyResult<()> {
        let vm = self.vm;
        let pairs = PyObjectRef::from(vm.ctx.new_list(pairs));
        let items = ItemIter::new(pairs.get_iter(vm)?.into(), true);
        self.defer(open, target, What::Items(items));
        Ok(())
    }

    pub(super) fn defer_elements(
        &mut self,
        open: usize,
        target: &PyObject,
        elements: Vec<PyObjectRef>,
    ) {
        self.defer(open, target, What::Elements(elements.into_iter()));
    }

    pub(super) fn defer_call(
        &mut self,
        open: usize,
        target: &PyObject,
        setter: PyObjectRef,
        state: PyObjectRef,
    ) {
        self.defer(open, target, What::Call([setter, state], 0));
    }

    /// Elements that a set is given by a call.
    pub(super) fn defer_update(
        &mut self,
        open: usize,
        target: &PyObject,
        elements: Vec<PyObjectRef>,
    ) -> PyResult<()> {
        let update = constructor("_update", self.vm)?;
        let elements = self.vm.ctx.new_list(elements).into();
        self.defer_call(open, target, update, elements);
        Ok(())
    }

    fn defer(&mut self, open: usize, target: &PyObject, what: What) {
        if let Some(open) = self.open.stack.get_mut(open) {
            open.waiting.push(Deferred {
                target: target.to_owned(),
                work: DeferredWork::new(what),
            });
        }
    }
}

/// What a hash may look at next.
fn parts(object: &PyObject, left: &mut VecDeque<PyObjectRef>, vm: &VirtualMachine) {
    if let Some(weak) = object.downcast_ref::<PyWeak>() {
        left.extend(weak.upgrade());
        return;
    }
    let is_data = |part: &PyObjectRef| {
        !(part.downcastable::<PyType>()
            || part.downcastable::<PyModule>()
            || part.downcastable::<PyFunction>()
            || part.downcastable::<PyCode>()
            || part.downcastable::<PyStr>())
    };
    if let Some(list) = object.downcast_ref::<PyList>() {
        left.extend(
            list.borrow_vec()
                .iter()
                .filter(|part| is_data(part))
                .cloned(),
        );
        return;
    }
    if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
        let items = dict.items_vec().into_iter();
        let items = items.flat_map(|(key, value)| [key, value]);
        left.extend(items.filter(is_data));
        return;
    }
    let simple = object.class().heaptype_ext.is_none()
        && !(object.downcastable::<PyTuple>() || object.downcastable::<PyFrozenSet>());
    if !simple {
        left.extend(object.gc_get_referents().into_iter().filter(is_data));
    }
}

/// Our setters that put what they are given where it was.
const KEEPING: [&str; 7] = [
    "_set_attributes",
    "_set_class",
    "_set_descriptor",
    "_set_dict",
    "_set_enum_member",
    "_set_exception",
    "_set_function",
];

/// Whether the state of an object becomes its attributes, so that a container in it stays the same one.
fn keeps_what_it_is_given(open: &Open, vm: &VirtualMachine) -> PyResult<bool> {
    if let Some(setter) = &open.setter {
        for name in KEEPING {
            if constructor(name, vm)?.is(setter) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let name = vm.ctx.intern_str("__setstate__");
    let Some(own) = open.object.class().get_attr(name) else {
        return Ok(true);
    };
    if open.object.downcastable::<PyBaseException>() {
        let base: &Py<PyType> = vm.ctx.exceptions.base_exception_type;
        if base.get_attr(name).is_some_and(|base| base.is(&own)) {
            return Ok(true);
        }
    }
    // That of frozen dataclasses with slots sets each field.
    let module = match own.downcastable::<PyFunction>() {
        true => vm.get_attribute_opt(&own, "__module__")?,
        false => None,
    };
    let module = module
        .as_ref()
        .and_then(|module| module.downcast_ref::<PyStr>());
    Ok(module.is_some_and(|module| module.as_bytes() == b"dataclasses"))
}
