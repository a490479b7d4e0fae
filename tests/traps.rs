//! Traps that pickling code has fallen into before: each file of `tests/traps` is one.
#![cfg(feature = "stdlib")]

mod common;

use std::fs;
use std::path::Path;

use common::{exec, interpreter};

#[test]
fn every_trap_is_avoided() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traps");
    let mut traps: Vec<_> = fs::read_dir(folder)
        .expect("the folder of traps")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    traps.sort();
    assert!(traps.len() >= 8);
    for trap in traps {
        println!("{}", trap.display());
        let source = fs::read_to_string(&trap).expect("a trap");
        interpreter().enter(|vm| {
            exec(&source, vm);
        });
    }
}
