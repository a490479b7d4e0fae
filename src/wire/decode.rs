//! A pickle as a sequence of opcodes with their arguments, driven by the table.

use core::fmt;

use super::input::{InputError, SliceSource, Source};
use super::opcode::{ArgumentKind, Opcode};

/// An opcode's argument as it stands in the input.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Argument<'a> {
    /// There is none.
    None,
    /// A number: an index, a code, a length of a frame, a small integer.
    Integer(i128),
    /// A float of eight bytes.
    Float(f64),
    /// A line without its newline.
    Line(&'a [u8]),
    /// Two lines without their newlines.
    Lines(&'a [u8], &'a [u8]),
    /// A payload whose length stood before it.
    Bytes(&'a [u8]),
}

/// An opcode with its argument, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instruction<'a> {
    /// The offset of the opcode's byte.
    pub offset: usize,
    /// The opcode.
    pub opcode: Opcode,
    /// Its argument.
    pub argument: Argument<'a>,
}

/// Why the sequence ends before STOP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The offset of the opcode that could not be decoded.
    pub offset: usize,
    /// What was wrong.
    pub kind: DecodeErrorKind,
}

/// What was wrong with an opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// No opcode has this byte.
    UnknownOpcode(u8),
    /// A length below zero or beyond what memory can hold.
    Length(Opcode),
    /// The input ended, or a frame was violated.
    Input(InputError<core::convert::Infallible>),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DecodeErrorKind::UnknownOpcode(byte) => {
                write!(f, "no opcode has the byte {byte:#04x}")?;
            }
            DecodeErrorKind::Length(opcode) => write!(f, "{opcode} has an impossible length")?,
            DecodeErrorKind::Input(error) => error.fmt(f)?,
        }
        write!(f, " at offset {}", self.offset)
    }
}

impl core::error::Error for DecodeError {}

/// The opcodes of the pickle at the beginning of `data`, up to and including STOP.
///
/// Nothing is executed: this is the format alone, as in `pickletools.genops`.
///
/// ```
/// use rustpython_pickle::wire::{Opcode, instructions};
///
/// let opcodes: Result<Vec<_>, _> = instructions(b"\x80\x02K\x01.")
///     .map(|instruction| instruction.map(|i| i.opcode))
///     .collect();
/// assert_eq!(opcodes, Ok(vec![Opcode::Proto, Opcode::BinInt1, Opcode::Stop]));
/// ```
#[must_use]
pub fn instructions(data: &[u8]) -> Instructions<'_> {
    Instructions {
        data,
        source: SliceSource::new(data),
        frames: true,
        done: false,
    }
}

/// As [`instructions`], whatever frames say.
pub(crate) fn instructions_unframed(data: &[u8]) -> Instructions<'_> {
    Instructions {
        frames: false,
        ..instructions(data)
    }
}

/// The iterator that [`instructions`] returns.
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    data: &'a [u8],
    source: SliceSource<'a>,
    /// Whether frames are watched.
    frames: bool,
    done: bool,
}

impl<'a> Instructions<'a> {
    fn offset(&self) -> usize {
        self.data.len() - self.source.rest().len()
    }

