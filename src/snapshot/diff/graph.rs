//! Pickles as a graph of plain nodes: what would be made, with nothing made.

use core::fmt;
use std::collections::HashMap;
use std::vec::Drain;

use crate::machine::Model;
use crate::wire::Opcode;

/// Content of an atom that is kept as it is, in bytes; of a longer one its beginning and its digest.
const KEPT: usize = 96;

/// The number of a node.
pub(in crate::snapshot) type Id = u32;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::snapshot) enum Kind {
    // Atoms have content and no parts; equal ones are one node.
    None,
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    Global,
    Persistent,
    // The others have parts and an identity.
    ByteArray,
    Buffer,
    Tuple,
    List,
    Dict,
    Set,
    FrozenSet,
    Call,
    New,
}

/// What a part is to its whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Role {
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
pub(in crate::snapshot) struct Node {
    pub(in crate::snapshot) kind: Kind,
    pub(in crate::snapshot) content: Box<[u8]>,
    pub(in crate::snapshot) parts: Vec<(Role, Id)>,
}

/// Why a graph could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Failure {
    /// There are more objects and parts than may be.
    Objects,
    /// The pickle asks for what no snapshot has.
    Malformed(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Objects => "too many objects",
            Self::Malformed(message) => message,
        })
    }
}

/// All objects of a state.
#[derive(Debug)]
pub(in crate::snapshot) struct Graph {
    nodes: Vec<Node>,
    /// How many parts they have.
    parts: usize,
    atoms: HashMap<(Kind, Box<[u8]>), Id>,
    limit: usize,
    /// How much of an atom's content is kept as it is, in bytes.
    kept: usize,
    /// The limit was reached where no error can be returned.
    full: bool,
}

impl Graph {
    /// A graph of at most `limit` nodes and parts.
    pub(super) fn new(limit: u64) -> Self {
        Self::keeping(limit, KEPT)
    }

    /// A graph of at most `limit` nodes and parts that keeps longer content as it is: up to `kept` bytes.
    pub(in crate::snapshot) fn keeping(limit: u64, kept: usize) -> Self {
        Self {
            kept,
            nodes: Vec::new(),
            parts: 0,
            atoms: HashMap::new(),
            // Ids have 32 bits.
            limit: usize::try_from(limit.min(u32::MAX.into())).unwrap_or(usize::MAX),
            full: false,
        }
    }

    pub(in crate::snapshot) fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    pub(in crate::snapshot) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many objects there are, and how many parts they have.
    pub(super) fn size(&self) -> usize {
        self.nodes.len() + self.parts
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether so many more objects and parts are too many.
    fn makes_full(&self, more: usize) -> bool {
        self.size().saturating_add(more) > self.limit
    }

    /// Whether an object is shared by all that are equal.
    #[cfg(feature = "vm")]
    pub(in crate::snapshot) fn is_atom(&self, id: Id) -> bool {
        self.get(id).is_some_and(|node| node.kind.is_atom())
    }

    /// A number that is not negative.
    #[cfg(feature = "vm")]
    pub(in crate::snapshot) fn unsigned(&self, id: Id) -> Option<u64> {
        // Little-endian, without the zeros at its end but for one below a high bit.
        let node = self.get(id).filter(|node| node.kind == Kind::Int)?;
        if node.content.last().is_some_and(|last| *last >= 0x80) {
            return None;
        }
        let mut bytes = [0; 8];
        let content = match &*node.content {
            [content @ .., 0] if content.len() == bytes.len() => content,
            content => content,
        };
        bytes.get_mut(..content.len())?.copy_from_slice(content);
        Some(u64::from_le_bytes(bytes))
    }

    /// A new node; when there may be none, the last one stands in for it, and the load ends with the next check.
    fn push(&mut self, kind: Kind, content: Box<[u8]>, parts: Vec<(Role, Id)>) -> Id {
        if self.makes_full(1 + parts.len()) {
            self.full = true;
        } else {
            self.parts += parts.len();
            self.nodes.push(Node {
                kind,
                content,
                parts,
            });
        }
        Id::try_from(self.nodes.len().saturating_sub(1)).unwrap_or(Id::MAX)
    }

    fn atom(&mut self, kind: Kind, content: &[u8]) -> Id {
        let key = (kind, abridged(content, self.kept));
        if let Some(id) = self.atoms.get(&key) {
            return *id;
        }
        let id = self.push(kind, key.1.clone(), Vec::new());
        self.atoms.insert(key, id);
        id
    }

    fn whole(
        &mut self,
        kind: Kind,
        parts: impl IntoIterator<Item = (Role, Id), IntoIter: ExactSizeIterator>,
    ) -> Id {
        let parts = parts.into_iter();
        // Before there is memory for them.
        let parts = match self.makes_full(1 + parts.len()) {
            true => {
                self.full = true;
                Vec::new()
            }
            false => parts.collect(),
        };
        self.push(kind, Box::default(), parts)
    }

    fn made(
        &mut self,
        kind: Kind,
        parts: impl IntoIterator<Item = Id, IntoIter: ExactSizeIterator>,
    ) -> Id {
        self.whole(kind, parts.into_iter().map(|id| (Role::Made, id)))
    }

    fn add(
        &mut self,
        target: Id,
        role: Role,
        items: impl IntoIterator<Item = Id, IntoIter: ExactSizeIterator>,
    ) -> Result<(), Failure> {
        self.check()?;
        let items = items.into_iter();
        if self.makes_full(items.len()) {
            self.full = true;
            return Err(Failure::Objects);
        }
        let Some(node) = self.nodes.get_mut(target as usize) else {
            return Ok(());
        };
        if node.kind.is_atom() {
            // An atom is shared by all that are equal; a persistent object has no content to compare.
            return match node.kind {
                Kind::Persistent | Kind::Global => Ok(()),
                _ => Err(Failure::Malformed("something is added to a constant")),
            };
        }
        self.parts += items.len();
        node.parts.extend(items.map(|id| (role, id)));
        Ok(())
    }

    fn check(&self) -> Result<(), Failure> {
        if self.full {
            return Err(Failure::Objects);
        }
        Ok(())
    }
}

impl Kind {
    pub(super) fn is_atom(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::Bool
                | Self::Int
                | Self::Float
                | Self::Str
                | Self::Bytes
                | Self::Global
                | Self::Persistent
        )
    }
}

