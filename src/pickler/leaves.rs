//! Leaves: objects without parts that are written at once, and containers of nothing but these.
//!
//! To write a leaf asks nobody and runs no code but ours. So it can be done while a container is locked, without a reference of
//! its own to each item; whatever else there is ends that.

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult,
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

impl Dump<'_, '_> {
    /// How many bytes an object takes at most if it is a leaf; a large one goes past the frame and is none.
    #[inline]
    pub(super) fn size_of_leaf(&self, object: &PyObject) -> Option<usize> {
        let vm = self.vm;
        let types = &vm.ctx.types;
        let class = object.class();
        let length = if class.is(types.str_type) {
            object.downcast_ref_if_exact::<PyStr>(vm)?.as_bytes().len()
        } else if class.is(types.int_type) {
            let int = object.downcast_ref_if_exact::<PyInt>(vm)?;
            int.as_bigint().to_i32()?;
            0
        } else if class.is(types.float_type)
            || class.is(types.none_type)
            || class.is(types.bool_type)
        {
            0
        } else if class.is(types.bytes_type) {
            object
                .downcast_ref_if_exact::<PyBytes>(vm)?
                .as_bytes()
                .len()
        } else {
            return None;
        };
        (length < FRAME_SIZE_TARGET).then_some(length + HEADER)
    }

    /// Writes an object if it is a leaf, and there is room for it in the frame.
    #[inline]
    pub(super) fn save_leaf(&mut self, object: &PyObject) -> PyResult<bool> {
        let vm = self.vm;
        if let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) {
            let utf8 = text.as_bytes();
            if utf8.len() >= FRAME_SIZE_TARGET || self.output.is_due() {
                return Ok(false);
            }
            if self.save_known(object)? {
                return Ok(true);
            }
            self.save_str(text)?;
        } else if self.output.is_due() {
            return Ok(false);
        } else if let Some(int) = object.downcast_ref_if_exact::<PyInt>(vm) {
            let Some(value) = int.as_bigint().to_i32() else {
                return Ok(false);
            };
            self.write_int(value);
        } else if let Some(float) = object.downcast_ref_if_exact::<PyFloat>(vm) {
            self.save_float(float)?;
        } else if vm.is_none(object) {
            self.opcode(Opcode::None);
        } else if object.is(&vm.ctx.true_value) {
            self.opcode(Opcode::NewTrue);
        } else if object.is(&vm.ctx.false_value) {
            self.opcode(Opcode::NewFalse);
        } else if let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) {
            if bytes.as_bytes().len() >= FRAME_SIZE_TARGET {
                return Ok(false);
            }
            if self.save_known(object)? {
                return Ok(true);
            }
            self.save_short_bytes(bytes)?;
        } else {
            return Ok(false);
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
        match object.downcast_ref_if_exact::<PyTuple>(self.vm) {
            Some(tuple) => self.save_inner_tuple(tuple),
            None => Ok(self.save_leaf(object)? || self.save_known(object)?),
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
        let opcode = match items.len() {
            0 => return Ok(false),
            1 => Opcode::Tuple1,
            2 => Opcode::Tuple2,
            3 => Opcode::Tuple3,
            _ => Opcode::Tuple,
        };
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

    /// The same for a tuple in a container that is locked.
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
        let (mut saved, mut key, mut going) = (0, None, true);
        let mut result = Ok(());
        dict.payload().traverse(&mut |object| {
            if !going || saved == length {
                return;
            }
            if key.is_none() && closes {
                self.output.boundary();
            }
            let before = (self.output.len(), self.memo.len());
            match (self.save_small(object), key) {
                (Ok(true), None) => key = Some(before),
                (Ok(true), Some(_)) => {
                    key = None;
                    saved += 1;
                    if length > 1 && saved.is_multiple_of(BATCH_SIZE) {
                        self.opcode(Opcode::SetItems);
                        self.opcode(Opcode::Mark);
                    }
                }
                (Ok(false), _) => going = false,
                (Err(error), _) => (going, result) = (false, Err(error)),
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

    /// Writes the elements of a set of leaves whose own opcode is written; `false` if there is something else in it.
    ///
    /// Frames are closed meanwhile, so that nothing of it can be taken back.
    pub(super) fn save_set_of_leaves(&mut self, set: &Py<PySet>) -> PyResult<bool> {
        // Who is told of closed frames may look at the set.
        if !self.closes_quietly() {
            return Ok(false);
        }
        let (mut seen, mut is_leaf) = (0, true);
        set.payload().traverse(&mut |element| {
            seen += 1;
            is_leaf = is_leaf && self.size_of_leaf(element).is_some();
        });
        // Nothing is seen while somebody else writes to it.
        if seen == 0 || !is_leaf {
            return Ok(false);
        }
        let (mut saved, mut result) = (0usize, Ok(true));
        set.payload().traverse(&mut |element| {
            if matches!(result, Ok(true)) {
                if saved.is_multiple_of(BATCH_SIZE) {
                    if saved > 0 {
                        self.opcode(Opcode::AddItems);
                    }
                    self.opcode(Opcode::Mark);
                }
                self.output.boundary();
                result = self.save_leaf(element);
                saved += 1;
            }
        });
        if !result? || saved != seen {
            let message = "set changed size during iteration";
            return Err(self.vm.new_runtime_error(message));
        }
        self.opcode(Opcode::AddItems);
        // As for dicts, an empty batch follows at exact multiples.
        if saved.is_multiple_of(BATCH_SIZE) {
            self.opcode(Opcode::Mark);
            self.opcode(Opcode::AddItems);
        }
        Ok(true)
    }
}
