//! The target `symbolic` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("symbolic");
