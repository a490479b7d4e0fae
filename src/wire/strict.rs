//! What loaders put up with and no pickler writes.

use core::fmt;

use super::decode::{Argument, DecodeError, Instruction, instructions};
use super::opcode::{HIGHEST_PROTOCOL, Opcode};

/// How strictly a pickle is held to the format.
///
/// Always: it ends with its STOP, `PROTO` stands at its beginning or nowhere, names a
/// protocol that exists, and no opcode is of a later one (without `PROTO`: than 1).
///
/// ```
/// use rustpython_pickle::wire::{Strict, StrictErrorKind};
///
/// assert_eq!(Strict::new().check(b"\x80\x02K\x01."), Ok(()));
/// let error = Strict::new().check(b"\x80\x02K\x01.K\x02.").unwrap_err();
/// assert_eq!((error.offset, error.kind), (5, StrictErrorKind::TrailingBytes(3)));
/// assert!(Strict::new().check(b"\x80\x02J\x01\0\0\0.").is_ok());
/// assert!(Strict::new().minimal(true).check(b"\x80\x02J\x01\0\0\0.").is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strict {
    minimal: bool,
}

/// What is wrong with a pickle that loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrictError {
    /// The offset of the opcode, or of the trailing bytes.
    pub offset: usize,
    /// What is wrong.
    pub kind: StrictErrorKind,
}

/// What is wrong with a pickle that loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrictErrorKind {
    /// It is no pickle at all.
    Decode(DecodeError),
    /// So many bytes follow its end.
    TrailingBytes(usize),
    /// `PROTO` stands elsewhere than at the beginning.
    InnerProto,
    /// There is no such protocol.
    UnknownProtocol(u8),
    /// An opcode is of a later protocol than the pickle's.
    LaterOpcode(Opcode, u8),
    /// The same could be written in fewer bytes: with this opcode, or with a shorter argument of it.
    NotMinimal(Opcode),
}

impl fmt::Display for StrictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // It says where by itself.
            StrictErrorKind::Decode(error) => return error.fmt(f),
            StrictErrorKind::TrailingBytes(count) => write!(f, "{count} bytes follow the pickle")?,
            StrictErrorKind::InnerProto => f.write_str("PROTO inside a pickle")?,
            StrictErrorKind::UnknownProtocol(protocol) => {
                write!(f, "there is no protocol {protocol}")?;
            }
            StrictErrorKind::LaterOpcode(opcode, protocol) => {
                let since = opcode.info().protocol;
                write!(
                    f,
                    "{opcode} of protocol {since} in a pickle of protocol {protocol}"
                )?;
            }
            StrictErrorKind::NotMinimal(opcode) => {
                write!(f, "written with more bytes than {opcode} needs")?;
            }
        }
        write!(f, " at offset {}", self.offset)
    }
}

impl core::error::Error for StrictError {}

impl Strict {
    /// The format, and any encoding that it allows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether each value has to be written in the form that takes fewest bytes at the pickle's protocol.
    /// CPython's and this crate's picklers do that.
    #[must_use]
    pub fn minimal(mut self, minimal: bool) -> Self {
        self.minimal = minimal;
        self
    }

    /// Checks one pickle, which is all that `data` holds.
    ///
    /// Nothing is loaded. Whether the opcodes fit together is not looked at.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn check(&self, data: &[u8]) -> Result<(), StrictError> {
        let mut protocol = 1;
        let mut end = 0;
        for instruction in instructions(data) {
            let instruction = instruction.map_err(|error| StrictError {
                offset: error.offset,
                kind: StrictErrorKind::Decode(error),
            })?;
            let offset = instruction.offset;
            self.check_one(&instruction, &mut protocol)
                .map_err(|kind| StrictError { offset, kind })?;
            end = offset + 1;
        }
        if end < data.len() {
            return Err(StrictError {
                offset: end,
                kind: StrictErrorKind::TrailingBytes(data.len() - end),
            });
        }
        Ok(())
    }

    fn check_one(
        &self,
        instruction: &Instruction<'_>,
        protocol: &mut u8,
    ) -> Result<(), StrictErrorKind> {
        let opcode = instruction.opcode;
        if let (Opcode::Proto, Argument::Integer(number)) = (opcode, instruction.argument) {
            let number = u8::try_from(number).unwrap_or(u8::MAX);
            if instruction.offset > 0 {
                return Err(StrictErrorKind::InnerProto);
            }
            if number > HIGHEST_PROTOCOL {
                return Err(StrictErrorKind::UnknownProtocol(number));
            }
            // A pickle that says 0 or 1 has said so with an opcode of protocol 2.
            *protocol = number.max(1);
            return Ok(());
        }
        if opcode.info().protocol > *protocol {
            return Err(StrictErrorKind::LaterOpcode(opcode, *protocol));
        }
        match self.minimal {
            true => shorter(instruction, *protocol)
                .map_or(Ok(()), |better| Err(StrictErrorKind::NotMinimal(better))),
            false => Ok(()),
        }
    }
}

