//! What takes the space in a pickle.

#[cfg(feature = "flamegraph")]
mod flame;
mod path;

use std::collections::HashMap;

use super::graph::{Graph, Id, Kind, Node, Role};
use super::limits::Limits;
use super::read::Pickle;
use super::show;

/// How many characters of a class's name are shown.
const NAME: usize = 80;

/// What takes the space in a pickle: which objects, and which types.
///
/// Every byte of the pickle is one object's own: its opcode and argument, its memo entry, the opcodes that fill it, and, for a
/// container, its keys that are constants. A reference to an object that was there before counts for the container that has
/// it. What an object holds is counted where it is found first.
///
/// ```
/// use rustpython_pickle::inspect::{Limits, Sizes};
///
/// let data = b"\x80\x04}(\x8c\x05users](\x8c\x03Ada\x8c\x05Gracee\x8c\x04sizeK\x02u.";
/// let sizes = Sizes::new(data, 0, &Limits::default());
/// assert_eq!(sizes.total(), data.len() as u64);
/// let paths: Vec<_> = sizes.largest(3).into_iter().map(|entry| (entry.path, entry.total)).collect();
/// assert_eq!(
///     paths,
///     [("root".to_owned(), 36), ("root['users']".to_owned(), 16), ("root['users'][1]".to_owned(), 7)]
/// );
/// ```
#[derive(Debug)]
pub struct Sizes {
    pickle: Pickle,
    /// Objects before those that they hold.
    tree: Vec<Branch>,
    /// How many of them the root holds, and is.
    held: u32,
    total: u64,
}

/// An object where it was found first.
#[derive(Clone, Copy, Debug)]
struct Branch {
    id: Id,
    /// Its place in the tree's list, and the number of the part that it is there.
    parent: Option<(u32, u32)>,
    /// The number of parts of its role before it.
    ordinal: u32,
    own: u64,
    total: u64,
    objects: u64,
}

/// How much an object takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The way to it, as an expression: `root['users'][3].name`.
    pub path: String,
    /// Its type, or the callable that makes it.
    pub type_name: String,
    /// Bytes of its own.
    pub own: u64,
    /// Bytes with those of all that it holds.
    pub total: u64,
    /// The number of objects with those that it holds.
    pub objects: u64,
}

/// How much the objects of a type take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeEntry {
    /// The type, or the callable that makes them.
    pub type_name: String,
    /// Bytes of their own, without what they hold.
    pub own: u64,
    /// The number of objects.
    pub objects: u64,
}

impl Sizes {
    /// Measures the pickle that begins at `start`. If it is malformed, as far as it goes.
    #[must_use]
    pub fn new(data: &[u8], start: usize, limits: &Limits) -> Self {
        let pickle = Pickle::with_sizes(data, start, limits);
        let total = pickle.end() - pickle.start();
        let (tree, held) = tree(&pickle, total);
        Self {
            pickle,
            tree,
            held,
            total,
        }
    }

    /// The pickle.
    #[must_use]
    pub fn pickle(&self) -> &Pickle {
        &self.pickle
    }

    /// Its length in bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The objects that take the most with all that they hold; those that take as much in the order in which they are found.
    #[must_use]
    pub fn largest(&self, count: usize) -> Vec<Entry> {
        let mut order: Vec<u32> = (0..).take(self.tree.len()).collect();
        let total = |place: &u32| self.branch(*place).map_or(0, |branch| branch.total);
        order.sort_by_key(|place| core::cmp::Reverse(total(place)));
        order
            .into_iter()
            .take(count)
            .filter_map(|place| {
                let branch = self.branch(place).filter(|branch| branch.total > 0)?;
                Some(Entry {
                    path: self.path(place),
                    type_name: type_name(self.pickle.graph(), branch.id),
                    own: branch.own,
                    total: branch.total,
                    objects: branch.objects,
                })
            })
            .collect()
    }

    /// What the objects of each type take, the most first.
    #[must_use]
    pub fn types(&self) -> Vec<TypeEntry> {
        let graph = self.pickle.graph();
        let mut types: HashMap<TypeKey, (u64, u64)> = HashMap::new();
        for (id, node) in graph.nodes() {
            let tally = types.entry(TypeKey::of(graph, id, node)).or_default();
            tally.0 += graph.bytes_of(id);
            tally.1 += 1;
        }
        let mut names: HashMap<String, (u64, u64)> = HashMap::new();
        for (key, (own, objects)) in types {
            let tally = names.entry(key.name(graph)).or_default();
            tally.0 += own;
            tally.1 += objects;
        }
        let mut entries: Vec<_> = names
            .into_iter()
            .map(|(type_name, (own, objects))| TypeEntry {
                type_name,
                own,
                objects,
            })
            .collect();
        entries.sort_by(|a, b| b.own.cmp(&a.own).then(a.type_name.cmp(&b.type_name)));
        entries
    }

