//! What RustPython's own types lacked to be pickled: each file of `tests/repairs` is a family.
#![cfg(feature = "stdlib")]

mod common;

#[test]
fn every_repair_holds() {
    common::run_scripts("tests/repairs", 8);
}
