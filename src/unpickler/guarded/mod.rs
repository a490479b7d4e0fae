//! The model of live objects under a policy and limits.
//!
//! [`Guarded`] decides, and [`Live`] does. What a pickle can get at carries a [`Tag`](tag::Tag) that says
//! where it is from, so that it is known without a look at the object whether it may be
//! called or changed.

mod calls;
mod changes;
mod depth;
mod foreign;
mod globals;
mod hashing;
mod probes;
mod survey;
mod tag;
mod view;

use std::collections::HashMap;
use std::vec::Drain;

use rustpython_vm::{
    AsObject as _, PyObjectRef, VirtualMachine, builtins::PyBaseExceptionRef, common::rc::PyRc,
};

use self::foreign::Foreign;
use self::hashing::Hashing;
pub(crate) use self::tag::Handle;
use self::tag::{Id, Nodes, Tag, steps};
use super::exception::Raised;
use super::model::{FindClass, Live, LoadSettings, PersistentLoad};
use crate::by_address::ByAddress;
use crate::limits::{Exceeded, Gauge, Limit, Purse};
use crate::machine::{Memo, Model};
use crate::policy::{Forbidden, Grant, Policy, Refusal, StandIn, cut_bytes};
use crate::release::release_all;
use crate::wire::Opcode;

/// Why a guarded load has ended.
#[derive(Debug)]
pub(crate) enum Refused {
    Raised(PyBaseExceptionRef),
    Forbidden(Box<Forbidden>),
    Limit(Exceeded),
}

impl From<Raised> for Refused {
    fn from(Raised(exception): Raised) -> Self {
        Self::Raised(exception)
    }
}

impl From<PyBaseExceptionRef> for Refused {
    fn from(exception: PyBaseExceptionRef) -> Self {
        Self::Raised(exception)
    }
}

impl From<Exceeded> for Refused {
    fn from(exceeded: Exceeded) -> Self {
        Self::Limit(exceeded)
    }
}

impl From<Forbidden> for Refused {
    fn from(forbidden: Forbidden) -> Self {
        Self::Forbidden(Box::new(forbidden))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Forbidden::new(refusal).into()
    }
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Raised(exception) => Raised(exception.clone()).fmt(f),
            Self::Forbidden(forbidden) => forbidden.fmt(f),
            Self::Limit(exceeded) => exceeded.fmt(f),
        }
    }
}

type Made<T = Handle> = Result<T, Refused>;

/// Makes live objects as far as a policy and limits allow.
pub(crate) struct Guarded<'a, 'vm> {
    live: Live<'a, 'vm>,
    policy: Policy,
    trusted: bool,
    /// The globals that this load has named; tags hold their numbers.
    grants: Vec<PyRc<Grant>>,
    known: ByAddress<u16>,
    /// The same by the addresses of the objects, which the grants hold.
    granted: ByAddress<u16>,
    /// What a custom policy has said about names.
    decided: HashMap<(Box<str>, Box<str>), PyRc<Grant>>,
    nodes: Nodes,
    /// What has got parts after it was shared. As long as it is held here no drop goes through it, and so none goes deeper than
    /// the depths that are known.
    held: Vec<PyObjectRef>,
    /// What is somebody else's and nothing is known of.
    strangers: Vec<PyObjectRef>,
    /// What is somebody else's, by its address.
    foreign: ByAddress<Foreign>,
    hashing: Hashing,
    purse: Purse,
    /// How much memory was charged for what is used for a while.
    reserved: u64,
    calls: Purse,
    most_depth: u64,
    /// How deep the deepest object is, as far as that is known.
    deepest: u16,
    most_items: u64,
}

