//! Compares how the loading of damaged and of generated pickles ends.

use crate::cargo;
use crate::error::{Error, Result};
use crate::files;
use crate::interpreter::Interpreter;
use crate::places;
use crate::scripts::{self, Ran, Scripts};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Fewer pickles than this prove too little.
const FEWEST: usize = 20_000;

/// What the comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mutants {
    /// The damaged pickles.
    pub(crate) pickles: usize,
    /// How often they were loaded by each interpreter.
    pub(crate) loads: usize,
    /// The same by the kind of file.
    pub(crate) ways: BTreeMap<String, usize>,
    /// The loads that end the same: same type of exception, or same value.
    pub(crate) same: usize,
    /// Those of [`same`](Self::same) with the same message.
    pub(crate) same_text: usize,
    /// The loads that end differently, with a reason.
    pub(crate) accepted: usize,
    /// The loads that end differently, without one.
    pub(crate) unexplained: usize,
    /// How loads end, here and in CPython.
    pub(crate) endings: BTreeMap<String, (usize, usize)>,
    /// The accepted differences.
    pub(crate) accepted_groups: Vec<Group>,
    /// Those without a reason.
    pub(crate) unexplained_groups: Vec<Group>,
    /// Reasons that no difference has.
    pub(crate) unused: Vec<String>,
    /// The comparison as the script wrote it.
    pub(crate) json: Value,
}

/// Loads that end in the same two ways, for the same reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// How they end here: the exception's type, or `loaded`.
    pub(crate) ours: String,
    /// How they end in CPython.
    pub(crate) theirs: String,
    /// The reason; empty if there is none.
    pub(crate) reason: String,
    /// How many there are.
    pub(crate) loads: usize,
    /// One of the pickles, in hexadecimal.
    pub(crate) pickle: String,
    /// The kind of file it was read from.
    pub(crate) way: String,
    /// What ours says.
    pub(crate) ours_text: String,
    /// What CPython says.
    pub(crate) theirs_text: String,
}

impl Mutants {
    /// Whether enough was loaded, and every difference has a reason.
    pub(crate) fn passed(&self) -> bool {
        self.pickles >= FEWEST && self.unexplained == 0 && self.unused.is_empty()
    }
}

/// Makes damaged pickles, loads them with both interpreters, and compares.
pub(crate) fn run(scripts: &Scripts, ours: &Interpreter, theirs: &Interpreter) -> Result<Mutants> {
    let make = |pickles: &Path| {
        script(scripts, theirs, "make.py", &[pickles], &[0], "mutants-make").map(drop)
    };
    compare(scripts, ours, theirs, "mutants", make)
}

/// Generates pickles, loads them with both interpreters, and compares.
pub(crate) fn fuzz(
    scripts: &Scripts,
    ours: &Interpreter,
    theirs: &Interpreter,
    seed: u64,
    runs: u64,
) -> Result<Mutants> {
    let generator = cargo::build_fuzz(&places::workspace()?)?;
    let make = |pickles: &Path| {
        let status = Command::new(&generator)
            .arg("pickles")
            .arg(pickles)
            .args(["--seed", &seed.to_string(), "--runs", &runs.to_string()])
            .status()
            .map_err(|err| Error::program(&generator, err))?;
        match status.success() {
            true => Ok(()),
            false => Err(Error::program(&generator, status)),
        }
    };
    compare(scripts, ours, theirs, "fuzz", make)
}

fn script(
    scripts: &Scripts,
    python: &Interpreter,
    script: &str,
    args: &[&Path],
    codes: &[i32],
    log: &str,
) -> Result<Ran> {
    scripts
        .run(python, &format!("mutants/{script}"), args, log)?
        .with_code(script, codes)
}

