//! What this load has not made: objects of earlier loads, of persistent ids, and buffers.

use rustpython_vm::{AsObject, PyObjectRef};

use super::survey::{Known, Measure, is_plain, is_secret, leaf_cost, view_cost};
use super::tag::{Handle, OWN_HASH, Tag};
use super::{Guarded, Made};
use crate::limits::Exceeded;
use crate::machine::Memo;

/// An object that is somebody else's: what is in it is not the load's business, but for what the load itself has handed out.
#[derive(Debug)]
pub(super) struct Foreign {
    /// Held, so that its address is no other object's.
    pub(super) object: PyObjectRef,
    /// The persistent id that it was returned for, which may be in it.
    pub(super) id: Option<PyObjectRef>,
    pub(super) measure: Measure,
}

impl Guarded<'_, '_> {
    /// The memo of an earlier load, whose objects are somebody else's to this one.
    pub(crate) fn adopt(&mut self, memo: &Memo<PyObjectRef>) -> Result<Memo<Handle>, Exceeded> {
        let mut adopted = Memo::new();
        let mut known = Known::default();
        for (index, object) in memo.iter() {
            let handle = self.adopted(object.clone(), &mut known)?;
            adopted.put(index, handle);
        }
        Ok(adopted)
    }

    /// The object of an earlier load.
    fn adopted(&mut self, object: PyObjectRef, known: &mut Known) -> Result<Handle, Exceeded> {
        if let Some(Ok(number)) = self.grant_of(&object).map(|grant| self.number(grant)) {
            let tag = Tag::Global(number);
            return Ok(Handle { object, tag });
        }
        if self.trusted || (self.most_depth == u64::MAX && self.hashing.is_unlimited()) {
            return Ok(self.foreign(object));
        }
        let measure = self.survey(&object, known)?;
        self.deepest = self.deepest.max(measure.depth);
        Ok(self.measured_handle(object, measure))
    }

    /// An object that can't be changed, of which this is known.
    fn measured_handle(&self, object: PyObjectRef, measure: Measure) -> Handle {
        let Measure { depth, cost } = measure;
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let tag = Tag::Fixed {
            secret: depth == 0 && is_secret(&object, self.vm()),
            depth,
            cost,
        };
        Handle { object, tag }
    }

    /// What nothing is known of, as nothing is refused.
    pub(super) fn foreign(&mut self, object: PyObjectRef) -> Handle {
        self.strangers.push(object.clone());
        let tag = Tag::Foreign(self.nodes.add(0, 1));
        Handle { object, tag }
    }

    /// Makes what nothing is known of a part of what is somebody else's.
    pub(super) fn know_strangers(&mut self) {
        for object in core::mem::take(&mut self.strangers) {
            self.hold(object, None, Measure { depth: 0, cost: 1 });
        }
    }

    fn hold(&mut self, object: PyObjectRef, id: Option<PyObjectRef>, measure: Measure) {
        let foreign = Foreign {
            object,
            id,
            measure,
        };
        self.foreign.insert(foreign.object.get_id(), foreign);
    }

    /// What a host's handler returns for a persistent id: that may be the id itself, and the id may be in it.
    pub(super) fn resolved(&mut self, object: PyObjectRef, id: Handle) -> Made {
        if object.is(&id.object) {
            return Ok(id);
        }
        if self.trusted {
            return Ok(self.foreign(object));
        }
        let mut measure = self.survey(&object, &mut Known::default())?;
        if leaf_cost(&object, self.vm()).is_none() {
            let depth = self.nodes.depth(id.tag).saturating_add(1);
            let cost = u64::from(self.nodes.cost(id.tag)) + u64::from(OWN_HASH);
            measure.depth = self.check_depth(measure.depth.max(depth))?;
            measure.cost = measure.cost.max(cost);
            if !is_plain(&object) {
                self.hold(object.clone(), Some(id.object), measure);
            }
        }
        Ok(self.measured_handle(object, measure))
    }

    /// An out-of-band buffer, or a view of one, whose hash is that of its bytes.
    pub(super) fn buffer(&mut self, object: PyObjectRef) -> Handle {
        if self.trusted {
            return self.foreign(object);
        }
        let vm = self.vm();
        let leaf = leaf_cost(&object, vm);
        let cost = leaf.unwrap_or_else(|| view_cost(&object, vm).max(OWN_HASH).into());
        let measure = Measure { depth: 0, cost };
        if leaf.is_none() {
            self.hold(object.clone(), None, measure);
        }
        self.measured_handle(object, measure)
    }

    /// Everything that is held for its address.
    pub(super) fn take_held(&mut self) -> Vec<PyObjectRef> {
        let mut held = core::mem::take(&mut self.held);
        held.append(&mut self.strangers);
        for (_, foreign) in self.foreign.drain() {
            held.push(foreign.object);
            held.extend(foreign.id);
        }
        held.extend(self.hashing.take_costly());
        held
    }
}