impl<'a, 'vm> Guarded<'a, 'vm> {
    pub(crate) fn new(
        settings: LoadSettings<'a>,
        policy: Policy,
        gauge: &Gauge,
        vm: &'vm VirtualMachine,
    ) -> Self {
        let limits = gauge.limits();
        let limit = |which| limits.of(which).unwrap_or(u64::MAX);
        Self {
            live: Live::new(settings, vm),
            trusted: policy.is_trusted(),
            policy,
            grants: Vec::new(),
            known: ByAddress::default(),
            granted: ByAddress::default(),
            decided: HashMap::new(),
            nodes: Nodes::default(),
            held: Vec::new(),
            strangers: Vec::new(),
            foreign: ByAddress::default(),
            hashing: Hashing::new(limit(Limit::HashSteps), gauge.clock()),
            purse: gauge.purse(),
            reserved: 0,
            calls: gauge.calls(),
            most_depth: limit(Limit::NestingDepth),
            deepest: 0,
            most_items: limit(Limit::ContainerItems),
        }
    }

    fn vm(&self) -> &'vm VirtualMachine {
        self.live.vm
    }

    /// Whether a later load goes on from the memo of this one.
    pub(crate) fn keeps_memo(&self) -> bool {
        self.live.settings.owner.is_some()
    }

    /// Ends the load: lets go of what is left of it, without recursion where need be. The memo is for a later load that goes on from
    /// here, or else empty.
    pub(crate) fn end(mut self, memo: Memo<Handle>, success: bool) -> Memo<PyObjectRef> {
        let shallow = success && self.deepest <= SHALLOW;
        let late = self.nodes.late;
        if late {
            self.know_strangers();
        }
        let keeps_memo = shallow && self.keeps_memo();
        let too_deep = keeps_memo && late && {
            let objects = memo.iter().map(|(_, handle)| &*handle.object);
            depth::check(objects, &self.foreign, u64::from(SHALLOW), None).is_err()
        };
        let mut left = self.take_held();
        if keeps_memo {
            // What is dropped later must not be deep.
            if !too_deep {
                release_all(left);
                return memo.map(|handle| handle.object);
            }
        } else if shallow && !late {
            return Memo::new();
        }
        left.extend(memo.into_objects().map(|handle| handle.object));
        release_all(left);
        Memo::new()
    }

    /// An object without parts whose hash anybody can work out.
    #[inline]
    fn open(object: PyObjectRef) -> Handle {
        let tag = Tag::OPEN;
        Handle { object, tag }
    }

    /// One of so many bytes, whose hash has a secret key.
    #[inline]
    fn secret(object: PyObjectRef, bytes: usize) -> Handle {
        let tag = Tag::secret(bytes);
        Handle { object, tag }
    }

    /// An integer that was written with so many bytes.
    fn long_int(object: PyObjectRef, bytes: usize) -> Handle {
        let tag = Tag::open(0, steps(bytes));
        Handle { object, tag }
    }

    /// The depth of a whole with parts of this depth.
    #[inline]
    fn check_depth(&mut self, depth: u16) -> Result<u16, Exceeded> {
        self.deepest = self.deepest.max(depth);
        if u64::from(depth) > self.most_depth {
            return Err(Exceeded {
                which: Limit::NestingDepth,
                limit: self.most_depth,
            });
        }
        Ok(depth)
    }

    /// Counts items that an object is given; returns how many it has had before.
    #[inline]
    fn give(&mut self, id: Id, more: usize) -> Result<usize, Exceeded> {
        let before = self.nodes.give(id, more);
        if before as u64 + more as u64 > self.most_items {
            return Err(Exceeded {
                which: Limit::ContainerItems,
                limit: self.most_items,
            });
        }
        Ok(before)
    }

    /// The largest depth of parts.
    #[inline]
    fn depth_of(&self, parts: &[Handle]) -> u16 {
        parts
            .iter()
            .map(|part| self.nodes.depth(part.tag))
            .max()
            .unwrap_or(0)
    }

    /// The largest depth of parts, and the sum of their costs.
    #[inline]
    fn measure(&self, parts: &[Handle]) -> (u16, u32) {
        let mut depth = 0;
        let mut cost = 1u32;
        for part in parts {
            depth = depth.max(self.nodes.depth(part.tag));
            cost = cost.saturating_add(self.nodes.cost(part.tag));
        }
        (depth, cost)
    }

    /// An object gets parts.
    #[inline]
    fn grow(&mut self, target: &Handle, parts: &[Handle]) -> Result<(), Exceeded> {
        let tag = target.tag;
        // What else can change can't be hashed.
        let (depth, cost) = match tag {
            Tag::Made(..) => self.measure(parts),
            _ => (self.depth_of(parts), 0),
        };
        let (depth, newly) = self.nodes.grow(tag, depth, cost);
        if newly {
            self.held.push(target.object.clone());
        }
        self.check_depth(depth).map(drop)
    }

    /// Does something with many items, so many at a time, and looks at the clock in between.
    #[inline]
    fn in_turns(
        &mut self,
        mut items: Drain<'_, Handle>,
        stride: usize,
        mut turn: impl FnMut(&Live<'_, '_>, &mut dyn Iterator<Item = PyObjectRef>) -> Result<(), Raised>,
    ) -> Made<()> {
        loop {
            let some = items.by_ref().take(TURN * stride);
            turn(&self.live, &mut some.map(|handle| handle.object))?;
            if items.len() == 0 {
                return Ok(());
            }
            self.hashing.look()?;
        }
    }

    /// Charges for the keys and values that what acts as a dict is about to get.
    #[inline]
    fn charge_items(&mut self, target: &Handle, items: &[Handle]) -> Made<()> {
        let id = self.check_dict(target)?;
        let before = self.give(id, items.len() / 2)?;
        if !matches!(target.tag, Tag::Dict(_)) {
            // An OrderedDict has a list of its keys besides.
            self.purse.charge(ORDER * (items.len() / 2) as u64)?;
        }
        self.grow(target, items)?;
        self.hash_keys(id, before, items, 2)
    }

    /// A tuple.
    #[inline]
    fn fixed(&mut self, parts: &[Handle]) -> Result<Tag, Exceeded> {
        let (depth, cost) = self.measure(parts);
        let depth = self.check_depth(depth.saturating_add(1))?;
        Ok(Tag::open(depth, cost))
    }
}

