//! Each bomb ends with an error that says which limit it would exceed, or what is wrong with it, or with a small value: on a
//! thread with a stack of 2 MiB, and without the deadline, so that it is the counting that ends it.
//!
//! What that takes, in time and in memory, is measured by `compat bombs`.

use std::collections::BTreeMap;

use hostile::bomb::{Bomb, Class, end};
use hostile::bombs;
use rustpython_pickle::limits::{Limit, Limits};
use rustpython_pickle::{Error, ErrorKind, LoadOptions};

use super::common::interpreter;
use super::policies;

/// The stack of an ordinary thread.
const STACK: usize = 2 << 20;

/// How a bomb may end under a policy.
fn ends_of(bomb: &Bomb, policy: &str) -> &'static [&'static str] {
    let listed = bomb.listed.filter(|_| policy == "standard");
    listed.unwrap_or(bomb.ends)
}

/// Whether a bomb may end with this error.
fn fits(bomb: &Bomb, policy: &str, error: &Error) -> bool {
    let ends_of = ends_of(bomb, policy);
    let any = |ends: &[&str]| ends.iter().any(|end| ends_of.contains(end));
    match error.kind() {
        // Python's own reading of numbers and of UTF-8 fails with its own exceptions.
        ErrorKind::Eof | ErrorKind::Malformed | ErrorKind::Python => {
            any(&[end::MALFORMED, end::MEMO, end::DIGITS])
        }
        ErrorKind::Forbidden => any(&[end::FORBIDDEN, end::ARGUMENT]),
        ErrorKind::LimitExceeded => match error.exceeded().map(|exceeded| exceeded.which) {
            // Whatever it is about, it takes these on its way.
            Some(
                Limit::InputBytes
                | Limit::Opcodes
                | Limit::AllocatedBytes
                | Limit::Objects
                | Limit::StackDepth
                | Limit::Calls,
            ) => true,
            Some(Limit::StringBytes) => any(&[end::STRING]),
            Some(Limit::MemoEntries) => any(&[end::MEMO]),
            Some(Limit::MarkDepth) => any(&[end::MARKS, end::STACK]),
            Some(Limit::NestingDepth) => any(&[end::DEPTH]),
            // A long integer has a limit of its own among the strings.
            Some(Limit::IntDigits | Limit::LongBytes) => {
                any(&[end::DIGITS, end::STRING]) || bomb.name == "hash-again-int"
            }
            Some(Limit::ContainerItems) => any(&[end::ITEMS, end::OBJECTS]),
            Some(Limit::HashSteps) => any(&[end::STEPS]),
            _ => false,
        },
        _ => false,
    }
}

fn detonate() {
    interpreter().enter(|vm| {
        let policies = policies(vm);
        let mut faults = Vec::new();
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        for bomb in bombs() {
            // What is inside of archives is not the loader's business.
            if bomb.class == Class::Unpacking {
                continue;
            }
            let pickle = bomb.bytes();
            for (name, policy) in &policies {
                // Where there are no globals there are no calls.
                if bomb.calls() && *name == "data only" {
                    continue;
                }
                let limits = Limits::untrusted().time(None);
                let mut options = LoadOptions::untrusted(policy.clone()).limits(limits);
                let end = match options.loads(&pickle, vm) {
                    Ok(object) => {
                        drop(object);
                        if !ends_of(&bomb, name).contains(&end::LOADED) {
                            faults.push(format!("{name}: {} {:?} is loaded", bomb.name, bomb.ends));
                        }
                        "loaded".to_owned()
                    }
                    Err(error) => {
                        if !fits(&bomb, name, &error) {
                            faults.push(format!("{name}: {} {:?}: {error}", bomb.name, bomb.ends));
                        }
                        match error.exceeded() {
                            Some(exceeded) => format!("{:?}", exceeded.which),
                            None => format!("{:?}", error.kind()),
                        }
                    }
                };
                *ends.entry(end).or_default() += 1;
            }
        }
        println!("{ends:#?}");
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    });
}

#[test]
fn bombs_end_with_an_error_or_a_small_value_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let thread = thread.spawn(detonate).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
