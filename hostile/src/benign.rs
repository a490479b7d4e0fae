//! Benign pickles.

/// A benign pickle.
#[derive(Clone, Debug)]
pub struct Benign {}

/// All.
#[must_use]
pub fn benign() -> Vec<Benign> { Vec::new() }
