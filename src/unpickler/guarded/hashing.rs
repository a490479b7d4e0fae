//! What hashing and comparing keys costs.

use std::collections::HashMap;

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, VirtualMachine,
    builtins::{PyBytes, PyInt, PyList, PyStr, PyTuple},
};

use super::probes::{ENDLESS, Probes};
use super::tag::{Handle, Id, Tag};
use super::{Guarded, Made};
use crate::limits::{Exceeded, Limit};

/// The steps that a load has taken, and the keys whose hashes its pickle could choose.
#[derive(Debug)]
pub(super) struct Hashing {
    steps: u64,
    most: u64,
    keys: HashMap<Id, Probes>,
}

impl Hashing {
    pub(super) fn new(most: u64) -> Self {
        Self {
            steps: 0,
            most,
            keys: HashMap::new(),
        }
    }

    fn exceeded(&self) -> Exceeded {
        Exceeded {
            which: Limit::HashSteps,
            limit: self.most,
        }
    }

    #[inline]
    fn charge(&mut self, steps: u64) -> Result<(), Exceeded> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > self.most {
            return Err(self.exceeded());
        }
        Ok(())
    }

    fn is_unlimited(&self) -> bool {
        self.most == u64::MAX
    }
}

impl Guarded<'_, '_> {
    /// Charges for the keys among items that a container is about to get: each `stride`th item.
    pub(super) fn hash_keys(&mut self, id: Id, items: &[Handle], stride: usize) -> Made<()> {
        if self.hashing.is_unlimited() {
            return Ok(());
        }
        let vm = self.vm();
        let mut chosen = Vec::new();
        for key in items.iter().step_by(stride) {
            let cost = self.nodes.cost(key.tag);
            self.hashing.charge(cost.into())?;
            if !has_secret(key, vm) {
                chosen.push((hash_of(&key.object, vm)?, cost));
            }
        }
        if chosen.is_empty() {
            return Ok(());
        }
        let mut probes = self.hashing.keys.remove(&id).unwrap_or_default();
        for (hash, cost) in chosen {
            self.probe(&mut probes, hash, cost)?;
        }
        self.hashing.keys.insert(id, probes);
        Ok(())
    }

    /// Charges for what a call is about to hash: the items of a list, or the first of each pair in it.
    pub(super) fn hash_items(&mut self, argument: &PyObject) -> Made<()> {
        if self.hashing.is_unlimited() {
            return Ok(());
        }
        let vm = self.vm();
        let Some(list) = argument.downcast_ref::<PyList>() else {
            return Ok(());
        };
        let items = list.borrow_vec().to_vec();
        let mut probes = Probes::default();
        let mut seen = HashMap::new();
        for item in items {
            // Pairs have two items, and whoever takes no pairs hashes both.
            let cost = cost_of(&item, &mut seen, self.hashing.most);
            self.hashing.charge(cost)?;
            for key in keys_of(&item) {
                if is_secret(&key, vm) {
                    continue;
                }
                if let Ok(hash) = hash_of(&key, vm) {
                    self.probe(&mut probes, hash, u32::try_from(cost).unwrap_or(u32::MAX))?;
                }
            }
        }
        Ok(())
    }

    fn probe(&mut self, probes: &mut Probes, hash: i64, cost: u32) -> Result<(), Exceeded> {
        if hash == ENDLESS {
            return Err(self.hashing.exceeded());
        }
        let (passed, equal) = probes.add(hash);
        // Keys with the same hash are compared.
        self.hashing
            .charge(passed.saturating_add(equal.saturating_mul(cost.into())))
    }
}

/// The item itself, and the first part of a pair.
fn keys_of(item: &PyObjectRef) -> Vec<PyObjectRef> {
    let mut keys = vec![item.clone()];
    if let Some(pair) = item.downcast_ref::<PyTuple>() {
        keys.extend(pair.as_slice().first().cloned());
    } else if let Some(pair) = item.downcast_ref::<PyList>() {
        keys.extend(pair.borrow_vec().first().cloned());
    }
    keys
}

/// How many objects a hash of a tuple visits, however often one is in it.
fn cost_of(object: &PyObjectRef, seen: &mut HashMap<usize, u64>, most: u64) -> u64 {
    // Depth first, parts before wholes; tuples have no cycles without a list or the like in between.
    let mut work = vec![(object.clone(), false)];
    while let Some((object, ready)) = work.pop() {
        let id = object.get_id();
        let Some(tuple) = object.downcast_ref::<PyTuple>() else {
            continue;
        };
        if seen.contains_key(&id) {
            continue;
        }
        let parts = tuple.as_slice();
        if ready {
            let cost = parts.iter().fold(1u64, |cost, part| {
                cost.saturating_add(seen.get(&part.get_id()).copied().unwrap_or(1))
            });
            seen.insert(id, cost.min(most));
        } else {
            work.push((object.clone(), true));
            work.extend(parts.iter().map(|part| (part.clone(), false)));
        }
    }
    seen.get(&object.get_id()).copied().unwrap_or(1)
}

/// Whether a pickle can't choose what a key's hash is.
fn has_secret(key: &Handle, vm: &VirtualMachine) -> bool {
    match key.tag {
        // These have no hash.
        Tag::List(_) | Tag::Dict(_) | Tag::Set(_) => true,
        // By address.
        Tag::Global(_) => true,
        Tag::Leaf | Tag::Fixed { .. } | Tag::Made(..) | Tag::Foreign => is_secret(&key.object, vm),
    }
}

fn is_secret(key: &PyObject, vm: &VirtualMachine) -> bool {
    key.downcast_ref_if_exact::<PyStr>(vm).is_some()
        || key.downcast_ref_if_exact::<PyBytes>(vm).is_some()
        || vm.is_none(key)
}

fn hash_of(key: &PyObject, vm: &VirtualMachine) -> Made<i64> {
    // The hash of a small integer is itself; -1 is not far from it.
    if let Some(int) = key.downcast_ref_if_exact::<PyInt>(vm)
        && let Some(value) = int.as_bigint().to_i64()
        && (0..1 << 60).contains(&value)
    {
        return Ok(value);
    }
    Ok(key.hash(vm)?)
}