    fn bytes(&mut self, n: usize) -> Result<&'a [u8], DecodeErrorKind> {
        let data = self.data;
        let start = self.offset();
        let length = self.source.read(n).map_err(DecodeErrorKind::Input)?.len();
        Ok(&data[start..start + length])
    }

    fn line(&mut self) -> Result<&'a [u8], DecodeErrorKind> {
        let data = self.data;
        let start = self.offset();
        let length = self
            .source
            .read_line()
            .map_err(DecodeErrorKind::Input)?
            .len();
        Ok(&data[start..start + length])
    }

    fn integer<const N: usize>(&mut self, signed: bool) -> Result<i128, DecodeErrorKind> {
        let mut wide = [0; 16];
        wide[..N].copy_from_slice(self.bytes(N)?);
        if signed && wide[N - 1] >= 0x80 {
            wide[N..].fill(0xff);
        }
        Ok(i128::from_le_bytes(wide))
    }

    fn counted<const N: usize>(
        &mut self,
        opcode: Opcode,
        signed: bool,
    ) -> Result<Argument<'a>, DecodeErrorKind> {
        let length = self.integer::<N>(signed)?;
        let length = isize::try_from(length)
            .ok()
            .and_then(|length| usize::try_from(length).ok())
            .ok_or(DecodeErrorKind::Length(opcode))?;
        self.bytes(length).map(Argument::Bytes)
    }

    fn argument(&mut self, opcode: Opcode) -> Result<Argument<'a>, DecodeErrorKind> {
        Ok(match opcode.info().argument {
            ArgumentKind::None => Argument::None,
            ArgumentKind::Uint1 => Argument::Integer(self.integer::<1>(false)?),
            ArgumentKind::Uint2 => Argument::Integer(self.integer::<2>(false)?),
            ArgumentKind::Int4 => Argument::Integer(self.integer::<4>(true)?),
            ArgumentKind::Uint4 => Argument::Integer(self.integer::<4>(false)?),
            ArgumentKind::Uint8 => Argument::Integer(self.integer::<8>(false)?),
            ArgumentKind::Float8 => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(self.bytes(8)?);
                Argument::Float(f64::from_be_bytes(bytes))
            }
            ArgumentKind::DecimalNlShort
            | ArgumentKind::DecimalNlLong
            | ArgumentKind::FloatNl
            | ArgumentKind::StringNl
            | ArgumentKind::StringNlNoEscape
            | ArgumentKind::UnicodeStringNl => Argument::Line(self.line()?),
            ArgumentKind::StringNlNoEscapePair => Argument::Lines(self.line()?, self.line()?),
            ArgumentKind::String1
            | ArgumentKind::Bytes1
            | ArgumentKind::UnicodeString1
            | ArgumentKind::Long1 => self.counted::<1>(opcode, false)?,
            ArgumentKind::Bytes4 | ArgumentKind::UnicodeString4 => {
                self.counted::<4>(opcode, false)?
            }
            ArgumentKind::String4 | ArgumentKind::Long4 => self.counted::<4>(opcode, true)?,
            ArgumentKind::Bytes8 | ArgumentKind::ByteArray8 | ArgumentKind::UnicodeString8 => {
                self.counted::<8>(opcode, false)?
            }
        })
    }

    fn instruction(&mut self, offset: usize) -> Result<Instruction<'a>, DecodeErrorKind> {
        let byte = self.source.read_byte().map_err(DecodeErrorKind::Input)?;
        let opcode = Opcode::from_byte(byte).ok_or(DecodeErrorKind::UnknownOpcode(byte))?;
        let argument = self.argument(opcode)?;
        if let (true, Opcode::Frame, Argument::Integer(length)) = (self.frames, opcode, argument) {
            let length = isize::try_from(length).map_err(|_| DecodeErrorKind::Length(opcode))?;
            self.source
                .begin_frame(length.unsigned_abs())
                .map_err(DecodeErrorKind::Input)?;
        }
        Ok(Instruction {
            offset,
            opcode,
            argument,
        })
    }
}

impl<'a> Iterator for Instructions<'a> {
    type Item = Result<Instruction<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let offset = self.offset();
        let result = self.instruction(offset);
        self.done = !matches!(&result, Ok(i) if i.opcode != Opcode::Stop);
        Some(result.map_err(|kind| DecodeError { offset, kind }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_by_the_table() {
        let data = b"\x80\x04\x95\x1f\0\0\0\0\0\0\0J\xff\xff\xff\xffI12\nU\x02abcos\nsep\nG\x3f\xf0\0\0\0\0\0\0.";
        let got: Vec<_> = instructions(data).map(|i| i.unwrap().argument).collect();
        assert_eq!(
            got,
            [
                Argument::Integer(4),
                Argument::Integer(31),
                Argument::Integer(-1),
                Argument::Line(b"12"),
                Argument::Bytes(b"ab"),
                Argument::Lines(b"os", b"sep"),
                Argument::Float(1.0),
                Argument::None,
            ]
        );
    }

    #[test]
    fn errors_name_the_offset() {
        let error = instructions(b"NN\xff").find_map(Result::err).unwrap();
        assert_eq!(error.offset, 2);
        assert_eq!(error.kind, DecodeErrorKind::UnknownOpcode(0xff));
        let error = instructions(b"T\xff\xff\xff\xff")
            .find_map(Result::err)
            .unwrap();
        assert_eq!(error.kind, DecodeErrorKind::Length(Opcode::BinString));
    }
}
