//! Targets under libFuzzer, with a mutator that knows opcodes and digests.

use crate::generate::{Words, stream};
use crate::mutate::mutate;
use crate::targets::Input;
use crate::{Random, Target, snapshots};

#[doc(hidden)]
pub use libfuzzer_sys;

/// Makes a program of a target.
#[macro_export]
macro_rules! libfuzzer {
    ($name:literal) => {
        use $crate::libfuzzer::libfuzzer_sys;

        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            $crate::libfuzzer::run($name, data);
        });
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::libfuzzer::change($name, data, size, max_size, seed)
        });
    };
}

/// Runs a target.
///
/// # Panics
/// As the target, and when there is none of that name.
pub fn run(name: &str, data: &[u8]) {
    let target = Target::named(name).expect("it is a target");
    drop(target.run(data));
}

/// Changes an input in place, as libFuzzer does or as the targets' own inputs are changed; returns its length.
#[must_use]
pub fn change(name: &str, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let random = &mut Random::new(seed.into(), 0);
    let input = Target::named(name).map(|target| target.input);
    let before = &data[..size];
    let changed = match input {
        Some(Input::Pickle) if !random.one_in(3) => {
            let mut changed = before.to_vec();
            let other = stream(random, &Words::ALL);
            mutate(&mut changed, &other, random, &Words::ALL);
            Some(changed)
        }
        Some(Input::Snapshot) if !random.one_in(3) => snapshots::change(before, before, random),
        _ => None,
    };
    match changed {
        Some(changed) => {
            let length = changed.len().min(most).min(data.len());
            data[..length].copy_from_slice(&changed[..length]);
            length
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, most),
    }
}
