//! Counts the instructions of dumps and loads, which do not depend on what else a machine does.
//!
//! Valgrind's callgrind counts those of a whole process. A process that does something a few times more than another one differs
//! from it by what those few times take.

use crate::error::{Error, Result};
use crate::report::Page;
use crate::scripts::Scripts;
use crate::speed::{Timed, WORKLOADS, geometric_mean};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

const SCRIPT: &str = "repeat.py";

/// The ways, as the script calls them.
const STEPS: [&str; 2] = ["dumps", "loads"];

/// Workloads that take so little that they are repeated more often.
const SMALL: [&str; 5] = [
    "profile",
    "small dicts",
    "small list",
    "nesting",
    "out of band",
];
const SMALL_TIMES: u64 = 100;

/// How many processes run at once: counts do not mind.
const WORKERS: usize = 2;

/// The instructions of one call, by step, workload and interpreter, or why that is not known.
#[derive(Clone, Debug)]
pub(crate) struct Instructions {
    labels: Vec<String>,
    counts: Vec<(usize, usize, usize, Result<u64, String>)>,
}

/// Counts all workloads under all interpreters, of which the first is what the others are compared with.
pub(crate) fn run(scripts: &Scripts, all: &[Timed]) -> Instructions {
    let mut cells = Vec::new();
    for step in 0..STEPS.len() {
        for workload in 0..WORKLOADS.len() {
            cells.extend((0..all.len()).map(|column| (step, workload, column)));
        }
    }
    let left = Mutex::new(cells.into_iter());
    let next = || left.lock().ok()?.next();
    let work = || {
        let mut counts = Vec::new();
        while let Some((step, workload, column)) = next() {
            let count = per_call(scripts, &all[column], STEPS[step], WORKLOADS[workload]);
            counts.push((
                step,
                workload,
                column,
                count.map_err(|error| error.to_string()),
            ));
        }
        counts
    };
    let counts = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let counts = workers.into_iter().filter_map(|worker| worker.join().ok());
        counts.flatten().collect()
    });
    Instructions {
        labels: all.iter().map(|timed| timed.label.clone()).collect(),
        counts,
    }
}

fn per_call(scripts: &Scripts, timed: &Timed, step: &str, workload: &str) -> Result<u64> {
    let times = match SMALL.contains(&workload) {
        true => SMALL_TIMES,
        false => 1,
    };
    let few = count(scripts, timed, step, workload, times)?;
    let more = count(scripts, timed, step, workload, 3 * times)?;
    Ok(more.saturating_sub(few) / (2 * times))
}

fn count(scripts: &Scripts, timed: &Timed, step: &str, workload: &str, times: u64) -> Result<u64> {
    // Its own counters go to a file that nobody needs; the sum is on standard error.
    let tool = [
        "valgrind",
        "--tool=callgrind",
        "--trace-children=yes",
        "--callgrind-out-file=/dev/null",
    ];
    let times = times.to_string();
    let args = [workload, step, &times].map(Path::new);
    let name = |text: &str| text.replace([' ', ','], "-");
    let log = format!(
        "instructions-{}-{}-{step}-{times}",
        name(&timed.label),
        name(workload)
    );
    let ran = scripts.run_under(
        &tool.map(OsString::from),
        &timed.interpreter,
        SCRIPT,
        &args,
        &log,
    )?;
    let ran = ran.with_code(SCRIPT, &[0])?;
    // The interpreter may be started by a program of its own.
    let counts = ran.stderr.lines().filter_map(|line| {
        let (_, count) = line.split_once("Collected : ")?;
        count.trim().parse().ok()
    });
    counts
        .max()
        .ok_or_else(|| Error::Contract("valgrind tells no count".to_owned()))
}

impl Instructions {
    /// Whether all have been counted.
    pub(crate) fn passed(&self) -> bool {
        self.counts.iter().all(|(.., count)| count.is_ok())
    }

    fn of(&self, step: usize, workload: usize, column: usize) -> Result<u64, &str> {
        let found = self
            .counts
            .iter()
            .find(|cell| (cell.0, cell.1, cell.2) == (step, workload, column));
        match found {
            Some((.., Ok(count))) => Ok(*count),
            Some((.., Err(why))) => Err(why),
            None => Err("it was not run"),
        }
    }

    fn ratio(&self, step: usize, workload: usize, column: usize) -> Option<f64> {
        let (ours, base) = (
            self.of(step, workload, column).ok()?,
            self.of(step, workload, 0).ok()?,
        );
        Some(ours as f64 / base as f64)
    }

    /// The whole file.
    pub(crate) fn markdown(&self, machine: &str) -> String {
        let mut page = Page::default();
        page.line("# How many instructions");
        page.line("");
        page.line("Written by `compat instructions`; not edited.");
        page.line("");
        page.line(&format!(
            "Instructions of one call, as valgrind's callgrind counts them on {machine}: half of what \
             [speed/repeat.py](speed/repeat.py) takes more for three calls than for one (of small workloads: 300 and 100). They \
             are the same whatever else the machine does; what they take depends on how well they are guessed and fetched. A \
             ratio below 1 says that ours are fewer."
        ));
        for (step, name) in STEPS.iter().enumerate() {
            page.heading(&format!("## `{name}`"));
            let heads: Vec<&str> = ["workload"]
                .into_iter()
                .chain(self.labels.iter().map(String::as_str))
                .collect();
            page.table(&heads, self.rows(step));
        }
        page.text
    }

    fn rows(&self, step: usize) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for (workload, name) in WORKLOADS.iter().enumerate() {
            let mut row = vec![(*name).to_owned()];
            for column in 0..self.labels.len() {
                row.push(
                    match (
                        self.of(step, workload, column),
                        self.ratio(step, workload, column),
                    ) {
                        (Err(why), _) => format!("fails: {why}"),
                        (Ok(_), Some(ratio)) if column > 0 => format!("{ratio:.2}"),
                        (Ok(count), _) => count.to_string(),
                    },
                );
            }
            rows.push(row);
        }
        let mut row = vec!["geometric mean".to_owned(), String::new()];
        row.extend((1..self.labels.len()).map(|column| {
            let ratios =
                (0..WORKLOADS.len()).filter_map(|workload| self.ratio(step, workload, column));
            geometric_mean(ratios).map_or("-".to_owned(), |mean| format!("**{mean:.2}**"))
        }));
        rows.push(row);
        rows
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let cells = self.counts.iter().map(|(step, workload, column, count)| {
            json!({
                "step": STEPS[*step],
                "workload": WORKLOADS[*workload],
                "interpreter": self.labels[*column],
                "instructions": count.as_ref().ok(),
                "error": count.as_ref().err(),
            })
        });
        cells.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_first_column() {
        let mut instructions = Instructions {
            labels: vec!["a".into(), "b".into()],
            counts: Vec::new(),
        };
        for workload in 0..WORKLOADS.len() {
            instructions.counts.push((1, workload, 0, Ok(200)));
            instructions.counts.push((1, workload, 1, Ok(50)));
        }
        assert!(instructions.passed());
        let rows = instructions.rows(1);
        assert_eq!(rows[0], ["profile", "200", "0.25"]);
        assert_eq!(rows[WORKLOADS.len()], ["geometric mean", "", "**0.25**"]);
        assert_eq!(instructions.rows(0)[0][1], "fails: it was not run");
        instructions.counts[1].3 = Err("no".to_owned());
        assert_eq!(instructions.rows(1)[0][2], "fails: no");
        assert!(!instructions.passed());
    }
}
