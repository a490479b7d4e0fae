//! Reads what `python -m unittest -v` writes to its standard error.
//!
//! The runner writes `name (id) ... ` when a test starts and its status when
//! the test ends, so whatever the test itself writes lands in between. Tests
//! with a docstring have its first line after the name. A subtest that did not
//! pass is announced on an indented line of its own, after which its test gets
//! no status; later statuses of the same test repeat the test's name. The
//! totals at the end are authoritative: records that disagree with them are
//! reported as [`Log::problems`].

mod line;
mod tracebacks;

use line::{Head, Tail};

/// What became of one test or subtest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It passed.
    Ok,
    /// An assertion failed.
    Fail,
    /// It raised something else.
    Error,
    /// It was skipped, for this reason.
    Skipped(String),
    /// It failed, as it says it does.
    ExpectedFailure,
    /// It passed, although it says it fails.
    UnexpectedSuccess,
}

/// One status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The dotted name of the test, followed by a subtest's parameters.
    pub(crate) name: String,
    /// What became of it.
    pub(crate) status: Status,
}

/// The numbers at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Tests started, without subtests.
    pub(crate) tests: usize,
    /// Failed assertions.
    pub(crate) failures: usize,
    /// Other exceptions.
    pub(crate) errors: usize,
    /// Skipped tests, classes and subtests.
    pub(crate) skipped: usize,
    /// Failures the tests announce.
    pub(crate) expected_failures: usize,
    /// Announced failures that did not come.
    pub(crate) unexpected_successes: usize,
    /// Whether the last line begins with `OK` or `NO TESTS RAN`.
    pub(crate) ok: bool,
}

/// A whole log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// The tests that were started, in order.
    pub(crate) started: Vec<String>,
    /// All statuses, in order.
    pub(crate) records: Vec<Record>,
    /// The numbers at the end; none if the run did not get there.
    pub(crate) totals: Option<Totals>,
    /// The test that was running when the log broke off.
    pub(crate) unfinished: Option<String>,
    /// Where the log disagrees with itself.
    pub(crate) problems: Vec<String>,
    /// Names of failing tests with the exception's line.
    pub(crate) messages: Vec<(String, String)>,
}

impl Log {
    /// The numbers as the records have them.
    pub(crate) fn counted(&self) -> Totals {
        let mut totals = Totals {
            tests: self.started.len(),
            ..Totals::default()
        };
        for record in &self.records {
            match record.status {
                Status::Ok => {}
                Status::Fail => totals.failures += 1,
                Status::Error => totals.errors += 1,
                Status::Skipped(_) => totals.skipped += 1,
                Status::ExpectedFailure => totals.expected_failures += 1,
                Status::UnexpectedSuccess => totals.unexpected_successes += 1,
            }
        }
        totals.ok = totals.failures + totals.errors + totals.unexpected_successes == 0;
        totals
    }
}

/// Reads a log.
pub(crate) fn parse(text: &str) -> Log {
    let lines: Vec<&str> = text.lines().collect();
    let end = find_totals(&lines);
    let body = end.map_or(lines.len(), |(at, _)| at);
    let errors = find_error_section(&lines[..body]);
    let messages = errors.map_or_else(Vec::new, |at| tracebacks::messages(&lines[at..body]));
    let body = errors.unwrap_or(body);
    let mut reader = Reader::default();
    reader.read(&lines[..body]);
    reader.close(end.is_some());
    let mut log = reader.log;
    log.messages = messages;
    log.totals = end.map(|(_, totals)| totals);
    if let Some(totals) = log.totals {
        let counted = log.counted();
        compare(&counted, &totals, &mut log.problems);
    }
    log
}

/// Finds the last `Ran N tests in ..s`, a blank line and the verdict.
fn find_totals(lines: &[&str]) -> Option<(usize, Totals)> {
    (0..lines.len()).rev().find_map(|at| {
        let tests = line::ran(lines[at])?;
        let verdict = lines[at + 1..].iter().find(|l| !l.is_empty())?;
        let mut totals = line::verdict(verdict)?;
        totals.tests = tests;
        Some((at, totals))
    })
}

