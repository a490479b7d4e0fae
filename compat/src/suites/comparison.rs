//! What CPython's tests do here, beside what they do with CPython itself.

use super::{Lifted, ModuleRun, SuiteRun, XPICKLE};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Parts of the names of classes that tests make for modules they find, with
/// the module each needs.
const MADE_FOR: [(&str, &str); 3] = [
    ("File_sqlite3Shelve.", "_sqlite3"),
    ("File_ndbmShelve.", "_dbm"),
    ("File_gnuShelve.", "_gdbm"),
];

/// The modules that [`Comparison::lacking`] is about.
pub(crate) fn optional_modules() -> impl Iterator<Item = &'static str> {
    MADE_FOR.iter().map(|(_, module)| *module)
}

/// The tests' results with both interpreters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// With the interpreter under test.
    pub(crate) ours: SuiteRun,
    /// With CPython, if there is one.
    pub(crate) theirs: Option<SuiteRun>,
    /// Where the modules under test come from.
    pub(crate) origins: Vec<(String, String)>,
    /// Modules that tests are made for, and that are not there here.
    pub(crate) absent: Vec<String>,
    /// What became of the tests about CPython only, which are skipped here.
    pub(crate) lifted: BTreeMap<String, Lifted>,
}

impl Comparison {
    /// Whether all tests of CPython ran here, and none of them went wrong.
    pub(crate) fn passed(&self) -> bool {
        self.ours.passed() && self.missing().is_empty()
    }

    /// What is skipped here and not with CPython, or for another reason.
    pub(crate) fn skipped_here_only(&self) -> BTreeMap<&str, Vec<&str>> {
        let theirs: BTreeSet<(&str, &str)> = self.theirs.iter().flat_map(skips).collect();
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, reason) in skips(&self.ours) {
            if !theirs.contains(&(name, reason)) {
                by_reason.entry(reason).or_default().push(name);
            }
        }
        by_reason
    }

    /// How often each reason is given here and with CPython.
    pub(crate) fn reasons(&self) -> BTreeMap<&str, (usize, usize)> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (_, reason) in skips(&self.ours) {
            counts.entry(reason).or_default().0 += 1;
        }
        for (_, reason) in self.theirs.iter().flat_map(skips) {
            counts.entry(reason).or_default().1 += 1;
        }
        counts
    }

    /// What CPython runs and the interpreter under test does not, although
    /// nothing is known that it lacks for it.
    pub(crate) fn missing(&self) -> BTreeSet<&str> {
        let mut missing = self.not_started();
        missing.retain(|name| self.lacks(name).is_none());
        missing
    }

    /// How many tests there are not, by the module that the interpreter under
    /// test lacks for them.
    pub(crate) fn lacking(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for name in self.not_started() {
            if let Some(module) = self.lacks(name) {
                *counts.entry(module).or_default() += 1;
            }
        }
        counts
    }

    fn lacks(&self, name: &str) -> Option<&'static str> {
        let (_, module) = MADE_FOR.iter().find(|(part, _)| name.contains(part))?;
        let absent = self.absent.iter().any(|absent| absent == module);
        absent.then_some(*module)
    }

    /// The tests of CPython only, but for the rest of a module that broke off.
    fn not_started(&self) -> BTreeSet<&str> {
        let mut missing = BTreeSet::new();
        for ours in self.ours.modules.iter().filter(|run| run.broken.is_none()) {
            let started: BTreeSet<&str> = ours.started().collect();
            let theirs = self.theirs(&ours.module);
            let theirs = theirs.into_iter().flat_map(ModuleRun::started);
            missing.extend(theirs.filter(|name| !started.contains(name)));
        }
        missing
    }

    /// CPython's result of a module.
    pub(crate) fn theirs(&self, module: &str) -> Option<&ModuleRun> {
        let mut modules = self.theirs.iter().flat_map(|run| &run.modules);
        modules.find(|run| run.module == module)
    }

    /// The older Python versions that `test_xpickle` found, sorted.
    pub(crate) fn old_pythons(&self) -> Vec<String> {
        let mut versions = BTreeSet::new();
        let run = self.ours.modules.iter().find(|run| run.module == XPICKLE);
        for name in run.iter().flat_map(|run| &run.log.started) {
            // A class of it is called `CPicklePython311Compat` or the like.
            let digits = name
                .split_once("PicklePython")
                .and_then(|(_, rest)| rest.split_once("Compat"))
                .map(|(digits, _)| digits);
            if let Some((major, minor)) = digits.and_then(|digits| digits.split_at_checked(1))
                && let (Ok(major), Ok(minor)) = (major.parse::<u32>(), minor.parse::<u32>())
            {
                versions.insert((major, minor));
            }
        }
        let shown = versions
            .iter()
            .map(|(major, minor)| format!("{major}.{minor}"));
        shown.collect()
    }

    /// For the results file.
    pub(crate) fn to_json(&self) -> Value {
        let lifted: BTreeMap<&str, Value> = self
            .lifted
            .iter()
            .map(|(name, lifted)| {
                let value = match lifted {
                    Lifted::Holds => json!("holds"),
                    Lifted::Fails(message) => json!({ "fails": message }),
                    Lifted::Unknown => json!("unknown"),
                };
                (name.as_str(), value)
            })
            .collect();
        json!({
            "passed": self.passed(),
            "ours": self.ours.to_json(),
            "theirs": self.theirs.as_ref().map(SuiteRun::to_json),
            "origins": self.origins,
            "missing": self.missing(),
            "lacking": self.lacking(),
            "skipped_here_only": self.skipped_here_only(),
            "cpython_only": lifted,
        })
    }
}

