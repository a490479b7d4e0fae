//! Repairs of types that exist only once their native module has been imported.
//!
//! Importing `array` or `time` for their sake would make `import pickle` slow. Instead the
//! interpreter gets definitions of these modules that repair what the original ones have made.

use std::collections::BTreeMap;

use rustpython_vm::{
    Py, PyResult, VirtualMachine,
    builtins::{PyModule, PyModuleDef, PyModuleSlots},
    common::{lock::PyMutex, static_cell},
};

use super::{array, struct_sequence, zone_info};

type Repair = fn(&Py<PyModule>, &VirtualMachine) -> PyResult<()>;

const REPAIRS: [(&str, Repair); 9] = [
    ("_thread", struct_sequence::repair_module),
    ("_zoneinfo", zone_info::repair),
    ("array", array::repair),
    ("grp", struct_sequence::repair_module),
    ("nt", struct_sequence::repair_module),
    ("posix", struct_sequence::repair_module),
    ("pwd", struct_sequence::repair_module),
    ("resource", struct_sequence::repair_module),
    ("time", struct_sequence::repair_module),
];

/// A module's definition with ours, which repairs.
struct Watched {
    original: &'static PyModuleDef,
    repairing: &'static PyModuleDef,
    repair: Repair,
}

static_cell! {
    // All that the process has: definitions live for ever, so there is one for each original.
    static WATCHED: PyMutex<Vec<Watched>>;
}

/// Makes an interpreter that is being built repair modules when it imports them.
pub(crate) fn watch(defs: &mut BTreeMap<&'static str, &'static PyModuleDef>) {
    for (name, repair) in REPAIRS {
        if let Some(def) = defs.get_mut(name) {
            *def = repairing(def, repair);
        }
    }
}

fn repairing(original: &'static PyModuleDef, repair: Repair) -> &'static PyModuleDef {
    let mut all = WATCHED.get_or_init(PyMutex::default).lock();
    let known = all.iter().find(|watched| {
        core::ptr::eq(watched.original, original) || core::ptr::eq(watched.repairing, original)
    });
    if let Some(known) = known {
        return known.repairing;
    }
    let repairing = Box::leak(Box::new(PyModuleDef {
        name: original.name,
        doc: original.doc,
        methods: original.methods,
        slots: PyModuleSlots {
            create: original.slots.create,
            exec: Some(exec),
        },
    }));
    all.push(Watched {
        original,
        repairing,
        repair,
    });
    repairing
}

fn exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
    // The lock must not be held while modules import each other.
    let watched = {
        let all = WATCHED.get_or_init(PyMutex::default).lock();
        all.iter()
            .find(|watched| {
                module
                    .def
                    .is_some_and(|def| core::ptr::eq(watched.repairing, def))
            })
            .map(|watched| (watched.original, watched.repair))
    };
    let Some((original, repair)) = watched else {
        return Ok(());
    };
    original.exec_module(vm, module)?;
    repair(module, vm)
}
