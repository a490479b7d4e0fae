//! Traps that pickling code has fallen into before: each file of `tests/traps` is one.
#![cfg(feature = "stdlib")]

mod common;

#[test]
fn every_trap_is_avoided() {
    common::run_scripts("tests/traps", 8);
}
