//! How the instances of the classes of an object are reduced.

use rustpython_vm::{AsObject as _, Py, PyObjectRef, builtins::PyType};

/// How the instances of a class are reduced.
#[derive(Clone)]
pub(super) enum Kind {
    /// As `object` does it: their attributes are their state.
    Default,
    /// By this `__reduce_ex__`.
    Method(PyObjectRef),
    /// Their content is not looked at.
    Opaque,
}

/// All classes of an object but those of plain data. They are few, and the next object is mostly of the same.
#[derive(Default)]
pub(super) struct Classes {
    kinds: Vec<(usize, Kind)>,
}

impl Classes {
    pub(super) fn add(&mut self, class: &Py<PyType>, kind: Kind) {
        if self.kind(class).is_none() {
            self.kinds.push((class.get_id(), kind));
        }
    }

    pub(super) fn kind(&self, class: &Py<PyType>) -> Option<&Kind> {
        let id = class.get_id();
        let mut kinds = self.kinds.iter();
        kinds.find(|(other, _)| *other == id).map(|(_, kind)| kind)
    }
}
