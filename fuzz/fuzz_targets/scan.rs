//! The target `scan` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("scan");
