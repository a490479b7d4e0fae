//! Equal strings as one.
//!
//! Whether equal strings are one object depends on what has been interned, which differs between
//! processes in the same state. So a dump by value writes each string once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;

use rustpython_vm::{AsObject, Py, PyObject, PyRef, PyResult, VirtualMachine, builtins::PyStr};

use crate::by_address::AddressHasher;

/// The first of the equal strings that have been met, by their hashes, which strings remember.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<usize, PyRef<PyStr>, BuildHasherDefault<AddressHasher>>);

impl Texts {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.0.values().for_each(|text| visit(text.as_object()));
    }

    /// The equal string that came before this one; `None` if there was none, or if it has made
    /// room for another one with the same hash.
    pub(crate) fn before(
        &mut self,
        text: &Py<PyStr>,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyRef<PyStr>>> {
        let hash = text.as_object().hash(vm)?;
        match self.0.entry(hash as usize) {
            Entry::Vacant(entry) => {
                entry.insert(text.to_owned());
                Ok(None)
            }
            Entry::Occupied(entry) if entry.get().as_bytes() == text.as_bytes() => {
                Ok(Some(entry.get().clone()))
            }
            Entry::Occupied(mut entry) => {
                entry.insert(text.to_owned());
                Ok(None)
            }
        }
    }
}
