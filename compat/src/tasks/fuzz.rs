//! Generated pickles, loaded by both.

use super::{Outcome, cpython, tell_mutants, write_json};
use crate::error::Result;
use crate::interpreter::Interpreter;
use crate::mutants;
use crate::options::Options;
use crate::places;
use crate::scripts::Scripts;

/// Generates pickles and compares how their loading ends.
pub(super) fn fuzz(options: &Options) -> Result<Outcome> {
    let reference = cpython(options).and_then(|found| found.reference);
    let Some(reference) = reference else {
        return Ok(Outcome::NotRun);
    };
    let theirs = Interpreter::ask(&reference.interpreter)?;
    let ours = Interpreter::ask(&places::ours(options.python.as_deref())?)?;
    let scripts = Scripts {
        dir: places::workspace()?.join("compat"),
        cache: places::cache()?,
        limit: options.limit,
        python_path: None,
    };
    let mut compared = mutants::fuzz(&scripts, &ours, &theirs, options.seed, options.runs)?;
    // Not every reason is needed by every seed.
    compared.unused.clear();
    for (ending, (here, there)) in &compared.endings {
        println!("{here:>10} {there:>10}  {ending}");
    }
    tell_mutants(&compared);
    if let Some(out) = &options.out {
        write_json(out, &compared.json)?;
    }
    Ok(Outcome::of(compared.unexplained == 0))
}
