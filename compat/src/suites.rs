//! Runs CPython's own test modules.

pub(crate) mod comparison;

use crate::error::Result;
use crate::files::{self, TempDir};
use crate::interpreter::Interpreter;
use crate::process::{Ending, Job};
use crate::unittest_log::{self, Log, Status, Totals};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The module that talks to other Python versions.
pub(crate) const XPICKLE: &str = "test_xpickle";
/// The modules that have to do with pickling.
pub(crate) const MODULES: [&str; 7] = [
    "test_pickle",
    "test_pickletools",
    "test_picklebuffer",
    "test_copyreg",
    "test_copy",
    "test_shelve",
    XPICKLE,
];

/// The modules these tests are about.
pub(crate) const UNDER_TEST: [&str; 6] = [
    "pickle",
    "pickletools",
    "copyreg",
    "copy",
    "shelve",
    "_pickle",
];
/// How many lines are shown of a log that cannot be relied on.
const TAIL: usize = 25;

/// How to run them.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The cache folder.
    pub(crate) cache: PathBuf,
    /// The modules, without `test.`.
    pub(crate) modules: Vec<String>,
    /// Time limit of each.
    pub(crate) limit: Duration,
    /// Folders with other Python versions, for `test_xpickle`.
    pub(crate) old_pythons: Option<OsString>,
    /// The script that runs tests marked as being about CPython only.
    pub(crate) lifted: PathBuf,
}

/// One module's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModuleRun {
    /// The module.
    pub(crate) module: String,
    /// What its log says.
    pub(crate) log: Log,
    /// Why that cannot be relied on: a crash, the time limit, a log that
    /// disagrees with itself.
    pub(crate) broken: Option<String>,
    /// The end of a log that cannot be relied on.
    pub(crate) tail: Vec<String>,
}

impl ModuleRun {
    /// Puts log and exit code together.
    pub(crate) fn new(module: &str, text: &str, ending: Ending) -> Self {
        let log = unittest_log::parse(text);
        let broken = match (log.totals, ending) {
            (_, Ending::TimedOut) | (None, _) => {
                let running = log
                    .unfinished
                    .as_ref()
                    .map(|test| format!(" in {test}"))
                    .unwrap_or_default();
                Some(format!("no result: {ending}{running}"))
            }
            _ if !log.problems.is_empty() => {
                Some(format!("parse mismatch: {}", log.problems.join("; ")))
            }
            // unittest exits with 0, 1, or 5 for no tests.
            (Some(totals), Ending::Code(code)) if code == expected_code(&totals) => None,
            (Some(_), ending) => Some(format!("{ending} after the last test")),
        };
        let lines: Vec<&str> = text.lines().collect();
        let tail = match broken {
            Some(_) => &lines[lines.len().saturating_sub(TAIL)..],
            None => &[],
        };
        Self {
            module: module.to_owned(),
            log,
            broken,
            tail: tail.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    /// The totals, or what there was until the run broke off.
    pub(crate) fn totals(&self) -> Totals {
        self.log.totals.unwrap_or_else(|| self.log.counted())
    }

    /// The tests that were started.
    pub(crate) fn started(&self) -> impl Iterator<Item = &str> {
        self.log.started.iter().map(String::as_str)
    }

    /// Whether nothing went wrong.
    pub(crate) fn passed(&self) -> bool {
        self.broken.is_none() && self.totals().ok && self.totals().tests > 0
    }

    /// Names and kinds of what failed.
    pub(crate) fn failing(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.log.records.iter().filter_map(|record| {
            let kind = match record.status {
                Status::Fail => "FAIL",
                Status::Error => "ERROR",
                Status::UnexpectedSuccess => "unexpected success",
                _ => return None,
            };
            Some((record.name.as_str(), kind))
        })
    }

    /// The line a failing test ended with.
    pub(crate) fn message(&self, name: &str) -> Option<&str> {
        let mut messages = self.log.messages.iter();
        messages
            .find(|(of, _)| of == name)
            .map(|(_, message)| message.as_str())
    }

    /// Names and reasons of what was skipped.
    pub(crate) fn skips(&self) -> impl Iterator<Item = (&str, &str)> {
        self.log
            .records
            .iter()
            .filter_map(|record| match &record.status {
                Status::Skipped(reason) => Some((record.name.as_str(), reason.as_str())),
                _ => None,
            })
    }

    fn to_json(&self) -> Value {
        let totals = self.totals();
        let mut skips: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, reason) in self.skips() {
            skips.entry(reason).or_default().push(name);
        }
        let failing: Vec<Value> = self
            .failing()
            .map(|(name, kind)| json!({"name": name, "kind": kind, "message": self.message(name)}))
            .collect();
        json!({
            "module": self.module,
            "passed": self.passed(),
            "broken": self.broken,
            "tail": self.tail,
            "tests": totals.tests,
            "failures": totals.failures,
            "errors": totals.errors,
            "skipped": totals.skipped,
            "expected_failures": totals.expected_failures,
            "unexpected_successes": totals.unexpected_successes,
            "failing": failing,
            "skips": skips,
        })
    }
}

fn expected_code(totals: &Totals) -> i32 {
    match totals {
        Totals { ok: false, .. } => 1,
        Totals {
            tests: 0,
            skipped: 0,
            ..
        } => 5,
        _ => 0,
    }
}

/// All modules' results of one interpreter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SuiteRun {
    /// Which interpreter.
    pub(crate) label: String,
    /// The results, in the order they were asked for.
    pub(crate) modules: Vec<ModuleRun>,
}

