//! What the keys are of which only the objects are at hand, and what they cost.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, VirtualMachine,
    builtins::{PyBytes, PyFloat, PyFrozenSet, PyInt, PyList, PyStr, PyTuple},
};

use super::tag::{OWN_HASH, steps};

/// The item itself, and the first part of a pair.
pub(super) fn keys_of(item: &PyObjectRef, in_pairs: bool) -> Vec<PyObjectRef> {
    let mut keys = vec![item.clone()];
    if !in_pairs {
        return keys;
    }
    if let Some(pair) = item.downcast_ref::<PyTuple>() {
        keys.extend(pair.as_slice().first().cloned());
    } else if let Some(pair) = item.downcast_ref::<PyList>() {
        keys.extend(pair.borrow_vec().first().cloned());
    }
    keys
}

/// How many steps it takes to hash an object or to compare it with an equal one: one for each object that is
/// visited, however often one is in it, and more for long ones.
///
/// It visits each object once, so it takes no longer than that.
pub(super) fn cost_of(object: &PyObjectRef, seen: &mut HashMap<usize, u64>, most: u64) -> u64 {
    // Depth first, parts before wholes; tuples have no cycles without a list or the like in between.
    let mut work = vec![(object.clone(), false)];
    while let Some((object, ready)) = work.pop() {
        let id = object.get_id();
        if seen.contains_key(&id) {
            continue;
        }
        let Some(parts) = parts_of(&object) else {
            seen.insert(id, own_cost(&object));
            continue;
        };
        if ready {
            let cost = parts.iter().fold(1u64, |cost, part| {
                cost.saturating_add(seen.get(&part.get_id()).copied().unwrap_or(1))
            });
            seen.insert(id, cost.min(most));
        } else {
            work.push((object, true));
            work.extend(parts.into_iter().map(|part| (part, false)));
        }
    }
    seen.get(&object.get_id()).copied().unwrap_or(1)
}

/// What is hashed with an object.
fn parts_of(object: &PyObject) -> Option<Vec<PyObjectRef>> {
    if let Some(tuple) = object.downcast_ref::<PyTuple>() {
        return Some(tuple.as_slice().to_vec());
    }
    let set = object.downcast_ref::<PyFrozenSet>()?;
    Some(set.elements())
}

/// What an object without parts costs.
fn own_cost(object: &PyObject) -> u64 {
    let bytes = if let Some(text) = object.downcast_ref::<PyStr>() {
        text.as_bytes().len()
    } else if let Some(bytes) = object.downcast_ref::<PyBytes>() {
        bytes.as_bytes().len()
    } else if let Some(int) = object.downcast_ref::<PyInt>() {
        usize::try_from(int.as_bigint().bits() / 8).unwrap_or(usize::MAX)
    } else if object.downcastable::<PyFloat>() || object.downcastable::<PyList>() {
        0
    } else {
        return OWN_HASH.into();
    };
    steps(bytes).into()
}

/// Whether a pickle can't choose what an object's hash is.
pub(super) fn is_secret(key: &PyObject, vm: &VirtualMachine) -> bool {
    key.downcast_ref_if_exact::<PyStr>(vm).is_some()
        || key.downcast_ref_if_exact::<PyBytes>(vm).is_some()
        || vm.is_none(key)
}
