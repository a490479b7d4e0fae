//! Times dumps and loads of many workloads, ours against CPython's, process by process in turn.

use crate::error::{Error, Result};
use crate::interpreter::Interpreter;
use crate::report::Page;
use crate::scripts::{self, Scripts};
use serde_json::{Value, json};
use std::path::Path;

/// The script that times one workload, and how many seconds it takes for it.
const SCRIPT: &str = "times.py";
const SECONDS: &str = "1.2";
/// How often each interpreter times each workload.
const ROUNDS: usize = 3;

/// What is timed, as the script calls it, and in words.
const STEPS: [(&str, &str); 4] = [
    ("dumps", "`dumps`"),
    ("loads", "`loads`"),
    ("dump", "`dump` to a file"),
    ("load", "`load` from a file"),
];

/// The names of the workloads, in their order.
pub(crate) const WORKLOADS: [&str; 24] = [
    "profile",
    "small dicts",
    "small list",
    "profiles",
    "lists",
    "ints",
    "floats",
    "strings",
    "instances",
    "slots",
    "dicts",
    "pairs",
    "set",
    "long ints",
    "bytes",
    "str",
    "dataclasses",
    "enums",
    "datetimes",
    "decimals",
    "namedtuples",
    "nesting",
    "sharing",
    "out of band",
];

/// An interpreter that is timed.
#[derive(Clone, Debug)]
pub(crate) struct Timed {
    /// What it is called in the table.
    pub(crate) label: String,
    /// The program.
    pub(crate) interpreter: Interpreter,
}

/// The times of a workload by step, in nanoseconds: the fastest, and the median of the first run's rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Times {
    fastest: [f64; 4],
    median: [f64; 4],
}

/// What one interpreter took for all workloads, or why that is not known.
type Column = Vec<Result<Times, String>>;

/// All times.
#[derive(Clone, Debug)]
pub(crate) struct Speeds {
    labels: Vec<String>,
    columns: Vec<Column>,
    /// Workloads whose pickles are not the same bytes everywhere.
    other_bytes: Vec<&'static str>,
}

/// Times all workloads under all interpreters, of which the first is what the others are compared with.
pub(crate) fn run(scripts: &Scripts, all: &[Timed]) -> Speeds {
    let mut columns = vec![Column::new(); all.len()];
    let mut other_bytes = Vec::new();
    for workload in WORKLOADS {
        let mut rows: Vec<Option<Result<Times, String>>> = vec![None; all.len()];
        let mut digests = Vec::new();
        for _ in 0..ROUNDS {
            for (timed, row) in all.iter().zip(&mut rows) {
                if matches!(row, Some(Err(_))) {
                    continue;
                }
                let told = time(scripts, timed, workload);
                let times = told.and_then(|told| {
                    digests.push(told["digest"].clone());
                    Times::read(&told)
                });
                let times = times.map_err(|error| error.to_string());
                *row = Some(match (row.take(), times) {
                    (Some(Ok(before)), Ok(now)) => Ok(before.with(now)),
                    (_, times) => times,
                });
            }
        }
        if digests.windows(2).any(|pair| pair[0] != pair[1]) {
            other_bytes.push(workload);
        }
        for (row, column) in rows.into_iter().zip(&mut columns) {
            column.push(row.unwrap_or_else(|| Err("it was not run".to_owned())));
        }
    }
    Speeds {
        labels: all.iter().map(|timed| timed.label.clone()).collect(),
        columns,
        other_bytes,
    }
}

fn time(scripts: &Scripts, timed: &Timed, workload: &str) -> Result<Value> {
    let args = [workload, SECONDS, "pickle.tmp"].map(Path::new);
    let log = format!("speed-{}", workload.replace(' ', "-"));
    let ran = scripts.run(&timed.interpreter, SCRIPT, &args, &log)?;
    scripts::json(SCRIPT, &ran.with_code(SCRIPT, &[0])?.stdout)
}

impl Times {
    fn read(told: &Value) -> Result<Self> {
        let mut times = Self::default();
        for (number, (step, _)) in STEPS.iter().enumerate() {
            let of = |which: &str| {
                let missing = || Error::Contract(format!("{SCRIPT} tells no {which} {step}"));
                told[step][which].as_f64().ok_or_else(missing)
            };
            times.fastest[number] = of("fastest")?;
            times.median[number] = of("median")?;
        }
        Ok(times)
    }

    /// The fastest of both, and the lower of the medians.
    fn with(mut self, other: Self) -> Self {
        for (mine, others) in self.fastest.iter_mut().zip(other.fastest) {
            *mine = mine.min(others);
        }
        for (mine, others) in self.median.iter_mut().zip(other.median) {
            *mine = mine.min(others);
        }
        self
    }
}

impl Speeds {
    /// Whether every workload ran under all, with the same bytes.
    pub(crate) fn passed(&self) -> bool {
        self.other_bytes.is_empty() && self.columns.iter().flatten().all(Result::is_ok)
    }

