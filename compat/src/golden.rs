//! Loads the pickles that older Python versions once wrote.

use crate::error::{Error, Result};
use crate::files;
use crate::interpreter::Interpreter;
use crate::scripts::{self, Scripts};
use serde_json::Value;

/// What loading them gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Golden {
    /// By the version that wrote them.
    pub(crate) writers: Vec<Writer>,
    /// What went wrong, one line each.
    pub(crate) failures: Vec<String>,
    /// All of it as the script wrote it.
    pub(crate) json: Value,
}

/// The pickles of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writer {
    /// The version.
    pub(crate) version: String,
    /// How many values it pickled.
    pub(crate) values: usize,
    /// How many pickles they became.
    pub(crate) pickles: usize,
    /// How often those were loaded: in several ways, under several encodings.
    pub(crate) loads: usize,
    /// How many pickles failed under an encoding.
    pub(crate) failures: usize,
}

impl Golden {
    /// Whether all of them loaded as recorded.
    pub(crate) fn passed(&self) -> bool {
        self.failures.is_empty() && !self.writers.is_empty()
    }
}

/// Loads them all.
pub(crate) fn run(scripts: &Scripts, python: &Interpreter) -> Result<Golden> {
    let out = scripts.cache.join("golden.json");
    // What an earlier run has left must not be taken for this one's.
    files::remove_file(&out)?;
    scripts
        .run(python, "golden/check.py", &[&out], "golden")?
        .with_code("golden/check.py", &[0, 1])?;
    let json = scripts::json("golden/check.py", &files::read_lossy(&out)?)?;
    read(json).ok_or_else(|| Error::Contract("check.py does not count what it should".into()))
}

fn read(json: Value) -> Option<Golden> {
    let failures = json["failures"].as_array()?;
    let failed = |version: &str| {
        let failures = failures.iter();
        failures.filter(|f| f["writer"] == version).count()
    };
    let mut writers = Vec::new();
    for (version, counts) in json["counts"].as_object()? {
        let count = |name: &str| usize::try_from(counts[name].as_u64()?).ok();
        writers.push(Writer {
            version: version.clone(),
            values: count("values")?,
            pickles: count("pickles")?,
            loads: count("loads")?,
            failures: failed(version),
        });
    }
    writers.sort_by_key(|writer| {
        let parts = writer.version.split('.');
        parts
            .map(|part| part.parse().unwrap_or(0))
            .collect::<Vec<u32>>()
    });
    Some(Golden {
        writers,
        failures: failures.iter().map(one_line).collect(),
        json,
    })
}

fn one_line(failure: &Value) -> String {
    [
        "writer", "value", "protocol", "encoding", "errors", "message",
    ]
    .iter()
    .filter_map(|name| failure[name].as_str())
    .collect::<Vec<_>>()
    .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_and_failures() {
        let counts = json!({"values": 2, "pickles": 8, "loads": 120});
        let golden = read(json!({
            "counts": {"3.10": counts, "2.7": counts, "3.6": counts},
            "failures": [
                {"writer": "3.6", "value": "int", "protocol": "2", "encoding": "bytes",
                 "errors": "strict", "message": "loads: wrong"},
                {"value": "lost", "message": "no writer has this value"},
            ],
        }))
        .unwrap();
        let shown = golden
            .writers
            .iter()
            .map(|w| (w.version.as_str(), w.failures));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [("2.7", 0), ("3.6", 1), ("3.10", 0)]
        );
        assert_eq!(
            golden.failures,
            [
                "3.6, int, 2, bytes, strict, loads: wrong",
                "lost, no writer has this value"
            ]
        );
        assert!(!golden.passed());
        // Nothing at all is no success.
        assert!(
            !read(json!({"counts": {}, "failures": []}))
                .unwrap()
                .passed()
        );
        assert_eq!(read(json!({"counts": {}})), None);
    }
}
