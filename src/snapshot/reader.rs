//! The pickles of a state as a [graph] of plain nodes: what would be made, with nothing made.

use crate::inspect::graph::{self, Graph, Id, Kind, Node, TooMany};
use crate::machine::{Error, ErrorKind, Machine, Memo, Meter, Progress};
use crate::wire::{Opcode, SliceSource, Source as _};

use super::Limits;
use super::container::{Limit, STATE};
use super::error::SnapshotError;
use super::told::{Cancelled, Told};

/// Reads one pickle after the other into one graph, in which equal atoms are one node.
pub(super) struct Reader<'a> {
    state: &'a [u8],
    /// Where the next one begins.
    pub(super) position: u64,
    pub(super) graph: Graph,
    memo: Memo<Id>,
    options: graph::Options,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// Of each atom's content, `kept` bytes are kept as they are. Of the limits, [`Limits::objects`] and [`Limits::memory`]
    /// are used.
    pub(super) fn new(state: &'a [u8], kept: usize, limits: &'a Limits) -> Self {
        let options = graph::Options {
            limit: limits.objects,
            count_parts: true,
            kept,
            digest: Some(|bytes| *blake3::hash(bytes).as_bytes()),
            shared: true,
            sizes: false,
        };
        Self {
            state,
            position: 0,
            graph: Graph::new(options),
            memo: Memo::new(),
            options,
            limits,
        }
    }

    /// The next pickle begins with an empty memo.
    pub(super) fn forget(&mut self) {
        self.memo = Memo::new();
    }

    /// Reads the next pickle. `observe` is told of the bytes so far, and may end it.
    pub(super) fn pickle(
        &mut self,
        observe: &mut dyn FnMut(u64) -> Result<(), SnapshotError>,
    ) -> Result<Id, SnapshotError> {
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        let first = self.graph.len();
        let mut ended = None;
        let mut tell = |bytes| match observe(self.position + bytes) {
            Ok(()) => true,
            Err(error) => {
                ended = Some(error);
                false
            }
        };
        let rest = self.state.get(start..).unwrap_or_default();
        let room = Room::new(self.limits.memory, rest);
        let slice = SliceSource::new(rest);
        let mut source = Told::new(slice, &mut tell);
        // The machine takes both, and gives them back.
        let graph = core::mem::replace(&mut self.graph, Graph::new(self.options));
        let memo = core::mem::take(&mut self.memo);
        let mut machine = Machine::metered(graph, memo, room);
        let result = machine.load(&mut source);
        (self.graph, self.memo) = machine.into_parts();
        let read = source.offset();
        if let Some(error) = ended {
            return Err(error);
        }
        let root = result.map_err(|error| self.failed(error))?;
        if self.graph.is_full() {
            return Err(self.too_many());
        }
        if let Some((offset, flaw)) = self.graph.flaw() {
            return Err(self.corrupt(offset, flaw));
        }
        let new = (first..self.graph.len()).filter_map(|id| self.graph.get(Id::try_from(id).ok()?));
        for node in new {
            if let Some(what) = unknown(node) {
                return Err(self.corrupt(node.offset(), what));
            }
        }
        self.position += read;
        Ok(root)
    }

    fn failed(&self, error: Error<Cancelled, TooMany, OutOfRoom>) -> SnapshotError {
        match error.kind {
            ErrorKind::Model(TooMany) => self.too_many(),
            ErrorKind::Limit(OutOfRoom { needed, limit }) => {
                SnapshotError::limit(Limit::Memory, needed, limit)
            }
            kind => self.corrupt(error.offset, kind),
        }
    }

    fn too_many(&self) -> SnapshotError {
        let limit = self.limits.objects;
        SnapshotError::limit(Limit::Objects, limit.saturating_add(1), limit)
    }

    /// What is wrong with the pickle, at an offset in it.
    fn corrupt(&self, offset: u64, what: impl core::fmt::Display) -> SnapshotError {
        let offset = self.position + offset;
        SnapshotError::corrupt(STATE, format!("at byte {offset} of it: {what}"))
    }
}

/// What no snapshot has, though pickles may.
fn unknown(node: &Node) -> Option<&'static str> {
    match node.kind() {
        Kind::OldStr => Some("there is a string of Python 2"),
        Kind::Buffer if node.parts().is_empty() => Some("there is a buffer out of band"),
        Kind::Persistent => Some("a persistent id is no string"),
        _ => None,
    }
}

/// Holds a graph, and the stack, marks and memo of the machine that makes it, to so many bytes of memory.
struct Room {
    used: u64,
    limit: u64,
    /// Where what is read ends.
    end: u64,
}

/// More memory would be needed than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OutOfRoom {
    needed: u64,
    limit: u64,
}

impl core::fmt::Display for OutOfRoom {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes of memory are needed", self.needed)
    }
}

/// Bytes of a vector's item, which has room for more.
const STACK: u64 = 2 * size_of::<Id>() as u64;
const MARK: u64 = 2 * size_of::<usize>() as u64;
/// An index far beyond the others is an entry of a map.
const MEMO: u64 = 32;
const PART: u64 = 2 * size_of::<(graph::Role, Id)>() as u64;

