//! What hashing and comparing keys costs.
//!
//! RustPython keeps the hashes of strings and of frozensets, and works out all others anew each time; none is counted
//! as kept, since who compares keys looks at all of them again.

use std::collections::HashMap;

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, PyObject, VirtualMachine,
    builtins::{PyDict, PyInt, PyList},
};

use super::keys::{cost_of, is_secret, keys_of};
use super::probes::{ENDLESS, Probes};
use super::tag::{Handle, Id, Tag};
use super::{Guarded, Made};
use crate::limits::{Exceeded, Limit};

/// The steps that a load has taken, and the keys whose hashes its pickle could choose.
#[derive(Debug)]
pub(super) struct Hashing {
    steps: u64,
    most: u64,
    keys: Vec<Probes>,
    /// What those frozensets cost that cost far more than their items say, by their addresses.
    costly: HashMap<usize, u64>,
}

/// So few keys that are cheap to compare cost nothing to speak of, whatever their hashes.
const FEW: usize = 16;
/// What a key costs that is cheap to compare.
const CHEAP: u32 = 8;

impl Hashing {
    pub(super) fn new(most: u64) -> Self {
        Self {
            steps: 0,
            most,
            keys: Vec::new(),
            costly: HashMap::new(),
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

    /// Keeps in mind what a frozenset of so many items costs.
    pub(super) fn note(&mut self, set: &PyObject, items: usize, cost: u64) {
        if cost / 8 > items as u64 {
            self.costly.insert(set.get_id(), cost);
        }
    }

    fn is_unlimited(&self) -> bool {
        self.most == u64::MAX
    }

    /// Charges for the search for a key among others.
    fn probe(&mut self, probes: &mut Probes, hash: i64, cost: u32) -> Result<(), Exceeded> {
        if hash == ENDLESS {
            return Err(self.exceeded());
        }
        let (passed, equal) = probes.add(hash);
        // Keys with the same hash are compared.
        self.charge(passed.saturating_add(equal.saturating_mul(cost.into())))
    }
}

impl Guarded<'_, '_> {
    /// Charges for the keys among items that a container is about to get: each `stride`th item. It has
    /// been given so many before.
    #[inline]
    pub(super) fn hash_keys(
        &mut self,
        id: Id,
        before: usize,
        items: &[Handle],
        stride: usize,
    ) -> Made<()> {
        if self.hashing.is_unlimited() {
            return Ok(());
        }
        let (mut cost, mut most, mut open) = (0u64, 0, false);
        for key in items.iter().step_by(stride) {
            let of_key = self.nodes.cost(key.tag);
            cost = cost.saturating_add(of_key.into());
            most = most.max(of_key);
            open |= !has_secret(key, self.live.vm);
        }
        self.hashing.charge(cost)?;
        if !open {
            return Ok(());
        }
        let few = before + items.len() / stride <= FEW && most <= CHEAP;
        self.probe_keys(id, few, items, stride)
    }

    /// As [`hash_keys`](Self::hash_keys), where a pickle can choose the hash of some key.
    fn probe_keys(&mut self, id: Id, few: bool, items: &[Handle], stride: usize) -> Made<()> {
        let mut probes = match self.nodes.keys(id) {
            Some(number) => core::mem::take(&mut self.hashing.keys[number]),
            None => Probes::default(),
        };
        let vm = self.vm();
        for key in items.iter().step_by(stride) {
            if has_secret(key, vm) {
                continue;
            }
            let hash = hash_of(&key.object, vm)?;
            if !few {
                let cost = self.nodes.cost(key.tag);
                self.hashing.probe(&mut probes, hash, cost)?;
            } else if hash == ENDLESS {
                return Err(self.hashing.exceeded().into());
            }
        }
        match self.nodes.keys(id) {
            Some(number) => self.hashing.keys[number] = probes,
            None if few => {}
            None => {
                self.nodes.set_keys(id, self.hashing.keys.len());
                self.hashing.keys.push(probes);
            }
        }
        Ok(())
    }

    /// Charges for the items of a frozenset; returns what that was.
    pub(super) fn hash_fixed(&mut self, items: &[Handle]) -> Made<u32> {
        if self.hashing.is_unlimited() {
            return Ok(1);
        }
        let vm = self.vm();
        let before = self.hashing.steps;
        self.hashing.charge(1)?;
        let mut probes = Probes::default();
        for item in items {
            let cost = self.nodes.cost(item.tag);
            self.hashing.charge(cost.into())?;
            if !has_secret(item, vm) {
                let hash = hash_of(&item.object, vm)?;
                self.hashing.probe(&mut probes, hash, cost)?;
            }
        }
        Ok(u32::try_from(self.hashing.steps - before).unwrap_or(u32::MAX))
    }

    /// Charges for what a call is about to hash: the keys of a dict, or the items of a list or the first of each
    /// pair in it. Returns what that was.
    pub(super) fn hash_items(&mut self, argument: &PyObject) -> Made<u64> {
        if self.hashing.is_unlimited() {
            return Ok(0);
        }
        let vm = self.vm();
        let (items, in_pairs) = if let Some(list) = argument.downcast_ref::<PyList>() {
            (list.borrow_vec().to_vec(), true)
        } else if let Some(dict) = argument.downcast_ref::<PyDict>() {
            (dict.keys_vec(), false)
        } else {
            return Ok(0);
        };
        let before = self.hashing.steps;
        let mut probes = Probes::default();
        let mut seen = self.hashing.costly.clone();
        for item in items {
            // Pairs have two items, and whoever takes no pairs hashes both.
            let cost = cost_of(&item, &mut seen, self.hashing.most);
            self.hashing.charge(cost)?;
            for key in keys_of(&item, in_pairs) {
                if is_secret(&key, vm) {
                    continue;
                }
                if let Ok(hash) = hash_of(&key, vm) {
                    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
                    self.hashing.probe(&mut probes, hash, cost)?;
                }
            }
        }
        Ok(self.hashing.steps - before)
    }
}

/// Whether a pickle can't choose what a key's hash is.
#[inline]
fn has_secret(key: &Handle, vm: &VirtualMachine) -> bool {
    match key.tag {
        Tag::Leaf { secret, .. } => secret,
        // These have no hash.
        Tag::List(_) | Tag::Dict(_) | Tag::Set(_) => true,
        // By address.
        Tag::Global(_) => true,
        Tag::Fixed { .. } => false,
        Tag::Made(..) | Tag::Foreign => is_secret(&key.object, vm),
    }
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
