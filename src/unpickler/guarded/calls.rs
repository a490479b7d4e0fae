//! What a pickle may call, with what.

use std::vec::Drain;

use rustpython_vm::{
    AsObject, PyObjectRef,
    builtins::{
        PyByteArray, PyBytes, PyDict, PyFrozenSet, PyInt, PyList, PySet, PyStr, PyTuple, PyType,
    },
    common::rc::PyRc,
};

use super::tag::{Handle, OWN_HASH, Tag};
use super::view::LiveView;
use super::{Guarded, Made};
use crate::machine::Model as _;
use crate::policy::{Forbidden, Grant, Refusal, Right, StandIn};

/// The memory that an argument itself takes.
const ARGUMENT: u64 = 64;

/// So many bytes of arguments take what weighs at all as long again.
const LONG: u64 = 400;

/// No grant: of what a call has made that is not for the pickle to change.
pub(super) const NO_GRANT: u16 = u16::MAX;

impl Guarded<'_, '_> {
    /// `REDUCE`.
    pub(super) fn call(&mut self, callable: &Handle, args: Handle) -> Made {
        if self.trusted {
            let object = self
                .live
                .reduce(callable.object.clone(), args.object.clone())?;
            return self.made_of(object, core::slice::from_ref(&args), 0);
        }
        let grant = self.callable(callable, Refusal::UnknownCallable)?;
        let tuple = args.object.downcast_ref::<PyTuple>();
        let items = tuple.map_or(&[][..], |tuple| tuple.as_slice());
        let hashed = self.check_arguments(&grant, items, None)?;
        if grant.entry.is_stand_in() && tuple.is_some() {
            return self.stand_in(callable, args);
        }
        let object = self
            .live
            .reduce(callable.object.clone(), args.object.clone())?;
        self.made_of(object, core::slice::from_ref(&args), hashed)
    }

    /// `NEWOBJ` and `NEWOBJ_EX`.
    pub(super) fn make(&mut self, class: &Handle, args: Handle, kwargs: Option<Handle>) -> Made {
        let mut hashed = 0;
        if !self.trusted {
            let grant = self.callable(class, Refusal::NotAClass)?;
            let tuple = args.object.downcast_ref::<PyTuple>();
            let items = tuple.map_or(&[][..], |tuple| tuple.as_slice());
            let stand_in = grant.entry.is_stand_in() && tuple.is_some() && kwargs.is_none();
            if grant.entry.is_function() || !(stand_in || class.object.downcastable::<PyType>()) {
                return Err(about(&grant, Refusal::NotAClass).into());
            }
            let keywords = kwargs.as_ref().map(|kwargs| &kwargs.object);
            hashed = self.check_arguments(&grant, items, keywords)?;
            if stand_in {
                return self.stand_in(class, args);
            }
        }
        let (class, kwargs_object) = (
            class.object.clone(),
            kwargs.as_ref().map(|kwargs| kwargs.object.clone()),
        );
        let object = self
            .live
            .new_object(class, args.object.clone(), kwargs_object)?;
        match kwargs {
            Some(kwargs) => self.made_of(object, &[args, kwargs], hashed),
            None => self.made_of(object, &[args], hashed),
        }
    }

    /// `OBJ` and `INST`.
    pub(super) fn make_classic(&mut self, class: &Handle, args: Drain<'_, Handle>) -> Made {
        let parts: Vec<Handle> = args.as_slice().to_vec();
        let mut hashed = 0;
        if !self.trusted {
            let grant = self.callable(class, Refusal::NotAClass)?;
            let objects: Vec<PyObjectRef> = parts.iter().map(|part| part.object.clone()).collect();
            hashed = self.check_arguments(&grant, &objects, None)?;
            if grant.entry.is_stand_in() {
                let args = Handle {
                    object: self.vm().ctx.new_tuple(objects).into(),
                    tag: self.fixed(&parts)?,
                };
                return self.stand_in(class, args);
            }
        }
        let class = class.object.clone();
        let object = self
            .live
            .instance_of(&class, super::objects(args).collect())?;
        self.made_of(object, &parts, hashed)
    }

    /// The grant of what a pickle calls.
    fn callable(&self, callable: &Handle, unknown: Refusal) -> Made<PyRc<Grant>> {
        let Tag::Global(number) = callable.tag else {
            return Err(match self.names_globals() {
                true => unknown.into(),
                false => Refusal::DataOnly.into(),
            });
        };
        let grant = &self.grants[usize::from(number)];
        if grant.entry.right() < Right::Call {
            return Err(about(grant, Refusal::NotCallable).into());
        }
        Ok(grant.clone())
    }