/// The objects of handles.
fn objects(handles: Drain<'_, Handle>) -> impl ExactSizeIterator<Item = PyObjectRef> {
    handles.map(|handle| handle.object)
}

/// So many keys are hashed before the clock is looked at.
const TURN: usize = 4096;

/// What an entry of an ordered dict takes beyond that of a dict, in bytes.
const ORDER: u64 = 100;

/// A depth at which RustPython's own release is known to be safe on a stack of 2 MiB.
const SHALLOW: u16 = 1000;

impl Model for Guarded<'_, '_> {
    type Object = Handle;
    type Error = Refused;

    fn protocol(&mut self, protocol: u8) {
        self.live.protocol(protocol);
    }

    #[inline]
    fn shared(&mut self, object: &Handle) {
        self.nodes.share(object.tag);
    }

    fn finished(&mut self, object: &Handle) -> Made<()> {
        if self.nodes.late {
            self.know_strangers();
            let object = core::iter::once(&*object.object);
            depth::check(object, &self.foreign, self.most_depth, Some(&self.purse))?;
        }
        Ok(())
    }

    #[inline]
    fn is_data(&self, object: &Handle) -> bool {
        self.live.is_plain(&object.object)
    }

    #[inline]
    fn none(&mut self) -> Handle {
        Self::secret(self.live.none(), 0)
    }

    #[inline]
    fn bool(&mut self, value: bool) -> Handle {
        Self::open(self.live.bool(value))
    }

    #[inline]
    fn int(&mut self, value: i64) -> Handle {
        let tag = Tag::int(value);
        let object = self.live.int(value);
        Handle { object, tag }
    }

    fn long(&mut self, bytes: &[u8]) -> Made {
        Ok(Self::long_int(self.live.long(bytes)?, bytes.len()))
    }

    fn int_text(&mut self, text: &[u8], opcode: Opcode) -> Made {
        Ok(Self::long_int(
            self.live.int_text(text, opcode)?,
            text.len(),
        ))
    }

