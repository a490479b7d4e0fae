//! Bombs.

/// A bomb.
#[derive(Clone, Debug)]
pub struct Bomb {}

/// All.
#[must_use]
pub fn bombs() -> Vec<Bomb> { Vec::new() }