/// Finds where the tracebacks begin, which repeat names and statuses.
fn find_error_section(lines: &[&str]) -> Option<usize> {
    let rule = "=".repeat(70);
    lines.windows(2).position(|pair| {
        pair[0] == rule
            && ["FAIL: ", "ERROR: ", "UNEXPECTED SUCCESS: "]
                .iter()
                .any(|word| pair[1].starts_with(word))
    })
}

/// The test that was started last.
#[derive(Debug)]
struct Current {
    name: String,
    /// Index of its status, when that came on a line of its own.
    own_line: Option<usize>,
    resolved: bool,
    had_subtest: bool,
    /// The last line it wrote itself.
    noise: String,
}

#[derive(Debug, Default)]
struct Reader {
    log: Log,
    current: Option<Current>,
}

impl Reader {
    fn read(&mut self, lines: &[&str]) {
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            let next = lines.get(at + 1).copied();
            at += 1;
            match line::head(line, next) {
                Some(head) => {
                    if head.two_lines {
                        at += 1;
                    }
                    self.announced(head);
                }
                None => self.other(line),
            }
        }
    }

    fn announced(&mut self, head: Head<'_>) {
        if let Some(current) = &mut self.current
            && !current.resolved
            && !head.before.is_empty()
        {
            current.noise = head.before.to_owned();
        }
        let fixture = head.is_fixture();
        let name = head.name();
        if fixture || head.is_subtest() {
            if let Some(current) = &mut self.current
                && head.is_subtest()
            {
                current.had_subtest = true;
            }
            match head.tail {
                Tail::Status(status) => self.log.records.push(Record { name, status }),
                Tail::Pending | Tail::Noise(_) => {
                    self.log.problems.push(format!("no status for {name}"));
                }
            }
            return;
        }
        let again = self
            .current
            .as_ref()
            .is_some_and(|c| c.name == name && (c.resolved || c.had_subtest));
        if !again {
            self.close(true);
            self.log.started.push(name.clone());
            self.current = Some(Current {
                name: name.clone(),
                own_line: None,
                resolved: false,
                had_subtest: false,
                noise: String::new(),
            });
        }
        let Some(current) = &mut self.current else {
            return;
        };
        match head.tail {
            Tail::Status(status) => {
                current.resolved = true;
                self.log.records.push(Record { name, status });
            }
            Tail::Pending => {}
            Tail::Noise(text) => current.noise = text.to_owned(),
        }
    }

    fn other(&mut self, line: &str) {
        let Some(current) = &mut self.current else {
            return;
        };
        match (line::status(line), current.own_line) {
            // The test wrote something like a status itself: the last one counts.
            (Some(status), Some(at)) => self.log.records[at].status = status,
            (Some(status), None) if !current.resolved => {
                current.resolved = true;
                current.own_line = Some(self.log.records.len());
                self.log.records.push(Record {
                    name: current.name.clone(),
                    status,
                });
            }
            _ => current.noise = line.to_owned(),
        }
    }

    /// Takes leave of the current test, which needs to have had some status.
    fn close(&mut self, complete: bool) {
        let Some(current) = self.current.take() else {
            return;
        };
        if current.resolved || current.had_subtest {
            return;
        }
        if let Some(status) = line::status_at_end(&current.noise) {
            self.log.records.push(Record {
                name: current.name,
                status,
            });
        } else if complete {
            self.log
                .problems
                .push(format!("no status for {}", current.name));
        } else {
            self.log.unfinished = Some(current.name);
        }
    }
}

fn compare(counted: &Totals, totals: &Totals, problems: &mut Vec<String>) {
    let pairs = [
        ("tests", counted.tests, totals.tests),
        ("failures", counted.failures, totals.failures),
        ("errors", counted.errors, totals.errors),
        ("skipped", counted.skipped, totals.skipped),
        (
            "expected failures",
            counted.expected_failures,
            totals.expected_failures,
        ),
        (
            "unexpected successes",
            counted.unexpected_successes,
            totals.unexpected_successes,
        ),
    ];
    for (what, counted, total) in pairs {
        if counted != total {
            problems.push(format!("{what}: {counted} lines, but a total of {total}"));
        }
    }
    if counted.ok != totals.ok {
        problems.push("the verdict disagrees with the lines".into());
    }
}

#[cfg(test)]
mod tests;
