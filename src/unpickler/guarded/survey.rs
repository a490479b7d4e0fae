//! What objects cost to hash and how deep they are of which only the objects are at hand: what a call hashes, what
//! earlier loads have left, and what a host's handler of persistent ids returns.
//!
//! What is hashed with an object is known for the kinds that RustPython hashes itself, and is taken to be everything that is in it
//! for all others: never less than what hashing takes, whoever has made the object.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, TryFromBorrowedObject as _, VirtualMachine,
    builtins::{
        PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMemoryView, PyRange, PySet,
        PySlice, PyStr, PyTuple,
    },
    protocol::PyBuffer,
};

use super::Guarded;
use super::depth::ends_here;
use super::tag::{OWN_HASH, steps};
use crate::by_address::ByAddress;
use crate::limits::Exceeded;
use crate::policy::{Kind, StandIn};

/// What is known of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// How deep it is.
    pub(super) depth: u16,
    /// How many steps it takes to hash it, or to compare it with an equal one: one for each object that is visited,
    /// as often as it is, and more for long ones.
    pub(super) cost: u64,
}

/// The wholes that have been looked at, by their addresses; they are held, so that no address is another object's.
pub(super) type Known = ByAddress<(PyObjectRef, Measure)>;

/// The steps that looking at an object takes.
const VISIT: u64 = 10;

/// The memory that an entry of [`Known`] takes.
const ENTRY: u64 = 64;
/// And one of a list of parts.
const PART: u64 = 16;

/// A whole whose parts are being looked at.
struct Visit {
    object: PyObjectRef,
    parts: Vec<PyObjectRef>,
    count: usize,
    depth: u16,
    own: u64,
    cost: u64,
    /// Its hash is its address.
    by_address: bool,
}

impl Visit {
    fn take(&mut self, part: Measure) {
        self.depth = self.depth.max(part.depth);
        self.cost = self.cost.saturating_add(part.cost);
    }
}

impl Guarded<'_, '_> {
    /// How deep an object is and what it costs. Each whole is visited once for one `known`, so this takes no longer than hashing.
    ///
    /// A part that is on the way to itself counts as nothing: only what can't be hashed has cycles.
    pub(super) fn survey(
        &mut self,
        root: &PyObjectRef,
        known: &mut Known,
    ) -> Result<Measure, Exceeded> {
        if let Some(measure) = self.measured(root, known) {
            return Ok(measure);
        }
        let mut way = vec![self.visit(root, known)];
        let mut open = way[0].count as u64;
        let mut last = Measure::default();
        while let Some(visit) = way.last_mut() {
            let Some(part) = visit.parts.pop() else {
                let Some(visit) = way.pop() else { break };
                open -= visit.count as u64;
                last = self.finish(visit, known);
                if let Some(whole) = way.last_mut() {
                    whole.take(last);
                }
                continue;
            };
            match self.measured(&part, known) {
                Some(measure) => visit.take(measure),
                None => {
                    self.hashing.pass(VISIT)?;
                    let visit = self.visit(&part, known);
                    open += visit.count as u64;
                    self.reserve(known.len() as u64 * ENTRY + open * PART)?;
                    way.push(visit);
                }
            }
        }
        Ok(last)
    }

    /// What is known of an object without a look at its parts, or as it has none.
    fn measured(&self, object: &PyObject, known: &Known) -> Option<Measure> {
        if let Some(cost) = leaf_cost(object, self.vm()) {
            return Some(Measure { depth: 0, cost });
        }
        if ends_here(object) {
            return Some(Measure { depth: 0, cost: 1 });
        }
        let id = object.get_id();
        if let Some((_, measure)) = known.get(&id) {
            return Some(*measure);
        }
        self.foreign.get(&id).map(|foreign| foreign.measure)
    }

