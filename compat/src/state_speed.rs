//! Times saving and restoring of whole sessions, ours against dill's under CPython.

use crate::error::{Error, Result};
use crate::files::{self, TempDir};
use crate::process::{self, Job};
use crate::report::Page;
use crate::scripts;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often each session is saved and restored; the fastest time counts.
const ROUNDS: usize = 5;
/// The sessions, and what they hold.
const SESSIONS: [(&str, &str); 3] = [
    (
        "small",
        "200 data class instances, functions, closures, a cache",
    ),
    (
        "objects",
        "1,000,000 objects: instances, tuples, strings, floats",
    ),
    (
        "bytes",
        "100 MB of bytes that can't be compressed, in 100 pieces",
    ),
];

/// Something that saves and restores a session, as `times.py` describes.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    /// What it is called in the table.
    pub(crate) label: String,
    /// The program.
    pub(crate) program: PathBuf,
    /// What comes before `save` or `load`.
    pub(crate) args: Vec<OsString>,
    /// Where it finds its packages.
    pub(crate) python_path: Option<PathBuf>,
}

/// The fastest times of a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Times {
    save: f64,
    load: f64,
    again: f64,
    bytes: u64,
}

/// Times of all sessions, or why there are none, for ours and for dill.
#[derive(Clone, Debug)]
pub(crate) struct Speeds {
    ours: Vec<Result<Times, String>>,
    theirs: Vec<Result<Times, String>>,
    labels: [String; 2],
}

/// Runs all sessions under both, in turn, so that what slows the machine down slows both.
pub(crate) fn run(
    dir: &Path,
    cache: &Path,
    limit: Duration,
    ours: &Player,
    theirs: &Player,
) -> Result<Speeds> {
    let temp = TempDir::new(&cache.join("work"), "state-speed")?;
    let timed = |player: &Player, session: &str| -> Result<Times> {
        eprintln!("compat: {} plays {session}", player.label);
        let source = dir.join(format!("{session}.py"));
        let state = temp.path().join(format!("{session}.state"));
        files::remove_file(&state)?;
        let saved = play(player, "save", &source, &state, temp.path(), limit)?;
        let loaded = play(player, "load", Path::new("-"), &state, temp.path(), limit)?;
        let missing = || Error::Contract(format!("{} tells no times", player.label));
        if saved["check"].is_null() || saved["check"] != loaded["check"] {
            let (before, after) = (&saved["check"], &loaded["check"]);
            let text = format!("restored is {after}, which was {before}");
            return Err(Error::Contract(text));
        }
        Ok(Times {
            save: saved["seconds"].as_f64().ok_or_else(missing)?,
            load: loaded["seconds"].as_f64().ok_or_else(missing)?,
            again: loaded["again"].as_f64().ok_or_else(missing)?,
            bytes: saved["bytes"].as_u64().ok_or_else(missing)?,
        })
    };
    let mut all = [Vec::new(), Vec::new()];
    for (session, _) in SESSIONS {
        let mut fastest = [None, None];
        for _ in 0..ROUNDS {
            for (player, fastest) in [ours, theirs].into_iter().zip(&mut fastest) {
                if !matches!(fastest, Some(Err(_))) {
                    let times = timed(player, session).map_err(|error| error.to_string());
                    *fastest = Some(faster(fastest.take(), times));
                }
            }
        }
        for (fastest, all) in fastest.into_iter().zip(&mut all) {
            all.push(fastest.unwrap_or_else(|| Err("it was not run".to_owned())));
        }
    }
    let [ours_all, theirs_all] = all;
    Ok(Speeds {
        ours: ours_all,
        theirs: theirs_all,
        labels: [ours.label.clone(), theirs.label.clone()],
    })
}

fn faster(
    before: Option<Result<Times, String>>,
    now: Result<Times, String>,
) -> Result<Times, String> {
    match (before, now) {
        (Some(Ok(a)), Ok(b)) => Ok(Times {
            save: a.save.min(b.save),
            load: a.load.min(b.load),
            again: a.again.min(b.again),
            bytes: b.bytes,
        }),
        (_, now) => now,
    }
}

/// Runs one step in a process of its own, and returns what it tells.
fn play(
    player: &Player,
    step: &str,
    source: &Path,
    state: &Path,
    cwd: &Path,
    limit: Duration,
) -> Result<Value> {
    let (stdout, stderr) = (cwd.join("stdout.log"), cwd.join("stderr.log"));
    let mut env = vec![("PYTHONDONTWRITEBYTECODE", "1".into())];
    if let Some(path) = &player.python_path {
        env.push(("PYTHONPATH", path.into()));
    }
    let mut args = player.args.clone();
    args.extend([step.into(), source.into(), state.into()]);
    let ending = Job {
        program: &player.program,
        args,
        cwd,
        env,
        stdout: stdout.clone(),
        stderr: stderr.clone(),
        limit,
    }
    .run()?;
    if ending != process::Ending::Code(0) {
        let log = files::read_lossy(&stderr)?;
        let last = log.trim_end().lines().last().unwrap_or_default().to_owned();
        return Err(Error::program(&player.label, format!("{ending}: {last}")));
    }
    scripts::json(&player.label, &files::read_lossy(&stdout)?)
}

