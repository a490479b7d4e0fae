//! The items of lists, tuples, dicts and sets, in CPython's batches.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult,
    builtins::{PyDict, PyFrozenSet, PyList, PySet, PyTuple, PyType},
};

use super::dump::Dump;
use super::frame::{Descent, Frame, Place, Work};
use super::leaves::Closing;
use crate::wire::Opcode;

/// CPython's `BATCHSIZE`: how many items one APPENDS, SETITEMS or ADDITEMS takes.
pub(super) const BATCH_SIZE: usize = 1000;

impl Dump<'_, '_> {
    /// Saves a list, tuple, dict, set or frozenset; `None` if `object` is none of them.
    #[inline]
    pub(super) fn save_container(
        &mut self,
        object: &PyObject,
    ) -> PyResult<Option<Option<Descent>>> {
        let vm = self.vm;
        let work = if let Some(list) = object.downcast_ref_if_exact::<PyList>(vm) {
            self.begin_list(list.as_object())?
        } else if let Some(tuple) = object.downcast_ref_if_exact::<PyTuple>(vm) {
            if self.leaves && self.save_tuple_of_leaves(tuple)? {
                return Ok(Some(None));
            }
            self.begin_tuple(tuple.as_slice().len())
        } else if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
            let reduced = self.ask_by_value(|by_value, vm| by_value.reduce_dict(dict, vm))?;
            if let Some(reduced) = reduced {
                return self.save_reduced(object, reduced, true).map(Some);
            }
            self.begin_dict(dict)?
        } else if let Some(set) = object.downcast_ref_if_exact::<PySet>(vm) {
            if self.settings.protocol < 4 {
                let elements = self.in_order(set.elements())?;
                let class = vm.ctx.types.set_type;
                return self.save_set_as_call(object, class, elements).map(Some);
            }
            self.begin_set(set)?
        } else if let Some(set) = object.downcast_ref_if_exact::<PyFrozenSet>(vm) {
            let elements = self.in_order(set.elements())?;
            if self.settings.protocol < 4 {
                let class = vm.ctx.types.frozenset_type;
                return self.save_set_as_call(object, class, elements).map(Some);
            }
            self.begin_frozenset(object, elements)?
        } else {
            return Ok(None);
        };
        match work {
            Some(work) => self.enter(Frame::new(object.to_owned(), work)).map(Some),
            None => Ok(Some(None)),
        }
    }

    /// The elements of a set, in canonical order if the dump is by value.
    fn in_order(&mut self, elements: Vec<PyObjectRef>) -> PyResult<Vec<PyObjectRef>> {
        if self.settings.by_value.is_none() || elements.len() < 2 {
            return Ok(elements);
        }
        let written = elements.iter().map(|element| self.memo.get(element));
        let written: Vec<_> = written.collect();
        let elements: Vec<_> = elements.into_iter().zip(written).collect();
        let sorted = self.ask_by_value(|by_value, vm| by_value.in_order(elements, vm).map(Some))?;
        Ok(sorted.unwrap_or_default())
    }

    /// Before protocol 4 a set is a call of its class with a list.
    fn save_set_as_call(
        &mut self,
        set: &PyObject,
        class: &'static Py<PyType>,
        elements: Vec<PyObjectRef>,
    ) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        let mut elements = elements;
        if class.is(vm.ctx.types.set_type) {
            let mut waiting = Vec::new();
            let mut awaited: Option<usize> = None;
            let mut ready = Vec::with_capacity(elements.len());
            for element in elements {
                if let Some(open) = self.awaited(&element)? {
                    awaited = Some(awaited.map_or(open, |before| before.min(open)));
                    waiting.push(element);
                } else {
                    ready.push(element);
                }
            }
            if let Some(open) = awaited {
                self.defer_update(open, set, waiting)?;
            }
            elements = ready;
        }
        let args = vec![vm.ctx.new_list(elements).into()];
        self.save_call(set, class.to_owned().into(), args)
    }

    /// An empty container's opcode, or what stood for it before there was one.
    fn open(&mut self, binary: bool, empty: Opcode, build: Opcode) {
        if binary {
            self.opcode(empty);
        } else {
            self.opcode(Opcode::Mark);
            self.opcode(build);
        }
    }

    /// How `length` items follow, and the mark for them.
    fn begin_batches(&mut self, length: usize) -> Batching {
        if self.settings.protocol == 0 || length == 1 {
            return Batching::OneByOne;
        }
        self.opcode(Opcode::Mark);
        Batching::Batch(0)
    }

    fn begin_list(&mut self, list: &PyObject) -> PyResult<Option<Work>> {
        self.fast_enter(list)?;
        self.open(self.settings.bin, Opcode::EmptyList, Opcode::List);
        self.memoize(list)?;
        let length = length_of_list(list);
        if length == 0 {
            self.fast_leave(list);
            return Ok(None);
        }
        Ok(Some(Work::List(ListWork {
            index: 0,
            saving: false,
            length,
            only: length == 1 && self.settings.protocol > 0,
            batching: self.begin_batches(length),
        })))
    }

    fn begin_tuple(&mut self, length: usize) -> Option<Work> {
        if length == 0 {
            self.open(
                self.settings.protocol > 0,
                Opcode::EmptyTuple,
                Opcode::Tuple,
            );
            return None;
        }
        let opcode = match (self.settings.protocol, length) {
            (2.., 1) => Opcode::Tuple1,
            (2.., 2) => Opcode::Tuple2,
            (2.., 3) => Opcode::Tuple3,
            _ => {
                self.opcode(Opcode::Mark);
                Opcode::Tuple
            }
        };
        Some(Work::Tuple(TupleWork {
            index: 0,
            saving: false,
            opcode,
        }))
    }

    fn begin_dict(&mut self, dict: &Py<PyDict>) -> PyResult<Option<Work>> {
        let object = dict.as_object();
        self.fast_enter(object)?;
        self.open(self.settings.bin, Opcode::EmptyDict, Opcode::Dict);
        self.memoize(object)?;
        let length = dict.__len__();
        if length == 0 {
            self.fast_leave(object);
            return Ok(None);
        }
        let mut work = self.dict_items(length);
        if self.leaves && work.begin(dict, self, Closing::WhereDue)? {
            self.fast_leave(object);
            return Ok(None);
        }
        Ok(Some(Work::Dict(work)))
    }

    /// Saves the items of a dict that is on the stack and not empty, if all of them are leaves; otherwise it may have written some
    /// of them.
    pub(super) fn save_dict_of_leaves(&mut self, dict: &Py<PyDict>) -> PyResult<bool> {
        let mut work = self.dict_items(dict.__len__());
        work.begin(dict, self, Closing::Never)
    }

    /// The items of a dict that is on the stack and not empty.
    fn dict_items(&mut self, length: usize) -> DictWork {
        DictWork {
            position: 0,
            length,
            item: None,
            saving: Saving::Nothing,
            batching: self.begin_batches(length),
        }
    }

    /// Saves what is missing of an object that the memo has: all items of a dict of globals, of
    /// which so far there are but those that functions name.
    #[inline]
    pub(super) fn save_rest(&mut self, object: &PyObject) -> PyResult<Option<Descent>> {
        let Some(by_value) = &mut self.settings.by_value else {
            return Ok(None);
        };
        let Some(dict) = object.downcast_ref_if_exact::<PyDict>(self.vm) else {
            return Ok(None);
        };
        if !by_value.namespaces.complete(object) || dict.__len__() == 0 {
            return Ok(None);
        }
        self.fast_enter(object)?;
        let work = self.dict_items(dict.__len__());
        self.enter(Frame::new(object.to_owned(), Work::Dict(work)))
    }

    fn begin_set(&mut self, set: &Py<PySet>) -> PyResult<Option<Work>> {
        self.opcode(Opcode::EmptySet);
        self.memoize(set.as_object())?;
        let begun = match self.leaves {
            true => self.save_set_leaves(set)?,
            false => None,
        };
        let (saved, elements) = match begun {
            Some((_, rest)) if rest.is_empty() => {
                self.opcode(Opcode::AddItems);
                return Ok(None);
            }
            Some(begun) => begun,
            None => {
                let elements = self.in_order(set.elements())?;
                if elements.is_empty() {
                    return Ok(None);
                }
                self.opcode(Opcode::Mark);
                (0, elements)
            }
        };
        Ok(Some(Work::Set(SetWork {
            length: saved + elements.len(),
            elements: elements.into_iter(),
            batch: saved % BATCH_SIZE,
            saving: false,
            waiting: Vec::new(),
            awaited: None,
        })))
    }

    fn begin_frozenset(
        &mut self,
        set: &PyObject,
        elements: Vec<PyObjectRef>,
    ) -> PyResult<Option<Work>> {
        self.fast_enter(set)?;
        self.opcode(Opcode::Mark);
        Ok(Some(Work::FrozenSet(FrozenSetWork {
            elements: elements.into_iter(),
            saving: false,
        })))
    }
}

