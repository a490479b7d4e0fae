//! The subcommand that measures what hostile pickles cost.

use super::Outcome;
use crate::bombs;
use crate::cargo;
use crate::error::Result;
use crate::files;
use crate::options::Options;
use crate::places;
use crate::state_speed::machine;

/// The example that loads one file and measures itself.
const LOADER: &str = "load_untrusted";

/// Loads each bomb in a process of its own.
pub(super) fn bombs(options: &Options) -> Result<Outcome> {
    let workspace = places::workspace()?;
    let loader = match &options.python {
        Some(loader) => loader.clone(),
        None => cargo::build_example(&workspace, LOADER)?,
    };
    let costs = bombs::run(&loader, &places::cache()?)?;
    let page = bombs::markdown(&costs, &machine());
    print!("{page}");
    let file = options.results.clone();
    let file = file.unwrap_or_else(|| workspace.join("compat/BOMBS.md"));
    files::write(&file, &page)?;
    Ok(Outcome::of(costs.iter().all(bombs::Cost::is_bounded)))
}
