//! Writing what `__reduce_ex__` returned (CPython: `save_reduce`).

use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyTuple, PyTupleRef},
    class::StaticType as _,
    protocol::{PyIter, PyIterReturn},
};

use super::deferred::Deferred;
use super::dump::Dump;
use super::frame::{Descent, Frame, Place, Work};
use super::items::{BATCH_SIZE, Saving};
use crate::wire::Opcode;

/// How the object is made again.
#[derive(Debug)]
pub(super) enum Constructor {
    /// Call a callable.
    Call(PyObjectRef),
    /// Call a class's `__new__`.
    New(PyObjectRef),
    /// Call a class's `__new__` with keyword arguments as well.
    NewWithKeywords(PyObjectRef, PyObjectRef),
}

/// What `__reduce_ex__` returned, checked.
#[derive(Debug)]
pub(super) struct Reduction {
    pub(super) constructor: Constructor,
    pub(super) args: PyObjectRef,
    pub(super) list_items: Option<PyObjectRef>,
    pub(super) dict_items: Option<PyObjectRef>,
    pub(super) state: Option<PyObjectRef>,
    pub(super) state_setter: Option<PyObjectRef>,
    /// Whether it must not be made where its arguments have led back to it, and it was made there:
    /// classes are known to their bases as soon as they are made.
    pub(super) once: bool,
    /// What was returned, which lives until the object is saved.
    pub(super) answer: Option<PyObjectRef>,
}

impl Reduction {
    /// A call, and nothing else.
    pub(super) fn call(callable: PyObjectRef, args: PyObjectRef) -> Self {
        Self {
            constructor: Constructor::Call(callable),
            args,
            list_items: None,
            dict_items: None,
            state: None,
            state_setter: None,
            once: false,
            answer: None,
        }
    }
}

/// The part that is being saved, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Nothing,
    Callable,
    Args,
    Keywords,
    ListItems,
    DictItems,
    StateSetter,
    SetterTarget,
    State,
    /// What has waited until it was there.
    Waiting,
}

/// A reduction being written.
#[derive(Debug)]
pub(super) struct ReductionWork {
    constructor: Constructor,
    args: PyObjectRef,
    list_items: Option<ItemIter>,
    dict_items: Option<ItemIter>,
    state: Option<PyObjectRef>,
    state_setter: Option<PyObjectRef>,
    once: bool,
    answer: Option<PyObjectRef>,
    late: bool,
    part: Part,
    /// Whether it is the object's own, and not how a built-in kind is written.
    of_object: bool,
    waiting: std::vec::IntoIter<Deferred>,
}

impl ReductionWork {
    /// The objects that it holds, if there is nothing else.
    pub(super) fn parts(&self) -> Option<impl Iterator<Item = &PyObjectRef> + Clone> {
        let is_all = self.list_items.is_none()
            && self.dict_items.is_none()
            && self.waiting.as_slice().is_empty();
        let (class, keywords) = match &self.constructor {
            Constructor::Call(callable) => (callable, None),
            Constructor::New(class) => (class, None),
            Constructor::NewWithKeywords(class, keywords) => (class, Some(keywords)),
        };
        let parts = [class, &self.args].into_iter().chain(keywords);
        let parts = parts.chain(&self.state).chain(&self.state_setter);
        // A plain tuple ends with nothing but its items.
        let answer = self.answer.as_ref();
        let (answer, items) = match answer.and_then(|answer| answer.downcast_ref::<PyTuple>()) {
            Some(tuple) if tuple.class().is(PyTuple::static_type()) => (None, tuple.as_slice()),
            _ => (answer, &[][..]),
        };
        let parts = parts.chain(answer).chain(items);
        is_all.then_some(parts)
    }

    /// Whether the object is not in the memo yet.
    pub(super) fn is_late(&self) -> bool {
        self.late
    }

    pub(super) fn new(reduction: Reduction, of_object: bool) -> Self {
        Self {
            late: true,
            constructor: reduction.constructor,
            args: reduction.args,
            list_items: reduction
                .list_items
                .map(|items| ItemIter::new(items, false)),
            dict_items: reduction.dict_items.map(|items| ItemIter::new(items, true)),
            state: reduction.state,
            state_setter: reduction.state_setter,
            once: reduction.once,
            answer: reduction.answer,
            part: Part::Nothing,
            of_object,
            waiting: Vec::new().into_iter(),
        }
    }

