//! A pickle as a graph of plain nodes: what would be made, with nothing made.
//!
//! [`Graph`] is a [`Model`](crate::machine::Model) of the unpickling machine whose objects are numbers of nodes. Nothing is
//! imported, called or looked up, and nothing recurses: nodes live in one vector, whatever refers to what.

mod content;
mod model;

use core::fmt;
use std::collections::HashMap;

pub use content::Content;

use crate::wire::Opcode;

/// The number of a node.
pub type Id = u32;

/// Makes a digest of content that is not kept as a whole.
pub(crate) type Digest = fn(&[u8]) -> [u8; 32];

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// `None`.
    None,
    /// `True` or `False`: content of one byte, 1 or 0.
    Bool,
    /// An integer: little-endian two's complement, as short as it can be; no bytes are zero.
    Int,
    /// A float: eight bytes, big-endian.
    Float,
    /// A str: UTF-8, in which surrogates may stand.
    Str,
    /// A string of Python 2: bytes of an encoding that the loading program chooses.
    OldStr,
    /// A bytes object.
    Bytes,
    /// A global that two texts name; see [`Graph::global_name`].
    Global,
    /// A global of `copyreg`'s extension registry: its code, as [`Int`](Self::Int).
    Extension,
    /// A persistent id given as text.
    PersistentText,
    // What follows has an identity of its own, and may have parts.
    /// A global whose module and name, its two parts, are no whole texts that stand in the pickle.
    Computed,
    /// A persistent id given as an object, its part.
    Persistent,
    /// A bytearray.
    ByteArray,
    /// An out-of-band buffer, or a read-only view of its part.
    Buffer,
    /// A tuple.
    Tuple,
    /// A list.
    List,
    /// A dict.
    Dict,
    /// A set.
    Set,
    /// A frozenset.
    FrozenSet,
    /// What a call returns (`REDUCE`): the callable, and a tuple of arguments.
    Call,
    /// An instance (`NEWOBJ`, `NEWOBJ_EX`): the class, a tuple of arguments, and perhaps a dict of keyword arguments.
    New,
    /// An instance as Python 2's classic classes were (`INST`, `OBJ`): the class, and then each argument.
    Instance,
}

/// What a part is to its whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// What it was made of: an item of a tuple, a callable, its arguments.
    Made,
    /// An item of a list or of a set, or of what acts as one.
    Item,
    /// A key or a value.
    Pair,
    /// The state that `BUILD` gives.
    State,
    /// A call whose result is thrown away: it is made for what it does to its first argument.
    Effect,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Node {
    pub(crate) kind: Kind,
    pub(crate) content: Content,
    pub(crate) parts: Vec<(Role, Id)>,
    pub(crate) offset: u64,
    /// Whether something holds it already.
    held: bool,
}

impl Node {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What an atom consists of; empty for other kinds, but for a bytearray.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// What it holds or was made of, in the order in which the pickle gives it.
    #[must_use]
    pub fn parts(&self) -> &[(Role, Id)] {
        &self.parts
    }

    /// The offset in bytes of the opcode that made it.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What it was made of: its first parts, of the role [`Role::Made`].
    pub fn made_of(&self) -> impl Iterator<Item = Id> {
        self.parts
            .iter()
            .take_while(|(role, _)| *role == Role::Made)
            .map(|(_, id)| *id)
    }
}

/// Something that a load would do beyond putting plain data together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The offset in bytes of the opcode.
    pub offset: u64,
    /// The opcode.
    pub opcode: Opcode,
    /// The protocol that the pickle has named before.
    pub protocol: u8,
    /// What it does.
    pub action: Action,
}

/// What a [`Step`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Makes an object by a lookup, a call, or by asking the loading program.
    Make(Id),
    /// Gives an object that a step may have seen already more parts, up to a number of them.
    Add {
        /// The object.
        target: Id,
        /// The number of its first new part.
        from: u32,
        /// The number of parts that it has then.
        to: u32,
    },
}

/// What a pickle has that no loader makes an object of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// A text is not in its encoding, or has a malformed escape.
    Text,
    /// A number's text is no number.
    Number,
    /// Something is added to a constant.
    Constant,
    /// What is no buffer is made read-only.
    Buffer,
    /// A read straddles the end of a frame, or a frame begins inside another one.
    Frame,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text can't be decoded",
            Self::Number => "a text is no number",
            Self::Constant => "something is added to a constant",
            Self::Buffer => "what is no buffer is made read-only",
            Self::Frame => "a frame is violated",
        })
    }
}

/// There are more objects than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many objects")
    }
}

impl core::error::Error for TooMany {}