/// The content, or if it is long its beginning, its length and its digest.
fn abridged(content: &[u8], kept: usize) -> Box<[u8]> {
    if content.len() <= kept {
        return content.into();
    }
    let mut short = content.get(..kept).unwrap_or_default().to_vec();
    short.extend((content.len() as u64).to_le_bytes());
    short.extend(blake3::hash(content).as_bytes());
    short.into()
}

/// The beginning of an atom's content in a [new](Graph::new) graph, and whether there was more.
pub(super) fn beginning(content: &[u8]) -> (&[u8], bool) {
    beginning_of(content, KEPT)
}

fn beginning_of(content: &[u8], kept: usize) -> (&[u8], bool) {
    match content.get(..kept) {
        Some(short) if content.len() > kept => (short, true),
        _ => (content, false),
    }
}

/// Two's complement without the bytes that say nothing, so that equal numbers have equal bytes.
fn shortest(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes
        && let [.., below] = rest
        && (*last == 0 && *below < 0x80 || *last == 0xff && *below >= 0x80)
    {
        bytes = rest;
    }
    if bytes == [0] { &[] } else { bytes }
}

type Made = Result<Id, Failure>;

impl Model for Graph {
    type Object = Id;
    type Error = Failure;

    fn none(&mut self) -> Id {
        self.atom(Kind::None, &[])
    }
    fn bool(&mut self, value: bool) -> Id {
        self.atom(Kind::Bool, &[value.into()])
    }
    fn int(&mut self, value: i64) -> Id {
        self.atom(Kind::Int, shortest(&value.to_le_bytes()))
    }
    fn long(&mut self, bytes: &[u8]) -> Made {
        Ok(self.atom(Kind::Int, shortest(bytes)))
    }
    fn int_text(&mut self, _text: &[u8], _opcode: Opcode) -> Made {
        Err(Failure::Malformed("a number is written as text"))
    }
    fn float(&mut self, value: f64) -> Id {
        self.atom(Kind::Float, &value.to_be_bytes())
    }
    fn string(&mut self, _bytes: &[u8]) -> Made {
        Err(Failure::Malformed("there is a string of Python 2"))
    }
    fn string_escaped(&mut self, text: &[u8]) -> Made {
        self.string(text)
    }
    fn str(&mut self, utf8: &[u8]) -> Made {
        self.check()?;
        Ok(self.atom(Kind::Str, utf8))
    }
    fn str_escaped(&mut self, _text: &[u8]) -> Made {
        Err(Failure::Malformed("a string is written with escapes"))
    }
    fn bytes(&mut self, bytes: Vec<u8>) -> Id {
        self.atom(Kind::Bytes, &bytes)
    }
    fn bytearray(&mut self, bytes: Vec<u8>) -> Id {
        self.push(Kind::ByteArray, abridged(&bytes, KEPT), Vec::new())
    }
    fn next_buffer(&mut self) -> Made {
        Err(Failure::Malformed("there is a buffer out of band"))
    }
    fn readonly_buffer(&mut self, buffer: Id) -> Made {
        self.check()?;
        Ok(self.made(Kind::Buffer, [buffer]))
    }
    fn tuple(&mut self, items: Drain<'_, Id>) -> Made {
        Ok(self.made(Kind::Tuple, items))
    }
    fn list(&mut self, items: Drain<'_, Id>) -> Made {
        Ok(self.whole(Kind::List, items.map(|id| (Role::Item, id))))
    }
    fn dict(&mut self, items: Drain<'_, Id>) -> Made {
        self.check()?;
        Ok(self.whole(Kind::Dict, items.map(|id| (Role::Pair, id))))
    }
    fn set(&mut self) -> Id {
        self.made(Kind::Set, [])
    }
    fn frozenset(&mut self, items: Drain<'_, Id>) -> Made {
        self.check()?;
        Ok(self.whole(Kind::FrozenSet, items.map(|id| (Role::Item, id))))
    }
    fn extend(&mut self, target: &Id, items: Drain<'_, Id>) -> Result<(), Failure> {
        self.add(*target, Role::Item, items)
    }
    fn append(&mut self, target: &Id, item: Id) -> Result<(), Failure> {
        self.add(*target, Role::Item, [item])
    }
    fn set_items(&mut self, target: &Id, items: Drain<'_, Id>) -> Result<(), Failure> {
        self.add(*target, Role::Pair, items)
    }
    fn add_items(&mut self, target: &Id, items: Drain<'_, Id>) -> Result<(), Failure> {
        self.add(*target, Role::Item, items)
    }
    fn global_text(&mut self, module: &[u8], name: &[u8], _opcode: Opcode) -> Made {
        self.check()?;
        let mut content = module.to_vec();
        content.push(b'.');
        content.extend(name);
        Ok(self.atom(Kind::Global, &content))
    }
    fn global(&mut self, module: Id, name: Id) -> Made {
        self.check()?;
        let text = |id| {
            self.get(id)
                .filter(|node| node.kind == Kind::Str)
                .map(|node| beginning_of(&node.content, self.kept))
        };
        let (Some((module, false)), Some((name, false))) = (text(module), text(name)) else {
            // A long name is told from others by its parts.
            return Ok(self.made(Kind::Call, [module, name]));
        };
        let content = [module, b".", name].concat();
        Ok(self.atom(Kind::Global, &content))
    }
    fn extension(&mut self, code: i32) -> Made {
        let name = format!("copyreg extension {code}");
        Ok(self.atom(Kind::Global, name.as_bytes()))
    }
    fn reduce(&mut self, callable: Id, args: Id) -> Made {
        self.check()?;
        Ok(self.made(Kind::Call, [callable, args]))
    }
    fn new_object(&mut self, class: Id, args: Id, kwargs: Option<Id>) -> Made {
        self.check()?;
        let parts = [Some(class), Some(args), kwargs];
        let parts: Vec<Id> = parts.into_iter().flatten().collect();
        Ok(self.made(Kind::New, parts))
    }
    fn instance(&mut self, class: Id, args: Drain<'_, Id>) -> Made {
        self.check()?;
        // The class stands before its arguments.
        let mut parts = vec![(Role::Made, class)];
        if self.makes_full(2 + args.len()) {
            self.full = true;
        } else {
            parts.extend(args.map(|id| (Role::Made, id)));
        }
        Ok(self.push(Kind::Call, Box::default(), parts))
    }
    fn build(&mut self, object: &Id, state: Id) -> Result<(), Failure> {
        self.add(*object, Role::State, [state])
    }
    fn persistent(&mut self, id: Id) -> Made {
        self.check()?;
        match self.get(id) {
            Some(node) if node.kind == Kind::Str => {
                let content = node.content.clone();
                Ok(self.atom(Kind::Persistent, &content))
            }
            _ => Err(Failure::Malformed("a persistent id is no string")),
        }
    }
    fn persistent_text(&mut self, id: &[u8]) -> Made {
        self.check()?;
        Ok(self.atom(Kind::Persistent, id))
    }

    /// A call whose result nobody keeps was made for what it does: that belongs to its first argument.
    fn discard(&mut self, objects: Drain<'_, Id>) {
        for call in objects {
            let first = self
                .get(call)
                .filter(|node| node.kind == Kind::Call)
                .and_then(|node| self.get(node.parts.get(1)?.1))
                .filter(|args| args.kind == Kind::Tuple)
                .and_then(|args| Some(args.parts.first()?.1));
            if let Some(first) = first
                && let Some(node) = self.nodes.get_mut(first as usize)
                && !node.kind.is_atom()
                && node.parts.last() != Some(&(Role::Effect, call))
            {
                node.parts.push((Role::Effect, call));
                self.parts += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_equal_bytes() {
        for (long, short) in [
            (&[0, 0][..], &[][..]),
            (&[], &[]),
            (&[1, 0, 0], &[1]),
            (&[0x80, 0], &[0x80, 0]),
            (&[0xff, 0xff], &[0xff]),
            (&[0x7f, 0xff], &[0x7f, 0xff]),
            (&(-2i64).to_le_bytes(), &[0xfe]),
        ] {
            assert_eq!(shortest(long), short);
        }
    }
}
