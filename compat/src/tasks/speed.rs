//! The subcommands that time dumps and loads, and count their instructions.

use super::{Outcome, cpython, write_json};
use crate::cargo;
use crate::error::Result;
use crate::files;
use crate::instructions;
use crate::interpreter::Interpreter;
use crate::options::Options;
use crate::places;
use crate::scripts::Scripts;
use crate::speed::{self, Timed};
use crate::state_speed::machine;

/// The builds that are timed: with and without threads, and with either allocator.
const BUILDS: [(&str, &str); 4] = [
    ("threading, mimalloc", "threading,mimalloc"),
    ("threading", "threading"),
    ("mimalloc", "mimalloc"),
    ("neither", ""),
];

/// Times all workloads under CPython and under ours.
pub(super) fn speed(options: &Options) -> Result<Outcome> {
    let Some(all) = interpreters(options, &BUILDS)? else {
        return Ok(Outcome::NotRun);
    };
    let speeds = speed::run(&scripts(options)?, &all);
    if let Some(out) = &options.out {
        write_json(out, &speeds.json())?;
    }
    write(options, &speeds.markdown(&machine()), "compat/SPEED.md")?;
    Ok(Outcome::of(speeds.passed()))
}

/// Counts the instructions of all workloads under CPython and under ours.
pub(super) fn instructions(options: &Options) -> Result<Outcome> {
    let Some(all) = interpreters(options, &BUILDS[..1])? else {
        return Ok(Outcome::NotRun);
    };
    let instructions = instructions::run(&scripts(options)?, &all);
    if let Some(out) = &options.out {
        write_json(out, &instructions.json())?;
    }
    write(
        options,
        &instructions.markdown(&machine()),
        "compat/INSTRUCTIONS.md",
    )?;
    Ok(Outcome::of(instructions.passed()))
}

/// CPython and ours: some of the builds, or the one that is given; `None` if there is no CPython.
fn interpreters(options: &Options, builds: &[(&str, &str)]) -> Result<Option<Vec<Timed>>> {
    let workspace = places::workspace()?;
    let Some(reference) = cpython(options).and_then(|found| found.reference) else {
        return Ok(None);
    };
    let mut all = vec![Timed {
        label: format!("CPython {}", reference.version),
        interpreter: Interpreter::ask(&reference.interpreter)?,
    }];
    if let Some(python) = &options.python {
        all.push(Timed {
            label: "ours".to_owned(),
            interpreter: Interpreter::ask(python)?,
        });
        return Ok(Some(all));
    }
    for (label, features) in builds {
        let program = cargo::build_release(&workspace, features)?;
        all.push(Timed {
            label: (*label).to_owned(),
            interpreter: Interpreter::ask(&program)?,
        });
    }
    Ok(Some(all))
}

fn scripts(options: &Options) -> Result<Scripts> {
    let dir = places::workspace()?.join("compat/speed");
    Ok(Scripts {
        dir: dir.clone(),
        cache: places::cache()?,
        limit: options.limit,
        python_path: Some(dir),
    })
}

fn write(options: &Options, page: &str, file: &str) -> Result<()> {
    print!("{page}");
    let file = match &options.results {
        Some(file) => file.clone(),
        None => places::workspace()?.join(file),
    };
    files::write(&file, page)
}
