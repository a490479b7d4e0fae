//! Compares the pickles of a corpus of objects, both ways.

use crate::error::{Error, Result};
use crate::files;
use crate::interpreter::Interpreter;
use crate::scripts::{self, Scripts};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many of a hundred cases may differ, whatever the reason.
const MOST_DIFFERING: usize = 2;

/// What the comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Corpus {
    /// The values.
    pub(crate) cases: usize,
    /// The kinds they are of.
    pub(crate) kinds: usize,
    /// The pickles, or refusals to make one, of all values.
    pub(crate) pickles: usize,
    /// Those that are the same, byte by byte.
    pub(crate) identical: usize,
    /// Those of [`identical`](Self::identical) that are refusals.
    pub(crate) refusals: usize,
    /// Those that two runs of CPython make differently too.
    pub(crate) by_value_only: usize,
    /// CPython's pickles as loaded by ours: how many, and how many well.
    pub(crate) theirs_by_ours: (usize, usize),
    /// Our pickles as loaded by CPython.
    pub(crate) ours_by_theirs: (usize, usize),
    /// The values with any difference.
    pub(crate) differing_cases: Vec<String>,
    /// Differences that have a reason.
    pub(crate) accepted: Vec<Difference>,
    /// Differences that have none.
    pub(crate) unexplained: Vec<Difference>,
    /// Reasons that no difference has.
    pub(crate) unused: Vec<String>,
    /// The comparison as the script wrote it.
    pub(crate) json: Value,
}

/// One pickle, or value, that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The value.
    pub(crate) case: String,
    /// Protocol and variant; empty if the value itself could not be made.
    pub(crate) protocol: String,
    /// At what: `dumps`, `build`, or loading.
    pub(crate) place: String,
    /// The reason, if there is one.
    pub(crate) reason: String,
    /// What differs, in one line.
    pub(crate) found: String,
}

/// Differences with one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group<'a> {
    /// The values.
    pub(crate) cases: BTreeSet<&'a str>,
    /// How many differences there are.
    pub(crate) differences: usize,
}

/// Dumps, loads and compares with both interpreters.
pub(crate) fn run(scripts: &Scripts, ours: &Interpreter, theirs: &Interpreter) -> Result<Corpus> {
    let out = scripts.cache.join("corpus");
    // What an earlier run has left must not be taken for this one's.
    files::remove_dir(&out)?;
    files::make_dir(&out)?;
    let file = |name: &str| out.join(format!("{name}.json"));
    let (dumped, reference) = (file("ours"), file("theirs"));
    let (by_ours, by_theirs) = (file("theirs-by-ours"), file("ours-by-theirs"));
    let go = |python: &Interpreter, script: &str, args: &[&Path], codes: &[i32], log: &str| {
        scripts
            .run(python, &format!("corpus/{script}"), args, log)?
            .with_code(script, codes)
    };
    go(theirs, "dump.py", &[&reference], &[0], "corpus-theirs")?;
    go(ours, "dump.py", &[&dumped], &[0], "corpus-ours")?;
    // 1 is for complaints, which the comparison judges.
    let args: [&Path; 2] = [&reference, &by_ours];
    go(ours, "check.py", &args, &[0, 1], "corpus-theirs-by-ours")?;
    let args: [&Path; 2] = [&dumped, &by_theirs];
    go(theirs, "check.py", &args, &[0, 1], "corpus-ours-by-theirs")?;
    // A comparison that overlooks something would be worse than none.
    go(theirs, "test_compare.py", &[], &[0], "corpus-test")?;
    let list = scripts.dir.join("corpus/differences.toml");
    let args: [&Path; 5] = [&dumped, &reference, &by_ours, &by_theirs, &list];
    let compared = go(theirs, "compare.py", &args, &[0, 1], "corpus-compare")?;
    read(scripts::json("compare.py", &compared.stdout)?)
        .ok_or_else(|| Error::Contract("compare.py does not count what it should".into()))
}

