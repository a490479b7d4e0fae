//! The command line.

use crate::cpython::Wanted;
use crate::error::{Error, Result};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What `compat help` prints.
pub(crate) const HELP: &str = "\
Compares rustpython-pickle with CPython 3.14.

usage: compat COMMAND [OPTION]...

  cpython   find CPython 3.14 (or unpack it from Debian packages) and say where it is
  suites    run CPython's own pickle tests
  corpus    compare the pickles of a corpus of objects, both ways
  mutants   load damaged pickles with both, and compare how that ends
  golden    load the pickles of older Python versions
  fuzz      load generated pickles with both (../fuzz), and compare how that ends
  all       suites, corpus, mutants and golden, and write RESULTS.md
  kinds     save and restore what no other process could import, as cloudpickle and
            dill on CPython do, and write docs/KINDS.md
  state-speed
            time saving and restoring whole sessions, as dill on CPython does, and
            write STATE.md
  speed     time dumps and loads of many workloads under CPython and under four builds
            of ours, which cargo makes (or under that of --python), and write SPEED.md
  instructions
            count the instructions of the same under valgrind, for one build, and write
            INSTRUCTIONS.md
  scanners  scan attacks and benign pickles (../hostile) with ours, picklescan, fickling
            and modelscan, and write SCANNERS.md
  bombs     load the bombs (../hostile), each in a process of its own, measure their time
            and memory, and write BOMBS.md

  --python FILE         the interpreter under test (COMPAT_PYTHON;
                        else cargo builds rustpython-pickle)
  --cpython FILE        a CPython 3.14 (COMPAT_CPYTHON; else python3.14 on PATH;
                        else Debian packages)
  --testsuite DIR       the folder that holds CPython's `test` (COMPAT_TESTSUITE)
  --module NAME         run only this module of the tests (again for more)
  --old-pythons DIRS    folders with older Python versions for test_xpickle,
                        put before PATH (COMPAT_OLD_PYTHONS; else those of pyenv)
  --runs N              how many pickles `fuzz` generates (100000)
  --seed N              from which number (1)
  --limit SECONDS       time limit of each test module or script (600)
  --out FILE            write the results as JSON, with what failing tests said
  --results FILE        where `all`, `kinds`, `state-speed`, `speed`, `instructions`, `scanners`
                        and `bombs` write,
                        instead of compat/RESULTS.md, docs/KINDS.md, compat/STATE.md,
                        compat/SPEED.md, compat/INSTRUCTIONS.md, compat/SCANNERS.md, compat/BOMBS.md
  --allow-failures      exit with 0 in spite of failures

Unless CPython 3.14 is named or on PATH, all but `golden` let apt-get download some 50 MB
of Debian packages, once, without root and without installing anything.  `scanners`
needs none of it, but a Python 3.11 or 3.12 on PATH, whose pip gets the scanners; `bombs` needs none at all.  `kinds` and
`state-speed` let the pip of PATH put cloudpickle and dill into the same folder.  COMPAT_CACHE is the folder for downloads and logs
(else rustpython-pickle/cpython-3.14 in XDG_CACHE_HOME or ~/.cache).

Exit codes: 0 all is well, 1 something failed, 2 the tool could not run,
3 something was NOT RUN because there is no CPython 3.14 (`all` runs the rest).
";

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Print [`HELP`].
    Help,
    /// Find CPython.
    Cpython,
    /// Run CPython's tests.
    Suites,
    /// Compare the corpus.
    Corpus,
    /// Compare the loading of damaged pickles.
    Mutants,
    /// Load the golden pickles.
    Golden,
    /// Compare the loading of generated pickles.
    Fuzz,
    /// All of the above.
    All,
    /// Compare what can be pickled by value.
    Kinds,
    /// Time whole sessions.
    StateSpeed,
    /// Time dumps and loads.
    Speed,
    /// Count their instructions.
    Instructions,
    /// Compare scanners.
    Scanners,
    /// Measure bombs.
    Bombs,
}

/// The command line.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// What to do.
    pub(crate) task: Task,
    /// The interpreter under test.
    pub(crate) python: Option<PathBuf>,
    /// Which CPython.
    pub(crate) cpython: Wanted,
    /// Modules of the tests; empty for all.
    pub(crate) modules: Vec<String>,
    /// Folders with older versions; else [`crate::places::old_pythons`].
    pub(crate) old_pythons: Option<OsString>,
    /// How many pickles are generated.
    pub(crate) runs: u64,
    /// And from which number.
    pub(crate) seed: u64,
    /// Time limit.
    pub(crate) limit: Duration,
    /// Where the JSON results go.
    pub(crate) out: Option<PathBuf>,
    /// Where a page goes.
    pub(crate) results: Option<PathBuf>,
    /// Whether failures are fine.
    pub(crate) allow_failures: bool,
}

