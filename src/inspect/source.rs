//! Input that goes on where loaders differ.

use core::convert::Infallible;

use crate::wire::{InputError, Source};

/// Input from a slice that sees what any loader would see.
///
/// Loaders do not agree on frames: `pickle.py` refuses a read that straddles the end of one, while `_pickle.c` takes a frame for
/// a hint of how much to read ahead. So this goes on, and notes that one was violated.
#[derive(Debug)]
pub(super) struct Everything<'a> {
    data: &'a [u8],
    position: usize,
    frame_end: Option<usize>,
    /// Where a frame was violated first.
    violation: Option<u64>,
    opcode: usize,
}

impl<'a> Everything<'a> {
    pub(super) fn new(data: &'a [u8], start: usize) -> Self {
        Self {
            data,
            position: start,
            frame_end: None,
            violation: None,
            opcode: start,
        }
    }

    pub(super) fn violation(&self) -> Option<u64> {
        self.violation
    }

    /// Moves on to `end`, and leaves the frame when it is used up.
    fn advance(&mut self, end: usize) -> &'a [u8] {
        if let Some(frame) = self.frame_end {
            if end > frame && self.position < frame {
                self.violation.get_or_insert(self.opcode as u64);
            }
            if end >= frame {
                self.frame_end = None;
            }
        }
        let start = core::mem::replace(&mut self.position, end);
        self.data.get(start..end).unwrap_or_default()
    }
}

impl Source for Everything<'_> {
    type Error = Infallible;

    fn read(&mut self, n: usize) -> Result<&[u8], InputError<Infallible>> {
        match self.position.checked_add(n) {
            Some(end) if end <= self.data.len() => Ok(self.advance(end)),
            _ => Err(InputError::Truncated),
        }
    }

    fn read_byte(&mut self) -> Result<u8, InputError<Infallible>> {
        self.opcode = self.position;
        let byte = self.read(1)?;
        byte.first().copied().ok_or(InputError::Truncated)
    }

    fn read_line(&mut self) -> Result<&[u8], InputError<Infallible>> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).ok_or(InputError::Truncated)?;
        let line = self.advance(self.position + length + 1);
        Ok(line.get(..length).unwrap_or_default())
    }

    fn read_vec(&mut self, n: usize) -> Result<Vec<u8>, InputError<Infallible>> {
        self.read(n).map(<[u8]>::to_vec)
    }

    fn begin_frame(&mut self, n: usize) -> Result<(), InputError<Infallible>> {
        let end = self.position.checked_add(n);
        let end = end.filter(|end| *end <= self.data.len());
        if self.frame_end.is_some() || end.is_none() {
            self.violation.get_or_insert(self.opcode as u64);
        }
        self.frame_end = end.filter(|end| *end > self.position);
        Ok(())
    }

    fn offset(&self) -> u64 {
        self.position as u64
    }

    fn finish(&mut self) -> Result<(), InputError<Infallible>> {
        // STOP ends the pickle, whatever its frame says.
        if self.frame_end.is_some() {
            self.violation.get_or_insert(self.opcode as u64);
        }
        Ok(())
    }
}