    /// The whole file.
    pub(crate) fn markdown(&self, machine: &str) -> String {
        let mut page = Page::default();
        page.line("# How fast");
        page.line("");
        page.line("Written by `compat speed`; not edited.");
        page.line("");
        let first = self.labels.first().map_or("", String::as_str);
        page.line(&format!(
            "[speed/times.py](speed/times.py) under {first} and under ours, on {machine}: each workload in a process of \
             its own, the interpreters in turn, {ROUNDS} times; the fastest call counts. What a call returns is kept \
             until the clock has stopped. A ratio below 1 says that ours is faster. All pickles are of protocol 5, and the \
             same bytes everywhere{}.",
            match &self.other_bytes[..] {
                [] => String::new(),
                other => format!(", but for those of {}", other.join(", ")),
            }
        ));
        for (number, (_, title)) in STEPS.iter().enumerate() {
            page.line("");
            page.line(&format!("## {title}"));
            page.line("");
            let heads: Vec<&str> = ["workload"]
                .into_iter()
                .chain(self.labels.iter().map(String::as_str))
                .collect();
            page.table(&heads, self.rows(number));
        }
        page.text
    }

    fn rows(&self, step: usize) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for (number, workload) in WORKLOADS.iter().enumerate() {
            let mut row = vec![(*workload).to_owned()];
            let base = self.fastest(0, number, step);
            for (column, all) in self.columns.iter().enumerate() {
                row.push(match (&all[number], base) {
                    (Err(why), _) => format!("fails: {why}"),
                    (Ok(times), _) if column == 0 => shown(times.fastest[step]),
                    (Ok(times), Some(base)) => format!("{:.2}", times.fastest[step] / base),
                    (Ok(times), None) => shown(times.fastest[step]),
                });
            }
            rows.push(row);
        }
        let mut row = vec!["geometric mean".to_owned(), String::new()];
        row.extend(
            (1..self.columns.len()).map(|column| match self.mean(column, step) {
                Some(mean) => format!("**{mean:.2}**"),
                None => "-".to_owned(),
            }),
        );
        rows.push(row);
        rows
    }

    fn fastest(&self, column: usize, workload: usize, step: usize) -> Option<f64> {
        let times = self.columns.get(column)?.get(workload)?.as_ref().ok()?;
        Some(times.fastest[step])
    }

    /// The geometric mean of an interpreter's ratios, over the workloads that both have run.
    fn mean(&self, column: usize, step: usize) -> Option<f64> {
        let ratios = (0..WORKLOADS.len()).filter_map(|workload| {
            let base = self.fastest(0, workload, step)?;
            Some(self.fastest(column, workload, step)? / base)
        });
        geometric_mean(ratios)
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let of = |column: &Column| -> Value {
            let rows = WORKLOADS.iter().zip(column).map(|(workload, times)| {
                let times = match times {
                    Ok(times) => json!({"fastest": times.fastest, "median": times.median}),
                    Err(why) => json!({"error": why}),
                };
                ((*workload).to_owned(), times)
            });
            Value::Object(rows.collect())
        };
        let columns = self.labels.iter().zip(&self.columns);
        let columns = columns.map(|(label, column)| (label.clone(), of(column)));
        Value::Object(columns.collect())
    }
}

pub(crate) fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = ratios.fold((0.0, 0u32), |(sum, count), ratio| {
        (sum + ratio.ln(), count + 1)
    });
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

fn shown(nanoseconds: f64) -> String {
    match nanoseconds {
        few if few < 1e5 => format!("{:.1} µs", few / 1e3),
        many => format!("{:.2} ms", many / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_first_column() {
        let times = |by: f64| Times {
            fastest: [1e6, 2e6, 3e6, 4e6].map(|time| time * by),
            median: [2e6; 4],
        };
        let column = |by: f64| vec![Ok(times(by)); WORKLOADS.len()];
        let mut speeds = Speeds {
            labels: vec!["a".into(), "b".into()],
            columns: vec![column(1.0), column(0.5)],
            other_bytes: Vec::new(),
        };
        assert!(speeds.passed());
        let rows = speeds.rows(1);
        assert_eq!(rows[0], ["profile", "2.00 ms", "0.50"]);
        assert_eq!(rows[WORKLOADS.len()][2], "**0.50**");
        speeds.columns[1][0] = Err("no".into());
        assert_eq!(speeds.rows(1)[0][2], "fails: no");
        assert_eq!(speeds.mean(1, 0), Some(0.5));
        assert!(!speeds.passed());
        assert_eq!(times(1.0).with(times(0.5)), times(0.5));
    }

    #[test]
    fn means() {
        let mean = geometric_mean([0.5, 2.0, 1.0].into_iter());
        assert!(mean.is_some_and(|mean| (mean - 1.0).abs() < 1e-9));
        assert_eq!(geometric_mean(std::iter::empty()), None);
    }

    #[test]
    fn workloads_are_those_of_the_script() {
        let source = include_str!("../speed/workloads.py");
        let names = source.lines().filter_map(|line| {
            let name = line.strip_prefix("    \"")?;
            name.split_once("\": lambda").map(|(name, _)| name)
        });
        assert_eq!(names.collect::<Vec<_>>(), WORKLOADS);
    }
}
