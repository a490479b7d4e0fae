//! What a pickle may change: what this load has made, and of what the list says how.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, VirtualMachine,
    builtins::{PyDict, PyList, PySet, PyStr, PyTuple},
    common::rc::PyRc,
};

use super::calls::{NO_GRANT, about, size_of};
use super::tag::{Handle, Id, Tag};
use super::view::LiveView;
use super::{Guarded, Made};
use crate::machine::Model as _;
use crate::policy::{Grant, ItemRule, Refusal, StandIn, StateRule, cut};

impl Guarded<'_, '_> {
    /// Whether an object takes items as a list does; returns its number.
    #[inline]
    pub(super) fn check_list(&self, target: &Handle) -> Made<Id> {
        match target.tag {
            Tag::List(id) => Ok(id),
            tag => self.check_other(tag, target, ItemRule::List),
        }
    }

    /// Whether an object takes items as a dict does; returns its number.
    #[inline]
    pub(super) fn check_dict(&self, target: &Handle) -> Made<Id> {
        match target.tag {
            Tag::Dict(id) => Ok(id),
            tag => self.check_other(tag, target, ItemRule::Dict),
        }
    }

    /// Whether an object takes items as a set does; returns its number.
    #[inline]
    pub(super) fn check_set(&self, target: &Handle) -> Made<Id> {
        match target.tag {
            Tag::Set(id) => Ok(id),
            tag => self.check_other(tag, target, ItemRule::Set),
        }
    }

    #[cold]
    fn check_other(&self, tag: Tag, target: &Handle, rule: ItemRule) -> Made<Id> {
        match tag {
            Tag::Made(number, id) if number != NO_GRANT => {
                let grant = &self.grants[usize::from(number)];
                if grant.entry.item_rule() == rule {
                    return Ok(id);
                }
                let reason = Refusal::Items("its instances get no such items".to_owned());
                Err(about(grant, reason).into())
            }
            Tag::Foreign(id) => Ok(id),
            // A trusted pickle may try it: with what has no items of its own.
            _ if self.trusted => Ok(Id::MAX),
            tag => Err(Refusal::Items(self.not_ours(tag, target)).into()),
        }
    }

    /// Why a pickle may not change an object.
    fn not_ours(&self, tag: Tag, target: &Handle) -> String {
        let class = target.object.class().name().to_string();
        match tag {
            Tag::Global(number) => {
                let Grant { module, name, .. } = &*self.grants[usize::from(number)];
                format!("{module}.{name} may not be changed")
            }
            Tag::Foreign(_) => format!("this load has not made the {class}"),
            Tag::Fixed { .. } if takes_items(&target.object) => {
                format!("this load has not made the {class}")
            }
            Tag::Made(..) => format!("this {class} may not be changed"),
            _ => format!("a {class} takes no such items"),
        }
    }

    /// `BUILD`.
    pub(super) fn give_state(&mut self, target: &Handle, state: Handle) -> Made<()> {
        let grown = core::slice::from_ref(&state);
        if self.trusted {
            self.grow(target, grown)?;
            return Ok(self.live.build(&target.object, state.object)?);
        }
        let Tag::Made(number, _) = target.tag else {
            return Err(Refusal::State(self.not_ours(target.tag, target)).into());
        };
        if number == NO_GRANT {
            return Err(Refusal::State(self.not_ours(target.tag, target)).into());
        }
        self.grow(target, grown)?;
        // What is in the state is copied, and a pickle may give the same one again and again.
        self.purse.charge(size_of_state(&state.object))?;
        let grant = self.grants[usize::from(number)].clone();
        self.check_state(&grant, &target.object, &state.object)?;
        if let Some(stand_in) = target.object.downcast_ref::<StandIn>() {
            drop(stand_in.build(state.object));
            return Ok(());
        }
        Ok(self.live.build(&target.object, state.object)?)
    }

    fn check_state(&self, grant: &PyRc<Grant>, target: &PyObject, state: &PyObject) -> Made<()> {
        let vm = self.vm();
        let refuse = |reason: String| Err(about(grant, Refusal::State(reason)).into());
        // A stand-in keeps the state and does nothing with it.
        let stand_in = grant.entry.is_stand_in();
        let setstate = target.class().get_attr(vm.ctx.intern_str("__setstate__"));
        match grant.entry.state_rule() {
            StateRule::Refused => refuse("its instances get no state".to_owned()),
            StateRule::SetState(shape) => {
                if setstate.is_none() && !stand_in {
                    return refuse("its class has no __setstate__".to_owned());
                }
                match shape.accepts(&state.to_owned(), &LiveView(self)) {
                    true => Ok(()),
                    false => refuse(format!("the state has to be {shape}")),
                }
            }
            StateRule::Attributes | StateRule::Fields(_) => {
                if setstate.is_some() {
                    return refuse("its class has a __setstate__, which is not listed".to_owned());
                }
                if let StateRule::Fields(shape) = grant.entry.state_rule()
                    && !shape.accepts(&state.to_owned(), &LiveView(self))
                {
                    return refuse(format!("the state has to be {shape}"));
                }
                match attributes_fault(state, vm) {
                    None => Ok(()),
                    Some(reason) => refuse(reason),
                }
            }
        }
    }
}

/// Whether an object could be changed by whoever has made it.
fn takes_items(object: &PyObject) -> bool {
    object.downcastable::<PyList>()
        || object.downcastable::<PyDict>()
        || object.downcastable::<PySet>()
}

/// How much memory a copy of a state takes: of itself, or of the two parts that it has.
fn size_of_state(state: &PyObjectRef) -> u64 {
    let parts = state.downcast_ref::<PyTuple>();
    let parts = parts.map_or(&[][..], |parts| parts.as_slice());
    size_of(state).saturating_add(parts.iter().map(size_of).sum())
}

/// What is wrong with a state that is to become attributes: a dict, or a dict and one for slots.
fn attributes_fault(state: &PyObject, vm: &VirtualMachine) -> Option<String> {
    let parts = match state.downcast_ref::<PyTuple>().map(|pair| pair.as_slice()) {
        Some([state, slots]) => [Some(state.as_object()), Some(slots.as_object())],
        _ => [Some(state), None],
    };
    for part in parts.into_iter().flatten() {
        if vm.is_none(part) {
            continue;
        }
        let Some(part) = part.downcast_ref_if_exact::<PyDict>(vm) else {
            return Some("the state has to be a dict".to_owned());
        };
        for key in part.keys_vec() {
            let name = key.downcast_ref_if_exact::<PyStr>(vm);
            match name.and_then(|name| name.to_str()) {
                None => return Some("the names of attributes have to be strings".to_owned()),
                Some(name) if name.starts_with("__") && name.ends_with("__") => {
                    return Some(format!("the attribute {:?} may not be set", cut(name)));
                }
                Some(_) => {}
            }
        }
    }
    None
}
