//! What a snapshot says about itself: JSON that a person can read.

mod report;

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use report::{
    GlobalReport, ModuleReport, Outcome, Report, RestoreReport, SaveReport, Tally, Totals,
};

/// What a snapshot says about itself.
///
/// It stands uncompressed near the beginning of the file, as JSON with these names, so that `head -c 600 FILE`
/// shows where a snapshot comes from. Names that a later version adds are ignored.
///
/// ```
/// use std::time::SystemTime;
/// use rustpython_pickle::snapshot::Metadata;
///
/// let metadata = Metadata::new(SystemTime::UNIX_EPOCH);
/// assert_eq!(metadata.created, "1970-01-01T00:00:00.000Z");
/// assert_eq!(metadata.rustpython_pickle, env!("CARGO_PKG_VERSION"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// When it was made: RFC 3339, in UTC, to the millisecond.
    pub created: String,
    /// The version of this crate.
    pub rustpython_pickle: String,
    /// The version of RustPython.
    pub rustpython: String,
    /// The version of Python that it implements.
    pub python: String,
    /// The magic number of its bytecode. Code objects run only where it is the same.
    pub bytecode_magic: u32,
    /// The features that this crate was built with.
    pub features: Vec<String>,
    /// The modules whose globals are inside.
    pub modules: Vec<String>,
    /// What became of each global.
    pub report: Report,
}

impl Metadata {
    /// The metadata of an empty snapshot; nothing is known about an interpreter.
    ///
    /// The time is given, so that equal states can give equal files.
    #[must_use]
    pub fn new(created: SystemTime) -> Self {
        Self {
            created: rfc3339(created),
            rustpython_pickle: env!("CARGO_PKG_VERSION").to_owned(),
            rustpython: String::new(),
            python: String::new(),
            bytecode_magic: 0,
            features: features(),
            modules: Vec::new(),
            report: Report::default(),
        }
    }

    /// Takes a report, and the list of modules from it.
    pub fn set_report(&mut self, report: Report) {
        let names = report.modules.iter().map(|module| module.name.clone());
        // What is no module has a name in angle brackets.
        self.modules = names.filter(|name| !name.starts_with('<')).collect();
        self.report = report;
    }
}

/// A time that the calendar does not reach becomes the first one that it has.
fn rfc3339(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or(jiff::Timestamp::MIN);
    format!("{time:.3}")
}

/// Those that change what an interpreter can do.
fn features() -> Vec<String> {
    [
        ("vm", cfg!(feature = "vm")),
        ("stdlib", cfg!(feature = "stdlib")),
        ("threading", cfg!(feature = "threading")),
    ]
    .into_iter()
    .filter(|(_, on)| *on)
    .map(|(name, _)| name.to_owned())
    .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_have_one_form() {
        let time = |millis| rfc3339(SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(1_767_225_599_999), "2025-12-31T23:59:59.999Z");
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 50));
        if let Some(far) = far {
            assert_eq!(rfc3339(far), "-009999-01-02T01:59:59.000Z");
        }
    }

    #[test]
    fn json_of_later_versions_is_read() {
        let mut json = serde_json::to_value(Metadata::new(SystemTime::UNIX_EPOCH)).unwrap();
        json["later"] = serde_json::json!({"x": 1});
        json["report"] = serde_json::json!({
            "modules": [{"name": "m", "globals": [
                {"name": "g", "type": "int", "outcome": "teleported", "to": "mars", "size": 3},
                {"name": "h", "type": "C", "outcome": "left_out", "why": "w", "path": "h.s"},
            ]}],
        });
        let metadata: Metadata = serde_json::from_value(json).unwrap();
        let globals = &metadata.report.modules[0].globals;
        assert_eq!(globals[0].outcome, Outcome::Unknown);
        assert_eq!(globals[0].size, 3);
        assert_eq!(
            globals[1].outcome,
            Outcome::LeftOut {
                why: "w".to_owned(),
                path: "h.s".to_owned()
            }
        );
        assert_eq!(globals[1].size, 0);
    }
}
