//! What the subcommands do.

use crate::corpus::{self, Corpus};
use crate::cpython::{self, Cpython};
use crate::error::{Error, Result};
use crate::files;
use crate::golden::{self, Golden};
use crate::interpreter::{Interpreter, MISSING};
use crate::mutants::{self, Mutants};
use crate::options::{HELP, Options, Task};
use crate::places;
use crate::report::Results;
use crate::scripts::Scripts;
use crate::suites::comparison::{self, Comparison};
use crate::suites::{self, Setup};
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

mod bombs;
mod fuzz;
mod scanners;
mod speed;
mod state;

/// How many differences and failures are shown on the terminal.
const SHOWN: usize = 40;

/// How a task ended, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Fine,
    NotRun,
    Failed,
}

impl Outcome {
    fn of(passed: bool) -> Self {
        if passed { Self::Fine } else { Self::Failed }
    }
}

/// Runs the tool.
pub(crate) fn main() -> ExitCode {
    let args = std::env::args_os().skip(1);
    let outcome = Options::parse(args).and_then(|options| {
        let outcome = run(&options)?;
        Ok(match outcome {
            Outcome::Failed if options.allow_failures => Outcome::Fine,
            outcome => outcome,
        })
    });
    match outcome {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::NotRun) => ExitCode::from(3),
        Err(err) => {
            eprintln!("compat: {err}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<Outcome> {
    match options.task {
        Task::Help => {
            print!("{HELP}");
            Ok(Outcome::Fine)
        }
        Task::Cpython => find(options),
        Task::Suites | Task::Corpus | Task::Mutants | Task::Golden | Task::All => compare(options),
        Task::Fuzz => fuzz::fuzz(options),
        Task::Kinds => state::kinds(options),
        Task::StateSpeed => state::speed(options),
        Task::Speed => speed::speed(options),
        Task::Instructions => speed::instructions(options),
        Task::Scanners => scanners::scanners(options),
        Task::Bombs => bombs::bombs(options),
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
    if let Some(reference) = &found.reference {
        println!("interpreter: {}", reference.interpreter.display());
    }
    println!("testsuite: {}", found.testsuite.display());
    Ok(Outcome::Fine)
}

/// Runs what was asked for, and tells what came out.
fn compare(options: &Options) -> Result<Outcome> {
    let wants = |task| options.task == task || options.task == Task::All;
    let workspace = places::workspace()?;
    let ours = Interpreter::ask(&places::ours(options.python.as_deref())?)?;
    let scripts = Scripts {
        dir: workspace.join("compat"),
        cache: places::cache()?,
        limit: options.limit,
        python_path: None,
    };
    let mut outcome = Outcome::Fine;
    let mut results = Results {
        ours: ours.label.clone(),
        ..Results::default()
    };
    if options.task != Task::Golden {
        let found = cpython(options);
        results.cpython = found.as_ref().map(ToString::to_string);
        if wants(Task::Suites) {
            let suites = found
                .as_ref()
                .map(|found| run_suites(options, &scripts, found, &ours))
                .transpose()?;
            outcome = outcome.max(told(suites.as_ref(), tell_suites));
            results.suites = suites;
        }
        let theirs = || {
            let reference = found.as_ref()?.reference.as_ref()?;
            Some(Interpreter::ask(&reference.interpreter))
        };
        if wants(Task::Corpus) {
            let corpus = theirs()
                .map(|theirs| corpus::run(&scripts, &ours, &theirs?))
                .transpose()?;
            outcome = outcome.max(told(corpus.as_ref(), tell_corpus));
            results.corpus = corpus;
        }
        if wants(Task::Mutants) {
            let mutants = theirs()
                .map(|theirs| mutants::run(&scripts, &ours, &theirs?))
                .transpose()?;
            outcome = outcome.max(told(mutants.as_ref(), tell_mutants));
            results.mutants = mutants;
        }
    }
    if wants(Task::Golden) {
        let golden = golden::run(&scripts, &ours)?;
        outcome = outcome.max(told(Some(&golden), tell_golden));
        results.golden = Some(golden);
    }
    if let Some(out) = &options.out {
        write_json(out, &results.json())?;
    }
    if options.task == Task::All {
        let file = options.results.clone();
        let file = file.unwrap_or_else(|| scripts.dir.join("RESULTS.md"));
        files::write(&file, &results.markdown())?;
    }
    Ok(outcome)
}

fn write_json(out: &Path, json: &Value) -> Result<()> {
    let text =
        serde_json::to_string_pretty(json).map_err(|err| Error::Contract(err.to_string()))?;
    files::write(out, &(text + "\n"))
}

/// Tells a result, or that there is none.
fn told<T>(result: Option<&T>, tell: fn(&T) -> bool) -> Outcome {
    result.map_or(Outcome::NotRun, |result| Outcome::of(tell(result)))
}

fn run_suites(
    options: &Options,
    scripts: &Scripts,
    found: &Cpython,
    ours: &Interpreter,
) -> Result<Comparison> {
    let test_path = cpython::test_path(&scripts.cache, found)?;
    let modules = if options.modules.is_empty() {
        suites::MODULES.map(str::to_owned).to_vec()
    } else {
        options.modules.clone()
    };
    let old_pythons = match &options.old_pythons {
        Some(named) => Some(named.clone()),
        None => places::old_pythons()?,
    };
    let setup = Setup {
        cache: scripts.cache.clone(),
        modules,
        limit: options.limit,
        old_pythons,
        lifted: scripts.dir.join("suites/lifted.py"),
    };
    let ours = ours.clone().with_tests(found, &test_path)?;
    let run = suites::run(&setup, &ours, "")?;
    let lifted = suites::run_lifted(&setup, &ours, &run)?;
    let theirs = match &found.reference {
        Some(reference) => {
            let theirs = Interpreter::ask(&reference.interpreter)?.with_tests(found, &test_path)?;
            Some(suites::run(&setup, &theirs, "cpython-")?)
        }
        None => None,
    };
    let optional = ours.origins(found, comparison::optional_modules())?;
    let absent = optional.into_iter().filter(|(_, origin)| origin == MISSING);
    Ok(Comparison {
        origins: ours.origins(found, suites::UNDER_TEST)?,
        absent: absent.map(|(module, _)| module).collect(),
        ours: run,
        theirs,
        lifted,
    })
}

fn tell_suites(suites: &Comparison) -> bool {
    for run in &suites.ours.modules {
        println!("{}", suites::one_line(run));
        shown(run.failing().map(|(name, kind)| {
            let message = run.message(name).unwrap_or_default();
            format!("{kind}: {name}: {message}")
        }));
    }
    let missing = suites.missing();
    if !missing.is_empty() {
        println!("{} tests run with CPython only:", missing.len());
        shown(missing.iter().map(|name| (*name).to_owned()));
    }
    let skips = suites.skipped_here_only();
    if !skips.is_empty() {
        println!("skipped here and not by CPython itself:");
        shown(skips.iter().flat_map(|(reason, names)| {
            names.iter().map(move |name| {
                let lifted = suites.lifted.get(*name);
                let lifted = lifted
                    .map(|lifted| format!(": {lifted:?}"))
                    .unwrap_or_default();
                format!("{name}: {reason}{lifted}")
            })
        }));
    }
    suites.passed()
}

fn tell_corpus(corpus: &Corpus) -> bool {
    println!(
        "corpus: {} values, {} pickles, {} identical, {} by value; {} values differ, \
         {} differences with and {} without a reason",
        corpus.cases,
        corpus.pickles,
        corpus.identical,
        corpus.by_value_only,
        corpus.differing_cases.len(),
        corpus.accepted.len(),
        corpus.unexplained.len(),
    );
    shown(corpus.unexplained.iter().map(|difference| {
        let case = &difference.case;
        let (protocol, place) = (&difference.protocol, &difference.place);
        format!("{case}, protocol {protocol}, {place}: {}", difference.found)
    }));
    shown(corpus.unused.iter().cloned());
    if corpus.too_many() {
        println!("too many values differ");
    }
    corpus.passed()
}

fn tell_mutants(mutants: &Mutants) -> bool {
    println!(
        "mutants: {} damaged pickles, {} loads, {} end the same; {} differ with and {} without a reason",
        mutants.pickles, mutants.loads, mutants.same, mutants.accepted, mutants.unexplained,
    );
    shown(mutants.unexplained_groups.iter().map(|group| {
        format!(
            "{} times {} here ({:?}), {} in CPython ({:?}): {}, {}",
            group.loads,
            group.ours,
            group.ours_text,
            group.theirs,
            group.theirs_text,
            group.pickle,
            group.way
        )
    }));
    shown(mutants.unused.iter().cloned());
    mutants.passed()
}

fn tell_golden(golden: &Golden) -> bool {
    let count = |of: fn(&golden::Writer) -> usize| golden.writers.iter().map(of).sum::<usize>();
    println!(
        "golden: {} pickles of {} versions, {} loads, {} failures",
        count(|writer| writer.pickles),
        golden.writers.len(),
        count(|writer| writer.loads),
        golden.failures.len()
    );
    shown(golden.failures.iter().cloned());
    golden.passed()
}

fn shown(lines: impl Iterator<Item = String>) {
    let mut more = 0;
    for (number, line) in lines.enumerate() {
        if number < SHOWN {
            println!("  {line}");
        } else {
            more += 1;
        }
    }
    if more > 0 {
        println!("  and {more} more, all of them in the file of --out");
    }
}
