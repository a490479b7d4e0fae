//! Errors of Python code, as errors of snapshots.

use rustpython_vm::{AsObject, VirtualMachine, builtins::PyBaseExceptionRef};

use super::{SnapshotError, SnapshotErrorKind};

/// An exception in one line.
pub(super) fn describe(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let class = exception.class().name().to_string();
    match exception.as_object().str(vm) {
        Ok(text) if !text.as_bytes().is_empty() => {
            format!("{class}: {}", text.to_string_lossy())
        }
        _ => class,
    }
}

impl SnapshotError {
    /// An exception of Python code, with its traceback.
    pub(super) fn python(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Self {
        let mut message = String::new();
        if vm.write_exception(&mut message, exception).is_err() || message.is_empty() {
            message = describe(exception, vm);
        }
        Self::new(SnapshotErrorKind::Python, message.trim_end())
    }

    /// An exception that was raised while something of the snapshot was being made.
    pub(super) fn not_restored(
        what: &str,
        exception: &PyBaseExceptionRef,
        vm: &VirtualMachine,
    ) -> Self {
        let error = describe(exception, vm);
        Self::new(
            SnapshotErrorKind::Python,
            format!("can't restore {what}: {error}"),
        )
    }

    /// The sections are whole, but not as this crate writes them.
    pub(super) fn malformed_state() -> Self {
        Self::corrupt("state", "it is not laid out as a state")
    }

    /// The same error, and that what was there could not all be put back.
    pub(super) fn and_not_rolled_back(
        self,
        second: &PyBaseExceptionRef,
        vm: &VirtualMachine,
    ) -> Self {
        let message = format!(
            "{self}; and not all could be put back: {}",
            describe(second, vm)
        );
        Self::new(self.kind().clone(), message)
    }
}