/// How items reach their container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Batching {
    /// Each with an opcode of its own.
    OneByOne,
    /// Behind a mark; so many are written since.
    Batch(usize),
}

impl Batching {
    /// An item is written.
    fn count(&mut self, dump: &mut Dump<'_, '_>, single: Opcode) {
        match self {
            Self::OneByOne => dump.opcode(single),
            Self::Batch(n) => *n += 1,
        }
    }
}

fn length_of_list(list: &PyObject) -> usize {
    list.downcast_ref::<PyList>()
        .map_or(0, |list| list.borrow_vec().len())
}

/// A list's items (CPython: `batch_list_exact`).
#[derive(Debug)]
pub(super) struct ListWork {
    index: usize,
    saving: bool,
    /// How many items there were when it was begun.
    length: usize,
    /// The list had one item; what was added since is left out.
    only: bool,
    batching: Batching,
}

impl ListWork {
    pub(super) fn step(
        &mut self,
        list: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        if self.saving {
            self.end_item(dump);
        }
        loop {
            let item = match list.downcast_ref::<PyList>() {
                Some(list) => {
                    let items = list.borrow_vec();
                    if let Batching::Batch(n) = &mut self.batching
                        && dump.leaves
                    {
                        let rest = items.get(self.index..).unwrap_or_default();
                        let batch = rest.len().min(BATCH_SIZE - *n);
                        let saved = dump.save_leaves(&rest[..batch])?;
                        *n += saved;
                        self.index += saved;
                    }
                    items.get(self.index).cloned()
                }
                None => None,
            };
            if let Batching::Batch(n) = self.batching
                && (n == BATCH_SIZE || item.is_none())
            {
                dump.opcode(Opcode::Appends);
                if length_of_list(list) != self.length {
                    let message = "list changed size during iteration";
                    return Err(dump.vm.new_runtime_error(message));
                }
                if item.is_some() {
                    dump.opcode(Opcode::Mark);
                    self.batching = Batching::Batch(0);
                }
            }
            let Some(item) = item.filter(|_| !(self.only && self.index > 0)) else {
                dump.fast_leave(list);
                return Ok(None);
            };
            self.saving = true;
            let saved = dump.save_held(&item);
            dump.let_part_go(item);
            if let Some(frame) = saved? {
                return Ok(Some(frame));
            }
            self.end_item(dump);
        }
    }

