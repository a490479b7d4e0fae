//! Leaves: objects without parts that are written at once, and containers of nothing but these.
//!
//! To write a leaf asks nobody and runs no code but ours. So it can be done while a container is locked, without a reference of
//! its own to each item; whatever else there is ends that.

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBytes, PyDict, PyFloat, PyInt, PySet, PyStr, PyTuple},
    object::Traverse as _,
};

use super::Sink;
use super::dump::Dump;
use super::items::BATCH_SIZE;
use crate::wire::{FRAME_SIZE_TARGET, Opcode};

/// So many bytes a leaf takes beyond those of its text.
const HEADER: usize = 16;

/// Whether frames may be closed while leaves are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    WhereDue,
    Never,
}

/// The kinds of objects that are written without a look at their classes' methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Str,
    Int,
    Float,
    Tuple,
    None,
    Bool,
    Bytes,
    Other,
}

/// The addresses of their types, so that an object's is looked up once.
#[derive(Debug)]
pub(super) struct Kinds {
    str: usize,
    int: usize,
    float: usize,
    tuple: usize,
    none: usize,
    bool: usize,
    bytes: usize,
}

impl Kinds {
    pub(super) fn new(vm: &VirtualMachine) -> Self {
        let types = &vm.ctx.types;
        Self {
            str: types.str_type.get_id(),
            int: types.int_type.get_id(),
            float: types.float_type.get_id(),
            tuple: types.tuple_type.get_id(),
            none: types.none_type.get_id(),
            bool: types.bool_type.get_id(),
            bytes: types.bytes_type.get_id(),
        }
    }

    #[inline]
    fn of(&self, object: &PyObject) -> Kind {
        let class = object.class().get_id();
        if class == self.str {
            Kind::Str
        } else if class == self.int {
            Kind::Int
        } else if class == self.float {
            Kind::Float
        } else if class == self.tuple {
            Kind::Tuple
        } else if class == self.none {
            Kind::None
        } else if class == self.bool {
            Kind::Bool
        } else if class == self.bytes {
            Kind::Bytes
        } else {
            Kind::Other
        }
    }
}

/// What makes a tuple of some items, of which there is at least one, at a protocol that has leaves.
#[inline]
fn tuple_opcode(items: &[PyObjectRef]) -> Opcode {
    match items.len() {
        1 => Opcode::Tuple1,
        2 => Opcode::Tuple2,
        3 => Opcode::Tuple3,
        _ => Opcode::Tuple,
    }
}

impl Dump<'_, '_> {
    /// How many bytes an object takes at most if it is a leaf; a large one goes past the frame and is none.
    #[inline]
    pub(super) fn size_of_leaf(&self, object: &PyObject) -> Option<usize> {
        let vm = self.vm;
        let length = match self.kinds.of(object) {
            Kind::Str => object.downcast_ref_if_exact::<PyStr>(vm)?.as_bytes().len(),
            Kind::Int => {
                let int = object.downcast_ref_if_exact::<PyInt>(vm)?;
                int.as_bigint().to_i32()?;
                0
            }
            Kind::Float | Kind::None | Kind::Bool => 0,
            Kind::Bytes => {
                let bytes = object.downcast_ref_if_exact::<PyBytes>(vm)?;
                bytes.as_bytes().len()
            }
            Kind::Tuple | Kind::Other => return None,
        };
        (length < FRAME_SIZE_TARGET).then_some(length + HEADER)
    }

    /// Writes an object if it is a leaf, and there is room for it in the frame.
    #[inline]
    pub(super) fn save_leaf(&mut self, object: &PyObject) -> PyResult<bool> {
        self.save_leaf_of(self.kinds.of(object), object)
    }

