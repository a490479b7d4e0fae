//! What metadata takes in memory. A process of its own: others would count.
#![cfg(all(feature = "snapshot", target_os = "linux"))]

use rustpython_pickle::snapshot::{GlobalReport, Outcome};

/// The most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let line = line
        .expect("it has the peak")
        .trim()
        .trim_end_matches(" kB");
    line.parse::<u64>().expect("a number") * 1024
}

/// What a later version adds is skipped, and not kept until all has been read.
#[test]
fn unknown_fields_take_no_memory() {
    let mut json = r#"{"name": "x", "type": "C", "later": [0"#.to_owned();
    json += &",0".repeat(20 << 20);
    json += r#"], "outcome": "left_out", "why": "w", "path": "x.y", "size": 7}"#;
    let before = peak();
    let global: GlobalReport = serde_json::from_str(&json).expect("it is read");
    assert!(peak() - before < 16 << 20, "{} bytes", peak() - before);
    let outcome = Outcome::LeftOut {
        why: "w".to_owned(),
        path: "x.y".to_owned(),
    };
    assert_eq!(
        (global.outcome, global.size, global.offset),
        (outcome, 7, None)
    );
}

#[test]
fn an_outcome_needs_its_fields() {
    let parse = serde_json::from_str::<GlobalReport>;
    let error = parse(r#"{"name": "x", "outcome": "by_reference", "why": "w"}"#).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("by_reference lacks target"), "{error}");
    assert!(parse(r#"{"name": "x"}"#).is_err());
}
