//! Tells a caller how far a save or a restore is, and hears whether to go on.

use std::cell::{Cell, RefCell};

use rustpython_vm::{VirtualMachine, builtins::PyBaseExceptionRef};

use super::{Observer, Phase, Progress, SnapshotError};
use crate::unpickler::StreamFailure;
use crate::wire::{InputError, SliceSource, Source};

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

/// The caller has cancelled a load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cancelled;

impl core::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("cancelled")
    }
}

impl StreamFailure for Cancelled {
    fn exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        vm.new_runtime_error("cancelled")
    }
}

/// A slice that tells of progress at each frame.
pub(super) struct Watched<'s, 'w, 'a, 'o> {
    slice: SliceSource<'s>,
    watch: &'w Watch<'a, 'o>,
    objects: u64,
}

impl<'s, 'w, 'a, 'o> Watched<'s, 'w, 'a, 'o> {
    pub(super) fn new(slice: SliceSource<'s>, watch: &'w Watch<'a, 'o>) -> Self {
        Self {
            slice,
            watch,
            objects: 0,
        }
    }

    /// How many globals are done.
    pub(super) fn set_objects(&mut self, objects: u64) {
        self.objects = objects;
    }
}

fn stream<T>(
    result: Result<T, InputError<core::convert::Infallible>>,
) -> Result<T, InputError<Cancelled>> {
    result.map_err(|error| match error {
        InputError::Truncated => InputError::Truncated,
        InputError::FrameExhausted => InputError::FrameExhausted,
        InputError::NestedFrame => InputError::NestedFrame,
        InputError::Stream(never) => match never {},
    })
}

impl Source for Watched<'_, '_, '_, '_> {
    type Error = Cancelled;

    #[inline]
    fn read(&mut self, n: usize) -> Result<&[u8], InputError<Cancelled>> {
        stream(self.slice.read(n))
    }

    fn read_line(&mut self) -> Result<&[u8], InputError<Cancelled>> {
        stream(self.slice.read_line())
    }

    fn read_vec(&mut self, n: usize) -> Result<Vec<u8>, InputError<Cancelled>> {
        stream(self.slice.read_vec(n))
    }

    fn begin_frame(&mut self, n: usize) -> Result<(), InputError<Cancelled>> {
        if !self.watch.tell(self.objects, self.slice.offset()) {
            return Err(InputError::Stream(Cancelled));
        }
        stream(self.slice.begin_frame(n))
    }

    fn offset(&self) -> u64 {
        self.slice.offset()
    }

    fn finish(&mut self) -> Result<(), InputError<Cancelled>> {
        stream(self.slice.finish())
    }

    #[inline]
    fn read_byte(&mut self) -> Result<u8, InputError<Cancelled>> {
        stream(self.slice.read_byte())
    }
}
