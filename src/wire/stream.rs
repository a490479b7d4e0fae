//! Input from a stream: a Python file object or a Rust [`Read`](std::io::Read).
//!
//! A stream may hold several pickles one after the other, so nothing is taken
//! from it that the pickle does not own, except what can be peeked at
//! (CPython: `_Unpickler_ReadFromFile`, `_Unpickler_SkipConsumed`).

use super::input::{InputError, Source};

/// How many bytes are peeked at, at a time.
const PREFETCH: usize = 8192 * 16;

/// The most that is asked of a stream before any of it has arrived: a declared
/// size costs memory only as its bytes come in.
const CHUNK: usize = 1 << 20;

/// So many times what has arrived of a large payload is asked for next. What has arrived is moved then.
const GROWTH: usize = 3;

/// What a [`StreamSource`] asks of a stream.
pub trait ByteStream {
    /// How the stream fails.
    type Error;

    /// Appends up to `n` bytes to `buffer`; fewer only at the end of the stream.
    ///
    /// # Errors
    /// When the stream fails.
    fn read(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<(), Self::Error>;

    /// Appends a line with its newline to `buffer`, or the first `most` bytes of a longer one;
    /// without a newline else only at the end of the stream.
    ///
    /// # Errors
    /// When the stream fails.
    fn read_line(&mut self, most: usize, buffer: &mut Vec<u8>) -> Result<(), Self::Error>;

    /// Appends up to `n` bytes to `buffer` and leaves the stream where it is.
    /// `false` if the stream cannot do that; it is then not asked again.
    ///
    /// # Errors
    /// When the stream fails.
    fn peek(&mut self, _n: usize, _buffer: &mut Vec<u8>) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// As [`read`](Self::read), for a large payload, of which `buffer` has the beginning: there should be no more room in it
    /// in the end than the payload takes.
    ///
    /// # Errors
    /// When the stream fails.
    fn read_large(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<(), Self::Error> {
        self.read(n, buffer)
    }
}

/// A [`ByteStream`] over any [`std::io::Read`].
///
/// It takes no byte beyond the pickle, so several pickles can follow one
/// another. Outside of frames it reads few bytes at a time: wrap slow readers in a
/// [`BufReader`](std::io::BufReader).
#[derive(Debug)]
pub struct ReadStream<R>(R);

impl<R: std::io::Read> ReadStream<R> {
    /// A stream over `reader`.
    pub fn new(reader: R) -> Self {
        Self(reader)
    }
}

impl<R: std::io::Read> ByteStream for ReadStream<R> {
    type Error = std::io::Error;

    fn read(&mut self, n: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        use std::io::Read as _;
        (&mut self.0).take(n as u64).read_to_end(buffer).map(drop)
    }

    fn read_large(&mut self, n: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        buffer.reserve_exact(n);
        self.read(n, buffer)
    }

    fn read_line(&mut self, most: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        let mut byte = [0];
        let end = buffer.len().saturating_add(most);
        while buffer.len() < end {
            match self.0.read(&mut byte) {
                Ok(0) => return Ok(()),
                Ok(_) => {
                    buffer.push(byte[0]);
                    if byte[0] == b'\n' {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Input from a [`ByteStream`].
#[derive(Debug)]
pub struct StreamSource<T> {
    stream: T,
    buffer: Vec<u8>,
    position: usize,
    /// The end of the open frame, or of the buffer.
    limit: usize,
    in_frame: bool,
    /// Up to where the stream itself has been advanced; behind it, bytes were only peeked at.
    advanced: usize,
    can_peek: bool,
    /// The offset of the buffer's first byte.
    base: u64,
    /// The most bytes of a line that is read from the stream.
    most_line: usize,
    line_too_long: bool,
}

impl<T: ByteStream> StreamSource<T> {
    /// A source that reads `stream` from where it stands.
    pub fn new(stream: T) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            position: 0,
            limit: 0,
            in_frame: false,
            advanced: 0,
            can_peek: true,
            base: 0,
            most_line: usize::MAX,
            line_too_long: false,
        }
    }

    /// Ends the input at a line of more than `most` bytes, without its newline, before the rest of the line is read.
    pub fn limit_lines(&mut self, most: usize) {
        self.most_line = most;
    }

    /// Whether the input has ended at a line that was too long.
    #[must_use]
    pub fn is_line_too_long(&self) -> bool {
        self.line_too_long
    }

    /// A source that hands out `rest` before it reads `stream`: what an earlier source on it has
    /// been given and has not used.
    pub fn with_rest(stream: T, rest: Vec<u8>) -> Self {
        let length = rest.len();
        Self {
            buffer: rest,
            limit: length,
            advanced: length,
            ..Self::new(stream)
        }
    }

    /// Gives the stream back, and what it has handed out beyond what was asked for.
    pub fn into_parts(mut self) -> (T, Vec<u8>) {
        self.buffer.truncate(self.advanced);
        self.buffer.drain(..self.position.min(self.advanced));
        (self.stream, self.buffer)
    }

    /// Advances the stream over bytes that were only peeked at.
    fn skip_consumed(&mut self) -> Result<(), InputError<T::Error>> {
        if self.position > self.advanced {
            let consumed = self.position - self.advanced;
            let mut skipped = Vec::new();
            self.stream
                .read(consumed, &mut skipped)
                .map_err(InputError::Stream)?;
            self.advanced = self.position;
        }
        Ok(())
    }

    /// Leaves a used-up frame; an error if it is not used up.
    fn leave_frame(&mut self) -> Result<(), InputError<T::Error>> {
        if self.in_frame {
            if self.position < self.limit {
                return Err(InputError::FrameExhausted);
            }
            self.in_frame = false;
            self.limit = self.buffer.len();
        }
        Ok(())
    }

    /// Drops what was handed out and what was only peeked at. What the stream has handed out unasked, or for a frame that
    /// is longer than the pickle before this one, stays.
    fn restart(&mut self) -> Result<(), InputError<T::Error>> {
        self.skip_consumed()?;
        self.base += self.position as u64;
        self.buffer.truncate(self.advanced);
        self.buffer.drain(..self.position);
        self.position = 0;
        self.limit = self.buffer.len();
        self.advanced = self.limit;
        Ok(())
    }

    /// Makes at least `n` bytes available at the position, ignoring frames.
    fn fill(&mut self, n: usize) -> Result<(), InputError<T::Error>> {
        self.restart()?;
        if n < PREFETCH && self.can_peek {
            self.can_peek = self
                .stream
                .peek(PREFETCH, &mut self.buffer)
                .map_err(InputError::Stream)?;
            if self.buffer.len() >= n {
                self.limit = self.buffer.len();
                return Ok(());
            }
            self.buffer.truncate(self.advanced);
        }
        let mut wanted = n.min(CHUNK);
        loop {
            let have = self.buffer.len();
            self.stream
                .read(wanted.saturating_sub(have), &mut self.buffer)
                .map_err(InputError::Stream)?;
            if self.buffer.len() < wanted {
                return Err(InputError::Truncated);
            }
            if self.buffer.len() >= n {
                break;
            }
            wanted += wanted.min(n - wanted);
        }
        // A stream may hand out more than it was asked for.
        self.limit = self.buffer.len();
        self.advanced = self.limit;
        Ok(())
    }

    #[cold]
    fn read_cold(&mut self, n: usize) -> Result<(), InputError<T::Error>> {
        if self.in_frame {
            self.leave_frame()?;
            if n <= self.limit - self.position {
                return Ok(());
            }
        }
        self.fill(n)
    }
}

impl<T: ByteStream> Source for StreamSource<T> {
    type Error = T::Error;

    #[inline]
    fn read(&mut self, n: usize) -> Result<&[u8], InputError<T::Error>> {
        if n > self.limit - self.position {
            self.read_cold(n)?;
        }
        let start = self.position;
        self.position += n;
        Ok(&self.buffer[start..self.position])
    }

    fn read_line(&mut self) -> Result<&[u8], InputError<T::Error>> {
        if self.in_frame && self.position == self.limit {
            self.leave_frame()?;
        }
        if let Some(length) = memchr::memchr(b'\n', &self.buffer[self.position..self.limit]) {
            let start = self.position;
            self.position += length + 1;
            return Ok(&self.buffer[start..start + length]);
        }
        if self.in_frame {
            return Err(InputError::FrameExhausted);
        }
        self.restart()?;
        self.stream
            .read_line(self.most_line.saturating_add(1), &mut self.buffer)
            .map_err(InputError::Stream)?;
        self.limit = self.buffer.len();
        self.advanced = self.buffer.len();
        match self.buffer.split_last() {
            Some((b'\n', line)) => {
                self.position = line.len() + 1;
                Ok(line)
            }
            _ => {
                self.line_too_long = self.buffer.len() > self.most_line;
                Err(InputError::Truncated)
            }
        }
    }

    fn read_vec(&mut self, n: usize) -> Result<Vec<u8>, InputError<T::Error>> {
        if n <= self.limit - self.position {
            return self.read(n).map(<[u8]>::to_vec);
        }
        self.leave_frame()?;
        let buffered = n.min(self.limit - self.position);
        let mut payload = self.buffer[self.position..self.position + buffered].to_vec();
        self.position += buffered;
        if buffered == n {
            return Ok(payload);
        }
        self.restart()?;
        while payload.len() < n {
            let have = payload.len();
            let wanted = have + (n - have).min(CHUNK.max(GROWTH * have));
            self.stream
                .read_large(wanted - have, &mut payload)
                .map_err(InputError::Stream)?;
            payload.truncate(wanted);
            if payload.len() < wanted {
                return Err(InputError::Truncated);
            }
        }
        self.base += (n - buffered) as u64;
        Ok(payload)
    }

    fn begin_frame(&mut self, n: usize) -> Result<(), InputError<T::Error>> {
        if self.in_frame && self.position < self.limit {
            return Err(InputError::NestedFrame);
        }
        self.leave_frame()?;
        if n > self.limit - self.position {
            self.fill(n)?;
        }
        self.in_frame = true;
        self.limit = self.position + n;
        Ok(())
    }

    #[inline]
    fn offset(&self) -> u64 {
        self.base + self.position as u64
    }

    fn finish(&mut self) -> Result<(), InputError<T::Error>> {
        self.skip_consumed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(data: &[u8]) -> StreamSource<ReadStream<&[u8]>> {
        StreamSource::new(ReadStream::new(data))
    }

    #[test]
    fn takes_no_byte_beyond_what_was_read() {
        let mut source = source(b"ab\ncdef");
        assert_eq!(source.read_byte().unwrap(), b'a');
        assert_eq!(source.read_line().unwrap(), b"b");
        assert_eq!(source.read_vec(2).unwrap(), b"cd");
        assert_eq!(source.offset(), 5);
        source.finish().unwrap();
        let (stream, rest) = source.into_parts();
        assert_eq!((stream.0, &rest[..]), (&b"ef"[..], &b""[..]));
    }

    /// Hands out everything at once, whatever it is asked for.
    struct Generous(Option<&'static [u8]>);

    impl ByteStream for Generous {
        type Error = std::io::Error;
        fn read(&mut self, _n: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
            buffer.extend_from_slice(self.0.take().unwrap_or_default());
            Ok(())
        }
        fn read_line(&mut self, _most: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
            self.read(0, buffer)
        }
    }

    #[test]
    fn what_a_stream_hands_out_unasked_is_not_lost() {
        let mut source = StreamSource::new(Generous(Some(b"abcdef")));
        assert_eq!(source.read(1).unwrap(), b"a");
        assert_eq!(source.read(2).unwrap(), b"bc");
        source.finish().unwrap();
        let (stream, rest) = source.into_parts();
        assert_eq!(rest, b"def");
        let mut source = StreamSource::with_rest(stream, rest);
        assert_eq!(source.read(3).unwrap(), b"def");
        assert!(matches!(source.read(1), Err(InputError::Truncated)));
    }

    /// Reads that the rest has too few bytes for begin with it all the same. (Found by fuzzing.)
    #[test]
    fn a_rest_comes_before_the_stream() {
        let rest = |rest: &[u8]| StreamSource::with_rest(Peeking(b"cd\nefgh"), rest.to_vec());
        let mut source = rest(b"ab");
        assert_eq!(source.read(1).unwrap(), b"a");
        assert_eq!(source.read(4).unwrap(), b"bcd\n");
        assert_eq!(source.offset(), 5);
        assert_eq!(source.read(6).map(<[u8]>::len).ok(), None);
        let mut source = rest(b"ab");
        assert_eq!(source.read_line().unwrap(), b"abcd");
        assert_eq!(source.read(4).unwrap(), b"efgh");
        assert_eq!(source.offset(), 9);
        let mut source = rest(b"ab");
        source.begin_frame(3).unwrap();
        assert_eq!(source.read_vec(3).unwrap(), b"abc");
        assert_eq!(source.read_line().unwrap(), b"d");
    }

    #[test]
    fn frames_are_checked() {
        let mut source = source(b"abcdefgh\n");
        source.begin_frame(3).unwrap();
        assert_eq!(source.read(2).unwrap(), b"ab");
        assert!(matches!(source.read(2), Err(InputError::FrameExhausted)));
        assert!(matches!(
            source.begin_frame(1),
            Err(InputError::NestedFrame)
        ));
        assert_eq!(source.read(1).unwrap(), b"c");
        assert_eq!(source.read(2).unwrap(), b"de");
        source.begin_frame(2).unwrap();
        assert!(matches!(
            source.read_line(),
            Err(InputError::FrameExhausted)
        ));
        assert!(matches!(
            source.read_vec(3),
            Err(InputError::FrameExhausted)
        ));
        assert_eq!(source.read_vec(2).unwrap(), b"fg");
        assert_eq!(source.read_line().unwrap(), b"h");
        assert!(matches!(source.read_line(), Err(InputError::Truncated)));
    }

    #[test]
    fn a_declared_size_costs_no_memory() {
        let mut source = source(b"abc");
        assert!(matches!(
            source.read_vec(1 << 60),
            Err(InputError::Truncated)
        ));
        let mut source = self::source(b"abc");
        assert!(matches!(
            source.begin_frame(1 << 60),
            Err(InputError::Truncated)
        ));
        assert!(source.buffer.capacity() <= 2 * CHUNK);
    }

    #[test]
    fn a_line_is_read_no_further_than_allowed() {
        let line = [b'x'; 1000];
        let mut source = source(&line);
        source.limit_lines(10);
        assert!(matches!(source.read_line(), Err(InputError::Truncated)));
        assert!(source.is_line_too_long());
        assert_eq!(source.stream.0.len(), line.len() - 11);
        let mut source = self::source(b"0123456789\nab");
        source.limit_lines(10);
        assert_eq!(source.read_line().unwrap(), b"0123456789");
        assert!(matches!(source.read_line(), Err(InputError::Truncated)));
        assert!(!source.is_line_too_long());
    }

    /// Peeks at most 4 bytes at a time.
    struct Peeking<'a>(&'a [u8]);

    impl ByteStream for Peeking<'_> {
        type Error = std::io::Error;
        fn read(&mut self, n: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
            ReadStream::new(&mut self.0).read(n, buffer)
        }
        fn read_line(&mut self, most: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
            ReadStream::new(&mut self.0).read_line(most, buffer)
        }
        fn peek(&mut self, n: usize, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
            buffer.extend_from_slice(&self.0[..n.min(4).min(self.0.len())]);
            Ok(true)
        }
    }

    #[test]
    fn what_was_peeked_at_is_taken_only_when_read() {
        let mut source = StreamSource::new(Peeking(b"abcdefghij\nkl"));
        assert_eq!(source.read(3).unwrap(), b"abc");
        assert_eq!(source.stream.0, b"abcdefghij\nkl");
        assert_eq!(source.read(6).unwrap(), b"defghi");
        assert_eq!(source.offset(), 9);
        assert_eq!(source.stream.0, b"j\nkl");
        assert_eq!(source.read_line().unwrap(), b"j");
        assert_eq!(source.read_byte().unwrap(), b'k');
        source.finish().unwrap();
        assert_eq!(source.stream.0, b"l");
    }
}
