//! What an inspection may cost.
//!
//! Inspection has limits of its own, and not those of a load ([`crate::limits::Limits`]), because it makes nothing: it has no
//! calls, no hashing and no nested objects to let go of, and what it does have, files in files and findings, no load knows. Of a
//! load's limits,
//!
//! - `opcodes` is the same, counted by the same [`Gauge`](crate::limits::Gauge), and in a scan for the whole file;
//! - `objects` counts the nodes of the graph, `None` and booleans included;
//! - `input_bytes` is [`Limits::expanded`]: a file is in memory already, and what it expands to is what costs;
//! - `string_bytes`, `long_bytes` and `container_items` are not needed: what a pickle holds is no longer than the pickle, and of
//!   content [`Limits::content`] bytes are kept;
//! - `memo_entries`, `stack_depth` and `mark_depth` follow from `opcodes`: each takes an opcode, and 24 bytes at most;
//! - `allocated_bytes` follows from these: see [`Limits::opcodes`] and [`Limits::objects`];
//! - `int_digits` is always Python's own limit, 4,300 digits: longer text is [flawed](super::graph::Flaw::Number);
//! - `nesting_depth` does not apply: nothing recurses. [`Limits::nesting`] is about pickles in pickles;
//! - `calls` and `hash_steps` do not apply;
//! - `time` and `cancel` are not looked at: the rest bounds the time. What a scan does is proportional to the file's length, what
//!   it [expands to](Limits::expanded), and its [opcodes](Limits::opcodes).

use core::fmt;

/// What an inspection may cost. The defaults are for input that comes from anywhere.
///
/// ```
/// use rustpython_pickle::inspect::{Limit, Limits, Pickle, Problem};
///
/// let mut limits = Limits::default();
/// limits.objects = 2;
/// let pickle = Pickle::read(b"]NaNaNa.", &limits);
/// assert_eq!(pickle.error().unwrap().problem, Problem::Limit(Limit::Objects, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Opcodes of one pickle, as [`Limit::Opcodes`](crate::limits::Limit::Opcodes) of a load. In a [scan](super::scan), opcodes
    /// of one file: of all pickles in it, in one another and one after the other, and of what might have been one. An opcode costs
    /// up to 24 bytes of memory.
    pub opcodes: u64,
    /// Objects of one pickle. An object costs up to 72 bytes of memory, and its content.
    pub objects: u64,
    /// Bytes of a constant's content that are kept; of a longer one, this is its beginning.
    pub content: usize,
    /// Bytes of text that one report has.
    pub text: usize,
    /// Findings of one file.
    pub findings: usize,
    /// Pickles of one file, nested ones and those of all members of an archive included.
    pub pickles: u64,
    /// Pickles and archives that stand in one another.
    pub nesting: usize,
    /// Members of one archive.
    pub members: u64,
    /// Bytes that all of a file's archives and compressed streams expand to. So many may be in memory at once, beside the file; what an
    /// archive only stores takes none.
    pub expanded: u64,
    /// How many times its own size a compressed stream may expand to, beyond its first MiB.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            opcodes: 10_000_000,
            objects: 2_000_000,
            content: 4096,
            text: 1 << 20,
            findings: 1000,
            pickles: 10_000,
            nesting: 8,
            members: 100_000,
            expanded: 256 << 20,
            ratio: 1100,
        }
    }
}

impl Limits {
    /// No limit but the machine's.
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            opcodes: u64::MAX,
            objects: u64::MAX,
            content: 4096,
            text: usize::MAX,
            findings: usize::MAX,
            pickles: u64::MAX,
            nesting: 64,
            members: u64::MAX,
            expanded: u64::MAX,
            ratio: u64::MAX,
        }
    }
}

/// Which of the [`Limits`] was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::opcodes`]
    Opcodes,
    /// [`Limits::objects`]
    Objects,
    /// [`Limits::text`]
    Text,
    /// [`Limits::findings`]
    Findings,
    /// [`Limits::pickles`]
    Pickles,
    /// [`Limits::nesting`]
    Nesting,
    /// [`Limits::members`]
    Members,
    /// [`Limits::expanded`]
    Expanded,
    /// [`Limits::ratio`]
    Ratio,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opcodes => "opcodes",
            Self::Objects => "objects",
            Self::Text => "bytes of text",
            Self::Findings => "findings",
            Self::Pickles => "pickles",
            Self::Nesting => "levels of nesting",
            Self::Members => "members",
            Self::Expanded => "expanded bytes",
            Self::Ratio => "times the compressed size",
        })
    }
}
