//! One use at a time.

use core::sync::atomic::{AtomicBool, Ordering};

use rustpython_vm::{PyResult, VirtualMachine};

/// Whether a Pickler or an Unpickler is in use: neither code that it runs nor
/// another thread may start it again meanwhile.
#[derive(Debug, Default)]
pub(super) struct Usage(AtomicBool);

impl Usage {
    /// Begins a use, which ends when the guard is dropped.
    pub(super) fn begin(&self, class: &str, vm: &VirtualMachine) -> PyResult<InUse<'_>> {
        if self.0.swap(true, Ordering::Acquire) {
            return Err(vm.new_runtime_error(format!("{class} object is already used")));
        }
        Ok(InUse(&self.0))
    }
}

/// A use under way.
#[derive(Debug)]
pub(super) struct InUse<'a>(&'a AtomicBool);

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
