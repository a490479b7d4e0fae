//! The target `diff` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("diff");