impl Room {
    fn new(limit: u64, read: &[u8]) -> Self {
        Self {
            used: 0,
            limit,
            end: read.len() as u64,
        }
    }

    fn check(&self, more: u64) -> Result<(), OutOfRoom> {
        let (needed, limit) = (self.used.saturating_add(more), self.limit);
        match needed > limit {
            true => Err(OutOfRoom { needed, limit }),
            false => Ok(()),
        }
    }
}

impl Meter for Room {
    type Exceeded = OutOfRoom;

    #[inline]
    fn step(
        &mut self,
        _opcode: Opcode,
        progress: impl FnOnce() -> Progress,
    ) -> Result<(), OutOfRoom> {
        let machine = progress();
        let stack = STACK * machine.stack as u64 + MARK * machine.marks as u64;
        self.used = machine.held + stack + MEMO * machine.memo as u64;
        self.check(0)
    }

    #[inline]
    fn payload(&mut self, _: Opcode, offset: u64, length: usize) -> Result<(), OutOfRoom> {
        let length = length as u64;
        // What is not there is not copied: the pickle is cut off.
        match length > self.end.saturating_sub(offset) {
            true => Ok(()),
            false => self.check(length),
        }
    }

    #[inline]
    fn far(&mut self) -> Result<(), OutOfRoom> {
        self.check(MEMO)
    }

    #[inline]
    fn items(&mut self, _: Opcode, count: usize) -> Result<(), OutOfRoom> {
        self.check(PART * count as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::SnapshotErrorKind;

    /// The memory that a state needs, by what it is refused with one byte less than that.
    fn fits(state: &[u8], memory: u64) -> bool {
        let limits = Limits {
            memory,
            ..Limits::default()
        };
        match Reader::new(state, 96, &limits).pickle(&mut |_| Ok(())) {
            Ok(_) => true,
            Err(error) => {
                let which = Limit::Memory;
                let expected = SnapshotErrorKind::LimitExceeded {
                    which,
                    limit: memory,
                };
                assert_eq!(*error.kind(), expected, "{error}");
                false
            }
        }
    }

    #[test]
    fn whatever_takes_memory_counts() {
        let many = 10_000;
        for (opcodes, each) in [
            // The stack, marks, the memo in both its forms.
            (&b"N"[..], 8),
            (b"(", 16),
            (b"N\x94", 32),
            // Nodes.
            (b"]", 64),
            (b")", 64),
        ] {
            let state = [&opcodes.repeat(many)[..], b"N."].concat();
            assert!(!fits(&state, each * many as u64), "{opcodes:?}");
            assert!(fits(&state, 4 * (each + 64) * many as u64), "{opcodes:?}");
        }
        // Parts.
        let state = [&b"](N"[..], &b"2".repeat(many), b"e."].concat();
        assert!(!fits(&state, 8 * many as u64 + 8 * many as u64));
        // Atoms that differ, and their content.
        let mut state = Vec::new();
        for number in 0..many {
            state.extend(b"X\x50\0\0\0");
            state.extend(format!("{number:080}").into_bytes());
        }
        state.extend(b".");
        assert!(!fits(&state, (64 + 40 + 80) * many as u64));
        // A long one is copied before it is cut.
        let state = [&b"B\x00\x00\x10\0"[..], &vec![0; 1 << 20], b"."].concat();
        assert!(!fits(&state, (1 << 20) - 1));
        assert!(fits(&state, (1 << 20) + 1000));
    }

    /// Two names of a few thousand bytes are paired into many globals of that length, in five bytes each.
    #[test]
    fn names_do_not_multiply() {
        let mut state = Vec::new();
        for letter in b'a'..b'q' {
            state.extend(b"X\x00\x10\0\0");
            state.extend([letter; 4096]);
            state.push(0x94);
        }
        for module in 0..16 {
            for name in 0..16 {
                state.extend([b'h', module, b'h', name, 0x93]);
            }
        }
        state.push(b'.');
        let limits = Limits {
            memory: 1 << 20,
            ..Limits::default()
        };
        let error = Reader::new(&state, usize::MAX, &limits)
            .pickle(&mut |_| Ok(()))
            .unwrap_err();
        assert!(
            matches!(
                error.kind(),
                SnapshotErrorKind::LimitExceeded {
                    which: Limit::Memory,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn what_no_snapshot_has_is_told_with_its_place() {
        for (state, message) in [
            (
                &b"NU\x01a0."[..],
                "at byte 1 of it: there is a string of Python 2",
            ),
            (b"N0\x97.", "at byte 2 of it: there is a buffer out of band"),
            (b"K\x01Q.", "at byte 2 of it: a persistent id is no string"),
            (b"NNa.", "at byte 2 of it: something is added to a constant"),
            (
                b"X\x01\0\0\0\xff.",
                "at byte 0 of it: a text can't be decoded",
            ),
        ] {
            let limits = Limits::default();
            let error = Reader::new(state, 96, &limits).pickle(&mut |_| Ok(()));
            let error = error.unwrap_err().to_string();
            assert!(error.ends_with(message), "{error}");
        }
    }
}
