//! A stream that ends after so many bytes.

use super::stream::ByteStream;

/// A [`ByteStream`] that hands out at most so many bytes of another one, and then ends; and knows
/// whether that is why it has ended.
///
/// ```
/// use rustpython_pickle::wire::{ByteStream as _, Capped, ReadStream};
///
/// let mut stream = Capped::new(ReadStream::new(&b"abcdef"[..]), 4);
/// let mut bytes = Vec::new();
/// stream.read(3, &mut bytes).unwrap();
/// assert!(!stream.is_exhausted());
/// stream.read(3, &mut bytes).unwrap();
/// assert_eq!(bytes, b"abcd");
/// assert!(stream.is_exhausted());
/// ```
#[derive(Debug)]
pub struct Capped<T> {
    stream: T,
    left: u64,
    exhausted: bool,
}

impl<T: ByteStream> Capped<T> {
    /// A stream over at most `most` bytes of `stream`.
    pub fn new(stream: T, most: u64) -> Self {
        Self {
            stream,
            left: most,
            exhausted: false,
        }
    }

    /// Whether more has been asked for than may be handed out.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The stream itself.
    pub fn into_inner(self) -> T {
        self.stream
    }

    fn grant(&mut self, n: usize) -> usize {
        match usize::try_from(self.left) {
            Ok(left) if left < n => {
                self.exhausted = true;
                left
            }
            _ => n,
        }
    }

    /// Counts what has been handed out; a stream that hands out more than it was asked for loses the rest.
    fn count(&mut self, before: usize, most: usize, buffer: &mut Vec<u8>) {
        buffer.truncate(before.saturating_add(most));
        self.left = self.left.saturating_sub((buffer.len() - before) as u64);
    }
}

impl<T: ByteStream> ByteStream for Capped<T> {
    type Error = T::Error;

    fn read(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<(), T::Error> {
        let (before, n) = (buffer.len(), self.grant(n));
        self.stream.read(n, buffer)?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        self.count(before, most, buffer);
        Ok(())
    }

    fn read_line(&mut self, most: usize, buffer: &mut Vec<u8>) -> Result<(), T::Error> {
        let before = buffer.len();
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = most.min(left);
        self.stream.read_line(most, buffer)?;
        self.count(before, most, buffer);
        if self.left == 0 && buffer.last() != Some(&b'\n') {
            self.exhausted = true;
        }
        Ok(())
    }

    fn peek(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<bool, T::Error> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let before = buffer.len();
        let done = self.stream.peek(n.min(left), buffer)?;
        buffer.truncate(before.saturating_add(left));
        Ok(done)
    }

    fn read_large(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<(), T::Error> {
        let (before, n) = (buffer.len(), self.grant(n));
        self.stream.read_large(n, buffer)?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        self.count(before, most, buffer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{InputError, ReadStream, Source as _, StreamSource};

    #[test]
    fn an_endless_line_ends() {
        let endless = ReadStream::new(std::io::repeat(b'a'));
        let mut source = StreamSource::new(Capped::new(endless, 1000));
        assert!(matches!(source.read_line(), Err(InputError::Truncated)));
        assert!(source.into_parts().0.is_exhausted());
    }

    #[test]
    fn what_fits_exactly_is_not_too_long() {
        let mut source = StreamSource::new(Capped::new(ReadStream::new(&b"ab\ncd"[..]), 5));
        assert_eq!(source.read_line().unwrap(), b"ab");
        assert_eq!(source.read_vec(2).unwrap(), b"cd");
        assert!(!source.into_parts().0.is_exhausted());
    }
}
