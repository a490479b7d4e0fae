//! The section `state` as a graph: which object each global is.

use std::cell::Cell;
use std::collections::HashMap;

use crate::inspect::graph::{Graph, Id};
use crate::snapshot::container::STATE;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::metadata::GlobalReport;
use crate::snapshot::progress::{Observer, Phase, Progress};
use crate::snapshot::reader::Reader;
use crate::snapshot::{Container, Limits};

/// Content of an atom that is kept as it is, in bytes: more than is shown.
const KEPT: usize = 96;

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
        let mut reader = Reader::new(&state, KEPT, limits);
        let mut progress = Progress::new(Phase::Compare, Some(state.len() as u64));
        let objects = Cell::new(0);
        let mut observe = |bytes| {
            progress.bytes = bytes;
            progress.objects = objects.get();
            observer.tell(&progress)
        };
        let mut roots = HashMap::new();
        for (offset, size) in globals {
            while reader.position < offset {
                if roots.is_empty() {
                    reader.forget();
                }
                reader.pickle(&mut observe)?;
            }
            let root = if reader.position == offset {
                Some(reader.pickle(&mut observe)?)
            } else {
                None
            };
            let end = reader.position.checked_sub(offset);
            let Some(root) = root.filter(|_| end == Some(size)) else {
                let message = format!("no pickle of {size} bytes begins at byte {offset} of it");
                return Err(SnapshotError::corrupt(STATE, message));
            };
            roots.insert(offset, root);
            objects.set(reader.graph.len() as u64);
            observe(reader.position)?;
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