    /// Checks the arguments of a call; returns how many steps it takes to hash what it hashes of them.
    fn check_arguments(
        &mut self,
        grant: &PyRc<Grant>,
        arguments: &[PyObjectRef],
        keywords: Option<&PyObjectRef>,
    ) -> Made<u64> {
        let named = keywords.and_then(|keywords| keywords.downcast_ref::<PyDict>());
        if named.is_some_and(|named| named.__len__() > 0) && !grant.entry.keywords() {
            let refusal = Refusal::Arguments("there may be no keyword arguments".to_owned());
            return Err(about(grant, refusal).into());
        }
        let checked = grant.entry.arguments().check(arguments, &LiveView(self));
        if let Err(rule) = checked {
            return Err(about(grant, Refusal::Arguments(rule)).into());
        }
        // A call may copy its arguments, and a pickle may pass the same ones again and again.
        let copied: u64 = arguments
            .iter()
            .chain(keywords)
            .map(|argument| ARGUMENT + size_of(argument))
            .sum();
        self.purse.charge(copied + u64::from(grant.entry.takes()))?;
        let weight = u64::from(grant.entry.counts_as());
        if weight > 1 {
            // The opcode itself has been counted.
            self.calls.charge(weight * (1 + copied / LONG) - 1)?;
        }
        let mut hashed = 0u64;
        if grant.entry.is_hashing() {
            for argument in arguments {
                hashed = hashed.saturating_add(self.hash_items(argument, grant)?);
            }
        }
        Ok(hashed)
    }

    fn stand_in(&mut self, callable: &Handle, args: Handle) -> Made {
        let Tag::Global(number) = callable.tag else {
            return Err(Refusal::UnknownCallable.into());
        };
        let (depth, cost) = self.measure(core::slice::from_ref(&args));
        let depth = self.check_depth(depth.saturating_add(1))?;
        let tag = Tag::Made(number, self.nodes.add(depth, cost));
        let vm = self.vm();
        let object = match callable.object.downcast_ref::<StandIn>() {
            Some(stand_in) => stand_in.called(args.object, vm),
            None => return Err(Refusal::UnknownCallable.into()),
        };
        Ok(Handle { object, tag })
    }

    /// The result of a call, for which as many steps of hashing were taken as it takes to compare it.
    fn made_of(&mut self, object: PyObjectRef, args: &[Handle], hashed: u64) -> Made {
        if self.trusted {
            return Ok(self.foreign(object));
        }
        // What nobody else holds is this load's to change, if its class is listed.
        let class = object.class().to_owned();
        let grant = match object.strong_count() {
            1 => self.grant_of(class.as_object()),
            _ => None,
        };
        let weight = grant.as_ref().map_or(1, |grant| grant.entry.counts_as());
        let number = match grant {
            Some(grant) if grant.entry.right() == Right::Call => self.number(grant)?,
            _ => NO_GRANT,
        };
        let (depth, cost) = self.measure(args);
        let depth = self.check_depth(depth.saturating_add(1))?;
        if let Some(set) = object.downcast_ref::<PyFrozenSet>() {
            self.hashing
                .note(set.as_object(), set.elements().len(), hashed);
        }
        let hashed = u32::try_from(hashed).unwrap_or(u32::MAX);
        let own = OWN_HASH.saturating_mul(weight);
        let cost = cost.saturating_add(own).saturating_add(hashed);
        let id = self.nodes.add(depth, cost);
        Ok(Handle {
            object,
            tag: Tag::Made(number, id),
        })
    }
}

/// A refusal of something about a global.
pub(super) fn about(grant: &Grant, refusal: Refusal) -> Forbidden {
    Forbidden::global(&grant.module, &grant.name, refusal)
}

/// How much memory a copy of an object takes, without its parts.
pub(super) fn size_of(object: &PyObjectRef) -> u64 {
    let items = |count: usize, each: u64| count as u64 * each;
    if let Some(bytes) = object.downcast_ref::<PyBytes>() {
        items(bytes.as_bytes().len(), 1)
    } else if let Some(text) = object.downcast_ref::<PyStr>() {
        items(text.as_bytes().len(), 1)
    } else if let Some(int) = object.downcast_ref::<PyInt>() {
        int.as_bigint().bits() / 8
    } else if let Some(list) = object.downcast_ref::<PyList>() {
        items(list.borrow_vec().len(), 64)
    } else if let Some(tuple) = object.downcast_ref::<PyTuple>() {
        items(tuple.as_slice().len(), 64)
    } else if let Some(dict) = object.downcast_ref::<PyDict>() {
        items(dict.__len__(), 64)
    } else if let Some(set) = object.downcast_ref::<PySet>() {
        items(set.elements().len(), 64)
    } else if let Some(bytes) = object.downcast_ref::<PyByteArray>() {
        items(bytes.borrow_buf().len(), 1)
    } else {
        0
    }
}
