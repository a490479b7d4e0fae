//! A global as it stands in JSON.
//!
//! serde would do the same with `flatten`, but keeps every unknown value in memory while it looks for the outcome's.

use core::fmt;

use serde::Deserialize;

use super::{GlobalReport, Outcome};

#[derive(Deserialize)]
pub(super) struct Global {
    name: String,
    #[serde(rename = "type", default)]
    type_name: String,
    outcome: String,
    target: Option<String>,
    how: Option<String>,
    source: Option<String>,
    why: Option<String>,
    path: Option<String>,
    offset: Option<u64>,
    #[serde(default)]
    size: u64,
}

/// An outcome lacks one of its fields.
pub(super) struct Missing {
    outcome: &'static str,
    field: &'static str,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the outcome {} lacks {}", self.outcome, self.field)
    }
}

impl TryFrom<Global> for GlobalReport {
    type Error = Missing;

    fn try_from(global: Global) -> Result<Self, Missing> {
        let need = |value: Option<String>, outcome, field| value.ok_or(Missing { outcome, field });
        let outcome = match global.outcome.as_str() {
            "saved" => Outcome::Saved,
            "by_reference" => Outcome::ByReference {
                target: need(global.target, "by_reference", "target")?,
            },
            "handled" => Outcome::Handled {
                how: need(global.how, "handled", "how")?,
            },
            "recompiled" => Outcome::Recompiled {
                source: need(global.source, "recompiled", "source")?,
            },
            "left_out" => Outcome::LeftOut {
                why: need(global.why, "left_out", "why")?,
                path: need(global.path, "left_out", "path")?,
            },
            _ => Outcome::Unknown,
        };
        Ok(Self {
            name: global.name,
            type_name: global.type_name,
            outcome,
            offset: global.offset,
            size: global.size,
        })
    }
}
