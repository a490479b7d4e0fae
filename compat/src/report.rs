//! Writes RESULTS.md: no times, no paths, nothing of the machine but what
//! decides which tests can run.

use crate::corpus::Corpus;
use crate::golden::Golden;
use crate::mutants::{Group, Mutants};
use crate::suites::comparison::Comparison;
use crate::suites::{Lifted, MODULES, ModuleRun};
use serde_json::{Value, json};
use std::fmt::Write;

/// How many failures are listed of each kind.
const LISTED: usize = 100;
/// The heading of what could not be run.
const NOT_RUN: &str = "**NOT RUN**: there is no CPython 3.14 here.";

/// All there is to tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    /// What the interpreter under test says it is.
    pub(crate) ours: String,
    /// CPython, if there is one.
    pub(crate) cpython: Option<String>,
    /// CPython's tests.
    pub(crate) suites: Option<Comparison>,
    /// The corpus.
    pub(crate) corpus: Option<Corpus>,
    /// The damaged pickles.
    pub(crate) mutants: Option<Mutants>,
    /// The golden pickles.
    pub(crate) golden: Option<Golden>,
}

impl Results {
    /// The whole file.
    pub(crate) fn markdown(&self) -> String {
        let mut page = Page::default();
        page.line("# Compatibility with CPython 3.14");
        page.line("");
        page.line("Written by `compat all`; not edited.");
        page.line("");
        page.line(&format!(
            "- under test: rustpython-pickle {}, which calls itself {}",
            env!("CARGO_PKG_VERSION"),
            self.ours
        ));
        page.line(&format!(
            "- compared with: {}",
            self.cpython.as_deref().unwrap_or("nothing, see below")
        ));
        page.suites(self.suites.as_ref());
        page.corpus(self.corpus.as_ref());
        page.mutants(self.mutants.as_ref());
        page.golden(self.golden.as_ref());
        page.text
    }

    /// The same for programs, and with what failing tests said.
    pub(crate) fn json(&self) -> Value {
        json!({
            "ours": self.ours,
            "cpython": self.cpython,
            "suites": self.suites.as_ref().map(Comparison::to_json),
            "corpus": self.corpus.as_ref().map(|corpus| &corpus.json),
            "mutants": self.mutants.as_ref().map(|mutants| &mutants.json),
            "golden": self.golden.as_ref().map(|golden| &golden.json),
        })
    }
}

/// A page in Markdown.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What is written so far.
    pub(crate) text: String,
}

