//! What a payload refers to, behind a lock.

use rustpython_vm::{
    PyObject, PyObjectRef,
    common::lock::PyMutex,
    object::{Traverse, TraverseFn},
};

/// Something that owns references to objects.
pub(crate) trait References: Default {
    /// Visits each reference once.
    fn visit(&self, visit: &mut dyn FnMut(&PyObject));
}

/// What a payload refers to, behind a lock that is never held while Python code
/// can run.
#[derive(Debug, Default)]
pub(crate) struct Held<T>(PyMutex<T>);

impl<T: References> Held<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(PyMutex::new(value))
    }

    /// Reads or changes the value. `access` must not run Python code, so it hands out
    /// what it replaces instead of dropping it.
    #[inline]
    pub(crate) fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
        access(&mut self.0.lock())
    }
}

// SAFETY: `References::visit` visits each owned reference once. Where the lock is taken the
// references are not visited, which only keeps objects alive.
unsafe impl<T: References> Traverse for Held<T> {
    fn traverse(&self, visit: &mut TraverseFn<'_>) {
        if let Some(value) = self.0.try_lock() {
            value.visit(visit);
        }
    }

    fn clear(&mut self, out: &mut Vec<PyObjectRef>) {
        let value = core::mem::take(self.0.get_mut());
        // Dropping the value drops no object: `out` has them all.
        value.visit(&mut |object| out.push(object.to_owned()));
    }
}
