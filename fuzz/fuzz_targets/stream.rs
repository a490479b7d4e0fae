//! The target `stream` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("stream");
