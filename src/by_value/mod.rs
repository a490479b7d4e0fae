//! What CPython pickles by name or not at all, pickled by value: functions, classes, modules and
//! what they are made of; and handlers for objects that hold something of the process.
//!
//! A reducer here answers as `__reduce_ex__` does, with a tuple of a constructor, its arguments,
//! and a state with its setter. Constructors and setters are functions of the Python module
//! `rustpython_pickle`, so that plain `pickle.loads` reads such pickles back.

pub(crate) mod class;
pub(crate) mod function;
pub(crate) mod handlers;
mod rule;

pub(crate) use rule::Rule;

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

/// What a by-value dump knows and remembers; one per memo.
#[derive(Debug, Default)]
pub(crate) struct ByValue {
    /// Which objects go by value.
    pub(crate) rule: Rule,
    /// The dicts of globals that functions have been written with.
    pub(crate) namespaces: function::Namespaces,
    /// What handlers are told, and what they have done.
    pub(crate) handlers: handlers::Handlers,
}

impl ByValue {
    /// Reduces an object whose kind is pickled by name otherwise; `None` if it can be imported.
    pub(crate) fn reduce(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        if let Some(reduced) = function::reduce(self, object, vm)? {
            return Ok(Some(reduced));
        }
        class::reduce(self, object, vm)
    }

    /// Reduces an object that can't be pickled otherwise.
    pub(crate) fn handle(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        handlers::reduce(self, object, vm)
    }
}