    fn branch(&self, place: u32) -> Option<&Branch> {
        self.tree.get(place as usize)
    }
}

/// The objects from the root on, and then those that nothing holds.
fn tree(pickle: &Pickle, total: u64) -> (Vec<Branch>, u32) {
    let graph = pickle.graph();
    let mut found = vec![false; graph.len()];
    let mut tree: Vec<Branch> = Vec::new();
    // The youngest first: of what is left those come first that hold the others.
    let left = (0..graph.len())
        .rev()
        .filter_map(|id| Id::try_from(id).ok());
    let mut stack = Vec::new();
    let mut held = 0;
    for root in pickle.root().into_iter().chain(left) {
        stack.push((root, None, 0));
        while let Some((id, parent, ordinal)) = stack.pop() {
            match found.get_mut(id as usize) {
                Some(found) if !*found => *found = true,
                _ => continue,
            }
            let Some(node) = graph.get(id) else {
                continue;
            };
            let place = u32::try_from(tree.len()).unwrap_or(u32::MAX);
            let mut own = graph.bytes_of(id);
            let mut objects = 1;
            let start = stack.len();
            let (mut items, mut pairs) = (0u32, 0u32);
            for (index, (role, part)) in (0..).zip(node.parts()) {
                let counter = match role {
                    Role::Item => &mut items,
                    Role::Pair => &mut pairs,
                    _ => &mut 0,
                };
                let ordinal = *counter;
                *counter += 1;
                let is_key = *role == Role::Pair && ordinal.is_multiple_of(2);
                let seen = found.get_mut(*part as usize);
                let constant = graph.get(*part).is_some_and(|node| node.kind().is_atom());
                match seen {
                    Some(seen) if is_key && constant => {
                        let bytes = if core::mem::replace(seen, true) {
                            continue;
                        } else {
                            graph.bytes_of(*part)
                        };
                        own += bytes;
                        objects += 1;
                    }
                    Some(false) => stack.push((*part, Some((place, index)), ordinal)),
                    _ => {}
                }
            }
            // The first part is looked at first.
            if let Some(parts) = stack.get_mut(start..) {
                parts.reverse();
            }
            tree.push(Branch {
                id,
                parent,
                ordinal,
                own,
                total: own,
                objects,
            });
        }
        if held == 0 && pickle.root() == Some(root) {
            held = u32::try_from(tree.len()).unwrap_or(u32::MAX);
        }
    }
    // Whatever has no object is the root's: the bytes of a pickle without one.
    let counted: u64 = tree.iter().map(|branch| branch.own).sum();
    if let Some(root) = tree.first_mut() {
        root.own += total.saturating_sub(counted);
        root.total = root.own;
    }
    for place in (0..tree.len()).rev() {
        let Some(branch) = tree.get(place).copied() else {
            continue;
        };
        if let Some(parent) = branch
            .parent
            .and_then(|(parent, _)| tree.get_mut(parent as usize))
        {
            parent.total += branch.total;
            parent.objects += branch.objects;
        }
    }
    (tree, held)
}

/// What is the same for objects of one type, and cheap to compare.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum TypeKey {
    Kind(Kind),
    /// A global's content.
    Named(super::graph::Content),
    /// An object that is called.
    Called(Id),
}

impl TypeKey {
    fn of(graph: &Graph, id: Id, node: &Node) -> Self {
        if !node.kind().is_call() {
            return Self::Kind(node.kind());
        }
        let class = graph.class_of(id).unwrap_or(id);
        match graph.get(class) {
            Some(node) if node.kind() == Kind::Global => Self::Named(node.content().clone()),
            _ => Self::Called(class),
        }
    }

    fn name(&self, graph: &Graph) -> String {
        match self {
            Self::Kind(kind) => kind_name(*kind).to_owned(),
            Self::Named(content) => match super::graph::split(content.bytes()) {
                Some((module, name)) => show::global(module, name),
                None => "a global".to_owned(),
            },
            Self::Called(id) => show::line(graph, *id, NAME),
        }
    }
}

fn type_name(graph: &Graph, id: Id) -> String {
    graph
        .get(id)
        .map(|node| TypeKey::of(graph, id, node).name(graph))
        .unwrap_or_default()
}

/// The name of a built-in type, or what stands in its place.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "None",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Str => "str",
        Kind::OldStr => "str (Python 2)",
        Kind::Bytes => "bytes",
        Kind::Global | Kind::Computed => "a global",
        Kind::Extension => "an extension",
        Kind::Persistent | Kind::PersistentText => "a persistent id",
        Kind::ByteArray => "bytearray",
        Kind::Buffer => "a buffer",
        Kind::Tuple => "tuple",
        Kind::List => "list",
        Kind::Dict => "dict",
        Kind::Set => "set",
        Kind::FrozenSet => "frozenset",
        Kind::Call | Kind::New | Kind::Instance => "a call",
    }
}

#[cfg(test)]
mod tests;