fn read(json: Value) -> Option<Corpus> {
    let count = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let texts = |value: &Value| -> Option<Vec<String>> {
        let items = value.as_array()?.iter();
        items.map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let differences = |value: &Value| -> Option<Vec<Difference>> {
        value.as_array()?.iter().map(difference).collect()
    };
    let loads = |value: &Value| Some((count(&value["loaded"])?, count(&value["ok"])?));
    let dumps = &json["dumps"];
    Some(Corpus {
        cases: count(&dumps["cases"])?,
        kinds: count(&json["kinds"])?,
        pickles: count(&dumps["pairs"])?,
        identical: count(&dumps["identical"])?,
        refusals: count(&dumps["both_refuse"])?,
        by_value_only: count(&dumps["by_value_only"])?,
        theirs_by_ours: loads(&json["theirs_by_ours"])?,
        ours_by_theirs: loads(&json["ours_by_theirs"])?,
        differing_cases: texts(&json["differing_cases"])?,
        accepted: differences(&json["accepted"])?,
        unexplained: differences(&json["unexplained"])?,
        unused: texts(&json["unused"])?,
        json,
    })
}

fn difference(json: &Value) -> Option<Difference> {
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    Some(Difference {
        case: text("case")?,
        protocol: text("protocol")?,
        place: text("where")?,
        reason: text("reason").unwrap_or_default(),
        found: text("found").unwrap_or_else(|| json["found"].to_string()),
    })
}

impl Corpus {
    /// Whether so many values differ that the reasons do not matter.
    pub(crate) fn too_many(&self) -> bool {
        self.differing_cases.len() * 100 > self.cases * MOST_DIFFERING
    }

    /// Whether all differences have a reason, and all reasons a difference.
    pub(crate) fn passed(&self) -> bool {
        self.cases > 0 && self.unexplained.is_empty() && self.unused.is_empty() && !self.too_many()
    }

    /// The accepted differences by reason.
    pub(crate) fn reasons(&self) -> BTreeMap<&str, Group<'_>> {
        let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
        for difference in &self.accepted {
            let group = groups.entry(&difference.reason).or_default();
            group.cases.insert(&difference.case);
            group.differences += 1;
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn summary() -> Value {
        json!({
            "dumps": {"cases": 100, "pairs": 600, "identical": 590, "both_refuse": 3,
                      "by_value_only": 6},
            "kinds": 7,
            "theirs_by_ours": {"loaded": 600, "ok": 599},
            "ours_by_theirs": {"loaded": 596, "ok": 596},
            "differing_cases": ["a", "b"],
            "accepted": [
                {"case": "a", "protocol": "1", "where": "dumps", "reason": "why",
                 "found": {"offset": 3}},
                {"case": "b", "protocol": "", "where": "build", "reason": "why",
                 "found": "NameError: b"},
            ],
            "unexplained": [],
            "unused": [],
        })
    }

    #[test]
    fn reasons() {
        let corpus = read(summary()).unwrap();
        assert!(corpus.passed());
        assert_eq!(corpus.accepted[0].found, r#"{"offset":3}"#);
        let group = &corpus.reasons()["why"];
        assert_eq!(group.cases, BTreeSet::from(["a", "b"]));
        assert_eq!(group.differences, 2);
    }

    #[test]
    fn verdicts() {
        let with = |name: &str, value: Value| {
            let mut summary = summary();
            summary[name] = value;
            read(summary)
        };
        let unexplained = json!([{"case": "a", "protocol": "2", "where": "dumps", "found": "x"}]);
        assert!(!with("unexplained", unexplained).unwrap().passed());
        assert!(!with("unused", json!(["x"])).unwrap().passed());
        let corpus = with("differing_cases", json!(["a", "b", "c"])).unwrap();
        assert!(corpus.too_many() && !corpus.passed());
        assert_eq!(with("kinds", json!("many")), None);
        assert_eq!(with("accepted", json!([1])), None);
    }
}
