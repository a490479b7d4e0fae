//! One pickle, read without making anything.

use core::convert::Infallible;
use core::fmt;

use super::graph::{Flaw, Graph, Id, Options, TooMany};
use super::limits::{Limit, Limits};
use super::source::Everything;
use crate::limits::{self, Exceeded, Gauge};
use crate::machine::{self, ErrorKind, Machine, Memo};

/// What a pickle would make, and what would be done to make it.
///
/// It is read to its `STOP`, or as far as it goes: what stands before an error is in the [graph](Self::graph) as well.
///
/// ```
/// use rustpython_pickle::inspect::{Limits, Pickle};
/// use rustpython_pickle::inspect::graph::Action;
///
/// let pickle = Pickle::read(b"cos\nsystem\n(S'echo harmless'\ntR.", &Limits::default());
/// assert!(pickle.error().is_none());
/// let made: Vec<_> = pickle.graph().steps().iter().map(|step| (step.offset, step.opcode.info().name)).collect();
/// assert_eq!(made, [(0, "GLOBAL"), (30, "REDUCE")]);
/// ```
#[derive(Debug)]
pub struct Pickle {
    start: u64,
    end: u64,
    opcodes: u64,
    graph: Graph,
    root: Option<Id>,
    error: Option<Error>,
}

/// Why a pickle is malformed, or can't be read to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// The offset in bytes of the opcode.
    pub offset: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a pickle.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// What no unpickler takes, in the words of CPython's exception.
    Malformed(String),
    /// What makes no object; the rest of the pickle was read all the same.
    Flaw(Flaw),
    /// There is more than may be: which limit was reached, and where it stands.
    Limit(Limit, u64),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => f.write_str(message),
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::Limit(which, limit) => write!(f, "there are more than {limit} {which}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.problem, self.offset)
    }
}

impl core::error::Error for Error {}

impl Pickle {
    /// Reads the pickle at the beginning of `data`.
    #[must_use]
    pub fn read(data: &[u8], limits: &Limits) -> Self {
        Self::read_at(data, 0, limits)
    }

    /// Reads the pickle that begins at `start`; offsets count from the beginning of `data`.
    #[must_use]
    pub fn read_at(data: &[u8], start: usize, limits: &Limits) -> Self {
        Self::with(data, start, limits, limits.opcodes, false)
    }

    /// As [`read_at`](Self::read_at), with no more than `opcodes` opcodes left of the limit.
    pub(super) fn read_within(data: &[u8], start: usize, limits: &Limits, opcodes: u64) -> Self {
        Self::with(data, start, limits, opcodes, false)
    }

    /// As [`read_at`](Self::read_at), and with the number of bytes that each object takes.
    pub(super) fn with_sizes(data: &[u8], start: usize, limits: &Limits) -> Self {
        Self::with(data, start, limits, limits.opcodes, true)
    }

    fn with(data: &[u8], start: usize, limits: &Limits, opcodes: u64, sizes: bool) -> Self {
        let options = Options {
            limit: limits.objects,
            count_parts: false,
            kept: limits.content,
            digest: None,
            shared: false,
            sizes,
        };
        let start = start.min(data.len());
        let mut source = Everything::new(data, start);
        let gauge = Gauge::new(limits::Limits::unlimited().opcodes(opcodes));
        let mut machine = Machine::metered(Graph::new(options), Memo::new(), gauge);
        let result = machine.load(&mut source);
        let (mut graph, _) = machine.into_parts();
        let (root, error) = match result {
            Ok(root) if !graph.is_full() => (Some(root), None),
            Ok(_) => (None, Some(too_many(source_offset(&source), limits))),
            Err(error) => (None, Some(translate(error, limits))),
        };
        let error = error.or_else(|| {
            let flaw = match (graph.flaw(), source.violation()) {
                (Some((offset, _)), Some(frame)) if frame < offset => (frame, Flaw::Frame),
                (Some(flaw), _) => flaw,
                (None, frame) => (frame?, Flaw::Frame),
            };
            Some(Error {
                offset: flaw.0,
                problem: Problem::Flaw(flaw.1),
            })
        });
        let end = source_offset(&source);
        if sizes {
            graph.finish_sizes(root, end);
        }
        Self {
            start: start as u64,
            end,
            opcodes: graph.opcodes(),
            graph,
            root,
            error,
        }
    }

