//! Whether a pickle is safe to load, without loading it.

mod allow;
#[cfg(feature = "archives")]
mod archive;
mod codec;
mod cost;
mod danger;
#[cfg(feature = "archives")]
mod directory;
mod evidence;
mod file;
mod finding;
mod judge;
mod numpy;
mod pickles;
mod tar;

pub use danger::Harm;
pub(super) use danger::harm;
pub use file::{Content, Format, contents, scan_file, scan_if_pickle};
pub use finding::{Finding, Rule, Severity, Verdict};
pub use pickles::{Report, ScanOptions, scan};
