//! The subcommand that times dumps and loads.

use super::{Outcome, cpython, write_json};
use crate::cargo;
use crate::error::Result;
use crate::files;
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
    let workspace = places::workspace()?;
    let Some(reference) = cpython(options).and_then(|found| found.reference) else {
        return Ok(Outcome::NotRun);
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
    } else {
        for (label, features) in BUILDS {
            let program = cargo::build_release(&workspace, features)?;
            all.push(Timed {
                label: label.to_owned(),
                interpreter: Interpreter::ask(&program)?,
            });
        }
    }
    let scripts = Scripts {
        dir: workspace.join("compat/speed"),
        cache: places::cache()?,
        limit: options.limit,
        python_path: Some(workspace.join("compat/speed")),
    };
    let speeds = speed::run(&scripts, &all);
    if let Some(out) = &options.out {
        write_json(out, &speeds.json())?;
    }
    let page = speeds.markdown(&machine());
    print!("{page}");
    let file = options.results.clone();
    let file = file.unwrap_or_else(|| workspace.join("compat/SPEED.md"));
    files::write(&file, &page)?;
    Ok(Outcome::of(speeds.passed()))
}