impl SuiteRun {
    /// Whether nothing went wrong anywhere.
    pub(crate) fn passed(&self) -> bool {
        self.modules.iter().all(ModuleRun::passed)
    }

    /// For the results file.
    pub(crate) fn to_json(&self) -> Value {
        let modules: Vec<Value> = self.modules.iter().map(ModuleRun::to_json).collect();
        json!({"interpreter": self.label, "passed": self.passed(), "modules": modules})
    }
}

/// Runs the modules; `kind` tells the logs of several interpreters apart.
pub(crate) fn run(setup: &Setup, interpreter: &Interpreter, kind: &str) -> Result<SuiteRun> {
    let mut modules = Vec::new();
    for module in &setup.modules {
        eprintln!("compat: {} runs {module}", interpreter.label);
        let arguments = ["-m", "unittest", "-v"].map(OsString::from).to_vec();
        let run = run_module(setup, interpreter, kind, module, arguments)?;
        eprintln!("compat: {}", one_line(&run));
        for line in &run.tail {
            eprintln!("  | {line}");
        }
        modules.push(run);
    }
    Ok(SuiteRun {
        label: interpreter.label.clone(),
        modules,
    })
}

/// Runs the tests that were skipped for being about CPython only, and tells
/// what became of each.
pub(crate) fn run_lifted(
    setup: &Setup,
    interpreter: &Interpreter,
    skipped: &SuiteRun,
) -> Result<BTreeMap<String, Lifted>> {
    let mut results = BTreeMap::new();
    for run in &skipped.modules {
        let wanted: Vec<&str> = run
            .skips()
            .filter(|(_, reason)| reason.starts_with(CPYTHON_ONLY))
            .map(|(name, _)| name)
            .collect();
        if wanted.is_empty() {
            continue;
        }
        eprintln!("compat: {} runs {} lifted", interpreter.label, run.module);
        let verb = interpreter.script_verb().map(OsString::from);
        let arguments = verb.into_iter().chain([setup.lifted.clone().into()]);
        let arguments = arguments.collect();
        let lifted = run_module(setup, interpreter, "lifted-", &run.module, arguments)?;
        for name in wanted {
            results.insert(name.to_owned(), Lifted::of(&lifted, name));
        }
    }
    Ok(results)
}

/// How the reason begins that `test.support` gives for such skips.
const CPYTHON_ONLY: &str = "implementation detail";

/// What became of a test that is about CPython only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lifted {
    /// It passes here too.
    Holds,
    /// It does not, with the line it ended with.
    Fails(String),
    /// It does not say.
    Unknown,
}

impl Lifted {
    fn of(run: &ModuleRun, name: &str) -> Self {
        // A test with subtests has a record for each that did not pass.
        let subtest = |of: &str| {
            let rest = of.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
        };
        let records = run.log.records.iter().filter(|r| subtest(&r.name));
        let mut lifted = Self::Unknown;
        for record in records {
            match record.status {
                Status::Ok => lifted = Self::Holds,
                Status::Skipped(_) => {}
                _ => {
                    let message = run.message(&record.name).unwrap_or_default();
                    return Self::Fails(message.to_owned());
                }
            }
        }
        lifted
    }
}

