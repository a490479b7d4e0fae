//! The target `files` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("files");
