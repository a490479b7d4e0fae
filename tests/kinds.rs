//! The catalogue of object kinds in `tests/kinds`: each is saved in one process and restored in
//! another. What comes out is what docs/KINDS.md says, which `compat kinds` writes.
#![cfg(all(feature = "cli", feature = "threading"))]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use support::{Folder, command, finish};

#[allow(dead_code, reason = "this needs a part of it")]
#[path = "cli/support.rs"]
mod support;

/// The fewest kinds that have to be restored.
const FEWEST: usize = 120;

/// A family and a kind of it.
type Title = (String, String);

/// Saved, restored equal, identity kept, same bytes.
type Cells = [String; 4];

#[test]
fn every_kind_is_restored_as_the_table_says() {
    let results = run_catalogue();
    let mut unargued = Vec::new();
    let mut restored = 0;
    let mut found = BTreeMap::new();
    for result in &results {
        let is = |name: &str| result[name].as_bool();
        let works = is("saved") == Some(true)
            && is("equal") == Some(true)
            && is("kept") != Some(false)
            && is("same") == Some(true);
        restored += usize::from(works);
        // A reason that nothing needs is wrong, too.
        if works != result["reason"].is_null() {
            unargued.push(format!("{}: {}", result["title"], result["why"]));
        }
        let cell = |name: &str| match is(name) {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "-".to_owned(),
        };
        let title = (
            text(&result["family"]).replace('_', " "),
            text(&result["kind"]),
        );
        found.insert(title, ["saved", "equal", "kept", "same"].map(cell));
    }
    assert!(unargued.is_empty(), "{}", unargued.join("\n"));
    assert!(restored >= FEWEST, "{restored} kinds are restored");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/KINDS.md");
    let page = std::fs::read_to_string(page).expect("compat kinds writes it");
    let table = table(&page);
    let differing: Vec<_> = found
        .iter()
        .filter(|(title, cells)| table.get(title) != Some(cells))
        .collect();
    assert!(differing.is_empty(), "run compat kinds: {differing:#?}");
    assert_eq!(table.len(), found.len(), "run compat kinds");
}

/// What `run.py` tells of every case.
fn run_catalogue() -> Vec<Value> {
    let folder = Folder::new("kinds");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds/harness/run.py");
    let out = finish(
        command(["run".as_ref(), script.as_os_str()])
            .arg("rustpython_pickle")
            .arg(folder.as_path()),
    );
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    serde_json::from_str(&out.stdout).expect("run.py writes JSON")
}

/// The columns of the tables that are about this crate.
fn table(page: &str) -> BTreeMap<Title, Cells> {
    let mut family = None;
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            family = (heading != "What does not work here").then_some(heading);
        }
        let (Some(family), Some(row)) = (family, line.strip_prefix("| ")) else {
            continue;
        };
        let cells: Vec<&str> = row.split(" | ").collect();
        if let [kind, saved, equal, kept, same, ..] = cells[..]
            && !["kind", "---"].contains(&kind)
        {
            let cells = [saved, equal, kept, same].map(str::to_owned);
            rows.insert((family.to_owned(), kind.to_owned()), cells);
        }
    }
    rows
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