impl Page {
    /// Adds a line.
    pub(crate) fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{line}");
    }

    /// Adds a line between empty ones.
    pub(crate) fn heading(&mut self, heading: &str) {
        self.line(&format!("\n{heading}\n"));
    }

    /// Adds a table.
    pub(crate) fn table(&mut self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
        self.line(&row(&head));
        self.line(&row(&vec!["---".to_owned(); head.len()]));
        for cells in rows {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            self.line(&row(&cells));
        }
    }

    /// A list that is cut when it gets long.
    fn list(&mut self, items: impl ExactSizeIterator<Item = String>) {
        let more = items.len().saturating_sub(LISTED);
        for item in items.take(LISTED) {
            self.line(&format!("- {item}"));
        }
        if more > 0 {
            self.line(&format!("- and {more} more"));
        }
    }

    fn suites(&mut self, suites: Option<&Comparison>) {
        self.heading("## CPython's own tests");
        let Some(suites) = suites else {
            self.line(NOT_RUN);
            self.line("");
            self.table(
                &["suite", "verdict"],
                MODULES.map(|module| vec![module.to_owned(), "not run".to_owned()]),
            );
            return;
        };
        self.line(
            "The files of CPython's `test` package, unmodified, run by `python -m unittest -v`.",
        );
        let origins = suites.origins.iter();
        let origins: Vec<String> = origins
            .map(|(name, of)| format!("`{name}`: {of}"))
            .collect();
        self.line(&format!("What they import here: {}.", origins.join(", ")));
        self.line("");
        self.table(
            &[
                "suite",
                "tests",
                "failures",
                "errors",
                "skipped",
                "expected failures",
                "unexpected successes",
                "verdict",
                "CPython itself: tests, skipped",
            ],
            suites.ours.modules.iter().map(|run| suite_row(suites, run)),
        );
        let versions = suites.old_pythons();
        if !versions.is_empty() {
            self.line(&format!(
                "\n`test_xpickle` exchanges pickles with the older Python versions it finds, here {}.",
                versions.join(", ")
            ));
        }
        for (module, count) in suites.lacking() {
            self.line(&format!(
                "\n{count} tests of CPython's are not there, because their classes are made for the \
                 module `{module}`, which RustPython lacks."
            ));
        }
        self.failing(suites);
        self.skips(suites);
    }

    fn failing(&mut self, suites: &Comparison) {
        let failing: Vec<String> = suites
            .ours
            .modules
            .iter()
            .flat_map(ModuleRun::failing)
            .map(|(name, kind)| format!("{kind}: `{name}`"))
            .collect();
        if !failing.is_empty() {
            self.heading("### Failing tests");
            self.list(failing.into_iter());
        }
        let missing = suites.missing();
        if !missing.is_empty() {
            self.heading("### Tests that CPython runs and that did not run here");
            self.list(missing.iter().map(|name| format!("`{name}`")));
        }
    }

    fn skips(&mut self, suites: &Comparison) {
        self.heading("### Skipped tests, by reason");
        let theirs = suites.theirs.is_some();
        self.table(
            &["reason", "here", "CPython itself"],
            suites.reasons().iter().map(|(reason, (ours, others))| {
                let others = if theirs {
                    others.to_string()
                } else {
                    "not run".to_owned()
                };
                vec![(*reason).to_owned(), ours.to_string(), others]
            }),
        );
        let only_here = suites.skipped_here_only();
        if !theirs {
            self.line("\nCPython itself was not run, so its skips are not known.");
        } else if only_here.is_empty() {
            self.line("\nWhatever is skipped here is skipped by CPython too, for the same reason.");
        } else {
            self.heading("### Skipped here and not by CPython itself");
            self.line(
                "Tests marked as being about CPython only were run once more without that mark, \
                 to see whether what they test holds here.\n",
            );
            self.table(
                &["test", "reason", "without the mark"],
                only_here.iter().flat_map(|(reason, names)| {
                    names.iter().map(|name| {
                        let lifted = match suites.lifted.get(*name) {
                            Some(Lifted::Holds) => "holds",
                            Some(Lifted::Fails(_)) => "does not hold",
                            Some(Lifted::Unknown) => "not known",
                            None => "",
                        };
                        vec![format!("`{name}`"), (*reason).to_owned(), lifted.to_owned()]
                    })
                }),
            );
        }
    }

    fn corpus(&mut self, corpus: Option<&Corpus>) {
        self.heading("## Differential corpus");
        let Some(corpus) = corpus else {
            self.line(NOT_RUN);
            return;
        };
        self.line(&format!(
            "{} values of {} kinds, each pickled at the protocols 0 to 5 (some also without \
             `fix_imports`, with out-of-band buffers, in fast mode, or to a file) by both \
             interpreters, and each pickle loaded by the other one.\n",
            corpus.cases, corpus.kinds
        ));
        let same = corpus.identical + corpus.by_value_only;
        let differing = corpus.pickles.saturating_sub(same);
        let rows = [
            ("pickles", corpus.pickles),
            ("identical, byte by byte", corpus.identical),
            (
                "of these: both refuse, with the same error",
                corpus.refusals,
            ),
            (
                "compared by value only, because two runs of CPython differ too",
                corpus.by_value_only,
            ),
            ("differing", differing),
            ("CPython's pickles loaded here", corpus.theirs_by_ours.0),
            ("of these: with the right value", corpus.theirs_by_ours.1),
            ("our pickles loaded by CPython", corpus.ours_by_theirs.0),
            ("of these: with the right value", corpus.ours_by_theirs.1),
            ("values with any difference", corpus.differing_cases.len()),
        ];
        self.table(
            &["what", "number"],
            rows.map(|(what, count)| vec![what.to_owned(), count.to_string()]),
        );
        if corpus.too_many() {
            self.line("\n**Too many values differ.**");
        }
        let reasons = corpus.reasons();
        if !reasons.is_empty() {
            self.heading("### Differences that come from RustPython itself");
            self.table(
                &["reason", "values", "differences"],
                reasons.iter().map(|(reason, group)| {
                    let cases: Vec<String> =
                        group.cases.iter().map(|case| format!("`{case}`")).collect();
                    let count = group.differences.to_string();
                    vec![(*reason).to_owned(), cases.join(", "), count]
                }),
            );
        }
        if !corpus.unexplained.is_empty() {
            self.heading("### Differences without a reason");
            self.list(corpus.unexplained.iter().map(|difference| {
                format!(
                    "`{}`, protocol {}, {}",
                    difference.case, difference.protocol, difference.place
                )
            }));
        }
        if !corpus.unused.is_empty() {
            self.heading("### Reasons that nothing needs");
            self.list(corpus.unused.iter().cloned());
        }
    }

    fn mutants(&mut self, mutants: Option<&Mutants>) {
        self.heading("## Damaged pickles");
        let Some(mutants) = mutants else {
            self.line(NOT_RUN);
            return;
        };
        let ways: Vec<String> = mutants
            .ways
            .iter()
            .map(|(way, loads)| format!("{way} ({loads})"))
            .collect();
        self.line(&format!(
            "{} truncated, mutated and random pickles, the same in every run, each loaded by \
             `pickle.Unpickler` of both interpreters from two kinds of files: {}. What is compared \
             is the type of the exception, or the value.\n",
            mutants.pickles,
            ways.join(", ")
        ));
        let rows = [
            ("loads", mutants.loads),
            ("ending the same", mutants.same),
            ("of these: with the same message too", mutants.same_text),
            ("differing, with a reason", mutants.accepted),
            ("differing, without a reason", mutants.unexplained),
        ];
        self.table(
            &["what", "number"],
            rows.map(|(what, count)| vec![what.to_owned(), count.to_string()]),
        );
        self.line("");
        self.table(
            &["how loads end", "here", "CPython itself"],
            mutants.endings.iter().map(|(ending, (ours, theirs))| {
                vec![format!("`{ending}`"), ours.to_string(), theirs.to_string()]
            }),
        );
        self.endings("### Accepted differences", &mutants.accepted_groups);
        self.endings(
            "### Differences without a reason",
            &mutants.unexplained_groups,
        );
        if !mutants.unused.is_empty() {
            self.heading("### Reasons that nothing needs");
            self.list(mutants.unused.iter().cloned());
        }
    }

    fn endings(&mut self, heading: &str, groups: &[Group]) {
        if groups.is_empty() {
            return;
        }
        self.heading(heading);
        self.table(
            &[
                "here",
                "CPython itself",
                "loads",
                "for example, from",
                "reason",
            ],
            groups.iter().map(|group| {
                vec![
                    format!("`{}`", group.ours),
                    format!("`{}`", group.theirs),
                    group.loads.to_string(),
                    format!("`{}`, {}", group.pickle, group.way),
                    group.reason.clone(),
                ]
            }),
        );
    }

    fn golden(&mut self, golden: Option<&Golden>) {
        self.heading("## Golden pickles");
        let Some(golden) = golden else {
            self.line("**NOT RUN**");
            return;
        };
        self.line(
            "Pickles that older versions of CPython once wrote, at every protocol they know, \
             loaded in three ways and under five readings of Python 2 strings.\n",
        );
        self.table(
            &["written by", "values", "pickles", "loads", "failures"],
            golden.writers.iter().map(|writer| {
                let counts = [writer.values, writer.pickles, writer.loads, writer.failures];
                let name = format!("CPython {}", writer.version);
                [name]
                    .into_iter()
                    .chain(counts.map(|n| n.to_string()))
                    .collect()
            }),
        );
        if !golden.failures.is_empty() {
            self.heading("### Failures");
            self.list(golden.failures.iter().map(|failure| {
                // Only what names the pickle: a message may hold anything.
                let names: Vec<&str> = failure.split(", ").take(5).collect();
                names.join(", ")
            }));
        }
    }
}