/// How a graph is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// The number of nodes.
    pub(crate) limit: u64,
    /// The parts of nodes count as nodes do.
    pub(crate) count_parts: bool,
    /// How much of an atom's content is kept as it is, in bytes.
    pub(crate) kept: usize,
    /// Tells content apart that is not kept.
    pub(crate) digest: Option<Digest>,
    /// Equal atoms are one node, and no steps are kept: which object a step is about would not be known.
    pub(crate) shared: bool,
    /// How many bytes of the pickle each node took is kept as well.
    pub(crate) sizes: bool,
}

/// All objects of a pickle.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// How many parts they have.
    parts: usize,
    /// How many bytes all of it takes; see [`cost`].
    held: u64,
    steps: Vec<Step>,
    atoms: HashMap<(Kind, Content), Id>,
    options: Options,
    limit: usize,
    /// The limit was reached where no error can be returned.
    full: bool,
    flaw: Option<(u64, Flaw)>,
    /// The opcode that is being executed.
    opcode: Opcode,
    offset: u64,
    opcodes: u64,
    /// The last that the pickle has named.
    protocol: u8,
    odd_protocol: bool,
    /// The offset of the last step: what is younger, no step has seen.
    last_step: Option<u64>,
    /// The bytes of each node, if they are kept.
    sizes: Vec<u64>,
    sizing: Sizing,
}

/// What is held costs in bytes of memory, in vectors and a map that grow by doubling.
mod cost {
    use super::{Content, Id, Kind, Node, Role};

    pub(super) const NODE: u64 = size_of::<Node>() as u64 * 3 / 2;
    pub(super) const PART: u64 = size_of::<(Role, Id)>() as u64 * 3 / 2;
    pub(super) const ATOM: u64 = size_of::<((Kind, Content), Id)>() as u64 * 2;
}

/// To which node the bytes of opcodes go.
#[derive(Clone, Copy, Debug, Default)]
struct Sizing {
    /// What the opcode made or changed.
    touched: Option<Id>,
    /// What an earlier one did.
    last: Option<Id>,
    /// Bytes of marks and references, which are the next whole's.
    pending: u64,
}