fn skips(run: &SuiteRun) -> impl Iterator<Item = (&str, &str)> {
    run.modules.iter().flat_map(ModuleRun::skips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Ending;

    fn run(module: &str, lines: &[&str], end: &str, code: i32) -> SuiteRun {
        let text = format!("{}\n\n---\n{end}\n", lines.join("\n"));
        SuiteRun {
            label: "python".into(),
            modules: vec![ModuleRun::new(module, &text, Ending::Code(code))],
        }
    }

    #[test]
    fn skips_and_missing_tests() {
        let ours = run(
            "test_m",
            &[
                "test_a (m.C.test_a) ... skipped 'no memory'",
                "test_b (m.C.test_b) ... skipped 'other'",
                "test_c (m.C.test_c) ... ok",
            ],
            "Ran 3 tests in 0.1s\n\nOK (skipped=2)",
            0,
        );
        let theirs = run(
            "test_m",
            &[
                "test_a (m.C.test_a) ... skipped 'no memory'",
                "test_b (m.C.test_b) ... skipped 'no memory'",
                "test_c (m.C.test_c) ... ok",
                "test_d (m.C.test_d) ... ok",
            ],
            "Ran 4 tests in 0.1s\n\nOK (skipped=2)",
            0,
        );
        let both = Comparison {
            ours: ours.clone(),
            theirs: Some(theirs),
            ..Comparison::default()
        };
        assert!(both.ours.passed() && !both.passed());
        assert_eq!(both.missing(), BTreeSet::from(["m.C.test_d"]));
        assert_eq!(
            both.skipped_here_only(),
            BTreeMap::from([("other", vec!["m.C.test_b"])])
        );
        assert_eq!(
            both.reasons(),
            BTreeMap::from([("no memory", (1, 2)), ("other", (1, 0))])
        );
        let alone = Comparison {
            ours,
            ..Comparison::default()
        };
        assert!(alone.passed());
    }

    #[test]
    fn tests_made_for_modules() {
        let ours = run(
            "test_m",
            &["test_a (m.C.test_a) ... ok"],
            "Ran 1 test in 0.1s\n\nOK",
            0,
        );
        let theirs = run(
            "test_m",
            &[
                "test_a (m.C.test_a) ... ok",
                "test_a (m.TestProto0File_ndbmShelve.test_a) ... ok",
                "test_b (m.TestProto0File_ndbmShelve.test_b) ... ok",
            ],
            "Ran 3 tests in 0.1s\n\nOK",
            0,
        );
        let mut both = Comparison {
            ours,
            theirs: Some(theirs),
            ..Comparison::default()
        };
        // The module is there, so the tests should be.
        assert_eq!(both.missing().len(), 2);
        assert!(!both.passed() && both.lacking().is_empty());
        both.absent = vec!["_dbm".into()];
        assert!(both.passed());
        assert_eq!(both.lacking(), BTreeMap::from([("_dbm", 2)]));
    }

    #[test]
    fn old_versions() {
        let ours = run(
            XPICKLE,
            &[
                "test_a (m.CPicklePython311Compat.test_a) ... ok",
                "test_a (m.PyPicklePython27Compat.test_a) ... ok",
                "test_a (m.PyPicklePython39Compat.test_a) ... ok",
            ],
            "Ran 3 tests in 0.1s\n\nOK",
            0,
        );
        let comparison = Comparison {
            ours,
            ..Comparison::default()
        };
        assert_eq!(comparison.old_pythons(), ["2.7", "3.9", "3.11"]);
    }
}