    #[inline]
    fn float(&mut self, value: f64) -> Handle {
        Self::open(self.live.float(value))
    }

    fn string(&mut self, bytes: &[u8]) -> Made {
        Ok(Self::secret(self.live.string(bytes)?, bytes.len()))
    }

    fn string_escaped(&mut self, text: &[u8]) -> Made {
        Ok(Self::secret(self.live.string_escaped(text)?, text.len()))
    }

    fn large_str(&mut self, utf8: Vec<u8>) -> Made {
        let length = utf8.len();
        Ok(Self::secret(self.live.large_str(utf8)?, length))
    }

    #[inline]
    fn str(&mut self, utf8: &[u8]) -> Made {
        Ok(Self::secret(self.live.str(utf8)?, utf8.len()))
    }

    fn str_escaped(&mut self, text: &[u8]) -> Made {
        Ok(Self::secret(self.live.str_escaped(text)?, text.len()))
    }

    fn bytes(&mut self, bytes: Vec<u8>) -> Handle {
        let length = bytes.len();
        Self::secret(self.live.bytes(bytes), length)
    }

    fn bytearray(&mut self, bytes: Vec<u8>) -> Handle {
        Self::secret(self.live.bytearray(bytes), 0)
    }

    fn next_buffer(&mut self) -> Made {
        let buffer = self.live.next_buffer()?;
        Ok(self.buffer(buffer))
    }

    fn readonly_buffer(&mut self, buffer: Handle) -> Made {
        if !self.trusted
            && !matches!(
                buffer.tag,
                Tag::Fixed { depth: 0, .. } | Tag::Int(_) | Tag::Foreign(_)
            )
        {
            return Err(Refusal::UnknownCallable.into());
        }
        let view = self.live.readonly_buffer(buffer.object.clone())?;
        // What is read-only already is what it was, and costs what it did.
        if view.is(&buffer.object) {
            return Ok(buffer);
        }
        Ok(self.buffer(view))
    }

    #[inline]
    fn tuple(&mut self, items: Drain<'_, Handle>) -> Made {
        let tag = self.fixed(items.as_slice())?;
        let object = self.live.tuple_of(objects(items));
        Ok(Handle { object, tag })
    }

    #[inline]
    fn list(&mut self, items: Drain<'_, Handle>) -> Made {
        let depth = self.depth_of(items.as_slice());
        let depth = self.check_depth(depth.saturating_add(1))?;
        let id = self.nodes.add(depth, 1);
        self.give(id, items.len())?;
        let object = self.live.list_of(objects(items));
        let tag = Tag::List(id);
        Ok(Handle { object, tag })
    }

    fn dict(&mut self, items: Drain<'_, Handle>) -> Made {
        let depth = self.depth_of(items.as_slice());
        let depth = self.check_depth(depth.saturating_add(1))?;
        let id = self.nodes.add(depth, 1);
        let before = self.give(id, items.len() / 2)?;
        self.hash_keys(id, before, items.as_slice(), 2)?;
        let object = self.live.dict_of(objects(items))?;
        let tag = Tag::Dict(id);
        Ok(Handle { object, tag })
    }

    fn set(&mut self) -> Handle {
        let tag = Tag::Set(self.nodes.add(1, 1));
        Handle {
            object: self.live.set(),
            tag,
        }
    }

    fn frozenset(&mut self, items: Drain<'_, Handle>) -> Made {
        let (depth, _) = self.measure(items.as_slice());
        let depth = self.check_depth(depth.saturating_add(1))?;
        // To find its items in an equal one takes as long as to put them in.
        let cost = self.hash_fixed(items.as_slice())?;
        let count = items.len();
        let object = self.live.frozenset_of(objects(items))?;
        self.hashing.note(&object, count, cost.into());
        let tag = Tag::open(depth, cost);
        Ok(Handle { object, tag })
    }

    fn extend(&mut self, target: &Handle, items: Drain<'_, Handle>) -> Made<()> {
        let id = self.check_list(target)?;
        self.give(id, items.len())?;
        self.grow(target, items.as_slice())?;
        Ok(self.live.extend_by(&target.object, objects(items))?)
    }

