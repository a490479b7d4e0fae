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
    /// This load has made it, and it has no parts.
    Leaf,
    /// A tuple or a frozenset of this load's.
    Fixed {
        /// How deep it is.
        depth: u16,
        /// How many steps it takes to hash it.
        cost: u32,
    },
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
    /// Somebody else's: a buffer, the object of a persistent id, or of an earlier load.
    Foreign,
}

/// The number of an object that can change.
pub(super) type Id = u32;

/// An object that can change.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    depth: u16,
    cost: u32,
    /// Another object may have it as a part already.
    shared: bool,
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
            shared: false,
        });
        id
    }

    fn get(&self, id: Id) -> Node {
        self.nodes.get(id as usize).copied().unwrap_or_default()
    }

    pub(super) fn share(&mut self, tag: Tag) {
        if let Some(id) = tag.id()
            && let Some(node) = self.nodes.get_mut(id as usize)
        {
            node.shared = true;
        }
    }

    /// How deep an object is: 0 if it has no parts.
    pub(super) fn depth(&self, tag: Tag) -> u16 {
        match tag {
            Tag::Leaf | Tag::Global(_) | Tag::Foreign => 0,
            Tag::Fixed { depth, .. } => depth,
            Tag::List(id) | Tag::Dict(id) | Tag::Set(id) | Tag::Made(_, id) => self.get(id).depth,
        }
    }

    /// How many steps it takes to hash an object.
    pub(super) fn cost(&self, tag: Tag) -> u32 {
        match tag {
            Tag::Fixed { cost, .. } => cost,
            Tag::Made(_, id) => self.get(id).cost,
            _ => 1,
        }
    }

    /// An object gets parts of this depth and this cost; returns its depth.
    pub(super) fn grow(&mut self, tag: Tag, depth: u16, cost: u32) -> u16 {
        let Some(id) = tag.id() else { return 0 };
        let Some(node) = self.nodes.get_mut(id as usize) else {
            return 0;
        };
        self.late |= node.shared;
        node.depth = node.depth.max(depth.saturating_add(1));
        if matches!(tag, Tag::Made(..)) {
            node.cost = node.cost.saturating_add(cost);
        }
        node.depth
    }
}

impl Tag {
    fn id(self) -> Option<Id> {
        match self {
            Self::List(id) | Self::Dict(id) | Self::Set(id) | Self::Made(_, id) => Some(id),
            Self::Leaf | Self::Fixed { .. } | Self::Global(_) | Self::Foreign => None,
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
        assert_eq!(nodes.grow(inner, 4, 1), 5);
        assert!(!nodes.late);
        nodes.share(inner);
        assert_eq!((nodes.grow(inner, 1, 1), nodes.late), (5, true));
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
