//! The subcommand that compares scanners.

use super::Outcome;
use crate::error::Result;
use crate::files;
use crate::options::Options;
use crate::places;
use crate::scanners;

/// Scans attacks and benign pickles with ours and with those of PyPI.
pub(super) fn scanners(options: &Options) -> Result<Outcome> {
    let workspace = places::workspace()?;
    let ours = places::ours(options.python.as_deref())?;
    let (dir, cache) = (workspace.join("compat/scanners"), places::cache()?);
    let comparison = scanners::run(&dir, &cache, options.limit, &ours)?;
    let page = scanners::markdown(&comparison);
    print!("{page}");
    let file = options.results.clone();
    let file = file.unwrap_or_else(|| workspace.join("compat/SCANNERS.md"));
    files::write(&file, &page)?;
    Ok(Outcome::of(comparison.passed()))
}
