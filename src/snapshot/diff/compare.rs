//! Whether two objects of two graphs are the same, with everything that they hold and share.

use std::collections::{HashMap, HashSet};

use crate::inspect::graph::{Graph, Id, Role};
use crate::snapshot::error::SnapshotError;

/// Steps that a comparison may take for each object and each part there is. One is enough, unless many globals differ in what
/// they share; only a made-up file comes near.
const STEPS: usize = 64;

/// What is known of two graphs after some of their objects have been compared.
///
/// Two objects are the same if the graphs below them are: the same kinds, the same constants, the same parts in the same
/// order, and objects shared in the one where they are shared in the other.
pub(super) struct Comparison<'a> {
    old: &'a Graph,
    new: &'a Graph,
    /// Which object of the new graph is which of the old one, and the other way round.
    forth: HashMap<Id, Id>,
    back: HashMap<Id, Id>,
    /// Pairs that are different whatever is shared.
    different: HashSet<(Id, Id)>,
    steps: usize,
    /// How many bytes of memory all of that may take.
    memory: u64,
}

/// Bytes of memory that a pair of objects takes in a map or in a vector, which grow by doubling.
const PAIR: u64 = 24;

/// How many steps are taken between two reports of progress.
const REPORT: usize = 1 << 16;

/// Why a comparison ends without a result.
#[derive(Debug)]
pub(super) enum Stop {
    /// It takes too long.
    TooMany,
    /// It takes so many bytes of memory, which is too much.
    OutOfRoom(u64),
    /// The caller has had enough.
    Cancelled(SnapshotError),
}

/// Asked now and then whether to go on.
pub(super) type Ask<'a> = dyn FnMut() -> Result<(), SnapshotError> + 'a;

/// How two objects compare at first sight.
enum Sight {
    Same,
    /// The kind, the content or the number of parts differs.
    Different,
    /// One of them is already known as another one.
    Other,
    /// It depends on the parts.
    Parts,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(old: &'a Graph, new: &'a Graph, memory: u64) -> Self {
        Self {
            old,
            new,
            forth: HashMap::new(),
            back: HashMap::new(),
            different: HashSet::new(),
            steps: (old.size() + new.size()).saturating_mul(STEPS),
            memory,
        }
    }

    /// Whether an object of the old graph and one of the new are the same.
    pub(super) fn same(&mut self, old: Id, new: Id, ask: &mut Ask<'_>) -> Result<bool, Stop> {
        let mut trail = Vec::new();
        let result = self.walk(old, new, &mut trail, ask);
        if !matches!(result, Ok(true)) {
            for (old, new) in trail {
                self.forth.remove(&old);
                self.back.remove(&new);
            }
        }
        result
    }

    fn walk(
        &mut self,
        old: Id,
        new: Id,
        trail: &mut Vec<(Id, Id)>,
        ask: &mut Ask<'_>,
    ) -> Result<bool, Stop> {
        // The pairs from the roots to where the walk is, each with the number of its next part.
        let mut stack = Vec::new();
        let mut next = Some((old, new));
        loop {
            if let Some((old, new)) = next.take() {
                self.steps = self.steps.checked_sub(1).ok_or(Stop::TooMany)?;
                if self.steps.is_multiple_of(REPORT) {
                    ask().map_err(Stop::Cancelled)?;
                }
                self.check(stack.len() + trail.len())?;
                match self.sight(old, new) {
                    Sight::Same => {}
                    Sight::Parts => {
                        self.forth.insert(old, new);
                        self.back.insert(new, old);
                        trail.push((old, new));
                        stack.push((old, new, 0));
                    }
                    Sight::Other => return Ok(false),
                    Sight::Different => {
                        // So are those that it is a part of, seen from anywhere.
                        self.different.insert((old, new));
                        self.check(stack.len() * 4)?;
                        let above = stack.iter().map(|(old, new, _)| (*old, *new));
                        self.different.extend(above);
                        return Ok(false);
                    }
                }
            }
            let Some((old, new, index)) = stack.last_mut() else {
                return Ok(true);
            };
            next = part(self.old, *old, *index).zip(part(self.new, *new, *index));
            *index += 1;
            if next.is_none() {
                stack.pop();
            }
        }
    }

    /// Makes sure that there is memory for so many more pairs of objects.
    fn check(&self, more: usize) -> Result<(), Stop> {
        let pairs = self.forth.len() + self.back.len() + self.different.len() + more;
        let needed = pairs as u64 * PAIR;
        match needed > self.memory {
            true => Err(Stop::OutOfRoom(needed)),
            false => Ok(()),
        }
    }

    fn sight(&self, old: Id, new: Id) -> Sight {
        match (self.forth.get(&old), self.back.get(&new)) {
            (Some(known), _) if *known == new => return Sight::Same,
            (None, None) => {}
            _ => return Sight::Other,
        }
        let (Some(a), Some(b)) = (self.old.get(old), self.new.get(new)) else {
            return Sight::Different;
        };
        let role = |parts: &(Role, Id)| parts.0;
        if a.kind() != b.kind()
            || a.content() != b.content()
            || self.different.contains(&(old, new))
            || !a.parts().iter().map(role).eq(b.parts().iter().map(role))
        {
            return Sight::Different;
        }
        if a.kind().is_atom() {
            Sight::Same
        } else {
            Sight::Parts
        }
    }
}

fn part(graph: &Graph, id: Id, index: usize) -> Option<Id> {
    graph.get(id)?.parts().get(index).map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Limits;
    use crate::snapshot::reader::Reader;

    #[test]
    fn what_is_known_of_pairs_takes_no_more_memory_than_it_may() {
        let state = [&b"]".repeat(1000)[..], &b"a".repeat(999), b"."].concat();
        let limits = Limits::default();
        let mut reader = Reader::new(&state, 96, &limits);
        let root = reader.pickle(&mut |_| Ok(())).unwrap();
        let graph = &reader.graph;
        let mut ask = || Ok(());
        let enough = Comparison::new(graph, graph, 5 * 1000 * PAIR).same(root, root, &mut ask);
        assert!(matches!(enough, Ok(true)), "{enough:?}");
        let too_little = Comparison::new(graph, graph, 3 * 1000 * PAIR).same(root, root, &mut ask);
        assert!(
            matches!(too_little, Err(Stop::OutOfRoom(needed)) if needed > 3000 * PAIR),
            "{too_little:?}"
        );
    }
}