    pub(super) fn step(
        &mut self,
        object: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        loop {
            let saved = match self.part {
                Part::Nothing => {
                    dump.open_reduction(object, self.state_setter.as_ref());
                    self.begin(Part::Callable, dump)
                }
                Part::Callable => self.begin(Part::Args, dump),
                Part::Args if matches!(self.constructor, Constructor::NewWithKeywords(..)) => {
                    self.begin(Part::Keywords, dump)
                }
                Part::Args | Part::Keywords => {
                    self.part = Part::ListItems;
                    let is_made = self.construct(object, dump)?;
                    self.late = false;
                    dump.late -= 1;
                    if !is_made {
                        self.end(dump);
                        continue;
                    }
                    dump.reduction_made();
                    continue;
                }
                Part::ListItems => match &mut self.list_items {
                    Some(items) => {
                        if let Some(frame) = items.step_list(dump)? {
                            return Ok(Some(frame));
                        }
                        let items = self.list_items.take();
                        dump.foreign(|_| drop(items));
                        continue;
                    }
                    None => {
                        self.part = Part::DictItems;
                        continue;
                    }
                },
                Part::DictItems => match &mut self.dict_items {
                    Some(items) => {
                        if let Some(frame) = items.step_dict(object, dump)? {
                            return Ok(Some(frame));
                        }
                        let items = self.dict_items.take();
                        dump.foreign(|_| drop(items));
                        continue;
                    }
                    None => match (&self.state, &self.state_setter) {
                        (None, _) => {
                            self.end(dump);
                            continue;
                        }
                        (Some(_), None) => self.begin(Part::State, dump),
                        (Some(state), Some(setter)) => {
                            if let Some(open) = dump.awaited_by_setter(setter, state)? {
                                dump.defer_call(open, object, setter.clone(), state.clone());
                                self.end(dump);
                                continue;
                            }
                            self.begin(Part::StateSetter, dump)
                        }
                    },
                },
                Part::StateSetter => {
                    self.part = Part::SetterTarget;
                    dump.save(object)
                }
                Part::SetterTarget => self.begin(Part::State, dump),
                Part::State => {
                    if self.state_setter.is_none() {
                        dump.opcode(Opcode::Build);
                    } else {
                        // The setter works in place; what it returns is dropped.
                        dump.opcode(Opcode::Tuple2);
                        dump.opcode(Opcode::Reduce);
                        dump.opcode(Opcode::Pop);
                    }
                    self.end(dump);
                    continue;
                }
                Part::Waiting => match self.waiting.next() {
                    Some(deferred) => dump.enter(deferred.into_frame()),
                    None => return Ok(None),
                },
            };
            if let Some(frame) = saved? {
                return Ok(Some(frame));
            }
        }
    }

    /// It is all there; what has waited for it comes next.
    fn end(&mut self, dump: &mut Dump<'_, '_>) {
        self.part = Part::Waiting;
        self.waiting = dump.close_reduction().into_iter();
    }

    fn begin(&mut self, part: Part, dump: &mut Dump<'_, '_>) -> PyResult<Option<Descent>> {
        self.part = part;
        let object = match part {
            Part::Callable => match &self.constructor {
                Constructor::Call(callable) => Some(callable),
                Constructor::New(class) | Constructor::NewWithKeywords(class, _) => Some(class),
            },
            Part::Args => Some(&self.args),
            Part::Keywords => match &self.constructor {
                Constructor::NewWithKeywords(_, keywords) => Some(keywords),
                _ => None,
            },
            Part::StateSetter => self.state_setter.as_ref(),
            Part::State => self.state.as_ref(),
            _ => None,
        };
        object.map_or(Ok(None), |object| dump.save(object))
    }

