//! The way to an object as an expression.

use super::{Branch, Sizes};
use crate::inspect::graph::{Graph, Id, Kind, Role};
use crate::inspect::show;

/// How many steps of a long way are shown.
const STEPS: usize = 32;

/// How many characters of a key are shown.
const KEY: usize = 40;

impl Sizes {
    /// The way from the root; of a long one the end.
    pub(super) fn path(&self, place: u32) -> String {
        let places = self.places(place, STEPS);
        let mut path = String::new();
        if let Some(first) = places.first().and_then(|place| self.branch(*place))
            && let Some((parent, _)) = first.parent
        {
            path.push_str(self.root_label(parent));
            path.push('…');
        }
        for branch in places.iter().filter_map(|place| self.branch(*place)) {
            path.push_str(&self.label(branch));
        }
        path
    }

    /// The places from a root to an object, the last so many of them.
    pub(super) fn places(&self, place: u32, most: usize) -> Vec<u32> {
        let parent = |place: &u32| Some(self.branch(*place)?.parent?.0);
        let mut places: Vec<u32> = core::iter::successors(Some(place), parent)
            .take(most)
            .collect();
        places.reverse();
        places
    }

    fn root_label(&self, place: u32) -> &'static str {
        if place < self.held {
            "root"
        } else {
            "<dropped>"
        }
    }

    /// The last step of the way to an object.
    pub(super) fn label(&self, branch: &Branch) -> String {
        let graph = self.pickle.graph();
        let Some((parent, part)) = branch.parent else {
            let root = self.pickle.root() == Some(branch.id);
            return self.root_label(if root { 0 } else { u32::MAX }).to_owned();
        };
        let Some(holder) = self.branch(parent) else {
            return String::new();
        };
        label(
            graph,
            holder.id,
            branch,
            part as usize,
            self.is_state(holder),
        )
    }

    /// Whether an object is the state that another one is given.
    fn is_state(&self, branch: &Branch) -> bool {
        let holder = branch.parent.and_then(|(parent, part)| {
            let holder = self.pickle.graph().get(self.branch(parent)?.id)?;
            holder.parts().get(part as usize)
        });
        holder.is_some_and(|(role, _)| *role == Role::State)
    }
}

fn label(graph: &Graph, holder: Id, branch: &Branch, part: usize, state: bool) -> String {
    let Some(node) = graph.get(holder) else {
        return String::new();
    };
    let Some((role, id)) = node.parts().get(part).copied() else {
        return String::new();
    };
    match role {
        Role::Made => match (node.kind(), part) {
            (Kind::Tuple, index) => format!("[{index}]"),
            (Kind::Call | Kind::New | Kind::Instance, 0) => ".__callable__".to_owned(),
            (Kind::Call | Kind::New, 1) => ".__args__".to_owned(),
            (Kind::New, _) => ".__kwargs__".to_owned(),
            (Kind::Instance, index) => format!(".__args__[{}]", index - 1),
            _ => ".__id__".to_owned(),
        },
        Role::Item if matches!(node.kind(), Kind::Set | Kind::FrozenSet) => {
            format!("{{{}}}", show::line(graph, id, KEY))
        }
        Role::Item => format!("[{}]", branch.ordinal),
        Role::Pair => {
            if branch.ordinal.is_multiple_of(2) {
                return format!(".keys()[{}]", branch.ordinal / 2);
            }
            let Some((_, key)) = node
                .parts()
                .iter()
                .take(part)
                .rfind(|(role, _)| *role == Role::Pair)
            else {
                return String::new();
            };
            let name = graph.get(*key).filter(|key| key.kind() == Kind::Str);
            let name = name.map(|key| key.content().bytes());
            match name.filter(|name| state && show::is_identifier(name) && name.len() <= KEY) {
                Some(name) => format!(".{}", String::from_utf8_lossy(name)),
                None => format!("[{}]", show::line(graph, *key, KEY)),
            }
        }
        // The attributes are the object's, not the state's.
        Role::State if graph.get(id).is_some_and(|node| node.kind() == Kind::Dict) => String::new(),
        Role::State => ".__state__".to_owned(),
        Role::Effect => ".__effect__".to_owned(),
    }
}
