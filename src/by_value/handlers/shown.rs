//! Reading what native objects keep to themselves.
//!
//! Most of RustPython's iterators have fields that no method tells. Their `Debug` output has them,
//! with that of the objects they refer to in between, and the garbage collector lists these objects
//! in the same order. Both together give the state without touching it. Nothing is guessed: what
//! does not read exactly as expected is refused.

use core::fmt::{self, Write};
use std::collections::VecDeque;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyTuple},
};

use super::answer::refuse;

/// How long the text of an object may be, in bytes. An iterator over an array shows the array.
const MAX_LENGTH: usize = 64 << 20;

/// How much of the native stack showing an object may take, in bytes: objects that lead back to
/// themselves through native ones are shown without end.
const MAX_STACK: usize = 192 << 10;

/// Reads an object's state by `read`, from its `Debug` output without the brackets around it, and
/// from the objects that the garbage collector knows it to refer to.
pub(super) fn read_shown<T>(
    object: &PyObject,
    vm: &VirtualMachine,
    read: impl FnOnce(&mut Shown<'_>) -> Option<T>,
) -> PyResult<T> {
    let mut referents = VecDeque::from(object.gc_get_referents());
    // What Python code has given the object comes first: its class, its attributes, its slots.
    let heap_class = object.class().heaptype_ext.is_some();
    if heap_class {
        referents.pop_front();
    }
    if let (Some(dict), Some(first)) = (object.dict(), referents.front())
        && first.is(&dict)
    {
        referents.pop_front();
    }
    if heap_class {
        referents.drain(..slots_in_use(object, vm)?.min(referents.len()));
    }
    read_shown_with(object, referents, vm, read)
}

/// How many slots of an object have values.
fn slots_in_use(object: &PyObject, vm: &VirtualMachine) -> PyResult<usize> {
    let state = vm.call_method(object, "__getstate__", ())?;
    let slots = match state
        .downcast_ref::<PyTuple>()
        .map(|state| state.as_slice())
    {
        Some([_, slots]) => slots.downcast_ref::<PyDict>().map(|slots| slots.__len__()),
        _ => None,
    };
    Ok(slots.unwrap_or_default())
}

/// The same with other objects than those that it is known to refer to.
pub(super) fn read_shown_with<T>(
    object: &PyObject,
    referents: impl Into<VecDeque<PyObjectRef>>,
    vm: &VirtualMachine,
    read: impl FnOnce(&mut Shown<'_>) -> Option<T>,
) -> PyResult<T> {
    let referents = referents.into();
    let state = show(object).and_then(|text| {
        let mut shown = Shown {
            rest: payload(&text)?,
            referents,
        };
        let state = read(&mut shown)?;
        (shown.rest.is_empty() && shown.referents.is_empty()).then_some(state)
    });
    match state {
        Some(state) => Ok(state),
        None => refuse(object, "its state can't be read", vm),
    }
}

/// What is left to read of an object.
pub(super) struct Shown<'a> {
    rest: &'a str,
    referents: VecDeque<PyObjectRef>,
}

impl Shown<'_> {
    pub(super) fn text(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// The next of the objects that are referred to.
    pub(super) fn object(&mut self) -> Option<PyObjectRef> {
        let object = self.referents.pop_front()?;
        self.text(&show(&object)?)?;
        Some(object)
    }

    /// An object that is shown without the brackets around it.
    pub(super) fn typed_object(&mut self) -> Option<PyObjectRef> {
        let object = self.referents.pop_front()?;
        self.text(payload(&show(&object)?)?)?;
        Some(object)
    }

    pub(super) fn iterator(&mut self) -> Option<PyObjectRef> {
        self.between("PyIter(", Self::object, ")")
    }

    pub(super) fn char(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let char = chars.next()?;
        self.rest = chars.as_str();
        Some(char)
    }

    /// What comes before the next occurrence of a text, which is passed over as well.
    pub(super) fn until(&mut self, end: &str) -> Option<&str> {
        let (before, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(before)
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        digits.parse().ok()
    }

    pub(super) fn bool(&mut self) -> Option<bool> {
        match self.text("true") {
            Some(()) => Some(true),
            None => self.text("false").map(|()| false),
        }
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.text("None") {
            Some(()) => Some(None),
            None => self.between("Some(", read, ")").map(Some),
        }
    }

    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.text("[")?;
        let mut items = Vec::new();
        while self.text("]").is_none() {
            if !items.is_empty() {
                self.text(", ")?;
            }
            items.push(read(self)?);
        }
        Some(items)
    }

    pub(super) fn in_mutex<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.between("Mutex { data: ", read, " }")
    }

    pub(super) fn in_lock<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.between("RwLock { data: ", read, " }")
    }

    pub(super) fn in_cell<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.between("AtomicCell { value: ", read, " }")
    }

    pub(super) fn between<T>(
        &mut self,
        before: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
        after: &str,
    ) -> Option<T> {
        self.text(before)?;
        let value = read(self)?;
        self.text(after)?;
        Some(value)
    }
}

fn payload(text: &str) -> Option<&str> {
    text.strip_prefix("[PyObject ")?.strip_suffix(']')
}

/// An object's `Debug` output, if that has bounds. It runs no Python code.
pub(super) fn show(object: &PyObject) -> Option<String> {
    let mut bounded = Bounded {
        text: String::new(),
        stack: stack_position(),
    };
    write!(bounded, "{object:?}").ok()?;
    Some(bounded.text)
}

struct Bounded {
    text: String,
    stack: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let too_long = self.text.len() + text.len() > MAX_LENGTH;
        if too_long || self.stack.abs_diff(stack_position()) > MAX_STACK {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// About where the native stack ends just now.
#[inline(never)]
fn stack_position() -> usize {
    let here = 0_u8;
    core::ptr::from_ref(&here).addr()
}
