//! What the subcommands do.

use crate::cpython::{self, Cpython};
use crate::error::Result;
use crate::files;
use crate::interpreter::Interpreter;
use crate::options::{HELP, Options, Task};
use crate::places;
use crate::suites::{self, Setup, SuiteRun};
use serde_json::json;
use std::process::ExitCode;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Fine,
    Failed,
    NotRun,
}

/// Runs the tool.
pub(crate) fn main() -> ExitCode {
    let args = std::env::args_os().skip(1);
    let options = match Options::parse(args) {
        Ok(options) => options,
        Err(err) => {
            eprintln!("compat: {err}");
            return ExitCode::from(2);
        }
    };
    let outcome = match options.task {
        Task::Help => {
            print!("{HELP}");
            Ok(Outcome::Fine)
        }
        Task::Cpython => find(&options),
        Task::Suites => suites(&options),
        _ => Ok(Outcome::Fine),
    };
    match outcome {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) if options.allow_failures => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::NotRun) => ExitCode::from(3),
        Err(err) => {
            eprintln!("compat: {err}");
            ExitCode::from(2)
        }
    }
}

/// Finds CPython, or says loudly that there is none.
fn cpython(options: &Options) -> Option<Cpython> {
    match cpython::find(&options.cpython) {
        Ok(found) => Some(found),
        Err(err) => {
            let rule = "*".repeat(72);
            eprintln!("{rule}\nNOT RUN: whatever needs CPython 3.14\n{err}\n{rule}");
            None
        }
    }
}

fn find(options: &Options) -> Result<Outcome> {
    let Some(found) = cpython(options) else {
        return Ok(Outcome::NotRun);
    };
    println!("version: {found}");
    println!("interpreter: {}", found.interpreter.display());
    println!("testsuite: {}", found.testsuite.display());
    Ok(Outcome::Fine)
}

fn suites(options: &Options) -> Result<Outcome> {
    let ours = places::ours(options.python.as_deref())?;
    let Some(found) = cpython(options) else {
        return Ok(Outcome::NotRun);
    };
    let (ours, theirs) = run_suites(options, &found, Interpreter::ask(&ours)?)?;
    for module in &ours.modules {
        println!("{}", suites::one_line(module));
    }
    if let Some(out) = &options.out {
        let theirs = theirs.as_ref().map(SuiteRun::to_json);
        let results = json!({"ours": ours.to_json(), "cpython": theirs});
        files::write(out, &format!("{results:#}\n"))?;
    }
    println!("logs: {}", suites::logs(&places::cache()?).display());
    Ok(if ours.passed() {
        Outcome::Fine
    } else {
        Outcome::Failed
    })
}

fn run_suites(
    options: &Options,
    found: &Cpython,
    ours: Interpreter,
) -> Result<(SuiteRun, Option<SuiteRun>)> {
    let cache = places::cache()?;
    let test_path = cpython::test_path(&cache, found)?;
    let modules = if options.modules.is_empty() {
        suites::MODULES.map(str::to_owned).to_vec()
    } else {
        options.modules.clone()
    };
    let setup = Setup {
        cache,
        modules,
        limit: options.limit,
        old_pythons: options.old_pythons.clone(),
    };
    let ours = ours.with_tests(found, &test_path)?;
    let ours = suites::run(&setup, &ours, "")?;
    let theirs = if options.also_cpython || options.task == Task::All {
        let theirs = Interpreter::ask(&found.interpreter)?.with_tests(found, &test_path)?;
        Some(suites::run(&setup, &theirs, "cpython-")?)
    } else {
        None
    };
    Ok((ours, theirs))
}