    /// Writes the opcode that makes the object; `false` if it was written meanwhile,
    /// because its arguments lead back to it.
    fn construct(&self, object: &PyObject, dump: &mut Dump<'_, '_>) -> PyResult<bool> {
        if self.once
            && let Some(index) = dump.memo.get(object)
        {
            let parts = match self.constructor {
                Constructor::Call(_) | Constructor::New(_) => 2,
                Constructor::NewWithKeywords(..) => 3,
            };
            for _ in 0..parts {
                dump.opcode(Opcode::Pop);
            }
            dump.write_get(index)?;
            return Ok(false);
        }
        dump.opcode(match self.constructor {
            Constructor::Call(_) => Opcode::Reduce,
            Constructor::New(_) => Opcode::NewObj,
            Constructor::NewWithKeywords(..) => Opcode::NewObjEx,
        });
        if let Some(index) = dump.memo.get(object) {
            dump.opcode(Opcode::Pop);
            dump.write_get(index)?;
            return Ok(false);
        }
        dump.memoize(object)?;
        Ok(true)
    }

    /// How CPython's notes call the part that is being saved.
    pub(super) fn part(&self) -> Option<&'static str> {
        let call = matches!(self.constructor, Constructor::Call(_));
        match self.part {
            Part::Callable if call => Some("reconstructor"),
            Part::Callable => Some("class"),
            Part::Args if call => Some("reconstructor arguments"),
            Part::Args | Part::Keywords => Some("__new__ arguments"),
            Part::StateSetter => Some("state setter"),
            Part::State => Some("state"),
            Part::Nothing
            | Part::ListItems
            | Part::DictItems
            | Part::SetterTarget
            | Part::Waiting => None,
        }
    }

    pub(super) fn is_of_object(&self) -> bool {
        self.of_object
    }

    pub(super) fn place(&self) -> Place {
        match self.part {
            Part::Nothing | Part::SetterTarget | Part::Waiting => Place::Nowhere,
            Part::Callable => Place::Reduced(0),
            Part::Args | Part::Keywords => Place::Reduced(1),
            Part::ListItems => self
                .list_items
                .as_ref()
                .map_or(Place::Nowhere, ItemIter::place),
            Part::DictItems => self
                .dict_items
                .as_ref()
                .map_or(Place::Nowhere, ItemIter::place),
            Part::StateSetter => Place::Reduced(5),
            Part::State => Place::State,
        }
    }
}

/// The items that an iterator yields, in CPython's batches (`batch_list`, `batch_dict`):
/// one item is always drawn ahead, so that a last single one needs no mark.
#[derive(Debug)]
pub(super) struct ItemIter {
    iter: PyIter,
    /// Whether the items are keys with values.
    pairs: bool,
    current: Option<PyObjectRef>,
    ahead: Option<PyObjectRef>,
    count: usize,
    /// Items since the mark; `None` outside of a batch.
    batch: Option<usize>,
    saving: Saving,
}

impl ItemIter {
    pub(super) fn new(iter: PyObjectRef, pairs: bool) -> Self {
        Self {
            iter: PyIter::new(iter),
            pairs,
            current: None,
            ahead: None,
            count: 0,
            batch: None,
            saving: Saving::Nothing,
        }
    }

    fn draw(&self, dump: &mut Dump<'_, '_>) -> PyResult<Option<PyObjectRef>> {
        let vm = dump.vm;
        dump.foreign(|_| match self.iter.next(vm)? {
            PyIterReturn::Return(item) => Ok(Some(item)),
            PyIterReturn::StopIteration(_) => Ok(None),
        })
    }

    /// Moves on to the next item; writes the marks and the opcodes between items.
    fn advance(&mut self, dump: &mut Dump<'_, '_>, single: Opcode, many: Opcode) -> PyResult<bool> {
        if self.current.take().is_some() {
            self.count += 1;
            match &mut self.batch {
                None => {
                    dump.opcode(single);
                    if dump.settings.protocol > 0 {
                        return Ok(false);
                    }
                }
                Some(n) => {
                    *n += 1;
                    if *n == BATCH_SIZE {
                        dump.opcode(many);
                        self.batch = None;
                    } else if *n > 1 {
                        // The second item was drawn together with the first.
                        self.ahead = self.draw(dump)?;
                    }
                }
            }
        }
        if self.batch.is_some() {
            self.current = self.ahead.take();
            if self.current.is_none() {
                dump.opcode(many);
                self.batch = None;
                return Ok(false);
            }
            return Ok(true);
        }
        self.current = self.draw(dump)?;
        if self.current.is_none() {
            return Ok(false);
        }
        if dump.settings.protocol > 0 {
            self.ahead = self.draw(dump)?;
            if self.ahead.is_some() {
                dump.opcode(Opcode::Mark);
                self.batch = Some(0);
            }
        }
        Ok(true)
    }

