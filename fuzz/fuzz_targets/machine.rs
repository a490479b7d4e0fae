//! The target `machine` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("machine");
