//! What a dump is in the middle of: the entries of its explicit stack.

use rustpython_vm::{AsObject as _, PyObjectRef, PyResult, VirtualMachine, builtins::PyType};

use super::deferred::DeferredWork;
use super::dump::Dump;
use super::global::GlobalWork;
use super::items::{DictWork, FrozenSetWork, ListWork, SetWork, TupleWork};
use super::reduction::ReductionWork;
use crate::by_value::class;
use crate::wire::Opcode;

/// An object whose parts are being saved.
#[derive(Debug)]
pub(crate) struct Frame {
    object: PyObjectRef,
    work: Work,
}

/// What is left to do, by kind of object.
#[derive(Debug)]
pub(super) enum Work {
    List(ListWork),
    Tuple(TupleWork),
    Dict(DictWork),
    Set(SetWork),
    FrozenSet(FrozenSetWork),
    Reduction(Box<ReductionWork>),
    Global(Box<GlobalWork>),
    Deferred(Box<DeferredWork>),
    PersistentId { written: bool },
}

/// Whether somebody else has a reference to each of some objects.
fn all_shared<'a>(objects: &(impl Iterator<Item = &'a PyObjectRef> + Clone)) -> bool {
    // The same object may be there more than once.
    let held = |object: &PyObjectRef| objects.clone().filter(|other| other.is(object)).count();
    objects
        .clone()
        .all(|object| object.strong_count() > held(object))
}

/// The part of an object that is being saved.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// None of them.
    Nowhere,
    /// The object itself, in another form: a persistent id.
    Itself,
    /// An item at a position.
    Index(usize),
    /// The key itself.
    Key(PyObjectRef),
    /// The value at a key.
    Value(PyObjectRef),
    /// An element of a set.
    Element,
    /// An item of what `__reduce_ex__` returned.
    Reduced(usize),
    /// The state: its attributes.
    State,
}

/// There are frames to be worked off before the saving of an object can go on: those that `Dump::begun` has.
#[derive(Debug)]
#[must_use]
pub(super) struct Descent(());

impl Dump<'_, '_> {
    /// Begins an object that has parts.
    ///
    /// Most have but plain ones and are written at once, without a place on the stack of
    /// frames. A part with parts is not begun meanwhile, which bounds the native stack.
    pub(super) fn enter(&mut self, mut frame: Frame) -> PyResult<Option<Descent>> {
        self.late += usize::from(frame.is_late());
        if self.entering {
            self.begun.push(frame);
            return Ok(Some(Descent(())));
        }
        self.entering = true;
        let result = frame.step(self);
        self.entering = false;
        match result {
            Ok(None) => {
                self.let_go(frame);
                Ok(None)
            }
            Ok(descent) => {
                // The object comes before its part.
                let part = self.begun.pop();
                self.begun.push(frame);
                self.begun.extend(part);
                Ok(descent)
            }
            Err(exception) => {
                self.failed = Some(frame);
                Err(exception)
            }
        }
    }
}

impl Dump<'_, '_> {
    /// Drops a part that is saved, which may run foreign code if nobody else has it any more.
    #[inline]
    pub(super) fn let_part_go(&mut self, part: PyObjectRef) {
        match part.strong_count() > 1 {
            true => drop(part),
            false => self.foreign(|_| drop(part)),
        }
    }

    /// Drops a frame whose work is done, which may run foreign code.
    pub(super) fn let_go(&mut self, frame: Frame) {
        self.late -= usize::from(frame.is_late());
        match frame.is_shared() {
            true => drop(frame),
            false => self.foreign(|_| drop(frame)),
        }
    }
}

impl Frame {
    /// Whether somebody else has all that a frame whose work is done holds, so that nothing ends with it.
    fn is_shared(&self) -> bool {
        let object = core::iter::once(&self.object);
        match &self.work {
            Work::List(_) | Work::Tuple(_) => all_shared(&object),
            Work::Dict(work) => all_shared(&object.chain(work.parts())),
            Work::Reduction(work) => match work.parts() {
                Some(parts) => all_shared(&object.chain(parts)),
                None => false,
            },
            _ => false,
        }
    }

    /// Whether the object comes into the memo after its parts, so that these are walked again where they lead back to it.
    fn is_late(&self) -> bool {
        match &self.work {
            Work::Tuple(_) | Work::FrozenSet(_) => true,
            Work::Reduction(work) => work.is_late(),
            _ => false,
        }
    }

    pub(super) fn new(object: PyObjectRef, work: Work) -> Self {
        Self { object, work }
    }

    pub(super) fn persistent(id: PyObjectRef) -> Self {
        Self::new(id, Work::PersistentId { written: false })
    }

    /// Goes on until a part needs a frame of its own, or everything is written.
    pub(super) fn step(&mut self, dump: &mut Dump<'_, '_>) -> PyResult<Option<Descent>> {
        let object = &self.object;
        match &mut self.work {
            Work::List(work) => work.step(object, dump),
            Work::Tuple(work) => work.step(object, dump),
            Work::Dict(work) => work.step(object, dump),
            Work::Set(work) => work.step(object, dump),
            Work::FrozenSet(work) => work.step(object, dump),
            Work::Reduction(work) => work.step(object, dump),
            Work::Global(work) => work.step(object, dump),
            Work::Deferred(work) => work.step(object, dump),
            Work::PersistentId { written } => {
                if !*written {
                    *written = true;
                    dump.boundary()?;
                    if let Some(frame) = dump.save_plain(object)? {
                        return Ok(Some(frame));
                    }
                }
                dump.opcode(Opcode::BinPersId);
                Ok(None)
            }
        }
    }

    /// Whether it is one of the stages in which the attributes of a class are saved.
    pub(super) fn is_stage(&self) -> bool {
        class::is_stage(&self.object)
    }

    /// Whether it is a class that is saved by value.
    pub(super) fn is_class(&self) -> bool {
        self.object.downcastable::<PyType>() && matches!(self.work, Work::Reduction(_))
    }

    pub(super) fn place(&self) -> Place {
        match &self.work {
            Work::List(work) => work.place(),
            Work::Tuple(work) => work.place(),
            Work::Dict(work) => work.place(),
            Work::Set(work) => work.place(),
            Work::FrozenSet(work) => work.place(),
            Work::Reduction(work) => work.place(),
            Work::Global(_) => Place::Nowhere,
            Work::Deferred(work) => work.place(),
            Work::PersistentId { .. } => Place::Itself,
        }
    }

    /// What CPython notes on an exception that passes through here, innermost first.
    pub(super) fn notes(&self, vm: &VirtualMachine, emit: &mut dyn FnMut(String)) {
        let name = || super::dump::type_name(&self.object, vm);
        if let Work::Reduction(work) = &self.work {
            if let Some(part) = work.part() {
                emit(format!("when serializing {} {part}", name()));
            } else {
                self.note_place(vm, emit);
            }
            if work.is_of_object() {
                emit(format!("when serializing {} object", name()));
            }
        } else {
            self.note_place(vm, emit);
        }
    }

    fn note_place(&self, vm: &VirtualMachine, emit: &mut dyn FnMut(String)) {
        let name = || super::dump::type_name(&self.object, vm);
        match self.place() {
            Place::Index(index) => emit(format!("when serializing {} item {index}", name())),
            Place::Value(key) => {
                if let Ok(key) = key.repr(vm) {
                    emit(format!("when serializing {} item {key}", name()));
                }
            }
            Place::Element => emit(format!("when serializing {} element", name())),
            _ => {}
        }
    }
}
