//! Why a machine gives up.

use core::convert::Infallible;
use core::fmt;

use crate::wire::{HIGHEST_PROTOCOL, InputError, Opcode};

/// Why a load failed, and at which opcode.
///
/// `S` is the source's error, `M` the model's, `L` the meter's.
#[derive(Clone, Debug, PartialEq)]
pub struct Error<S, M, L = Infallible> {
    /// The offset of the opcode that failed.
    pub offset: u64,
    /// The opcode, unless its byte is missing or unknown.
    pub opcode: Option<Opcode>,
    /// What failed.
    pub kind: ErrorKind<S, M, L>,
}

/// What failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind<S, M, L = Infallible> {
    /// The input ends where an opcode should stand.
    Eof,
    /// The input ends inside an opcode, or a frame is violated, or the stream failed.
    Input(InputError<S>),
    /// No opcode has this byte.
    UnknownOpcode(u8),
    /// The stack holds fewer objects than the opcode needs.
    StackUnderflow,
    /// A mark stands where the opcode needs an object.
    UnexpectedMark,
    /// The opcode needs a mark and there is none.
    NoMark,
    /// A line is empty that must not be.
    EmptyLine,
    /// Nothing was stored in the memo at this index.
    MemoMissing(i64),
    /// A memo index is no number: the beginning of its text.
    MemoIndex(Vec<u8>),
    /// A text is no float: its beginning.
    NoFloat(Vec<u8>),
    /// Something follows a float in its text.
    FloatTail,
    /// A text is a float that is too large: its beginning.
    FloatOverflow(Vec<u8>),
    /// A memo index is too large.
    MemoIndexOverflow,
    /// A memo index to store at is below zero.
    NegativePut,
    /// A length is below zero.
    NegativeLength(Opcode),
    /// A length is beyond what memory can hold.
    LengthOverflow(Opcode),
    /// Keys and values are not even in number.
    OddItems(Opcode),
    /// The argument of `STRING` is not in quotes.
    Unquoted,
    /// An extension code is zero or below.
    ExtensionCode,
    /// The protocol is not known.
    UnsupportedProtocol(u8),
    /// The model could not make the object.
    Model(M),
    /// The meter stopped the load.
    Limit(L),
}

impl<S, M, L> ErrorKind<S, M, L> {
    /// The same with another model's and another meter's error.
    pub fn map<N, K>(
        self,
        model: impl FnOnce(M) -> N,
        limit: impl FnOnce(L) -> K,
    ) -> ErrorKind<S, N, K> {
        match self {
            Self::Eof => ErrorKind::Eof,
            Self::Input(error) => ErrorKind::Input(error),
            Self::UnknownOpcode(byte) => ErrorKind::UnknownOpcode(byte),
            Self::StackUnderflow => ErrorKind::StackUnderflow,
            Self::UnexpectedMark => ErrorKind::UnexpectedMark,
            Self::NoMark => ErrorKind::NoMark,
            Self::EmptyLine => ErrorKind::EmptyLine,
            Self::MemoMissing(index) => ErrorKind::MemoMissing(index),
            Self::MemoIndex(text) => ErrorKind::MemoIndex(text),
            Self::NoFloat(text) => ErrorKind::NoFloat(text),
            Self::FloatTail => ErrorKind::FloatTail,
            Self::FloatOverflow(text) => ErrorKind::FloatOverflow(text),
            Self::MemoIndexOverflow => ErrorKind::MemoIndexOverflow,
            Self::NegativePut => ErrorKind::NegativePut,
            Self::NegativeLength(opcode) => ErrorKind::NegativeLength(opcode),
            Self::LengthOverflow(opcode) => ErrorKind::LengthOverflow(opcode),
            Self::OddItems(opcode) => ErrorKind::OddItems(opcode),
            Self::Unquoted => ErrorKind::Unquoted,
            Self::ExtensionCode => ErrorKind::ExtensionCode,
            Self::UnsupportedProtocol(protocol) => ErrorKind::UnsupportedProtocol(protocol),
            Self::Model(error) => ErrorKind::Model(model(error)),
            Self::Limit(exceeded) => ErrorKind::Limit(limit(exceeded)),
        }
    }
}

