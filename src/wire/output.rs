//! Output: a pickle's bytes with CPython's framing.
//!
//! From protocol 4 on, opcodes are gathered into frames that are closed at the
//! first opcode boundary beyond 64 KiB; a frame of fewer than four bytes is
//! written without its header; large payloads go past the frame (CPython:
//! `_Pickler_CommitFrame`, `_Pickler_OpcodeBoundary`, `_Pickler_write_bytes`).

use super::opcode::Opcode;

const FRAME_HEADER_SIZE: usize = 9;
const FRAME_SIZE_MIN: usize = 4;

/// So many bytes may follow a large payload for which alone room is made.
const TAIL: usize = 64;

/// So many bytes there is room for at first.
const LEAST: usize = 64;

/// The size at which a frame is closed, and from which a payload goes past it.
pub const FRAME_SIZE_TARGET: usize = 64 * 1024;

/// A pickle being written.
///
/// ```
/// use rustpython_pickle::wire::{Opcode, Output};
///
/// let mut output = Output::new();
/// output.start_framing();
/// output.write(&[Opcode::None.byte(), Opcode::None.byte(), Opcode::Pop.byte()]);
/// output.write(&[Opcode::Stop.byte()]);
/// output.end_framing();
/// assert_eq!(output.take(), b"\x95\x04\0\0\0\0\0\0\0NN0.");
/// ```
#[derive(Debug)]
pub struct Output {
    buffer: Vec<u8>,
    framing: bool,
    /// Where the open frame's header stands.
    frame_start: Option<usize>,
    /// Whether what is written next opens a frame.
    opens: bool,
    /// The length at which the open frame is closed.
    due: usize,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            buffer: Vec::with_capacity(LEAST),
            framing: false,
            frame_start: None,
            opens: false,
            due: usize::MAX,
        }
    }
}

impl Output {
    /// An empty output, without framing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on, what is written goes into frames.
    pub fn start_framing(&mut self) {
        self.framing = true;
        self.set_start(self.frame_start);
    }

    /// Closes the open frame; what is written next goes into none.
    pub fn end_framing(&mut self) {
        self.commit_frame();
        self.framing = false;
        self.opens = false;
    }

    fn set_start(&mut self, start: Option<usize>) {
        self.frame_start = start;
        self.opens = self.framing && start.is_none();
        self.due = match start {
            Some(start) => start + FRAME_HEADER_SIZE + FRAME_SIZE_TARGET,
            None => usize::MAX,
        };
    }

    /// Writes bytes that belong to one opcode.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) {
        if self.opens {
            self.open_frame();
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Writes an opcode with its payload, and the payload's length in one byte.
    ///
    /// # Panics
    ///
    /// If the payload is longer than 255 bytes.
    #[inline]
    pub fn write_short(&mut self, opcode: Opcode, payload: &[u8]) {
        let length = u8::try_from(payload.len()).expect("the payload is short");
        if self.opens {
            self.open_frame();
        }
        // And a byte for what puts it into the memo.
        self.buffer.reserve(payload.len() + 3);
        self.buffer.extend_from_slice(&[opcode.byte(), length]);
        self.buffer.extend_from_slice(payload);
    }

    /// Writes an opcode without an argument.
    #[inline]
    pub fn opcode(&mut self, opcode: Opcode) {
        if self.opens {
            self.open_frame();
        }
        self.buffer.push(opcode.byte());
    }

    /// To be called before an object's first opcode: closes the frame if it is
    /// large enough. `true` if it did, so that the caller can flush.
    #[inline]
    pub fn boundary(&mut self) -> bool {
        let is_due = self.is_due();
        if is_due {
            self.commit_frame();
        }
        is_due
    }

    /// Whether [`boundary`](Self::boundary) would close the frame.
    #[inline]
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.buffer.len() >= self.due
    }

    /// How many bytes can be written before [`boundary`](Self::boundary) closes a frame.
    #[must_use]
    pub fn room(&self) -> usize {
        let used = match self.frame_start {
            Some(start) => self.buffer.len() - start - FRAME_HEADER_SIZE,
            None if self.framing => 0,
            None => return usize::MAX,
        };
        FRAME_SIZE_TARGET.saturating_sub(used)
    }

    /// Takes back what was written since the output had this length, if no frame has been closed since.
    pub fn take_back(&mut self, length: usize) {
        // A frame that has been opened since goes with its header.
        self.set_start(self.frame_start.filter(|start| *start < length));
        self.buffer.truncate(length);
    }

    /// Closes the open frame and writes an opcode and a payload's length outside of any.
    pub fn write_unframed(&mut self, header: &[u8]) {
        self.commit_frame();
        self.buffer.extend_from_slice(header);
    }

