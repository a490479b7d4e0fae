//! How deep a graph is whose depth the load itself could not tell.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef,
    builtins::{PyFunction, PyModule, PyType},
};

use super::foreign::Foreign;
use crate::by_address::ByAddress;
use crate::limits::{Exceeded, Limit, Purse};
use crate::release::parts;

/// Finds the longest way into a graph, from any of its roots, that meets no object twice, where the way back of a cycle
/// does not count: as far as a release by recursion goes.
///
/// The memory that this takes, which is less than the graph's, is charged to a purse if there is one. What is somebody else's ends a way, but for the persistent id that may be in it.
pub(super) fn check<'r>(
    roots: impl Iterator<Item = &'r PyObject>,
    foreign: &ByAddress<Foreign>,
    most: u64,
    purse: Option<&Purse>,
) -> Result<(), Exceeded> {
    // The depth of what is known; 0 while its parts are being looked at.
    let mut depths: ByAddress<u64> = ByAddress::default();
    for root in roots {
        let id = root.get_id();
        if !ends_here(root) && !depths.contains_key(&id) {
            depths.insert(id, 0);
            check_from(root, &mut depths, foreign, most, purse)?;
        }
    }
    Ok(())
}

fn check_from(
    root: &PyObject,
    depths: &mut ByAddress<u64>,
    foreign: &ByAddress<Foreign>,
    most: u64,
    purse: Option<&Purse>,
) -> Result<(), Exceeded> {
    let exceeded = Exceeded {
        which: Limit::NestingDepth,
        limit: most,
    };
    let charge = |bytes| purse.map_or(Ok(()), |purse| purse.charge(bytes));
    let mut way = vec![Visit::new(root.to_owned(), foreign)];
    charge(way[0].memory())?;
    while let Some(visit) = way.last_mut() {
        let Some(part) = visit.parts.pop() else {
            let depth = visit.depth + u64::from(visit.is_whole);
            if depth > most {
                return Err(exceeded);
            }
            depths.insert(visit.object.get_id(), depth);
            way.pop();
            if let Some(whole) = way.last_mut() {
                whole.depth = whole.depth.max(depth);
            }
            continue;
        };
        if ends_here(&part) {
            continue;
        }
        match depths.get(&part.get_id()) {
            Some(depth) => visit.depth = visit.depth.max(*depth),
            None => {
                if way.len() as u64 > most.saturating_add(1) {
                    return Err(exceeded);
                }
                depths.insert(part.get_id(), 0);
                let visit = Visit::new(part, foreign);
                charge(visit.memory())?;
                way.push(visit);
            }
        }
    }
    Ok(())
}

struct Visit {
    object: PyObjectRef,
    parts: Vec<PyObjectRef>,
    depth: u64,
    is_whole: bool,
}

impl Visit {
    fn new(object: PyObjectRef, foreign: &ByAddress<Foreign>) -> Self {
        let parts = match foreign.get(&object.get_id()) {
            Some(foreign) => foreign.id.iter().cloned().collect(),
            None => parts(&object),
        };
        Self {
            is_whole: !parts.is_empty(),
            object,
            parts,
            depth: 0,
        }
    }

    /// How much memory is taken to look at it.
    fn memory(&self) -> u64 {
        48 + 8 * self.parts.len() as u64
    }
}

/// Whether an object is none that a pickle makes.
pub(super) fn ends_here(object: &PyObject) -> bool {
    object.downcastable::<PyType>()
        || object.downcastable::<PyModule>()
        || object.downcastable::<PyFunction>()
}
