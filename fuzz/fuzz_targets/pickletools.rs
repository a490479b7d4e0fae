//! The target `pickletools` under libFuzzer.
#![no_main]

pickle_fuzz::libfuzzer!("pickletools");
