//! Whether a pickle is safe to load, without loading it.

mod allow;
mod danger;
mod finding;
mod judge;
mod pickles;

pub use danger::Harm;
pub use finding::{Finding, Rule, Severity, Verdict};
pub use pickles::{Report, ScanOptions, scan};
