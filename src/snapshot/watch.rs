//! Tells a caller how far a save or a restore is, and hears whether to go on.

use std::cell::{Cell, RefCell};

use rustpython_vm::{VirtualMachine, builtins::PyBaseExceptionRef};

use super::told::Cancelled;
use super::{Observer, Phase, Progress, SnapshotError};
use crate::unpickler::StreamFailure;

/// An observer, shared by those who report to it.
pub(super) struct Watch<'a, 'o> {
    observer: RefCell<&'a mut Observer<'o>>,
    phase: Phase,
    total: Option<u64>,
    /// The bytes that were done before those that are told of next.
    base: Cell<u64>,
    cancelled: RefCell<Option<SnapshotError>>,
}

impl<'a, 'o> Watch<'a, 'o> {
    pub(super) fn new(observer: &'a mut Observer<'o>, phase: Phase, total: Option<u64>) -> Self {
        Self {
            observer: RefCell::new(observer),
            phase,
            total,
            base: Cell::new(0),
            cancelled: RefCell::new(None),
        }
    }

    /// Bytes that are done for good.
    pub(super) fn set_base(&self, bytes: u64) {
        self.base.set(bytes);
    }

    /// Tells of progress; `false` if the caller wants it to end.
    pub(super) fn tell(&self, objects: u64, bytes: u64) -> bool {
        // Python code may lead back here from within the callback.
        if let Ok(mut observer) = self.observer.try_borrow_mut() {
            let mut now = Progress::new(self.phase, self.total);
            now.objects = objects;
            now.bytes = self.base.get() + bytes;
            if let Err(error) = observer.tell(&now) {
                self.cancelled.replace(Some(error));
            }
        }
        self.cancelled.borrow().is_none()
    }

    /// The error of a caller that has wanted it to end.
    pub(super) fn check(&self) -> Result<(), SnapshotError> {
        self.cancelled.take().map_or(Ok(()), Err)
    }
}

impl StreamFailure for Cancelled {
    fn exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        vm.new_runtime_error("cancelled")
    }
}
