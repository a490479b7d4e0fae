//! The subcommands about what is pickled by value, and about whole sessions.

use super::{Outcome, cpython, shown, write_json};
use crate::cargo;
use crate::cpython::Reference;
use crate::error::Result;
use crate::files;
use crate::interpreter::Interpreter;
use crate::kinds::{self, Kinds};
use crate::options::Options;
use crate::packages;
use crate::places;
use crate::scripts::Scripts;
use crate::state_speed::{self, Player};

/// The example that saves and restores sessions with ours.
const SESSION_TIMES: &str = "session_times";

/// CPython, if it can be run.
fn reference(options: &Options) -> Option<Reference> {
    cpython(options)?.reference
}

/// Runs the catalogue of kinds under ours, and the pure Python picklers under CPython.
pub(super) fn kinds(options: &Options) -> Result<Outcome> {
    let workspace = places::workspace()?;
    let ours = Interpreter::ask(&places::ours(options.python.as_deref())?)?;
    let Some(reference) = reference(options) else {
        return Ok(Outcome::NotRun);
    };
    let theirs = Interpreter::ask(&reference.interpreter)?;
    let mut scripts = Scripts {
        dir: workspace.join("tests/kinds/harness"),
        cache: places::cache()?,
        limit: options.limit,
        python_path: None,
    };
    let here = kinds::run(&scripts, &ours, places::OURS_MODULE)?;
    scripts.python_path = Some(packages::installed(&scripts.cache)?);
    let kinds = Kinds {
        ours: here,
        others: packages::PACKAGES
            .iter()
            .map(|package| kinds::run(&scripts, &theirs, package.name))
            .collect::<Result<_>>()?,
        cpython: reference.version,
    };
    if let Some(out) = &options.out {
        write_json(out, &kinds.json())?;
    }
    tell(&kinds);
    let file = options.results.clone();
    let file = file.unwrap_or_else(|| workspace.join("docs/KINDS.md"));
    files::write(&file, &kinds.markdown())?;
    Ok(Outcome::of(kinds.passed()))
}

fn tell(kinds: &Kinds) {
    for column in std::iter::once(&kinds.ours).chain(&kinds.others) {
        let works = column.rows.iter().filter(|row| row.works()).count();
        let (all, pickler) = (column.rows.len(), &column.pickler);
        println!("kinds: {works} of {all} under {pickler}");
    }
    let wrong = kinds.ours.rows.iter().filter(|row| !row.as_argued());
    shown(wrong.map(|row| {
        let why = row.why.as_deref();
        let why = why.unwrap_or("it works, and there is a reason why not");
        format!("{}: {}: {why}", row.family, row.kind)
    }));
}

/// Times sessions under ours and under dill.
pub(super) fn speed(options: &Options) -> Result<Outcome> {
    let workspace = places::workspace()?;
    let Some(reference) = reference(options) else {
        return Ok(Outcome::NotRun);
    };
    let (dir, cache) = (workspace.join("compat/state"), places::cache()?);
    let dill = packages::DILL;
    let theirs = Player {
        label: format!(
            "{} {} under CPython {}",
            dill.name, dill.version, reference.version
        ),
        program: reference.interpreter,
        args: vec![dir.join("dill_session.py").into()],
        python_path: Some(packages::installed(&cache)?),
    };
    let ours = Player {
        label: format!("{} {}", places::OURS, env!("CARGO_PKG_VERSION")),
        program: cargo::build_example(&workspace, SESSION_TIMES)?,
        args: Vec::new(),
        python_path: None,
    };
    let speeds = state_speed::run(&dir, &cache, options.limit, &ours, &theirs)?;
    if let Some(out) = &options.out {
        write_json(out, &speeds.json())?;
    }
    let page = speeds.markdown(&state_speed::machine());
    print!("{page}");
    let file = options.results.clone();
    let file = file.unwrap_or_else(|| workspace.join("compat/STATE.md"));
    files::write(&file, &page)?;
    Ok(Outcome::of(speeds.passed()))
}
