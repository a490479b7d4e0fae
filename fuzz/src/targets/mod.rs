//! What is fuzzed, and what has to hold there.
//!
//! A target runs on bytes. It panics where something does not hold that has to; everything else ends in a class of outcomes.

mod inspect;
#[cfg(feature = "vm")]
mod live;
mod machine;
mod rehearsal;
mod scan;
mod size;
mod snapshot;
mod stream;

use std::borrow::Cow;

pub use rehearsal::{REHEARSALS, is_bad};

/// How a run has ended: a class, for statistics.
pub type Outcome = Cow<'static, str>;

/// What the bytes of a target are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// A pickle, or several.
    Pickle,
    /// A file: a pickle, or an archive or compressed stream with some.
    File,
    /// A snapshot.
    Snapshot,
    /// The length of a snapshot in four bytes, it, and another one.
    Snapshots,
}

/// A target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What it does and what has to hold, in a sentence.
    pub about: &'static str,
    /// What its bytes are.
    pub input: Input,
    /// How many bytes a run may allocate.
    pub memory: usize,
    run: fn(&[u8]) -> Outcome,
}

const MIB: usize = 1 << 20;

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "machine",
        about: "the machine over a model of numbers: with and without limits, and beside the sequence of opcodes",
        input: Input::Pickle,
        memory: 16 * MIB,
        run: machine::run,
    },
    Target {
        name: "stream",
        about: "input in pieces, with and without peeking, and capped: a load does what it does with a slice",
        input: Input::Pickle,
        memory: 16 * MIB,
        run: stream::run,
    },
    Target {
        name: "symbolic",
        about: "the machine over the graph of inspect, beside the machine over numbers",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: inspect::symbolic,
    },
    Target {
        name: "listing",
        about: "the listing, the globals and the program: bounded, and nothing in it that a terminal acts upon",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: inspect::listing,
    },
    Target {
        name: "pickletools",
        about: "the text of pickletools.dis: bounded, in the order of offsets",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: inspect::text,
    },
    Target {
        name: "scan",
        about: "verdicts: what is clean loads and does nothing unlisted; nothing gets clean by what stands around it",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: scan::pickle,
    },
    Target {
        name: "files",
        about: "verdicts of archives, compressed streams and .npy files, and the pickles in them",
        input: Input::File,
        memory: 64 * MIB,
        run: scan::file,
    },
    Target {
        name: "size",
        about: "sizes: every byte is one object's own",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: size::run,
    },
    Target {
        name: "container",
        about: "the container of snapshots: read whole, as a stream and with keys, and what is inside",
        input: Input::Snapshot,
        memory: 16 * MIB,
        run: snapshot::container,
    },
    Target {
        name: "diff",
        about: "what changed between two snapshots: the same both ways, and nothing from a file to itself",
        input: Input::Snapshots,
        memory: 64 * MIB,
        run: snapshot::diff,
    },
    #[cfg(feature = "vm")]
    Target {
        name: "live",
        about: "loads under policies and limits: nothing is imported, streams end as slices do, and a scan says the same",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: live::load,
    },
    #[cfg(feature = "vm")]
    Target {
        name: "round_trip",
        about: "what is loaded is dumped, and that is loaded and dumped to the same bytes",
        input: Input::Pickle,
        memory: 64 * MIB,
        run: live::round_trip,
    },
];

impl Target {
    /// The target or rehearsal of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let mut all = TARGETS.iter().chain(REHEARSALS);
        all.find(|target| target.name == name)
    }

    /// Runs it.
    ///
    /// # Panics
    /// When something does not hold: that is a defect.
    #[must_use]
    pub fn run(&self, data: &[u8]) -> Outcome {
        (self.run)(data)
    }
}
