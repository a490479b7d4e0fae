//! A slice that tells how far it has been read, and can be made to end.

use core::convert::Infallible;

use crate::wire::{InputError, SliceSource, Source};

/// How many bytes are read at most before somebody is told; not so inside of one object.
const STEP: u64 = 1 << 16;

/// Told of the bytes so far; `false` ends the reading.
type Tell<'t> = dyn FnMut(u64) -> bool + 't;

/// A pickle in a slice, with somebody who is told of progress.
pub(super) struct Told<'s, 't> {
    slice: SliceSource<'s>,
    tell: &'t mut Tell<'t>,
    /// Where somebody is told next.
    next: u64,
}

/// Whoever was told has ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cancelled;

impl core::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("cancelled")
    }
}

impl<'s, 't> Told<'s, 't> {
    pub(super) fn new(slice: SliceSource<'s>, tell: &'t mut Tell<'t>) -> Self {
        let next = STEP;
        Self { slice, tell, next }
    }

    fn tell(&mut self) -> Result<(), InputError<Cancelled>> {
        let offset = self.slice.offset();
        self.next = offset + STEP;
        match (self.tell)(offset) {
            true => Ok(()),
            false => Err(InputError::Stream(Cancelled)),
        }
    }
}

fn stream<T>(result: Result<T, InputError<Infallible>>) -> Result<T, InputError<Cancelled>> {
    result.map_err(|error| match error {
        InputError::Truncated => InputError::Truncated,
        InputError::FrameExhausted => InputError::FrameExhausted,
        InputError::NestedFrame => InputError::NestedFrame,
        InputError::Stream(never) => match never {},
    })
}

impl Source for Told<'_, '_> {
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
        self.tell()?;
        stream(self.slice.begin_frame(n))
    }

    fn offset(&self) -> u64 {
        self.slice.offset()
    }

    fn finish(&mut self) -> Result<(), InputError<Cancelled>> {
        stream(self.slice.finish())
    }

    /// Each opcode is read with it.
    #[inline]
    fn read_byte(&mut self) -> Result<u8, InputError<Cancelled>> {
        if self.slice.offset() >= self.next {
            self.tell()?;
        }
        stream(self.slice.read_byte())
    }
}