fn run_module(
    setup: &Setup,
    interpreter: &Interpreter,
    kind: &str,
    module: &str,
    mut args: Vec<OsString>,
) -> Result<ModuleRun> {
    let logs = logs(&setup.cache);
    files::make_dir(&logs)?;
    let cwd = TempDir::new(&setup.cache.join("work"), &format!("{kind}{module}"))?;
    let mut env = interpreter.env(module);
    if let Some(path) = path_with(setup.old_pythons.as_ref().filter(|_| module == XPICKLE)) {
        env.push(("PATH", path));
    }
    // The report is on standard error, so what tests print is kept out of it.
    let stderr = logs.join(format!("{kind}{module}.log"));
    args.push(format!("test.{module}").into());
    let job = Job {
        program: &interpreter.path,
        args,
        cwd: cwd.path(),
        env,
        stdout: logs.join(format!("{kind}{module}.stdout.log")),
        stderr: stderr.clone(),
        limit: setup.limit,
    };
    let ending = job.run()?;
    Ok(ModuleRun::new(module, &files::read_lossy(&stderr)?, ending))
}

/// PATH with more folders at its front.
fn path_with(more: Option<&OsString>) -> Option<OsString> {
    let more = more?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::env::split_paths(more).chain(std::env::split_paths(&path))).ok()
}

/// A module's result for people.
pub(crate) fn one_line(run: &ModuleRun) -> String {
    let totals = run.totals();
    let broken = run
        .broken
        .as_ref()
        .map(|text| format!(", BROKEN: {text}"))
        .unwrap_or_default();
    format!(
        "{}: {} tests, {} failures, {} errors, {} skipped{broken}",
        run.module, totals.tests, totals.failures, totals.errors, totals.skipped
    )
}

/// Where logs of a kind are, for messages.
pub(crate) fn logs(cache: &Path) -> PathBuf {
    cache.join("logs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, ending: Ending) -> Option<String> {
        ModuleRun::new("test_m", text, ending).broken
    }

    #[test]
    fn endings() {
        let ok = "test_a (m.C.test_a) ... ok\n\n-----\nRan 1 test in 0.1s\n\nOK\n";
        assert_eq!(broken(ok, Ending::Code(0)), None);
        assert_eq!(
            broken(ok, Ending::Signal(11)).as_deref(),
            Some("SIGSEGV after the last test")
        );
        assert_eq!(
            broken(ok, Ending::Code(1)).as_deref(),
            Some("exit code 1 after the last test")
        );
        let stuck = "test_a (m.C.test_a) ... ";
        assert_eq!(
            broken(stuck, Ending::TimedOut).as_deref(),
            Some("no result: time limit in m.C.test_a")
        );
        assert_eq!(
            broken("thread 'main' panicked", Ending::Code(101)).as_deref(),
            Some("no result: exit code 101")
        );
        let run = ModuleRun::new("test_m", ok.split('\n').next().unwrap(), Ending::Code(0));
        assert_eq!((run.totals().tests, run.passed()), (1, false));
        let run = ModuleRun::new("test_m", "a\nb", Ending::Signal(6));
        assert_eq!(run.tail, ["a", "b"]);
        let lost = "Ran 1 test in 0.1s\n\nOK\n";
        assert_eq!(
            broken(lost, Ending::Code(0)).as_deref(),
            Some("parse mismatch: tests: 0 lines, but a total of 1")
        );
    }

    #[test]
    fn lifted() {
        let text = "\
test_a (m.C.test_a) ... ok
test_b (m.C.test_b) ... FAIL
test_c (m.C.test_c) ... skipped 'no'
test_ab (m.C.test_ab) ... 
  test_ab (m.C.test_ab) (i=1) ... ERROR
";
        let run = ModuleRun::new("test_m", text, Ending::Code(1));
        let of = |name: &str| Lifted::of(&run, name);
        assert_eq!(of("m.C.test_a"), Lifted::Holds);
        assert_eq!(of("m.C.test_b"), Lifted::Fails(String::new()));
        assert_eq!(of("m.C.test_ab"), Lifted::Fails(String::new()));
        assert_eq!(of("m.C.test_c"), Lifted::Unknown);
        assert_eq!(of("m.C.test_d"), Lifted::Unknown);
    }
}
