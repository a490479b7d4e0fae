//! What is fuzzed, and what has to hold there.
//!
//! A target runs on bytes. It panics where something does not hold that has to; everything else ends in a class of outcomes.

mod machine;
mod stream;

use std::borrow::Cow;

/// How a run has ended: a class, for statistics.
pub type Outcome = Cow<'static, str>;

/// What the bytes of a target are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// A pickle, or several.
    Pickle,
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
];

impl Target {
    /// The target of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
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