impl Graph {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            nodes: Vec::new(),
            parts: 0,
            held: 0,
            steps: Vec::new(),
            atoms: HashMap::new(),
            options,
            // Ids have 32 bits.
            limit: usize::try_from(options.limit.min(u32::MAX.into())).unwrap_or(usize::MAX),
            full: false,
            flaw: None,
            opcode: Opcode::Stop,
            offset: 0,
            opcodes: 0,
            protocol: 0,
            odd_protocol: false,
            last_step: None,
            sizes: Vec::new(),
            sizing: Sizing::default(),
        }
    }

    /// A node.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// The number of nodes; their ids are the numbers below it, in the order in which the pickle makes them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many nodes there are, and how many parts they have.
    #[cfg(feature = "snapshot")]
    pub(crate) fn size(&self) -> usize {
        self.nodes.len() + self.parts
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes with their ids.
    pub fn nodes(&self) -> impl Iterator<Item = (Id, &Node)> {
        (0..).zip(&self.nodes)
    }

    /// What a load would do beyond putting plain data together, in its order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The first thing of which no loader makes an object, and its offset. What follows it is in the graph all the same.
    #[must_use]
    pub fn flaw(&self) -> Option<(u64, Flaw)> {
        self.flaw
    }

    /// Module and name of a [`Kind::Global`], as the pickle has them.
    #[must_use]
    pub fn global_name(&self, id: Id) -> Option<(&[u8], &[u8])> {
        let node = self.get(id).filter(|node| node.kind == Kind::Global)?;
        split(node.content.bytes())
    }

    /// The class of which a call makes an instance, as far as the pickle tells: what is called, or, of `copyreg`'s constructors,
    /// the first argument.
    #[must_use]
    pub fn class_of(&self, id: Id) -> Option<Id> {
        let node = self.get(id).filter(|node| node.kind.is_call())?;
        let callable = node.made_of().next()?;
        let reconstructs = matches!(
            self.global_name(callable),
            Some((
                b"copyreg" | b"copy_reg",
                b"_reconstructor" | b"__newobj__" | b"__newobj_ex__"
            ))
        );
        let first = node
            .made_of()
            .nth(1)
            .filter(|_| reconstructs)
            .and_then(|args| self.get(args)?.made_of().next());
        Some(first.unwrap_or(callable))
    }

    /// Whether there were more objects than may be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The protocol that the pickle names, of several the last.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// Whether the protocol is named more than once, or elsewhere than at the beginning.
    pub(crate) fn odd_protocol(&self) -> bool {
        self.odd_protocol
    }

    /// How many opcodes were read.
    pub(crate) fn opcodes(&self) -> u64 {
        self.opcodes
    }

    /// How many bytes of the pickle are a node's own.
    pub(crate) fn bytes_of(&self, id: Id) -> u64 {
        self.sizes.get(id as usize).copied().unwrap_or(0)
    }

    /// Notes what is wrong, if nothing was before.
    fn blame(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert((self.offset, flaw));
    }

    /// A new node; when there may be none, the last one stands in for it, and the load ends with the next check.
    fn push(&mut self, kind: Kind, content: Content, parts: Vec<(Role, Id)>) -> Id {
        self.hold(&parts);
        if self.exceeds_limit(1, parts.len()) {
            self.full = true;
        } else {
            self.parts += parts.len();
            self.held += cost::NODE + content.heap() + cost::PART * parts.len() as u64;
            self.nodes.push(Node {
                kind,
                content,
                parts,
                offset: self.offset,
                held: false,
            });
        }
        let id = Id::try_from(self.nodes.len().saturating_sub(1)).unwrap_or(Id::MAX);
        self.sizing.touched = Some(id);
        id
    }

    /// Whether so many more nodes and parts are too many.
    fn exceeds_limit(&self, nodes: usize, parts: usize) -> bool {
        let mut size = self.nodes.len() + nodes;
        if self.options.count_parts {
            size = size.saturating_add(self.parts).saturating_add(parts);
        }
        size > self.limit
    }

    /// Notes for the [steps](Self::steps) that something holds these nodes.
    fn hold(&mut self, parts: &[(Role, Id)]) {
        if self.options.shared {
            return;
        }
        for (_, id) in parts {
            if let Some(node) = self.nodes.get_mut(*id as usize) {
                node.held = true;
            }
        }
    }

    fn content(&self, bytes: &[u8]) -> Content {
        Content::new(bytes, self.options.kept, self.options.digest)
    }

    fn atom(&mut self, kind: Kind, bytes: &[u8]) -> Id {
        let content = self.content(bytes);
        self.atom_of(kind, content)
    }

    fn atom_of(&mut self, kind: Kind, content: Content) -> Id {
        if !self.options.shared {
            return self.push(kind, content, Vec::new());
        }
        let key = (kind, content);
        if let Some(id) = self.atoms.get(&key) {
            self.sizing.touched = Some(*id);
            return *id;
        }
        let id = self.push(kind, key.1.clone(), Vec::new());
        self.held += cost::ATOM + key.1.heap();
        self.atoms.insert(key, id);
        id
    }

    fn whole(&mut self, kind: Kind, parts: impl IntoIterator<Item = (Role, Id)>) -> Id {
        let content = self.content(&[]);
        self.push(kind, content, parts.into_iter().collect())
    }

    fn made(&mut self, kind: Kind, parts: impl IntoIterator<Item = Id>) -> Id {
        self.whole(kind, parts.into_iter().map(|id| (Role::Made, id)))
    }

    fn check(&self) -> Result<(), TooMany> {
        if self.full {
            return Err(TooMany);
        }
        Ok(())
    }

    fn step(&mut self, action: Action) {
        if self.options.shared {
            return;
        }
        self.last_step = Some(self.offset);
        if let (Action::Add { target, to, .. }, Some(last)) = (action, self.steps.last_mut())
            && let Action::Add {
                target: before,
                to: end,
                ..
            } = &mut last.action
            && *before == target
            && last.opcode == self.opcode
            && self.opcode != Opcode::Build
        {
            // One append after the other is one step.
            *end = to;
            return;
        }
        self.steps.push(Step {
            offset: self.offset,
            opcode: self.opcode,
            protocol: self.protocol,
            action,
        });
    }

    /// An object that is looked up, called for, or asked of the loading program.
    fn step_made(&mut self, id: Id) -> Result<Id, TooMany> {
        self.step(Action::Make(id));
        self.check()?;
        Ok(id)
    }

    fn add(
        &mut self,
        target: Id,
        role: Role,
        items: impl IntoIterator<Item = Id>,
    ) -> Result<(), TooMany> {
        self.check()?;
        self.sizing.touched = Some(target);
        let Some(node) = self.nodes.get(target as usize) else {
            return Ok(());
        };
        let kind = node.kind;
        // Plain data that nothing holds yet can't have been given to a call.
        let seen = !kind.takes(self.opcode)
            || node.held && self.last_step.is_some_and(|step| node.offset <= step);
        if kind.is_constant() {
            self.blame(Flaw::Constant);
        }
        if kind.is_atom() && self.options.shared {
            // An atom is shared by all that are equal.
            return Ok(());
        }
        let Some(node) = self.nodes.get_mut(target as usize) else {
            return Ok(());
        };
        let before = node.parts.len();
        node.parts.extend(items.into_iter().map(|id| (role, id)));
        let after = node.parts.len();
        let parts = core::mem::take(&mut node.parts);
        self.hold(parts.get(before..).unwrap_or_default());
        if let Some(node) = self.nodes.get_mut(target as usize) {
            node.parts = parts;
        }
        self.count(after - before)?;
        let from = u32::try_from(before).map_err(|_| TooMany)?;
        let to = u32::try_from(after).map_err(|_| TooMany)?;
        if seen || role == Role::State {
            self.step(Action::Add { target, from, to });
        }
        Ok(())
    }

    /// Counts parts that a node has got.
    fn count(&mut self, parts: usize) -> Result<(), TooMany> {
        self.parts += parts;
        self.held += cost::PART * parts as u64;
        self.full |= self.exceeds_limit(0, 0);
        self.check()
    }

    /// The bytes up to an offset go where they belong.
    fn account(&mut self, offset: u64) {
        if !self.options.sizes {
            return;
        }
        let bytes = offset.saturating_sub(self.offset);
        let Sizing {
            touched,
            last,
            pending,
        } = self.sizing;
        let owner = match self.opcode {
            Opcode::Memoize | Opcode::BinPut | Opcode::LongBinPut | Opcode::Put => last,
            _ => touched,
        };
        self.sizing.touched = None;
        let Some(owner) = owner else {
            self.sizing.pending += bytes;
            return;
        };
        self.sizing.last = Some(owner);
        if self.sizes.len() < self.nodes.len() {
            self.sizes.resize(self.nodes.len(), 0);
        }
        let whole = self
            .nodes
            .get(owner as usize)
            .is_some_and(|node| !node.kind.is_atom());
        if let Some(size) = self.sizes.get_mut(owner as usize) {
            *size += bytes;
            if whole {
                *size += pending;
                self.sizing.pending = 0;
            }
        }
    }

    /// The bytes of names are the global's that they name.
    fn move_sizes(&mut self, from: [Id; 2], to: Id) {
        if !self.options.sizes {
            return;
        }
        if self.sizes.len() < self.nodes.len() {
            self.sizes.resize(self.nodes.len(), 0);
        }
        for from in from {
            let moved = self.sizes.get_mut(from as usize).map(core::mem::take);
            if let Some(size) = self.sizes.get_mut(to as usize) {
                *size += moved.unwrap_or(0);
            }
        }
    }

    /// The bytes of a pickle's end, and of whatever found no owner, are its root's.
    pub(crate) fn finish_sizes(&mut self, root: Option<Id>, end: u64) {
        self.account(end);
        let pending = core::mem::take(&mut self.sizing.pending);
        if let Some(size) = root.and_then(|root| self.sizes.get_mut(root as usize)) {
            *size += pending;
        }
    }
}

