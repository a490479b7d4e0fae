//! Equal strings as one.
//!
//! Whether equal strings are one object depends on what has been interned, which differs between
//! processes in the same state. So a dump by value writes each string once.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use rustpython_vm::{AsObject, Py, PyObject, PyRef, builtins::PyStr};

/// The first of the equal strings that have been met.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashSet<Text>);

impl Texts {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.0.iter().for_each(|text| visit(text.0.as_object()));
    }

    /// The string that is written for a string.
    pub(crate) fn first<'t>(&'t mut self, text: &'t Py<PyStr>) -> &'t PyObject {
        if !self.0.contains(text.as_bytes()) {
            self.0.insert(Text(text.to_owned()));
        }
        let first = self.0.get(text.as_bytes());
        first.map_or(text, |first| &first.0).as_object()
    }
}

/// A string by its content.
#[derive(Debug)]
struct Text(PyRef<PyStr>);

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes() == other.0.as_bytes()
    }
}

impl Eq for Text {}