impl Options {
    /// Reads the command line, without the program's name.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let mut args = args.into_iter();
        let task = args.next().unwrap_or_default();
        let mut options = Self {
            task: match task.to_str() {
                Some("cpython") => Task::Cpython,
                Some("suites") => Task::Suites,
                Some("corpus") => Task::Corpus,
                Some("mutants") => Task::Mutants,
                Some("golden") => Task::Golden,
                Some("fuzz") => Task::Fuzz,
                Some("all") => Task::All,
                Some("kinds") => Task::Kinds,
                Some("state-speed") => Task::StateSpeed,
                Some("speed") => Task::Speed,
                Some("instructions") => Task::Instructions,
                Some("scanners") => Task::Scanners,
                Some("bombs") => Task::Bombs,
                Some("" | "help" | "-h" | "--help") => Task::Help,
                _ => return Err(unknown(&task)),
            },
            python: None,
            cpython: Wanted::default(),
            modules: Vec::new(),
            old_pythons: None,
            runs: 100_000,
            seed: 1,
            limit: Duration::from_secs(10 * 60),
            out: None,
            results: None,
            allow_failures: false,
        };
        while let Some(arg) = args.next() {
            let name = arg.to_str().ok_or_else(|| unknown(&arg))?.to_owned();
            let mut value = || {
                let missing = || Error::Usage(format!("{name} needs a value"));
                args.next().ok_or_else(missing)
            };
            match name.as_str() {
                "--python" => options.python = Some(value()?.into()),
                "--cpython" => options.cpython.interpreter = Some(value()?.into()),
                "--testsuite" => options.cpython.testsuite = Some(value()?.into()),
                "--module" => options.modules.push(module(&value()?)?),
                "--old-pythons" => options.old_pythons = Some(value()?),
                "--runs" => options.runs = number(&name, &value()?)?,
                "--seed" => options.seed = number(&name, &value()?)?,
                "--limit" => options.limit = limit(&value()?)?,
                "--out" => options.out = Some(value()?.into()),
                "--results" => options.results = Some(value()?.into()),
                "--allow-failures" => options.allow_failures = true,
                "-h" | "--help" => options.task = Task::Help,
                _ => return Err(unknown(&arg)),
            }
        }
        if options.task != Task::Suites && !options.modules.is_empty() {
            return Err(Error::Usage("--module is for `suites`".into()));
        }
        Ok(options)
    }
}

fn unknown(arg: &OsString) -> Error {
    Error::Usage(format!("what is {}?", arg.display()))
}

fn module(value: &OsString) -> Result<String> {
    let name = value.to_str().ok_or_else(|| unknown(value))?;
    Ok(name.strip_prefix("test.").unwrap_or(name).to_owned())
}

fn number(name: &str, value: &OsString) -> Result<u64> {
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Error::Usage(format!("{name} needs a number")))
}

fn limit(value: &OsString) -> Result<Duration> {
    let seconds = value.to_str().and_then(|text| text.parse().ok());
    seconds
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(|| Error::Usage("--limit needs a number of seconds".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options> {
        Options::parse(text.split_whitespace().map(OsString::from))
    }

    #[test]
    fn options() {
        let options = parse(
            "suites --python p --module test.test_copy --module test_shelve \
             --limit 5 --testsuite t",
        )
        .unwrap();
        assert_eq!(options.task, Task::Suites);
        assert_eq!(options.python, Some("p".into()));
        assert_eq!(options.modules, ["test_copy", "test_shelve"]);
        assert!(!options.allow_failures);
        assert_eq!(options.limit, Duration::from_secs(5));
        assert_eq!(options.cpython.testsuite, Some("t".into()));
    }

    #[test]
    fn numbers() {
        let options = parse("fuzz --runs 7 --seed 5").unwrap();
        assert_eq!(
            (options.task, options.runs, options.seed),
            (Task::Fuzz, 7, 5)
        );
        assert_eq!(parse("fuzz").unwrap().runs, 100_000);
    }

    #[test]
    fn mistakes() {
        for text in [
            "make",
            "suites --python",
            "all --what",
            "all --limit 0",
            "fuzz --runs many",
            "all --module test_copy",
        ] {
            assert!(matches!(parse(text), Err(Error::Usage(_))), "{text}");
        }
        assert_eq!(parse("").unwrap().task, Task::Help);
        assert_eq!(parse("all --help").unwrap().task, Task::Help);
    }
}