    // Where the kind is known, nothing but the branch for it is left.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "it is the innermost loop of most dumps"
    )]
    fn save_leaf_of(&mut self, kind: Kind, object: &PyObject) -> PyResult<bool> {
        let vm = self.vm;
        if self.output.is_due() {
            return Ok(false);
        }
        match kind {
            Kind::Str => {
                let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) else {
                    return Ok(false);
                };
                let utf8 = text.as_bytes();
                if utf8.len() >= FRAME_SIZE_TARGET {
                    return Ok(false);
                }
                if !self.save_known(object)? {
                    self.write_str(utf8)?;
                    self.memoize_leaf(object)?;
                }
            }
            Kind::Int => {
                let int = object.downcast_ref_if_exact::<PyInt>(vm);
                let Some(value) = int.and_then(|int| int.as_bigint().to_i32()) else {
                    return Ok(false);
                };
                self.write_int(value);
            }
            Kind::Float => {
                let Some(float) = object.downcast_ref_if_exact::<PyFloat>(vm) else {
                    return Ok(false);
                };
                self.save_float(float)?;
            }
            Kind::None => self.opcode(Opcode::None),
            Kind::Bool => self.opcode(match object.is(&vm.ctx.true_value) {
                true => Opcode::NewTrue,
                false => Opcode::NewFalse,
            }),
            Kind::Bytes => {
                let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) else {
                    return Ok(false);
                };
                if bytes.as_bytes().len() >= FRAME_SIZE_TARGET {
                    return Ok(false);
                }
                if !self.save_known(object)? {
                    self.save_short_bytes(bytes)?;
                }
            }
            Kind::Tuple | Kind::Other => return Ok(false),
        }
        Ok(true)
    }

    /// Writes the leaves, and the tuples of leaves, with which items begin; returns how many.
    pub(super) fn save_leaves(&mut self, items: &[PyObjectRef]) -> PyResult<usize> {
        for (count, item) in items.iter().enumerate() {
            if !self.save_small(item)? {
                return Ok(count);
            }
        }
        Ok(items.len())
    }

    /// Writes a leaf, a tuple of leaves, or a reference to what is in the memo; `false` if it is something else, or the frame is due.
    #[inline]
    fn save_small(&mut self, object: &PyObject) -> PyResult<bool> {
        match self.kinds.of(object) {
            Kind::Tuple => match object.downcast_ref_if_exact::<PyTuple>(self.vm) {
                Some(tuple) => self.save_inner_tuple(tuple),
                None => Ok(false),
            },
            Kind::Other => self.save_known(object),
            kind => self.save_leaf_of(kind, object),
        }
    }

    /// Writes a reference to what is in the memo; `false` if it is not, or the frame is due.
    #[inline]
    fn save_known(&mut self, object: &PyObject) -> PyResult<bool> {
        // What only its container holds is not in the memo, which would hold it too.
        if object.strong_count() > 1
            && !self.output.is_due()
            && let Some(index) = self.memo.get(object)
        {
            self.write_get(index)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Writes a tuple of leaves that is not in the memo; `false` if there is something else in it, or no room for it.
    #[inline]
    pub(super) fn save_tuple_of_leaves(&mut self, tuple: &Py<PyTuple>) -> PyResult<bool> {
        let items = tuple.as_slice();
        if items.is_empty() {
            return Ok(false);
        }
        let opcode = tuple_opcode(items);
        if self.output.is_due() {
            return Ok(false);
        }
        let before = (self.output.len(), self.memo.len());
        if opcode == Opcode::Tuple {
            self.opcode(Opcode::Mark);
        }
        for item in items {
            if !self.save_leaf(item)? {
                self.take_back(before);
                return Ok(false);
            }
        }
        self.opcode(opcode);
        self.memoize(tuple.as_object())?;
        Ok(true)
    }

    /// Whether so many bytes can be written between two boundaries, or it does not matter where frames are closed meanwhile.
    #[inline]
    pub(super) fn has_room(&self, size: usize) -> bool {
        self.closes_quietly() || size <= self.output.room()
    }

    /// Closes the frame before an object, where it is due and nobody is told.
    #[inline]
    pub(super) fn edge(&mut self) {
        if self.closes_quietly() {
            self.output.boundary();
        }
    }

    /// Writes the empty tuple, which is in the memo only if whoever has that has put it there.
    pub(super) fn write_empty_tuple(&mut self) -> PyResult<()> {
        if self.settings.memo_owner.is_some()
            && let Some(index) = self.memo.get(self.vm.ctx.empty_tuple.as_object())
        {
            return self.write_get(index);
        }
        self.opcode(Opcode::EmptyTuple);
        Ok(())
    }

    /// Writes a tuple of what are leaves, by [`size_of_leaf`](Self::size_of_leaf), behind [`has_room`](Self::has_room).
    pub(super) fn save_leaf_tuple(&mut self, tuple: &Py<PyTuple>) -> PyResult<()> {
        let items = tuple.as_slice();
        if items.is_empty() {
            return self.write_empty_tuple();
        }
        let opcode = tuple_opcode(items);
        if self.save_known(tuple.as_object())? {
            return Ok(());
        }
        if opcode == Opcode::Tuple {
            self.opcode(Opcode::Mark);
        }
        for item in items {
            self.edge();
            if !self.save_leaf(item)? {
                let message = "an item of a tuple was a leaf, and is none any more";
                return Err(self.vm.new_runtime_error(message));
            }
        }
        self.opcode(opcode);
        self.memoize(tuple.as_object())
    }

    /// As [`save_tuple_of_leaves`](Self::save_tuple_of_leaves), of a tuple in a container that is locked.
    #[inline]
    pub(super) fn save_inner_tuple(&mut self, tuple: &Py<PyTuple>) -> PyResult<bool> {
        Ok(self.save_known(tuple.as_object())? || self.save_tuple_of_leaves(tuple)?)
    }

    /// Takes back what came after the output and the memo had these lengths. Whoever holds the container holds what was in it, so that
    /// nothing is dropped but references.
    pub(super) fn take_back(&mut self, before: (usize, usize)) {
        self.output.take_back(before.0);
        drop(self.memo.take_back(before.1));
    }

    /// Writes the items of leaves with which a dict begins, behind the mark for them, or one item without a mark if there is but
    /// that; returns how many these are. `Closing::Never` is for what may have to be taken back.
    pub(super) fn save_dict_leaves(
        &mut self,
        dict: &Py<PyDict>,
        length: usize,
        closing: Closing,
    ) -> PyResult<usize> {
        let size = dict.size();
        // Where items have been removed, the first ones are not at the first places.
        if size.entries_size != size.used {
            return Ok(0);
        }
        let closes = closing == Closing::WhereDue && self.closes_quietly();
        let (mut saved, mut key, mut going) = (0usize, None, length > 0);
        let mut result = Ok(());
        dict.payload().traverse(&mut |object| {
            if !going {
                return;
            }
            let Some(before) = key.take() else {
                if closes {
                    self.output.boundary();
                }
                let before = (self.output.len(), self.memo.len());
                match self.save_small(object) {
                    Ok(true) => key = Some(before),
                    Ok(false) => going = false,
                    Err(error) => (going, result) = (false, Err(error)),
                }
                return;
            };
            match self.save_small(object) {
                Ok(true) => {
                    saved += 1;
                    going = saved < length;
                    if length > 1 && saved.is_multiple_of(BATCH_SIZE) {
                        self.opcode(Opcode::SetItems);
                        self.opcode(Opcode::Mark);
                    }
                }
                Ok(false) => (going, key) = (false, Some(before)),
                Err(error) => (going, result) = (false, Err(error)),
            }
        });
        // A key without its value comes again.
        if let Some(before) = key {
            self.take_back(before);
        }
        result.map(|()| saved)
    }

    /// Whether nobody is told when a frame is closed.
    fn closes_quietly(&self) -> bool {
        matches!(self.sink, Sink::Memory) && self.settings.watch.is_none()
    }

    /// Writes the mark for a set's elements and the leaves with which they begin; returns how many these are, and the elements after
    /// them. `None` if nothing is written, because somebody is told of closed frames and may look at the set, or because there is
    /// nothing in it.
    pub(super) fn save_set_leaves(
        &mut self,
        set: &Py<PySet>,
    ) -> PyResult<Option<(usize, Vec<PyObjectRef>)>> {
        if !self.closes_quietly() {
            return Ok(None);
        }
        let (mut saved, mut rest, mut result) = (0usize, Vec::new(), Ok(()));
        set.payload().traverse(&mut |element| {
            if result.is_err() {
                return;
            }
            if !rest.is_empty() {
                rest.push(element.to_owned());
                return;
            }
            if saved == 0 {
                self.opcode(Opcode::Mark);
            }
            self.output.boundary();
            match self.save_small(element) {
                Ok(true) => {
                    saved += 1;
                    // As for dicts, an empty batch follows at exact multiples.
                    if saved.is_multiple_of(BATCH_SIZE) {
                        self.opcode(Opcode::AddItems);
                        self.opcode(Opcode::Mark);
                    }
                }
                Ok(false) => rest.push(element.to_owned()),
                Err(error) => result = Err(error),
            }
        });
        // Nothing is seen while somebody else writes to it.
        let is_any = saved > 0 || !rest.is_empty();
        result.map(|()| is_any.then_some((saved, rest)))
    }
}