    fn end_item(&mut self, dump: &mut Dump<'_, '_>) {
        self.saving = false;
        self.index += 1;
        self.batching.count(dump, Opcode::Append);
    }

    pub(super) fn place(&self) -> Place {
        if self.saving {
            Place::Index(self.index)
        } else {
            Place::Nowhere
        }
    }
}

/// A tuple's items (CPython: `save_tuple`).
#[derive(Debug)]
pub(super) struct TupleWork {
    index: usize,
    saving: bool,
    opcode: Opcode,
}

impl TupleWork {
    pub(super) fn step(
        &mut self,
        tuple: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        let items = tuple
            .downcast_ref::<PyTuple>()
            .map_or(&[][..], |tuple| tuple.as_slice());
        if self.saving {
            self.end_item();
        }
        while let Some(item) = items.get(self.index) {
            self.saving = true;
            if let Some(frame) = dump.save(item)? {
                return Ok(Some(frame));
            }
            self.end_item();
        }
        // An item that leads back to the tuple has written it meanwhile.
        if let Some(index) = dump.memo.get(tuple) {
            if self.opcode == Opcode::Tuple && dump.settings.bin {
                dump.opcode(Opcode::PopMark);
            } else {
                let mark = usize::from(self.opcode == Opcode::Tuple);
                dump.write(&vec![Opcode::Pop.byte(); items.len() + mark]);
            }
            dump.write_get(index)?;
            return Ok(None);
        }
        dump.opcode(self.opcode);
        dump.memoize(tuple)?;
        Ok(None)
    }