impl Kind {
    /// Whether it has content and, if it is right, no parts.
    #[must_use]
    pub fn is_atom(self) -> bool {
        self.is_constant() || matches!(self, Self::Global | Self::Extension | Self::PersistentText)
    }

    /// Whether it is plain data that nothing can be added to.
    #[must_use]
    pub fn is_constant(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::Bool
                | Self::Int
                | Self::Float
                | Self::Str
                | Self::OldStr
                | Self::Bytes
        )
    }

    /// Whether it is a list, a dict or a set, which a pickle fills.
    #[must_use]
    pub fn is_container(self) -> bool {
        matches!(self, Self::List | Self::Dict | Self::Set)
    }

    /// Whether it is a container to which an opcode adds.
    fn takes(self, opcode: Opcode) -> bool {
        match opcode {
            Opcode::Append | Opcode::Appends => self == Self::List,
            Opcode::SetItem | Opcode::SetItems => self == Self::Dict,
            Opcode::AddItems => self == Self::Set,
            _ => false,
        }
    }

    /// Whether it is a global, however named.
    #[must_use]
    pub fn is_global(self) -> bool {
        matches!(self, Self::Global | Self::Extension | Self::Computed)
    }

    /// Whether a call makes it.
    #[must_use]
    pub fn is_call(self) -> bool {
        matches!(self, Self::Call | Self::New | Self::Instance)
    }
}

/// The content of a global: the length of the module's name, that name, and the other.
fn joined(module: &[u8], name: &[u8]) -> Vec<u8> {
    let length = u32::try_from(module.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), module, name].concat()
}

/// Module and name of a global's content.
pub(crate) fn split(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, names) = content.split_first_chunk()?;
    names.split_at_checked(u32::from_le_bytes(*length) as usize)
}

#[cfg(test)]
mod tests;
