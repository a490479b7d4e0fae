//! Findings as SARIF 2.1.0 (OASIS), which code hosts and editors show.

use super::scan::Scanned;
use rustpython_pickle::inspect::scan::{Finding, Rule, Severity};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn log(scanned: &[Scanned]) -> Value {
    let rules: Vec<_> = Rule::ALL
        .iter()
        .map(|rule| json!({ "id": rule.id(), "shortDescription": { "text": rule.description() } }))
        .collect();
    let results: Vec<_> = scanned
        .iter()
        .flat_map(|file| {
            file.report
                .findings
                .iter()
                .map(|finding| result(&file.path, finding))
        })
        .collect();
    let artifacts: Vec<_> = scanned
        .iter()
        .map(|file| {
            json!({
                "location": { "uri": uri(&file.path) },
                "properties": { "verdict": file.report.verdict.id(), "pickles": file.report.pickles },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rustpython-pickle",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "artifacts": artifacts,
            "results": results,
        }],
    })
}

fn result(path: &Path, finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Note => "note",
        Severity::NeedsReview => "warning",
        _ => "error",
    };
    let mut place = json!({ "artifactLocation": { "uri": uri(path) } });
    let mut location = json!({});
    if finding.within.is_empty() {
        place["region"] = json!({ "byteOffset": finding.offset, "byteLength": 1 });
    } else {
        // Offsets in what was expanded are no places of the file.
        let name = finding.within.join("!");
        location["logicalLocations"] = json!([{ "fullyQualifiedName": name, "kind": "member" }]);
    }
    location["physicalLocation"] = place;
    json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level,
        "message": { "text": finding.to_string() },
        "locations": [location],
        "properties": {
            "severity": finding.severity.id(),
            "offset": finding.offset,
            "opcode": finding.opcode.map(|opcode| opcode.to_string()),
            "global": finding.global,
        },
    })
}

/// A path as a reference (RFC 3986): what it may not have is written with percent signs.
fn uri(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'\\' => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri(Path::new("a b/ü#.pkl")), "a%20b/%C3%BC%23.pkl");
    }
}
