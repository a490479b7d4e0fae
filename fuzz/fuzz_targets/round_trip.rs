//! The target `round_trip` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("round_trip");
