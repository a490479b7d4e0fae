//! The target `live` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("live");
