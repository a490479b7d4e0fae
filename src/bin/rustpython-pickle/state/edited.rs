//! Modules whose files have been edited since their session was saved.

use rustpython_pickle::snapshot::{Snapshot, register_source};
use rustpython_vm::{PyResult, VirtualMachine};
use std::fs;

/// A module and its file.
#[derive(Debug)]
pub(super) struct Edited {
    pub(super) module: String,
    pub(super) file: String,
}

/// The modules whose code comes from a file that has another text now. The program's own file is run again anyway.
pub(super) fn edited(snapshot: &Snapshot) -> Vec<Edited> {
    let mut edited = Vec::new();
    for module in &snapshot.report().modules {
        let Some(file) = &module.source else {
            continue;
        };
        let Some(saved) = snapshot.sources().get(file) else {
            continue;
        };
        // Of a file that is gone, or has another encoding, nothing can be said.
        if module.name != "__main__" && fs::read_to_string(file).is_ok_and(|now| now != *saved) {
            edited.push(Edited {
                module: module.name.clone(),
                file: file.clone(),
            });
        }
    }
    edited
}

/// Runs the module's code in it, as `importlib.reload` does.
pub(super) fn reload(edited: &Edited, vm: &VirtualMachine) -> PyResult<()> {
    // Tracebacks and the next snapshot take the text from here.
    if let Ok(text) = fs::read_to_string(&edited.file) {
        register_source(&edited.file, &text, vm)?;
    }
    let modules = vm.sys_module.get_attr("modules", vm)?;
    let module = modules.get_item(edited.module.as_str(), vm)?;
    let importlib = vm.import("importlib", 0)?;
    vm.call_method(&importlib, "reload", (module,)).map(drop)
}