    fn end_item(&mut self) {
        self.saving = false;
        self.index += 1;
    }

    pub(super) fn place(&self) -> Place {
        if self.saving {
            Place::Index(self.index)
        } else {
            Place::Nowhere
        }
    }
}

/// Which half of an item is being saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saving {
    Nothing,
    Key,
    Value,
}

/// A dict's items (CPython: `batch_dict_exact`).
#[derive(Debug)]
pub(super) struct DictWork {
    position: usize,
    length: usize,
    item: Option<(PyObjectRef, PyObjectRef)>,
    saving: Saving,
    batching: Batching,
}

impl DictWork {
    /// Saves the leaves with which the dict begins; whether that was all.
    fn begin(
        &mut self,
        dict: &Py<PyDict>,
        dump: &mut Dump<'_, '_>,
        closing: Closing,
    ) -> PyResult<bool> {
        let saved = dump.save_dict_leaves(dict, self.length, closing)?;
        self.position = saved;
        if let Batching::Batch(batch) = &mut self.batching {
            *batch = saved % BATCH_SIZE;
        }
        let is_all = saved == self.length;
        if !is_all {
            return Ok(false);
        }
        if self.batching == Batching::OneByOne {
            dump.opcode(Opcode::SetItem);
            return Ok(true);
        }
        dump.opcode(Opcode::SetItems);
        self.check_length(dict, dump)?;
        Ok(true)
    }

    pub(super) fn step(
        &mut self,
        object: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        let Some(dict) = object.downcast_ref::<PyDict>() else {
            return Ok(None);
        };
        loop {
            match (self.saving, &self.item) {
                (Saving::Key, Some((_, value))) => {
                    self.saving = Saving::Value;
                    if let Some(frame) = dump.save_held(value)? {
                        return Ok(Some(frame));
                    }
                    continue;
                }
                (Saving::Value, _) => {
                    self.saving = Saving::Nothing;
                    self.batching.count(dump, Opcode::SetItem);
                    if self.batching == Batching::OneByOne {
                        if dump.settings.protocol > 0 {
                            break;
                        }
                        self.check_length(dict, dump)?;
                    }
                }
                _ => {}
            }
            // A full batch is closed before it is known whether there is more:
            // at exact multiples an empty one follows.
            if self.batching == Batching::Batch(BATCH_SIZE) {
                dump.opcode(Opcode::SetItems);
                self.check_length(dict, dump)?;
                dump.opcode(Opcode::Mark);
                self.batching = Batching::Batch(0);
            }
            let Some((next, key, value)) = dict.next_entry(self.position) else {
                if let Batching::Batch(_) = self.batching {
                    dump.opcode(Opcode::SetItems);
                    self.check_length(dict, dump)?;
                }
                break;
            };
            if let Some(open) = dump.awaited(&key)? {
                if let Batching::Batch(_) = self.batching {
                    dump.opcode(Opcode::SetItems);
                }
                let mut rest = Vec::new();
                while let Some((next, key, value)) = dict.next_entry(self.position) {
                    self.position = next;
                    rest.push(dump.vm.ctx.new_tuple(vec![key, value]).into());
                }
                self.check_length(dict, dump)?;
                dump.defer_items(open, object, rest)?;
                break;
            }
            self.position = next;
            self.saving = Saving::Key;
            if let Some((key, value)) = self.item.take() {
                dump.let_part_go(key);
                dump.let_part_go(value);
            }
            let (key, _) = self.item.insert((key, value));
            if let Some(frame) = dump.save_held(key)? {
                return Ok(Some(frame));
            }
        }
        dump.fast_leave(object);
        Ok(None)
    }