    /// Writes a payload behind [`write_unframed`](Self::write_unframed).
    pub fn payload(&mut self, payload: &[u8]) {
        debug_assert!(self.frame_start.is_none());
        let more = payload.len() + TAIL;
        // One that outweighs all before it is most of the pickle: the room for it is not doubled.
        if more > self.buffer.len() {
            self.buffer.reserve_exact(more);
        }
        self.buffer.extend_from_slice(payload);
    }

    /// Takes what was written. No frame may be open.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        debug_assert!(self.frame_start.is_none());
        core::mem::take(&mut self.buffer)
    }

    /// The bytes that are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    #[cold]
    fn open_frame(&mut self) {
        self.set_start(Some(self.buffer.len()));
        self.buffer.extend_from_slice(&[0; FRAME_HEADER_SIZE]);
    }

    fn commit_frame(&mut self) {
        let Some(start) = self.frame_start else {
            return;
        };
        self.set_start(None);
        let content = start + FRAME_HEADER_SIZE;
        let length = self.buffer.len() - content;
        if length >= FRAME_SIZE_MIN {
            self.buffer[start] = Opcode::Frame.byte();
            self.buffer[start + 1..content].copy_from_slice(&(length as u64).to_le_bytes());
        } else {
            self.buffer.drain(start..content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_opens_a_frame() {
        let mut output = Output::new();
        output.start_framing();
        output.write(b"K\x01");
        output.write_short(Opcode::ShortBinUnicode, b"text");
        output.write(b"J\x01\x02\x03\x04");
        output.end_framing();
        output.start_framing();
        output.write_short(Opcode::ShortBinBytes, &[7; 255]);
        output.end_framing();
        let bytes = output.take();
        assert_eq!(
            bytes[..22],
            *b"\x95\x0d\0\0\0\0\0\0\0K\x01\x8c\x04textJ\x01\x02\x03\x04"
        );
        assert_eq!(bytes[22..33], *b"\x95\x01\x01\0\0\0\0\0\0C\xff");
        assert_eq!(bytes[33..], [7; 255]);
    }

    #[test]
    fn a_small_frame_has_no_header() {
        let mut output = Output::new();
        output.start_framing();
        output.write(b"abc");
        output.end_framing();
        assert_eq!(output.take(), b"abc");
    }

    #[test]
    fn a_frame_is_closed_at_the_first_boundary_beyond_the_target() {
        let mut output = Output::new();
        output.start_framing();
        output.write(&[b'a'; FRAME_SIZE_TARGET - 1]);
        assert!(!output.boundary());
        output.write(b"bc");
        assert!(output.boundary());
        output.write(b"defg");
        output.end_framing();
        let bytes = output.take();
        assert_eq!(
            bytes.len(),
            FRAME_HEADER_SIZE * 2 + FRAME_SIZE_TARGET + 1 + 4
        );
        assert_eq!(bytes[1..9], (FRAME_SIZE_TARGET as u64 + 1).to_le_bytes());
    }

    #[test]
    fn what_is_taken_back_was_never_written() {
        let mut output = Output::new();
        output.write(b"ab");
        output.start_framing();
        output.write(b"the first of a frame");
        output.take_back(2);
        assert!(!output.is_due());
        assert_eq!(output.room(), FRAME_SIZE_TARGET);
        output.write(b"cdef");
        let length = output.len();
        output.write(&[b'x'; FRAME_SIZE_TARGET]);
        assert!(output.is_due());
        output.take_back(length);
        output.end_framing();
        assert_eq!(output.take(), b"ab\x95\x04\0\0\0\0\0\0\0cdef");
    }

    #[test]
    fn a_large_payload_takes_the_room_that_it_needs() {
        let mut output = Output::new();
        output.start_framing();
        output.write(b"abcd");
        output.write_unframed(b"B\0\0\x10\0");
        output.payload(&[7; 1 << 20]);
        output.write(b"efgh");
        output.end_framing();
        let bytes = output.take();
        assert!(
            bytes.capacity() < bytes.len() + 2 * TAIL,
            "{}",
            bytes.capacity()
        );
    }

    #[test]
    fn a_large_payload_goes_past_the_frame() {
        let mut output = Output::new();
        output.start_framing();
        output.write(b"abcd");
        output.write_unframed(b"B\x02\0\0\0");
        output.payload(b"xy");
        output.write(b"efgh");
        output.end_framing();
        assert_eq!(
            output.take(),
            b"\x95\x04\0\0\0\0\0\0\0abcdB\x02\0\0\0xy\x95\x04\0\0\0\0\0\0\0efgh"
        );
    }
}