/// The opcode with which the same takes fewer bytes, or the same one if its argument can be shorter.
fn shorter(instruction: &Instruction<'_>, protocol: u8) -> Option<Opcode> {
    let better = match (instruction.opcode, instruction.argument) {
        (Opcode::BinInt, Argument::Integer(0..=0xff)) => Opcode::BinInt1,
        (Opcode::BinInt2, Argument::Integer(0..=0xff)) => Opcode::BinInt1,
        (Opcode::BinInt, Argument::Integer(0x100..=0xffff)) => Opcode::BinInt2,
        (Opcode::Long4, Argument::Bytes(bytes)) if bytes.len() < 256 => Opcode::Long1,
        (Opcode::Long1, Argument::Bytes(bytes)) => match bytes {
            // What four bytes hold is BININT's.
            [] | [_] | [_, _] | [_, _, _] | [_, _, _, _] => Opcode::BinInt,
            // The last byte only repeats the sign.
            [.., last, 0x00] if *last < 0x80 => Opcode::Long1,
            [.., last, 0xff] if *last >= 0x80 => Opcode::Long1,
            _ => return None,
        },
        (Opcode::BinString, Argument::Bytes(bytes)) if bytes.len() < 256 => Opcode::ShortBinString,
        (Opcode::BinBytes, Argument::Bytes(bytes)) if bytes.len() < 256 => Opcode::ShortBinBytes,
        (Opcode::BinUnicode, Argument::Bytes(bytes)) if bytes.len() < 256 => {
            Opcode::ShortBinUnicode
        }
        (Opcode::BinUnicode8, Argument::Bytes(bytes)) if is_short(bytes) => Opcode::BinUnicode,
        (Opcode::BinBytes8, Argument::Bytes(bytes)) if is_short(bytes) => Opcode::BinBytes,
        (Opcode::LongBinPut, Argument::Integer(0..=0xff)) => Opcode::BinPut,
        (Opcode::LongBinGet, Argument::Integer(0..=0xff)) => Opcode::BinGet,
        (Opcode::Ext4, Argument::Integer(0..=0xffff)) => Opcode::Ext2,
        (Opcode::Ext2, Argument::Integer(0..=0xff)) => Opcode::Ext1,
        (Opcode::Put, _) => Opcode::BinPut,
        (Opcode::Get, _) => Opcode::BinGet,
        (Opcode::Float, _) => Opcode::BinFloat,
        (Opcode::String, _) => Opcode::BinString,
        (Opcode::Unicode, _) => Opcode::BinUnicode,
        (Opcode::Long, _) => Opcode::Long1,
        (Opcode::PersId, _) => Opcode::BinPersId,
        _ => return None,
    };
    // Text is the only form that protocol 0 has.
    let has_it = better.info().protocol <= protocol && instruction_is_later(instruction, protocol);
    has_it.then_some(better)
}

/// Whether a pickle has more than protocol 0: without `PROTO` that can't be told from a text opcode alone.
fn instruction_is_later(instruction: &Instruction<'_>, protocol: u8) -> bool {
    protocol > 1 || instruction.opcode.info().protocol > 0
}

fn is_short(bytes: &[u8]) -> bool {
    u32::try_from(bytes.len()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(data: &[u8]) -> Result<(), StrictErrorKind> {
        Strict::new()
            .minimal(true)
            .check(data)
            .map_err(|error| error.kind)
    }

    #[test]
    fn protocols_do_not_lie() {
        let error = |opcode, protocol| Err(StrictErrorKind::LaterOpcode(opcode, protocol));
        assert_eq!(kind(b"\x88."), error(Opcode::NewTrue, 1));
        assert_eq!(kind(b"\x80\x02\x8f."), error(Opcode::EmptySet, 2));
        assert_eq!(kind(b"\x80\x00\x88."), error(Opcode::NewTrue, 1));
        assert_eq!(kind(b"\x80\x04\x8f."), Ok(()));
        assert_eq!(kind(b"N0\x80\x02N."), Err(StrictErrorKind::InnerProto));
        assert_eq!(
            kind(b"\x80\x06N."),
            Err(StrictErrorKind::UnknownProtocol(6))
        );
    }

    #[test]
    fn each_long_form_has_its_short_one() {
        for (data, better) in [
            (&b"\x80\x04J\x05\0\0\0."[..], Opcode::BinInt1),
            (b"\x80\x04J\x05\x05\0\0.", Opcode::BinInt2),
            (b"\x80\x04M\x05\0.", Opcode::BinInt1),
            (b"\x80\x04\x8a\x01\x05.", Opcode::BinInt),
            (b"\x80\x04\x8a\x06\x05\x05\x05\x05\x05\0.", Opcode::Long1),
            (b"\x80\x04\x8a\x06\x05\x05\x05\x05\x85\xff.", Opcode::Long1),
            (b"\x80\x04X\x01\0\0\0a.", Opcode::ShortBinUnicode),
            (b"\x80\x04Nr\x01\0\0\0.", Opcode::BinPut),
            (b"\x80\x02Va\n.", Opcode::BinUnicode),
        ] {
            assert_eq!(
                kind(data),
                Err(StrictErrorKind::NotMinimal(better)),
                "{data:?}"
            );
        }
        for data in [
            &b"\x80\x04J\xff\xff\xff\xff."[..],
            b"\x80\x04J\0\0\x01\0.",
            b"\x80\x04\x8a\x05\0\0\0\x80\0.",
            b"\x80\x02X\x01\0\0\0a.",
            b"Va\n.",
            b"I5\n.",
        ] {
            assert_eq!(kind(data), Ok(()), "{data:?}");
        }
    }
}