impl<S, M, L> Error<S, M, L> {
    /// The same with another model's and another meter's error.
    pub fn map<N, K>(
        self,
        model: impl FnOnce(M) -> N,
        limit: impl FnOnce(L) -> K,
    ) -> Error<S, N, K> {
        Error {
            offset: self.offset,
            opcode: self.opcode,
            kind: self.kind.map(model, limit),
        }
    }
}

impl<S: fmt::Display, M: fmt::Display, L: fmt::Display> fmt::Display for ErrorKind<S, M, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eof => f.write_str("Ran out of input"),
            Self::Input(error) => error.fmt(f),
            Self::UnknownOpcode(byte) => match byte {
                b'\'' | b'\\' | 0..0x20 | 0x7f.. => {
                    write!(f, "invalid load key, '\\x{byte:02x}'.")
                }
                _ => write!(f, "invalid load key, '{}'.", char::from(*byte)),
            },
            Self::StackUnderflow => f.write_str("unpickling stack underflow"),
            Self::UnexpectedMark => f.write_str("unexpected MARK found"),
            Self::NoMark => f.write_str("could not find MARK"),
            Self::EmptyLine => f.write_str("pickle data was truncated"),
            Self::MemoMissing(index) => write!(f, "Memo value not found at index {index}"),
            Self::MemoIndex(text) => match super::invalid_int(text) {
                Some(message) => f.write_str(&message),
                None => f.write_str("invalid literal for int() with base 10"),
            },
            Self::NoFloat(text) => write!(
                f,
                "could not convert string to float: '{}'",
                String::from_utf8_lossy(text)
            ),
            Self::FloatTail => f.write_str("could not convert string to float"),
            Self::FloatOverflow(text) => write!(
                f,
                "value too large to convert to float: '{}'",
                String::from_utf8_lossy(text)
            ),
            Self::MemoIndexOverflow => f.write_str("Python int too large to convert to C ssize_t"),
            Self::NegativePut => f.write_str("negative PUT argument"),
            Self::NegativeLength(opcode) => {
                let name = if *opcode == Opcode::Long4 {
                    "LONG"
                } else {
                    opcode.info().name
                };
                write!(f, "{name} pickle has negative byte count")
            }
            Self::LengthOverflow(Opcode::Frame) => write!(
                f,
                "FRAME length exceeds system's maximum of {} bytes",
                isize::MAX
            ),
            Self::LengthOverflow(opcode) => {
                let name = opcode.info().name;
                let name = if *opcode == Opcode::ByteArray8 {
                    name
                } else {
                    name.trim_end_matches('8')
                };
                write!(
                    f,
                    "{name} exceeds system's maximum size of {} bytes",
                    isize::MAX
                )
            }
            Self::OddItems(opcode) => write!(f, "odd number of items for {opcode}"),
            Self::Unquoted => f.write_str("the STRING opcode argument must be quoted"),
            Self::ExtensionCode => f.write_str("EXT specifies code <= 0"),
            Self::UnsupportedProtocol(protocol) => {
                debug_assert!(*protocol > HIGHEST_PROTOCOL);
                write!(f, "unsupported pickle protocol: {protocol}")
            }
            Self::Model(error) => error.fmt(f),
            Self::Limit(exceeded) => exceeded.fmt(f),
        }
    }
}

impl<S: fmt::Display, M: fmt::Display, L: fmt::Display> fmt::Display for Error<S, M, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.kind, self.offset)
    }
}

impl<S, M, L> core::error::Error for Error<S, M, L>
where
    S: fmt::Debug + fmt::Display,
    M: fmt::Debug + fmt::Display,
    L: fmt::Debug + fmt::Display,
{
}