    /// The objects that it holds.
    pub(super) fn parts(&self) -> impl Iterator<Item = &PyObjectRef> + Clone {
        self.item.iter().flat_map(|(key, value)| [key, value])
    }

    fn check_length(&self, dict: &Py<PyDict>, dump: &Dump<'_, '_>) -> PyResult<()> {
        if dict.__len__() == self.length {
            return Ok(());
        }
        Err(dump
            .vm
            .new_runtime_error("dictionary changed size during iteration"))
    }

    pub(super) fn place(&self) -> Place {
        match (self.saving, &self.item) {
            (Saving::Key, Some((key, _))) => Place::Key(key.clone()),
            (Saving::Value, Some((key, _))) => Place::Value(key.clone()),
            _ => Place::Nowhere,
        }
    }
}

/// A set's elements (CPython: `save_set`).
#[derive(Debug)]
pub(super) struct SetWork {
    elements: std::vec::IntoIter<PyObjectRef>,
    length: usize,
    batch: usize,
    saving: bool,
    /// Elements that can't be hashed yet, and what they wait for.
    waiting: Vec<PyObjectRef>,
    awaited: Option<usize>,
}

impl SetWork {
    pub(super) fn step(
        &mut self,
        object: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        loop {
            if self.saving {
                self.saving = false;
                self.batch += 1;
            }
            // As for dicts, an empty batch follows at exact multiples.
            let full = self.batch == BATCH_SIZE;
            let element = if full { None } else { self.elements.next() };
            let Some(element) = element else {
                dump.opcode(Opcode::AddItems);
                if object.length(dump.vm)? != self.length {
                    return Err(dump
                        .vm
                        .new_runtime_error("set changed size during iteration"));
                }
                if !full {
                    if let Some(open) = self.awaited {
                        dump.defer_elements(open, object, core::mem::take(&mut self.waiting));
                    }
                    return Ok(None);
                }
                dump.opcode(Opcode::Mark);
                self.batch = 0;
                continue;
            };
            if let Some(open) = dump.awaited(&element)? {
                self.awaited = Some(self.awaited.map_or(open, |before| before.min(open)));
                self.waiting.push(element);
                continue;
            }
            self.saving = true;
            let saved = dump.save_held(&element);
            dump.let_part_go(element);
            if let Some(frame) = saved? {
                return Ok(Some(frame));
            }
        }
    }

    pub(super) fn place(&self) -> Place {
        if self.saving {
            Place::Element
        } else {
            Place::Nowhere
        }
    }
}

/// A frozenset's elements (CPython: `save_frozenset`).
#[derive(Debug)]
pub(super) struct FrozenSetWork {
    elements: std::vec::IntoIter<PyObjectRef>,
    saving: bool,
}

impl FrozenSetWork {
    pub(super) fn step(
        &mut self,
        set: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        for element in self.elements.by_ref() {
            self.saving = true;
            if let Some(frame) = dump.save_held(&element)? {
                return Ok(Some(frame));
            }
        }
        self.saving = false;
        dump.fast_leave(set);
        // An element that leads back to the set has written it meanwhile.
        if let Some(index) = dump.memo.get(set) {
            dump.opcode(Opcode::PopMark);
            dump.write_get(index)?;
            return Ok(None);
        }
        dump.opcode(Opcode::FrozenSet);
        dump.memoize(set)?;
        Ok(None)
    }

    pub(super) fn place(&self) -> Place {
        if self.saving {
            Place::Element
        } else {
            Place::Nowhere
        }
    }
}