    fn step_list(&mut self, dump: &mut Dump<'_, '_>) -> PyResult<Option<Descent>> {
        loop {
            self.saving = Saving::Nothing;
            if !self.advance(dump, Opcode::Append, Opcode::Appends)? {
                return Ok(None);
            }
            self.saving = Saving::Value;
            if let Some(item) = &self.current
                && let Some(frame) = dump.save(item)?
            {
                return Ok(Some(frame));
            }
        }
    }

    pub(super) fn step_dict(
        &mut self,
        target: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        loop {
            if self.saving == Saving::Key {
                self.saving = Saving::Value;
                if let Some(item) = &self.current
                    && let (_, value) = pair(item, dump.vm)?
                    && let Some(frame) = dump.save(value)?
                {
                    return Ok(Some(frame));
                }
            }
            self.saving = Saving::Nothing;
            if !self.advance(dump, Opcode::SetItem, Opcode::SetItems)? {
                return Ok(None);
            }
            let Some(item) = &self.current else { continue };
            let (key, _) = pair(item, dump.vm)?;
            if let Some(open) = dump.awaited(key)? {
                let rest = self.rest(dump)?;
                dump.defer_items(open, target, rest)?;
                return Ok(None);
            }
            self.saving = Saving::Key;
            if let Some(frame) = dump.save(key)? {
                return Ok(Some(frame));
            }
        }
    }

    /// All pairs from the current one on; what has been written is closed.
    fn rest(&mut self, dump: &mut Dump<'_, '_>) -> PyResult<Vec<PyObjectRef>> {
        if self.batch.take().is_some() {
            dump.opcode(Opcode::SetItems);
        }
        let mut rest = Vec::new();
        rest.extend(self.current.take());
        rest.extend(self.ahead.take());
        while let Some(item) = self.draw(dump)? {
            pair(&item, dump.vm)?;
            rest.push(item);
        }
        Ok(rest)
    }

    pub(super) fn place(&self) -> Place {
        let current = self.current.as_deref();
        let key = || {
            let item = current?.downcast_ref::<PyTuple>()?;
            item.as_slice().first().cloned()
        };
        match self.saving {
            Saving::Nothing => Place::Nowhere,
            Saving::Key => key().map_or(Place::Nowhere, Place::Key),
            Saving::Value if self.pairs => key().map_or(Place::Nowhere, Place::Value),
            Saving::Value => Place::Index(self.count),
        }
    }
}

fn pair<'a>(
    item: &'a PyObject,
    vm: &VirtualMachine,
) -> PyResult<(&'a PyObjectRef, &'a PyObjectRef)> {
    match item.downcast_ref::<PyTuple>().map(|item| item.as_slice()) {
        Some([key, value]) => Ok((key, value)),
        _ => Err(vm.new_type_error("dict items iterator must return 2-tuples")),
    }
}

impl Dump<'_, '_> {
    /// Saves an object as a call, as built-in kinds are at protocols that have no opcode for them.
    pub(super) fn save_call(
        &mut self,
        object: &PyObject,
        callable: PyObjectRef,
        args: Vec<PyObjectRef>,
    ) -> PyResult<Option<Descent>> {
        let args: PyTupleRef = self.vm.ctx.new_tuple(args);
        let reduction = Reduction::call(callable, args.into());
        self.enter_reduction(object, reduction, false)
    }

    pub(super) fn enter_reduction(
        &mut self,
        object: &PyObject,
        reduction: Reduction,
        of_object: bool,
    ) -> PyResult<Option<Descent>> {
        let work = Box::new(ReductionWork::new(reduction, of_object));
        self.enter(Frame::new(object.to_owned(), Work::Reduction(work)))
    }
}
