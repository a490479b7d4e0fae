//! The target `listing` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("listing");
