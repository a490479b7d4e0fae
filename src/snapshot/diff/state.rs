//! The section `state` as a graph: which object each global is.

use std::collections::HashMap;

use crate::inspect::graph::{Graph, Id, Kind, Options, TooMany};
use crate::machine::{ErrorKind, Machine, Memo};
use crate::snapshot::container::{Limit, STATE};
use crate::snapshot::error::SnapshotError;
use crate::snapshot::metadata::GlobalReport;
use crate::snapshot::progress::{Observer, Phase, Progress};
use crate::snapshot::{Container, Limits};
use crate::wire::{SliceSource, Source as _};

/// Content of a constant that is kept as it is, in bytes; of a longer one its beginning and its digest.
const KEPT: usize = 96;

/// An empty graph in which equal constants are one node.
pub(in crate::snapshot) fn graph(limits: &Limits, kept: usize) -> Graph {
    Graph::new(Options {
        limit: limits.objects,
        kept,
        digest: Some(|content| *blake3::hash(content).as_bytes()),
        shared: true,
        sizes: false,
    })
}

/// The objects of a state, and which of them the globals are.
pub(super) struct State {
    pub(super) graph: Graph,
    /// By the offset of the pickle.
    roots: HashMap<u64, Id>,
}

impl State {
    /// Reads the pickles up to the last global's.
    ///
    /// Those before the first global's have a memo each; the memo of the last of them, which names what every
    /// interpreter has, is that of all globals.
    pub(super) fn read(
        container: &Container,
        limits: &Limits,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        let mut globals: Vec<_> = container
            .metadata()
            .report
            .globals()
            .filter_map(|(_, global)| Some((global.offset?, global.size)))
            .collect();
        globals.sort_unstable();
        let state = container.section(STATE, observer)?.unwrap_or_default();
        let mut reader = Reader::new(&state, graph(limits, KEPT), limits);
        let mut progress = Progress::new(Phase::Compare, Some(state.len() as u64));
        let mut roots = HashMap::new();
        for (offset, size) in globals {
            while reader.position < offset {
                if roots.is_empty() {
                    reader.forget();
                }
                reader.pickle()?;
            }
            let root = if reader.position == offset {
                Some(reader.pickle()?)
            } else {
                None
            };
            let end = reader.position.checked_sub(offset);
            let Some(root) = root.filter(|_| end == Some(size)) else {
                let message = format!("no pickle of {size} bytes begins at byte {offset} of it");
                return Err(SnapshotError::corrupt(STATE, message));
            };
            roots.insert(offset, root);
            progress.bytes = reader.position;
            progress.objects = reader.graph.len() as u64;
            observer.tell(&progress)?;
        }
        Ok(Self {
            graph: reader.graph,
            roots,
        })
    }

    /// The object that a global is, if it has a pickle.
    pub(super) fn root(&self, global: &GlobalReport) -> Option<Id> {
        self.roots.get(&global.offset?).copied()
    }
}

/// Reads one pickle after the other.
pub(in crate::snapshot) struct Reader<'a> {
    state: &'a [u8],
    /// Where the next one begins.
    pub(in crate::snapshot) position: u64,
    pub(in crate::snapshot) graph: Graph,
    memo: Memo<Id>,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// Of the limits, [`Limits::objects`] is used, which the graph has as well.
    pub(in crate::snapshot) fn new(state: &'a [u8], graph: Graph, limits: &'a Limits) -> Self {
        Self {
            state,
            position: 0,
            graph,
            memo: Memo::new(),
            limits,
        }
    }

    /// The next pickle begins with an empty memo.
    pub(in crate::snapshot) fn forget(&mut self) {
        self.memo = Memo::new();
    }

    /// Reads the next pickle.
    pub(in crate::snapshot) fn pickle(&mut self) -> Result<Id, SnapshotError> {
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        let mut source = SliceSource::new(self.state.get(start..).unwrap_or_default());
        let known = self.graph.len();
        // The machine takes both, and gives them back.
        let graph = core::mem::replace(&mut self.graph, graph(self.limits, 0));
        let memo = core::mem::take(&mut self.memo);
        let mut machine = Machine::with_memo(graph, memo);
        let result = machine.load(&mut source);
        (self.graph, self.memo) = machine.into_parts();
        let limit = self.limits.objects;
        let too_many = || SnapshotError::limit(Limit::Objects, limit.saturating_add(1), limit);
        let root = match result {
            Ok(_) if self.graph.is_full() => return Err(too_many()),
            Ok(root) => root,
            Err(error) => {
                if error.kind == ErrorKind::Model(TooMany) {
                    return Err(too_many());
                }
                let offset = self.position + error.offset;
                let message = format!("at byte {offset} of it: {}", error.kind);
                return Err(SnapshotError::corrupt(STATE, message));
            }
        };
        let wrong = match self.graph.flaw() {
            Some((offset, flaw)) => Some((offset, flaw.to_string())),
            None => foreign(&self.graph, known),
        };
        if let Some((offset, wrong)) = wrong {
            let message = format!("at byte {} of it: {wrong}", self.position + offset);
            return Err(SnapshotError::corrupt(STATE, message));
        }
        self.position += source.offset();
        Ok(root)
    }
}

/// What no snapshot has, among the nodes from a number on.
fn foreign(graph: &Graph, known: usize) -> Option<(u64, String)> {
    graph.nodes().skip(known).find_map(|(_, node)| {
        let what = match node.kind() {
            Kind::OldStr => "a string of Python 2",
            Kind::Buffer if node.parts().is_empty() => "a buffer out of band",
            Kind::Persistent => "a persistent id that is no string",
            _ => return None,
        };
        Some((node.offset(), format!("there is {what}")))
    })
}