fn suite_row(suites: &Comparison, run: &ModuleRun) -> Vec<String> {
    let totals = run.totals();
    let verdict = match &run.broken {
        Some(broken) => broken.as_str(),
        None if run.passed() => "passed",
        None => "failed",
    };
    let theirs = match suites.theirs(&run.module) {
        Some(theirs) if theirs.passed() => {
            let totals = theirs.totals();
            format!("{}, {}", totals.tests, totals.skipped)
        }
        Some(_) => "failed".to_owned(),
        None => "not run".to_owned(),
    };
    let counts = [
        totals.tests,
        totals.failures,
        totals.errors,
        totals.skipped,
        totals.expected_failures,
        totals.unexpected_successes,
    ];
    [run.module.clone()]
        .into_iter()
        .chain(counts.map(|count| count.to_string()))
        .chain([verdict.to_owned(), theirs])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Ending;
    use crate::suites::SuiteRun;

    #[test]
    fn what_is_not_run_says_so() {
        let text = Results::default().markdown();
        assert_eq!(text.matches("NOT RUN").count(), 4);
        for module in MODULES {
            assert!(
                text.contains(&format!("| {module} | not run |")),
                "{module}"
            );
        }
    }

    #[test]
    fn suites() {
        let log = "\
test_a (m.C.test_a) ... skipped 'a|b'
test_b (m.C.test_b) ... FAIL
======================================================================
FAIL: test_b (m.C.test_b)
----------------------------------------------------------------------
AssertionError: /home/me
----------------------------------------------------------------------
Ran 2 tests in 0.1s

FAILED (failures=1, skipped=1)
";
        let run = ModuleRun::new("test_m", log, Ending::Code(1));
        let modules = vec![run, ModuleRun::new("test_n", "", Ending::TimedOut)];
        let results = Results {
            suites: Some(Comparison {
                ours: SuiteRun {
                    label: "ours".into(),
                    modules,
                },
                ..Comparison::default()
            }),
            ..Results::default()
        };
        let text = results.markdown();
        for wanted in [
            "| test_m | 2 | 1 | 0 | 1 | 0 | 0 | failed | not run |",
            "| test_n | 0 | 0 | 0 | 0 | 0 | 0 | no result: time limit | not run |",
            "- FAIL: `m.C.test_b`",
            "| a\\|b | 1 | not run |",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
        assert!(!text.contains("/home/me"));
        assert!(results.json().to_string().contains("/home/me"));
    }
}