    /// The offset of its first byte.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The offset of the first byte behind it, or behind what was read of it.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The number of opcodes that were read.
    #[must_use]
    pub fn opcodes(&self) -> u64 {
        self.opcodes
    }

    /// The objects.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What a load returns: the object that `STOP` takes, if the pickle goes so far.
    #[must_use]
    pub fn root(&self) -> Option<Id> {
        self.root
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Whether it was read to its `STOP`.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.root.is_some()
    }
}

fn source_offset(source: &Everything<'_>) -> u64 {
    use crate::wire::Source as _;
    source.offset()
}

fn too_many(offset: u64, limits: &Limits) -> Error {
    Error {
        offset,
        problem: Problem::Limit(Limit::Objects, limits.objects),
    }
}

fn translate(error: machine::Error<Infallible, TooMany, Exceeded>, limits: &Limits) -> Error {
    let problem = match error.kind {
        ErrorKind::Model(TooMany) => return too_many(error.offset, limits),
        ErrorKind::Limit(_) => Problem::Limit(Limit::Opcodes, limits.opcodes),
        kind => Problem::Malformed(kind.to_string()),
    };
    Error {
        offset: error.offset,
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pickle: &[u8]) -> Pickle {
        Pickle::read(pickle, &Limits::default())
    }

    fn problem(pickle: &[u8]) -> (u64, String) {
        let pickle = read(pickle);
        let error = pickle.error().expect("it is malformed");
        (error.offset, error.problem.to_string())
    }

    #[test]
    fn what_stands_before_an_error_is_seen() {
        let pickle = read(b"cos\nsystem\n)R\xff");
        assert_eq!(pickle.graph().steps().len(), 2);
        assert_eq!(pickle.error().map(|error| error.offset), Some(13));
        assert_eq!((pickle.root(), pickle.end()), (None, 14));
    }

    #[test]
    fn where_loaders_differ_it_goes_on() {
        // A frame that ends in the middle of a str.
        let pickle = read(b"\x80\x04\x95\x03\0\0\0\0\0\0\0\x8c\x02ab\x94.");
        assert!(pickle.is_whole());
        let problem = Problem::Flaw(Flaw::Frame);
        assert_eq!(
            pickle.error(),
            Some(&Error {
                offset: 11,
                problem
            })
        );
        for pickle in [
            // Nested, too long, not used up.
            &b"\x95\x0c\0\0\0\0\0\0\0N\x95\x01\0\0\0\0\0\0\0N."[..],
            b"\x95\xff\xff\0\0\0\0\0\0N.",
            b"\x95\x05\0\0\0\0\0\0\0N...",
        ] {
            let pickle = read(pickle);
            assert!(pickle.is_whole());
            let problem = Problem::Flaw(Flaw::Frame);
            assert_eq!(pickle.error().map(|error| &error.problem), Some(&problem));
        }
        assert!(read(b"\x95\x02\0\0\0\0\0\0\0N.").error().is_none());
    }

    #[test]
    fn flaws_of_texts() {
        for pickle in [
            &b"X\x01\0\0\0\xff."[..],
            b"V\\u12\n.",
            b"S'\\x1'\n.",
            b"c\xff\nx\n.",
        ] {
            assert_eq!(problem(pickle), (0, Flaw::Text.to_string()));
        }
        assert_eq!(problem(b"Ix\n."), (0, Flaw::Number.to_string()));
        assert_eq!(problem(b"NNb."), (2, Flaw::Constant.to_string()));
    }

    #[test]
    fn opcodes_are_limited() {
        let limits = Limits {
            opcodes: 10,
            ..Limits::default()
        };
        let pickle = Pickle::read(&b"N2222222222222."[..], &limits);
        assert_eq!(
            pickle.error().map(|error| error.problem.clone()),
            Some(Problem::Limit(Limit::Opcodes, 10))
        );
    }
}
