//! Where a pickle's bytes come from: the [`Source`] trait, and input from a slice.
//!
//! A source hands out exactly the bytes that are asked for, and watches the
//! frames of protocol 4: no read may straddle the end of a frame, and a frame
//! may begin only where none is open (CPython: `_Unpickler_Read`,
//! `load_frame`; pickle.py: `_Unframer`).

use core::fmt;

/// Why a source could not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputError<E> {
    /// The input ends too early.
    Truncated,
    /// A read would straddle the end of a frame.
    FrameExhausted,
    /// A frame begins inside another one.
    NestedFrame,
    /// The underlying stream failed.
    Stream(E),
}

impl<E: fmt::Display> fmt::Display for InputError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("pickle data was truncated"),
            Self::FrameExhausted => f.write_str("pickle exhausted before end of frame"),
            Self::NestedFrame => {
                f.write_str("beginning of a new frame before end of current frame")
            }
            Self::Stream(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for InputError<E> {}

/// A supplier of a pickle's bytes.
pub trait Source {
    /// How the underlying stream fails.
    type Error;

    /// The next `n` bytes.
    ///
    /// # Errors
    /// When the input or the current frame ends before that.
    fn read(&mut self, n: usize) -> Result<&[u8], InputError<Self::Error>>;

    /// The bytes up to the next newline, without it.
    ///
    /// # Errors
    /// When the input or the current frame ends before a newline.
    fn read_line(&mut self) -> Result<&[u8], InputError<Self::Error>>;

    /// The next `n` bytes, owned: for payloads that become an object's own buffer.
    ///
    /// Memory grows with the bytes that arrive, not with `n`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_vec(&mut self, n: usize) -> Result<Vec<u8>, InputError<Self::Error>>;

    /// Opens a frame of `n` bytes.
    ///
    /// # Errors
    /// When a frame is open and not used up, or the input is shorter.
    fn begin_frame(&mut self, n: usize) -> Result<(), InputError<Self::Error>>;

    /// How many bytes have been handed out since the source was made.
    fn offset(&self) -> u64;

    /// Called after STOP: leaves the underlying stream right behind the pickle.
    ///
    /// # Errors
    /// When the stream fails.
    fn finish(&mut self) -> Result<(), InputError<Self::Error>>;

    /// All that is still to come, if it is at hand, whatever frames say.
    #[inline]
    fn ahead(&self) -> Option<&[u8]> {
        None
    }

    /// The next byte.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    #[inline]
    fn read_byte(&mut self) -> Result<u8, InputError<Self::Error>> {
        self.read(1).map(|bytes| bytes[0])
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    #[inline]
    fn read_array<const N: usize>(&mut self) -> Result<[u8; N], InputError<Self::Error>> {
        let mut array = [0; N];
        array.copy_from_slice(self.read(N)?);
        Ok(array)
    }
}

/// Input from a slice, without copying.
///
/// ```
/// use rustpython_pickle::wire::{SliceSource, Source};
///
/// let mut source = SliceSource::new(b"K\x05.");
/// assert_eq!(source.read(2), Ok(&b"K\x05"[..]));
/// assert_eq!(source.offset(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct SliceSource<'a> {
    data: &'a [u8],
    /// What can be read without another check: up to the end of the open frame, or of the data.
    window: &'a [u8],
    /// Where the window ends.
    limit: usize,
    in_frame: bool,
}

impl<'a> SliceSource<'a> {
    /// A source that reads `data` from its beginning.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            window: data,
            limit: data.len(),
            in_frame: false,
        }
    }

    /// The bytes not yet handed out.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        &self.data[self.position()..]
    }

    #[inline]
    fn position(&self) -> usize {
        self.limit - self.window.len()
    }

    /// Opens the window up to `limit`.
    fn open(&mut self, limit: usize) {
        self.window = &self.data[self.position()..limit];
        self.limit = limit;
    }

    #[inline]
    fn take(&mut self, n: usize) -> Result<&'a [u8], InputError<core::convert::Infallible>> {
        match self.window.split_at_checked(n) {
            Some((bytes, rest)) => {
                self.window = rest;
                Ok(bytes)
            }
            None => self.take_behind(n),
        }
    }

    /// As `take`, where so many bytes are not there below the limit: are they behind a used-up frame?
    #[cold]
    fn take_behind(&mut self, n: usize) -> Result<&'a [u8], InputError<core::convert::Infallible>> {
        if self.in_frame && !self.window.is_empty() {
            return Err(InputError::FrameExhausted);
        }
        self.leave_frame();
        let (bytes, rest) = self
            .window
            .split_at_checked(n)
            .ok_or(InputError::Truncated)?;
        self.window = rest;
        Ok(bytes)
    }

    /// Leaves a frame that is used up.
    fn leave_frame(&mut self) {
        if self.in_frame && self.window.is_empty() {
            self.in_frame = false;
            self.open(self.data.len());
        }
    }
}

