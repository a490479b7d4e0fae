//! The target `container` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("container");