    fn append(&mut self, target: &Handle, item: Handle) -> Made<()> {
        let id = self.check_list(target)?;
        self.give(id, 1)?;
        self.grow(target, core::slice::from_ref(&item))?;
        Ok(self.live.append(&target.object, item.object)?)
    }

    fn set_items(&mut self, target: &Handle, items: Drain<'_, Handle>) -> Made<()> {
        self.charge_items(target, items.as_slice())?;
        self.in_turns(items, 2, |live, items| {
            live.set_items_by(&target.object, items)
        })
    }

    fn set_state_items(&mut self, target: &Handle, items: Drain<'_, Handle>) -> Made<()> {
        if items.len() > 2 * TURN {
            return self.set_items(target, items);
        }
        self.charge_items(target, items.as_slice())?;
        Ok(self
            .live
            .set_state_items_by(&target.object, objects(items))?)
    }

    fn add_items(&mut self, target: &Handle, items: Drain<'_, Handle>) -> Made<()> {
        let id = self.check_set(target)?;
        let before = self.give(id, items.len())?;
        self.grow(target, items.as_slice())?;
        self.hash_keys(id, before, items.as_slice(), 1)?;
        self.in_turns(items, 1, |live, items| {
            live.add_items_by(&target.object, items)
        })
    }

    fn module_text(&mut self, module: &[u8], opcode: Opcode) -> Made<()> {
        if !self.names_globals() {
            return Ok(());
        }
        Ok(self.live.module_text(module, opcode)?)
    }

    fn global_text(&mut self, module: &[u8], name: &[u8], opcode: Opcode) -> Made {
        if !self.names_globals() {
            let (module, name) = (cut_bytes(module), cut_bytes(name));
            return Err(Forbidden::global(&module, &name, Refusal::DataOnly).into());
        }
        let (module, name) = self.live.global_names(module, name, opcode)?;
        self.resolve(&module, &name)
    }

    fn global(&mut self, module: Handle, name: Handle) -> Made {
        self.live.check_names(&module.object, &name.object)?;
        self.resolve(&module.object, &name.object)
    }

    fn extension(&mut self, code: i32) -> Made {
        self.resolve_extension(code)
    }

    fn reduce(&mut self, callable: Handle, args: Handle) -> Made {
        self.call(&callable, args)
    }

    fn new_object(&mut self, class: Handle, args: Handle, kwargs: Option<Handle>) -> Made {
        self.make(&class, args, kwargs)
    }

    fn instance(&mut self, class: Handle, args: Drain<'_, Handle>) -> Made {
        self.make_classic(&class, args)
    }

    fn build(&mut self, object: &Handle, state: Handle) -> Made<()> {
        self.give_state(object, state)
    }

    fn persistent(&mut self, id: Handle) -> Made {
        let handler = !matches!(self.live.settings.persistent_load, PersistentLoad::None);
        if handler || self.trusted {
            let object = self.live.persistent(id.object.clone())?;
            return self.resolved(object, id);
        }
        if !self.policy.persistent_stand_ins {
            return Err(Refusal::PersistentId.into());
        }
        let (depth, cost) = self.measure(core::slice::from_ref(&id));
        let depth = self.check_depth(depth.saturating_add(1))?;
        let tag = Tag::Made(calls::NO_GRANT, self.nodes.add(depth, cost));
        let object = StandIn::persistent(id.object, self.vm());
        Ok(Handle { object, tag })
    }

    fn persistent_text(&mut self, id: &[u8]) -> Made {
        let length = id.len();
        let id = self.live.persistent_id(id)?;
        self.persistent(Self::secret(id, length))
    }

    fn discard(&mut self, objects: Drain<'_, Handle>) {
        release_all(objects.map(|handle| handle.object).collect());
    }
}

/// Whether a hook has the last word about globals.
fn has_hook(find_class: &FindClass<'_>) -> bool {
    !matches!(find_class, FindClass::Default)
}
