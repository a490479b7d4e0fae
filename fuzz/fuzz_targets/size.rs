//! The target `size` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("size");
