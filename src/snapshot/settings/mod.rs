//! What a session has set in the library: the state of `random`, warnings filters and the like.

mod context;
mod copyreg;
mod entries;
mod library;

use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};

use super::modules::Division;

/// A part of one setting, as it is pickled: what the report calls it, and its value.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) label: String,
    pub(super) value: PyObjectRef,
}

impl Part {
    fn new(label: impl Into<String>, value: PyObjectRef) -> Self {
        let label = label.into();
        Self { label, value }
    }
}

/// Puts a setting back as it was. It holds what it needs: by then, other modules may go by the names of the library's.
pub(super) type Undo = Box<dyn FnOnce(&VirtualMachine) -> PyResult<()>>;

/// One thing that a session can set, and that is saved and restored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Its name in snapshots and reports.
    pub(super) name: &'static str,
    /// What is to be saved of it; nothing if its module has not been imported.
    pub(super) capture: fn(&Division, &VirtualMachine) -> PyResult<Vec<Part>>,
    /// Sets it to what was saved. What the session that makes way has set, goes.
    pub(super) apply: fn(&[PyObjectRef], &Scene, &VirtualMachine) -> PyResult<()>,
    /// How to put it back as it is now.
    pub(super) undo: fn(&VirtualMachine) -> PyResult<Undo>,
}

/// The modules before and after those of the session have been replaced.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) before: Division,
    pub(super) now: Division,
}

/// Under which name reports have the settings, among the modules.
pub(super) const SETTINGS_NAME: &str = "<settings>";

/// What is restored before the library is imported: where that is found.
pub(super) const FIRST: [Setting; 1] = [library::PATH];

/// What is restored when all globals are there, in this order.
pub(super) const LAST: [Setting; 9] = [
    library::RECURSION_LIMIT,
    library::RANDOM,
    library::DECIMAL,
    library::WARNINGS,
    copyreg::DISPATCH_TABLE,
    copyreg::EXTENSIONS,
    context::VARIABLES,
    entries::CLASSES,
    entries::OTHERS,
];

pub(super) fn is_known(name: &str) -> bool {
    let mut settings = FIRST.iter().chain(&LAST);
    settings.any(|setting| setting.name == name)
}

fn nothing_to_undo() -> Undo {
    Box::new(|_| Ok(()))
}

fn pair_of(pair: &PyObjectRef) -> Option<(PyObjectRef, PyObjectRef)> {
    let pair = pair.downcast_ref::<rustpython_vm::builtins::PyTuple>()?;
    match pair.as_slice() {
        [first, second] => Some((first.clone(), second.clone())),
        _ => None,
    }
}