impl Source for SliceSource<'_> {
    type Error = core::convert::Infallible;

    #[inline]
    fn read(&mut self, n: usize) -> Result<&[u8], InputError<Self::Error>> {
        self.take(n)
    }

    #[inline]
    fn read_byte(&mut self) -> Result<u8, InputError<Self::Error>> {
        match self.window.split_first() {
            Some((byte, rest)) => {
                self.window = rest;
                Ok(*byte)
            }
            None => self.take_behind(1).map(|bytes| bytes[0]),
        }
    }

    #[inline]
    fn read_array<const N: usize>(&mut self) -> Result<[u8; N], InputError<Self::Error>> {
        match self.window.split_first_chunk() {
            Some((array, rest)) => {
                self.window = rest;
                Ok(*array)
            }
            None => {
                let mut array = [0; N];
                array.copy_from_slice(self.take_behind(N)?);
                Ok(array)
            }
        }
    }

    fn read_line(&mut self) -> Result<&[u8], InputError<Self::Error>> {
        self.leave_frame();
        match memchr::memchr(b'\n', self.window) {
            Some(length) => {
                let line = &self.window[..length];
                self.window = &self.window[length + 1..];
                Ok(line)
            }
            None if self.in_frame => Err(InputError::FrameExhausted),
            None => Err(InputError::Truncated),
        }
    }

    fn read_vec(&mut self, n: usize) -> Result<Vec<u8>, InputError<Self::Error>> {
        self.take(n).map(<[u8]>::to_vec)
    }

    fn begin_frame(&mut self, n: usize) -> Result<(), InputError<Self::Error>> {
        if self.in_frame && !self.window.is_empty() {
            return Err(InputError::NestedFrame);
        }
        let position = self.position();
        if n > self.data.len() - position {
            return Err(InputError::Truncated);
        }
        self.in_frame = true;
        self.open(position + n);
        Ok(())
    }

    #[inline]
    fn offset(&self) -> u64 {
        self.position() as u64
    }

    fn finish(&mut self) -> Result<(), InputError<Self::Error>> {
        Ok(())
    }

    #[inline]
    fn ahead(&self) -> Option<&[u8]> {
        Some(self.rest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_may_not_straddle_a_frame() {
        let mut source = SliceSource::new(b"abcdef");
        source.begin_frame(3).unwrap();
        assert_eq!(source.read(2), Ok(&b"ab"[..]));
        assert_eq!(source.read(2), Err(InputError::FrameExhausted));
        assert_eq!(source.read(1), Ok(&b"c"[..]));
        assert_eq!(source.read(2), Ok(&b"de"[..]));
        assert_eq!(source.read(2), Err(InputError::Truncated));
        assert_eq!(source.rest(), b"f");
    }

    #[test]
    fn a_line_may_not_straddle_a_frame() {
        let mut source = SliceSource::new(b"ab\ncd\nef\n");
        source.begin_frame(5).unwrap();
        assert_eq!(source.read_line(), Ok(&b"ab"[..]));
        assert_eq!(source.read_line(), Err(InputError::FrameExhausted));
        assert_eq!(source.read(2), Ok(&b"cd"[..]));
        assert_eq!(source.read_line(), Ok(&b""[..]));
        assert_eq!(source.read_line(), Ok(&b"ef"[..]));
        assert_eq!(source.read_line(), Err(InputError::Truncated));
    }

    #[test]
    fn a_frame_may_begin_only_where_the_last_one_ends() {
        let mut source = SliceSource::new(b"abcdef");
        source.begin_frame(2).unwrap();
        assert_eq!(source.begin_frame(1), Err(InputError::NestedFrame));
        assert_eq!(source.read(2), Ok(&b"ab"[..]));
        source.begin_frame(4).unwrap();
        assert_eq!(source.read_vec(4), Ok(b"cdef".to_vec()));
        assert_eq!(source.begin_frame(1), Err(InputError::Truncated));
    }
}