impl Speeds {
    /// Whether ours could save and restore all of them.
    pub(crate) fn passed(&self) -> bool {
        self.ours.iter().all(Result::is_ok)
    }

    /// The whole file.
    pub(crate) fn markdown(&self, machine: &str) -> String {
        let mut page = Page::default();
        page.line("# Saving and restoring whole sessions");
        page.line("");
        page.line("Written by `compat state-speed`; not edited.");
        page.line("");
        let [ours, theirs] = &self.labels;
        page.line(&format!(
            "{ours} against {theirs} (`dump_session`, `load_session`), on {machine}. Each step is \
             timed inside a process of its own, from the session in memory to the closed file and \
             back; the fastest of {ROUNDS} rounds counts, and the two take turns. A ratio below 1 \
             says that ours is faster, or smaller. Ours compresses, adds a digest, syncs the file \
             and replaces the old one atomically; dill does none of that. *Restore* is the first \
             thing a new process does: it imports the modules of the library that the session \
             uses, which importing dill has done already, before the clock starts. *Restore \
             again* has them. What each session says of itself is compared before and after.",
        ));
        page.line("");
        page.table(
            &["session", "step", "ours", "dill", "ratio"],
            SESSIONS
                .iter()
                .zip(self.ours.iter().zip(&self.theirs))
                .flat_map(|((_, holds), (ours, theirs))| rows(holds, ours, theirs)),
        );
        page.text
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let of = |all: &[Result<Times, String>]| -> Value {
            all.iter()
                .map(|times| match times {
                    Ok(times) => {
                        let Times {
                            save,
                            load,
                            again,
                            bytes,
                        } = times;
                        json!({"save": save, "load": load, "again": again, "bytes": bytes})
                    }
                    Err(why) => json!({"error": why}),
                })
                .collect()
        };
        json!({"ours": of(&self.ours), "theirs": of(&self.theirs)})
    }
}

/// The rows of a session: what was measured, both values, and their ratio.
fn rows(
    holds: &str,
    ours: &Result<Times, String>,
    theirs: &Result<Times, String>,
) -> Vec<Vec<String>> {
    ["save", "restore", "restore again", "size"]
        .into_iter()
        .enumerate()
        .map(|(number, step)| {
            let cell = |times: &Result<Times, String>| match times {
                Ok(times) => times.shown()[number].clone(),
                Err(why) => format!("fails: {why}"),
            };
            let ratio = match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => {
                    format!("{:.2}", ours.values()[number] / theirs.values()[number])
                }
                _ => "-".to_owned(),
            };
            vec![
                holds.to_owned(),
                step.to_owned(),
                cell(ours),
                cell(theirs),
                ratio,
            ]
        })
        .collect()
}

impl Times {
    fn values(&self) -> [f64; 4] {
        [self.save, self.load, self.again, self.bytes as f64]
    }

    fn shown(&self) -> [String; 4] {
        [
            format!("{:.1} ms", self.save * 1e3),
            format!("{:.1} ms", self.load * 1e3),
            format!("{:.1} ms", self.again * 1e3),
            format!("{:.3} MB", self.bytes as f64 / 1e6),
        ]
    }
}

/// The machine in a few words, as the system tells it.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("a processor that has no name here", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores of {model}, {os}, {arch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_counts() {
        let times = |save, load| {
            Ok(Times {
                save,
                load,
                again: load,
                bytes: 1_500_000,
            })
        };
        let fastest = faster(Some(times(2.0, 3.0)), times(4.0, 1.0));
        assert_eq!(fastest, times(2.0, 1.0));
        let table = rows("x", &fastest, &times(4.0, 0.5));
        assert_eq!(table[0], ["x", "save", "2000.0 ms", "4000.0 ms", "0.50"]);
        assert_eq!(table[1][4], "2.00");
        assert_eq!(table[3][2..], ["1.500 MB", "1.500 MB", "1.00"]);
        // A failure stays one.
        assert!(faster(Some(times(2.0, 3.0)), Err("no".into())).is_err());
        let table = rows("x", &fastest, &Err("no".into()));
        assert_eq!(table[0][3..], ["fails: no", "-"]);
    }
}
