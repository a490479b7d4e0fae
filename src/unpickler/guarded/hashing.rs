//! What hashing and comparing keys costs.
//!
//! RustPython keeps the hashes of strings and of frozensets, and works out all others anew each time; none is counted
//! as kept, since who compares keys looks at all of them again.

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, VirtualMachine,
    builtins::{PyDict, PyInt, PyList, PyTuple},
};

use super::calls::about;
use super::probes::{ENDLESS, Probes};
use super::survey::{Known, is_secret};
use super::tag::{Handle, Id, Tag};
use super::{Guarded, Made};
use crate::by_address::ByAddress;
use crate::limits::{Clock, Exceeded, Limit};
use crate::policy::{Grant, Refusal};

/// The steps that a load has taken, and the keys whose hashes its pickle could choose.
#[derive(Debug)]
pub(super) struct Hashing {
    steps: u64,
    most: u64,
    clock: Clock,
    /// The steps since the clock was looked at.
    unseen: u64,
    keys: Vec<Probes>,
    /// What those frozensets cost that cost far more than their items say, by their addresses; they are held, so that no address is
    /// another object's.
    costly: ByAddress<(PyObjectRef, u64)>,
}

/// The clock is looked at once in so many steps, which take about a millisecond.
const LOOK_EVERY: u64 = 100_000;

/// So few keys that are cheap to compare cost nothing to speak of, whatever their hashes.
const FEW: usize = 16;
/// What a key costs that is cheap to compare.
const CHEAP: u32 = 8;

impl Hashing {
    pub(super) fn new(most: u64, clock: Clock) -> Self {
        Self {
            steps: 0,
            most,
            clock,
            unseen: 0,
            keys: Vec::new(),
            costly: ByAddress::default(),
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
        self.pass(steps)
    }

    /// Looks at the clock.
    pub(super) fn look(&mut self) -> Result<(), Exceeded> {
        self.unseen = 0;
        self.clock.look()
    }

    /// Looks at the clock once in so many steps.
    #[inline]
    pub(super) fn pass(&mut self, steps: u64) -> Result<(), Exceeded> {
        self.unseen = self.unseen.saturating_add(steps);
        if self.unseen < LOOK_EVERY {
            return Ok(());
        }
        self.look()
    }

    /// Keeps in mind what a frozenset of so many items costs.
    pub(super) fn note(&mut self, set: &PyObject, items: usize, cost: u64) {
        if cost / 8 > items as u64 {
            self.costly.insert(set.get_id(), (set.to_owned(), cost));
        }
    }

    /// What a frozenset costs at least.
    pub(super) fn costly(&self, set: &PyObject) -> u64 {
        self.costly.get(&set.get_id()).map_or(0, |(_, cost)| *cost)
    }

    /// What is held for its address.
    pub(super) fn take_costly(&mut self) -> impl Iterator<Item = PyObjectRef> + use<> {
        core::mem::take(&mut self.costly)
            .into_values()
            .map(|(set, _)| set)
    }

    pub(super) fn is_unlimited(&self) -> bool {
        self.most == u64::MAX
    }

    /// Charges for the search for a key among others.
    fn probe(&mut self, probes: &mut Probes, hash: i64, cost: u32) -> Result<(), Exceeded> {
        if hash == ENDLESS {
            return Err(self.exceeded());
        }
        let (passed, equal) = probes.add(hash);
        // Keys with the same hash are compared, and the comparison is as slow as the slower one's class makes it.
        let cost = probes.comparison(cost);
        let equal = equal.saturating_add(probes.unknown());
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
        let (mut before, mut items) = (before, items);
        // Sets of numbers.
        if matches!(items.first(), Some(key) if matches!(key.tag, Tag::Int(_)))
            && before + items.len() / stride > FEW
        {
            let dense = self.pass_dense(id, before, items, stride);
            self.hashing.charge(dense as u64)?;
            before += dense;
            items = &items[dense * stride..];
        }
        // Dicts with names as keys.
        let (mut next, mut sum) = (0, 0);
        while let Some(key) = items.get(next)
            && let Tag::Fixed {
                secret: true, cost, ..
            } = key.tag
        {
            sum += u64::from(cost);
            next += stride;
        }
        if next >= items.len() {
            return Ok(self.hashing.charge(sum)?);
        }
        let (mut cost, mut most, mut open) = (0u64, 0, false);
        for key in keys_of(items, stride) {
            let (of_key, secret) = match key.tag {
                Tag::Fixed { secret, cost, .. } => (cost, secret),
                Tag::Int(_) => (1, false),
                tag => (self.nodes.cost(tag), has_secret(key, self.live.vm)),
            };
            cost = cost.saturating_add(of_key.into());
            most = most.max(of_key);
            open |= !secret;
        }
        self.hashing.charge(cost)?;
        if !open {
            return Ok(());
        }
        let few = before + items.len() / stride <= FEW && most <= CHEAP;
        self.probe_keys(id, before, few, items, stride)
    }

    /// Passes over the integers with which keys begin, as long as they can't collide; returns how many.
    fn pass_dense(&mut self, id: Id, before: usize, items: &[Handle], stride: usize) -> usize {
        let mut probes = self.take_probes(id, before);
        let ints = |from: usize| {
            keys_of(&items[from * stride..], stride).map_while(|key| match key.tag {
                Tag::Int(value) => Some(value.into()),
                _ => None,
            })
        };
        let run = probes.add_run(ints(0));
        let dense = run + probes.add_dense(ints(run));
        self.keep_probes(id, probes);
        dense
    }

    /// What is known of the keys of a container that has been given so many before.
    fn take_probes(&mut self, id: Id, before: usize) -> Probes {
        match self.nodes.keys(id) {
            Some(number) => core::mem::take(&mut self.hashing.keys[number]),
            None => Probes::after(before.min(FEW)),
        }
    }

    fn keep_probes(&mut self, id: Id, probes: Probes) {
        if let Some(number) = self.nodes.keys(id) {
            self.hashing.keys[number] = probes;
        } else {
            self.nodes.set_keys(id, self.hashing.keys.len());
            self.hashing.keys.push(probes);
        }
    }

    /// As [`hash_keys`](Self::hash_keys), where a pickle can choose the hash of some key.
    fn probe_keys(
        &mut self,
        id: Id,
        before: usize,
        few: bool,
        items: &[Handle],
        stride: usize,
    ) -> Made<()> {
        let mut probes = self.take_probes(id, before);
        let vm = self.vm();
        for key in keys_of(items, stride) {
            if has_secret(key, vm) {
                continue;
            }
            let hash = hash_of_handle(key, vm)?;
            let cost = self.nodes.cost(key.tag);
            self.hashing.pass(cost.into())?;
            if !few {
                self.hashing.probe(&mut probes, hash, cost)?;
            } else if hash == ENDLESS {
                return Err(self.hashing.exceeded().into());
            }
        }
        if !few || self.nodes.keys(id).is_some() {
            self.keep_probes(id, probes);
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
                let hash = hash_of_handle(item, vm)?;
                self.hashing.probe(&mut probes, hash, cost)?;
            }
        }
        Ok(u32::try_from(self.hashing.steps - before).unwrap_or(u32::MAX))
    }

