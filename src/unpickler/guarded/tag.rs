//! What a guarded load knows of the objects that a pickle can get at.

use rustpython_vm::PyObjectRef;

/// An object with what is known of it.
///
/// A pickle reaches objects only through the stack and the memo; so what stands with them there is
/// exact, and a container need not be looked at to know who made it.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) object: PyObjectRef,
    pub(super) tag: Tag,
}

/// Where an object is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// It has no parts, whoever has made it; or it is a tuple or a frozenset of this load's, or something with parts that
    /// is somebody else's.
    Fixed {
        /// A pickle can't choose what its hash is.
        secret: bool,
        /// How deep it is: 0 if it has no parts.
        depth: u16,
        /// How many steps it takes to hash it, or to compare it with an equal one.
        cost: u32,
    },
    /// An integer that is its own hash.
    Int(u32),
    /// An empty list of this load's that may have got items since.
    List(Id),
    /// A dict, likewise.
    Dict(Id),
    /// A set, likewise.
    Set(Id),
    /// What calling a listed global has made: the number of its grant.
    Made(u16, Id),
    /// A listed global.
    Global(u16),
    /// Something that a trusted pickle has named, called or been given, and the number under which its items are counted.
    Foreign(Id),
}

/// The number of an object that can change.
pub(super) type Id = u32;

/// How many steps it takes to hash so many bytes, or to compare them.
pub(super) fn steps(bytes: usize) -> u32 {
    u32::try_from(bytes / 32)
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

/// What a class's own hash costs, which may be written in Python: as many steps as that takes.
pub(super) const OWN_HASH: u32 = 512;

impl Tag {
    /// An object without parts whose hash anybody can work out.
    pub(super) const OPEN: Self = Self::Fixed {
        secret: false,
        depth: 0,
        cost: 1,
    };

    /// An object without parts, of so many bytes, whose hash has a secret key.
    #[inline]
    pub(super) fn secret(bytes: usize) -> Self {
        Self::Fixed {
            secret: true,
            depth: 0,
            cost: steps(bytes),
        }
    }

    /// An integer.
    #[inline]
    pub(super) fn int(value: i64) -> Self {
        u32::try_from(value).map_or(Self::OPEN, Self::Int)
    }

    /// One with parts, or whose hash anybody can work out.
    #[inline]
    pub(super) fn open(depth: u16, cost: u32) -> Self {
        Self::Fixed {
            secret: false,
            depth,
            cost,
        }
    }
}

/// An object that can change.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    depth: u16,
    /// Another object may have it as a part already.
    shared: bool,
    /// It has changed since: its wholes are deeper than what is known of them.
    late: bool,
    cost: u32,
    /// How many items it has been given.
    items: u32,
    /// The number of its keys among those that are followed, plus one; 0 if they are not.
    keys: u32,
}

/// All objects of a load that can change.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    /// What was shared has changed: depths that were worked out before are too low.
    pub(super) late: bool,
}

impl Nodes {
    /// A new object; ids have 32 bits, and more objects than that don't fit into memory.
    pub(super) fn add(&mut self, depth: u16, cost: u32) -> Id {
        let id = Id::try_from(self.nodes.len()).unwrap_or(Id::MAX);
        self.nodes.push(Node {
            depth,
            cost,
            ..Node::default()
        });
        id
    }

    /// Counts items that an object is given; returns how many it has had before.
    #[inline]
    pub(super) fn give(&mut self, id: Id, items: usize) -> usize {
        let Some(node) = self.nodes.get_mut(id as usize) else {
            return 0;
        };
        let before = node.items;
        node.items = before.saturating_add(u32::try_from(items).unwrap_or(u32::MAX));
        before as usize
    }

    /// The number of an object's keys, if they are followed.
    pub(super) fn keys(&self, id: Id) -> Option<usize> {
        (self.get(id).keys as usize).checked_sub(1)
    }

    pub(super) fn set_keys(&mut self, id: Id, keys: usize) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.keys = u32::try_from(keys + 1).unwrap_or(0);
        }
    }

    fn get(&self, id: Id) -> Node {
        self.nodes.get(id as usize).copied().unwrap_or_default()
    }

    #[inline]
    pub(super) fn share(&mut self, tag: Tag) {
        if let Some(id) = tag.id()
            && let Some(node) = self.nodes.get_mut(id as usize)
        {
            node.shared = true;
        }
    }

    /// How deep an object is, as far as a drop of it goes: 0 if it has no parts, or is held.
    #[inline]
    pub(super) fn depth(&self, tag: Tag) -> u16 {
        match tag {
            Tag::Fixed { depth, .. } => depth,
            Tag::Int(_) | Tag::Global(_) | Tag::Foreign(_) => 0,
            Tag::List(id) | Tag::Dict(id) | Tag::Set(id) | Tag::Made(_, id) => {
                let node = self.get(id);
                if node.late { 0 } else { node.depth }
            }
        }
    }

    /// How many steps it takes to hash an object.
    #[inline]
    pub(super) fn cost(&self, tag: Tag) -> u32 {
        match tag {
            Tag::Fixed { cost, .. } => cost,
            Tag::Made(_, id) => self.get(id).cost,
            _ => 1,
        }
    }

    /// An object gets parts of this depth and this cost; returns its depth, and whether it is the first time that it
    /// gets some after it was shared.
    #[inline]
    pub(super) fn grow(&mut self, tag: Tag, depth: u16, cost: u32) -> (u16, bool) {
        let node = tag.id().and_then(|id| self.nodes.get_mut(id as usize));
        let Some(node) = node else {
            return (0, false);
        };
        node.depth = node.depth.max(depth.saturating_add(1));
        if matches!(tag, Tag::Made(..)) {
            node.cost = node.cost.saturating_add(cost);
        }
        let newly = node.shared && !node.late;
        node.late |= newly;
        self.late |= newly;
        (node.depth, newly)
    }
}

impl Tag {
    fn id(self) -> Option<Id> {
        match self {
            Self::List(id) | Self::Dict(id) | Self::Set(id) | Self::Made(_, id) => Some(id),
            Self::Fixed { .. } | Self::Int(_) | Self::Global(_) | Self::Foreign(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_two_words() {
        assert_eq!(size_of::<Tag>(), 8);
        assert_eq!(size_of::<Handle>(), 16);
    }

    #[test]
    fn a_shared_object_that_changes_is_noticed() {
        let mut nodes = Nodes::default();
        let inner = Tag::List(nodes.add(1, 1));
        assert_eq!(nodes.grow(inner, 4, 1), (5, false));
        assert!(!nodes.late);
        nodes.share(inner);
        assert_eq!((nodes.grow(inner, 1, 1), nodes.late), ((5, true), true));
        // From here on it is held.
        assert_eq!(nodes.grow(inner, 9, 1), (10, false));
        assert_eq!(nodes.depth(inner), 0);
    }

    #[test]
    fn only_what_can_be_hashed_costs_more_than_a_step() {
        let mut nodes = Nodes::default();
        let made = Tag::Made(0, nodes.add(1, 3));
        nodes.grow(made, 1, u32::MAX);
        assert_eq!(nodes.cost(made), u32::MAX);
        let list = Tag::List(nodes.add(1, 1));
        nodes.grow(list, 1, 100);
        assert_eq!(nodes.cost(list), 1);
    }
}
