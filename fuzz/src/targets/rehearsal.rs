//! Targets that fail on purpose: whether the runner sees it.

use super::{Input, MIB, Outcome, Target};

/// Targets that fail at some of their inputs, each in its way. They are not among [`TARGETS`](super::TARGETS).
pub const REHEARSALS: &[Target] = &[
    rehearsal("rehearse-panic", |data| {
        assert!(!is_bad(data), "on purpose");
        "fine".into()
    }),
    rehearsal("rehearse-abort", |data| {
        if is_bad(data) {
            std::process::abort();
        }
        "fine".into()
    }),
    rehearsal("rehearse-overflow", |data| {
        if is_bad(data) {
            return format!("{}", deep(u64::MAX)).into();
        }
        "fine".into()
    }),
    rehearsal("rehearse-hang", |data| {
        while is_bad(data) {
            std::thread::park();
        }
        "fine".into()
    }),
    rehearsal("rehearse-memory", |data| {
        if is_bad(data) {
            drop(std::hint::black_box(vec![1u8; 2 * MIB]));
        }
        "fine".into()
    }),
];

const fn rehearsal(name: &'static str, run: fn(&[u8]) -> Outcome) -> Target {
    Target {
        name,
        about: "fails on purpose",
        input: Input::Pickle,
        memory: MIB,
        run,
    }
}

/// Whether a rehearsal fails at an input: at one of a hundred.
#[must_use]
pub fn is_bad(data: &[u8]) -> bool {
    data.len() % 100 == 77
}

/// Recursion that the stack ends.
fn deep(levels: u64) -> u64 {
    let here = std::hint::black_box([levels; 16]);
    match levels {
        0 => 0,
        _ => deep(levels - 1).wrapping_add(here[3]),
    }
}