    /// Charges for what a call is about to hash: the keys of a dict, the items of a list, or the first of each pair in it if that is what
    /// the entry says. Returns what that was.
    ///
    /// All of it is charged before it is hashed to see whether it collides. An argument of another kind costs
    /// what everything in it does.
    pub(super) fn hash_items(&mut self, argument: &PyObjectRef, grant: &Grant) -> Made<u64> {
        let vm = self.vm();
        let (items, is_list) = if let Some(list) = argument.downcast_ref::<PyList>() {
            (list.borrow_vec().to_vec(), true)
        } else if let Some(dict) = argument.downcast_ref::<PyDict>() {
            (dict.keys_vec(), false)
        } else {
            (vec![argument.clone()], false)
        };
        let only_keys = is_list && grant.entry.is_hashing_keys();
        if only_keys && !items.iter().all(|item| first_of_pair(item, vm).is_some()) {
            let rule = "each item has to be a pair: a tuple or a list of two".to_owned();
            return Err(about(grant, Refusal::Arguments(rule)).into());
        }
        if self.hashing.is_unlimited() {
            return Ok(0);
        }
        self.reserve(ITEM * items.len() as u64)?;
        let before = self.hashing.steps;
        let mut probes = Probes::default();
        let mut known = Known::default();
        for item in items {
            let first = match is_list {
                true => first_of_pair(&item, vm),
                false => None,
            };
            // Whoever takes no pairs hashes both parts.
            let paid = first.as_ref().filter(|_| only_keys).unwrap_or(&item);
            let cost = self.survey(paid, &mut known)?.cost;
            self.hashing.charge(cost)?;
            let whole = (!only_keys).then_some(&item);
            for key in whole.into_iter().chain(first.as_ref()) {
                if is_secret(key, vm) {
                    continue;
                }
                if let Ok(hash) = hash_of(key, vm) {
                    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
                    self.hashing.probe(&mut probes, hash, cost)?;
                }
            }
        }
        Ok(self.hashing.steps - before)
    }
}

/// The keys among items: the first of each `stride`.
#[inline]
fn keys_of(items: &[Handle], stride: usize) -> impl Iterator<Item = &Handle> + Clone {
    items.chunks_exact(stride).map(|item| &item[0])
}

/// The memory that an item takes while it is looked at: here, and in a table of probes.
const ITEM: u64 = 48;

/// The first part of an item that is a pair.
fn first_of_pair(item: &PyObject, vm: &VirtualMachine) -> Option<PyObjectRef> {
    if let Some(pair) = item.downcast_ref_if_exact::<PyTuple>(vm) {
        return match pair.as_slice() {
            [first, _] => Some(first.clone()),
            _ => None,
        };
    }
    let pair = item.downcast_ref_if_exact::<PyList>(vm)?.borrow_vec();
    match &pair[..] {
        [first, _] => Some(first.clone()),
        _ => None,
    }
}

/// Whether a pickle can't choose what a key's hash is.
#[inline]
fn has_secret(key: &Handle, vm: &VirtualMachine) -> bool {
    match key.tag {
        Tag::Fixed { secret, .. } => secret,
        // These have no hash.
        Tag::List(_) | Tag::Dict(_) | Tag::Set(_) => true,
        // By address.
        Tag::Global(_) => true,
        Tag::Int(_) => false,
        Tag::Made(..) | Tag::Foreign(_) => is_secret(&key.object, vm),
    }
}

fn hash_of_handle(key: &Handle, vm: &VirtualMachine) -> Made<i64> {
    match key.tag {
        Tag::Int(value) => Ok(value.into()),
        _ => hash_of(&key.object, vm),
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