/// Loads what `make` writes into a file with both interpreters; `name` is of the folder and of the logs.
fn compare(
    scripts: &Scripts,
    ours: &Interpreter,
    theirs: &Interpreter,
    name: &str,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<Mutants> {
    let out = scripts.cache.join(name);
    // What an earlier run has left must not be taken for this one's.
    files::remove_dir(&out)?;
    files::make_dir(&out)?;
    let pickles = out.join("pickles.txt");
    let (by_ours, by_theirs) = (out.join("ours.json"), out.join("theirs.json"));
    let log = |what: &str| format!("{name}-{what}");
    make(&pickles)?;
    let args: [&Path; 2] = [&pickles, &by_theirs];
    script(scripts, theirs, "load.py", &args, &[0], &log("theirs"))?;
    let args: [&Path; 2] = [&pickles, &by_ours];
    script(scripts, ours, "load.py", &args, &[0], &log("ours"))?;
    // A comparison that overlooks something would be worse than none.
    script(scripts, theirs, "test_compare.py", &[], &[0], &log("test"))?;
    let list = scripts.dir.join("mutants/differences.toml");
    let args: [&Path; 4] = [&pickles, &by_ours, &by_theirs, &list];
    // 1 is for differences, which are told in the results.
    let compared = script(
        scripts,
        theirs,
        "compare.py",
        &args,
        &[0, 1],
        &log("compare"),
    )?;
    read(scripts::json("mutants/compare.py", &compared.stdout)?)
        .ok_or_else(|| Error::Contract("compare.py does not count what it should".into()))
}

fn read(json: Value) -> Option<Mutants> {
    let groups =
        |name: &str| -> Option<Vec<Group>> { json[name].as_array()?.iter().map(group).collect() };
    let ways = json["ways"].as_object()?.iter();
    let endings = json["endings"].as_object()?.iter();
    let unused = json["unused"].as_array()?.iter();
    Some(Mutants {
        pickles: count(&json["pickles"])?,
        loads: count(&json["loads"])?,
        ways: ways
            .map(|(way, loads)| Some((way.clone(), count(loads)?)))
            .collect::<Option<_>>()?,
        same: count(&json["same"])?,
        same_text: count(&json["same_text"])?,
        accepted: count(&json["accepted"])?,
        unexplained: count(&json["unexplained"])?,
        endings: endings
            .map(|(ending, counts)| {
                let counts = (count(&counts["ours"])?, count(&counts["theirs"])?);
                Some((ending.clone(), counts))
            })
            .collect::<Option<_>>()?,
        accepted_groups: groups("accepted_groups")?,
        unexplained_groups: groups("unexplained_groups")?,
        unused: unused
            .map(|text| text.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        json,
    })
}

fn count(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

fn group(json: &Value) -> Option<Group> {
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    Some(Group {
        ours: text("ours")?,
        theirs: text("theirs")?,
        reason: text("reason")?,
        loads: count(&json["loads"])?,
        pickle: text("pickle")?,
        way: text("way")?,
        ours_text: text("ours_text")?,
        theirs_text: text("theirs_text")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn summary() -> Value {
        json!({
            "pickles": 20_000, "loads": 40_000, "ways": {"BytesIO": 20_000, "peek": 20_000},
            "same": 39_998, "same_text": 39_000, "accepted": 2, "unexplained": 0,
            "endings": {"KeyError": {"ours": 40_000, "theirs": 39_998},
                        "MemoryError": {"ours": 0, "theirs": 2}},
            "accepted_groups": [
                {"ours": "KeyError", "theirs": "MemoryError", "reason": "why", "loads": 2,
                 "pickle": "2e", "way": "peek", "ours_text": "1", "theirs_text": ""},
            ],
            "unexplained_groups": [],
            "unused": [],
        })
    }

    #[test]
    fn groups_and_endings() {
        let mutants = read(summary()).unwrap();
        assert!(mutants.passed());
        assert_eq!(mutants.endings["KeyError"], (40_000, 39_998));
        assert_eq!(mutants.accepted_groups[0].reason, "why");
        assert_eq!(mutants.accepted_groups[0].loads, 2);
    }

    #[test]
    fn verdicts() {
        let with = |name: &str, value: Value| {
            let mut summary = summary();
            summary[name] = value;
            read(summary)
        };
        assert!(!with("pickles", json!(19_999)).unwrap().passed());
        assert!(!with("unexplained", json!(1)).unwrap().passed());
        assert!(!with("unused", json!(["x"])).unwrap().passed());
        assert_eq!(with("endings", json!({"x": 1})), None);
        assert_eq!(with("accepted_groups", json!([1])), None);
    }
}