    fn visit(&self, object: &PyObjectRef, known: &mut Known) -> Visit {
        known.insert(object.get_id(), (object.clone(), Measure::default()));
        let parts = if let Some(set) = object.downcast_ref::<PyFrozenSet>() {
            set.elements()
        } else if let Some(range) = object.downcast_ref::<PyRange>() {
            let PyRange { start, stop, step } = &**range;
            [start, stop, step].map(|int| int.clone().into()).to_vec()
        } else if self.opens(object) {
            object.gc_get_referents()
        } else {
            Vec::new()
        };
        let vm = self.vm();
        let is_exact = |class| object.class().is(class);
        let types = &vm.ctx.types;
        let native = [
            types.tuple_type,
            types.frozenset_type,
            types.slice_type,
            types.range_type,
            types.list_type,
            types.dict_type,
            types.set_type,
        ];
        let own = if native.into_iter().any(is_exact) {
            1
        } else {
            let grant = self.grant_of(object.class().as_object());
            let weight = grant.map_or(1, |grant| grant.entry.counts_as());
            u64::from(OWN_HASH) * u64::from(weight) + u64::from(steps(bytes_of(object)))
        };
        Visit {
            by_address: own > 1 && is_hashed_by_address(object, vm),
            count: parts.len(),
            parts,
            object: object.clone(),
            depth: 0,
            own,
            cost: 0,
        }
    }

    fn finish(&self, visit: Visit, known: &mut Known) -> Measure {
        let parts = if visit.by_address { 0 } else { visit.cost };
        let cost = visit.own.saturating_add(parts);
        let measure = Measure {
            depth: visit.depth.saturating_add(u16::from(visit.count > 0)),
            cost: cost.max(self.hashing.costly(&visit.object)),
        };
        known.insert(visit.object.get_id(), (visit.object, measure));
        measure
    }

    /// Whether a load can have put something into an object: others are the host's own, and are not looked into.
    fn opens(&self, object: &PyObject) -> bool {
        is_plain(object)
            || object.downcastable::<StandIn>()
            || matches!(self.policy.kind, Kind::Custom(_))
            || self.grant_of(object.class().as_object()).is_some()
    }

    /// Charges for what is used for a while: as often as it is, it is one place in memory.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<(), Exceeded> {
        let more = bytes.saturating_sub(self.reserved);
        self.reserved += more;
        self.purse.charge(more)
    }
}

/// Whether an object is a container of those that pickles have opcodes for, or a slice.
pub(super) fn is_plain(object: &PyObject) -> bool {
    object.downcastable::<PyTuple>()
        || object.downcastable::<PyList>()
        || object.downcastable::<PyDict>()
        || object.downcastable::<PySet>()
        || object.downcastable::<PyFrozenSet>()
        || object.downcastable::<PySlice>()
}

/// How long the text, the bytes or the integer is that an object is.
fn bytes_of(object: &PyObject) -> usize {
    if let Some(text) = object.downcast_ref::<PyStr>() {
        text.as_bytes().len()
    } else if let Some(bytes) = object.downcast_ref::<PyBytes>() {
        bytes.as_bytes().len()
    } else if let Some(int) = object.downcast_ref::<PyInt>() {
        usize::try_from(int.as_bigint().bits() / 8).unwrap_or(usize::MAX)
    } else {
        0
    }
}

/// What an object costs that has no parts.
pub(super) fn leaf_cost(object: &PyObject, vm: &VirtualMachine) -> Option<u64> {
    let types = &vm.ctx.types;
    let leaves = [
        types.str_type,
        types.bytes_type,
        types.int_type,
        types.bool_type,
        types.float_type,
    ];
    if leaves.into_iter().any(|class| object.class().is(class)) {
        return Some(steps(bytes_of(object)).into());
    }
    if vm.is_none(object) || object.downcast_ref_if_exact::<PyFloat>(vm).is_some() {
        return Some(1);
    }
    let view = object.downcastable::<PyMemoryView>();
    view.then(|| view_cost(object, vm).into())
}

/// What it costs to hash what is in a buffer.
pub(super) fn view_cost(object: &PyObject, vm: &VirtualMachine) -> u32 {
    match PyBuffer::try_from_borrowed_object(vm, object) {
        Ok(buffer) => steps(buffer.desc.len),
        // It can't be hashed either.
        Err(_) => OWN_HASH,
    }
}

/// Whether a class has the hash of `object`.
fn is_hashed_by_address(object: &PyObject, vm: &VirtualMachine) -> bool {
    let name = vm.ctx.intern_str("__hash__");
    let inherited = vm.ctx.types.object_type.get_attr(name);
    match (object.class().get_attr(name), inherited) {
        (Some(hash), Some(inherited)) => hash.is(&inherited),
        _ => false,
    }
}

/// Whether a pickle can't choose what an object's hash is.
pub(super) fn is_secret(key: &PyObject, vm: &VirtualMachine) -> bool {
    key.downcast_ref_if_exact::<PyStr>(vm).is_some()
        || key.downcast_ref_if_exact::<PyBytes>(vm).is_some()
        || vm.is_none(key)
}
