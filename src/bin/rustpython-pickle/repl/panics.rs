//! Panics of RustPython's.

use rustpython_vm::vm::thread::{get_current_frame, set_current_frame};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs Python code; nothing, if RustPython has panicked, which has been printed.
pub(super) fn caught<R>(run: impl FnOnce() -> R) -> Option<R> {
    let frame = get_current_frame();
    // What the code was about to change may be half changed, as after an exception.
    let result = catch_unwind(AssertUnwindSafe(run)).ok();
    if result.is_none() {
        // Frames have been unwound without RustPython noticing.
        let _ = set_current_frame(frame);
    }
    result
}
