//! Arguments as `pickletools` reads them: what it takes, what it refuses, and in which words.

use core::fmt::{self, Write};

use super::PickletoolsError;
use crate::inspect::text::{self, Problem, Quotes};
use crate::wire::{ArgumentKind, Opcode};

/// The argument of an opcode.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument<'a> {
    None,
    Bool(bool),
    /// Little-endian two's complement.
    Int(Vec<u8>),
    Float(f64),
    /// UTF-8, in which surrogates may stand.
    Str(Vec<u8>),
    Bytes(&'a [u8]),
    ByteArray(&'a [u8]),
}

type Read<T> = Result<T, PickletoolsError>;

/// A pickle that is read from its beginning.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    data: &'a [u8],
    pub(super) position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    /// The next opcode (CPython: `_genops`).
    pub(super) fn opcode(&mut self) -> Read<Opcode> {
        let at = self.position;
        let Some(byte) = self.data.get(at) else {
            return Err(value("pickle exhausted before seeing STOP"));
        };
        self.position += 1;
        Opcode::from_byte(*byte).ok_or_else(|| {
            let byte = repr(&[*byte]);
            value(format!("at position {at}, opcode {byte} unknown"))
        })
    }

    pub(super) fn argument(&mut self, opcode: Opcode) -> Read<Argument<'a>> {
        use ArgumentKind as Kind;
        let kind = opcode.info().argument;
        Ok(match kind {
            Kind::None => Argument::None,
            Kind::Uint1 => int(self.array::<1>("uint1")?, false),
            Kind::Uint2 => int(self.array::<2>("uint2")?, false),
            Kind::Int4 => int(self.array::<4>("int4")?, true),
            Kind::Uint4 => int(self.array::<4>("uint4")?, false),
            Kind::Uint8 => int(self.array::<8>("uint8")?, false),
            Kind::Float8 => Argument::Float(f64::from_be_bytes(self.array("float8")?)),
            Kind::DecimalNlShort => match self.line("stringnl")? {
                b"00" => Argument::Bool(false),
                b"01" => Argument::Bool(true),
                line => Argument::Int(decimal(line)?),
            },
            Kind::DecimalNlLong => {
                let line = self.line("stringnl")?;
                Argument::Int(decimal(line.strip_suffix(b"L").unwrap_or(line))?)
            }
            Kind::FloatNl => Argument::Float(float(self.line("stringnl")?)?),
            Kind::StringNl => {
                let text = unquoted(self.line("stringnl")?)?;
                Argument::Str(latin1(&text::escape_decode(text).map_err(problem)?))
            }
            Kind::StringNlNoEscape => Argument::Str(self.utf8_line()?),
            Kind::StringNlNoEscapePair => {
                let module = self.utf8_line()?;
                Argument::Str([module, b" ".to_vec(), self.utf8_line()?].concat())
            }
            Kind::UnicodeStringNl => {
                let line = self.line("unicodestringnl")?;
                Argument::Str(text::raw_unicode_escape(line).map_err(problem)?)
            }
            Kind::String1 => Argument::Str(latin1(self.counted::<1>("uint1", "string1")?)),
            Kind::Bytes1 => Argument::Bytes(self.counted::<1>("uint1", "bytes1")?),
            Kind::Bytes4 => Argument::Bytes(self.counted::<4>("uint4", "bytes4")?),
            Kind::Bytes8 => Argument::Bytes(self.counted::<8>("uint8", "bytes8")?),
            Kind::ByteArray8 => Argument::ByteArray(self.counted::<8>("uint8", "bytearray8")?),
            Kind::UnicodeString1 => utf8(self.counted::<1>("uint1", "unicodestring1")?)?,
            Kind::UnicodeString4 => utf8(self.counted::<4>("uint4", "unicodestring4")?)?,
            Kind::UnicodeString8 => utf8(self.counted::<8>("uint8", "unicodestring8")?)?,
            Kind::String4 => {
                let length = self.signed_length("string4")?;
                Argument::Str(latin1(self.payload(length, "string4")?))
            }
            Kind::Long1 => {
                let [length] = self.array("uint1")?;
                self.long(length.into(), "long1")?
            }
            Kind::Long4 => {
                let length = self.signed_length("long4")?;
                self.long(length, "long4")?
            }
        })
    }

    /// Up to `n` bytes, as a file gives them.
    fn read(&mut self, n: usize) -> &'a [u8] {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let read = rest.get(..n).unwrap_or(rest);
        self.position += read.len();
        read
    }

    fn array<const N: usize>(&mut self, what: &str) -> Read<[u8; N]> {
        let bytes = self.read(N).try_into();
        bytes.map_err(|_| value(format!("not enough data in stream to read {what}")))
    }

    fn line(&mut self, what: &str) -> Read<&'a [u8]> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let Some(length) = memchr::memchr(b'\n', rest) else {
            let message = format!("no newline found when trying to read {what}");
            return Err(value(message));
        };
        let line = self.read(length + 1);
        Ok(line.get(..length).unwrap_or_default())
    }

    /// Escapes are read here, whatever the descriptor's name says.
    fn utf8_line(&mut self) -> Read<Vec<u8>> {
        let text = text::escape_decode(self.line("stringnl")?).map_err(problem)?;
        text::strict_utf8(&text).map_err(problem)?;
        Ok(text)
    }

    fn counted<const N: usize>(&mut self, length: &str, what: &str) -> Read<&'a [u8]> {
        let mut wide = [0; 8];
        if let Some(low) = wide.get_mut(..N) {
            low.copy_from_slice(&self.array::<N>(length)?);
        }
        let length = u64::from_le_bytes(wide);
        if i64::try_from(length).is_err() {
            let message = format!("{what} byte count > sys.maxsize: {length}");
            return Err(value(message));
        }
        self.payload(usize::try_from(length).unwrap_or(usize::MAX), what)
    }

    fn signed_length(&mut self, what: &str) -> Read<usize> {
        let length = i32::from_le_bytes(self.array("int4")?);
        usize::try_from(length).map_err(|_| value(format!("{what} byte count < 0: {length}")))
    }

    fn payload(&mut self, length: usize, what: &str) -> Read<&'a [u8]> {
        let payload = self.read(length);
        if payload.len() < length {
            let remain = payload.len();
            let message = format!("expected {length} bytes in a {what}, but only {remain} remain");
            return Err(value(message));
        }
        Ok(payload)
    }

    fn long(&mut self, length: usize, what: &str) -> Read<Argument<'a>> {
        let bytes = self.read(length);
        if bytes.len() < length {
            return Err(value(format!("not enough data in stream to read {what}")));
        }
        Ok(Argument::Int(bytes.to_vec()))
    }
}

impl Argument<'_> {
    /// Writes it as `repr` does, or, the strings of Python 2, as `ascii` does.
    pub(super) fn write(
        &self,
        opcode: Opcode,
        out: &mut impl Write,
    ) -> Result<(), PickletoolsError> {
        let written = match self {
            Self::None => Ok(()),
            Self::Bool(true) => out.write_str("True"),
            Self::Bool(false) => out.write_str("False"),
            Self::Int(bytes) => match text::integer(bytes) {
                Some(text) => out.write_str(&text),
                None => return Err(value(format!("{TOO_LONG}; {HOW_TO}"))),
            },
            Self::Float(value) => out.write_str(&text::float(*value)),
            Self::Str(text) => {
                let quotes = match opcode {
                    Opcode::String | Opcode::BinString | Opcode::ShortBinString => Quotes::Ascii,
                    _ => Quotes::Printable,
                };
                text::str(text, quotes, out)
            }
            Self::Bytes(bytes) => text::bytes(bytes, out),
            Self::ByteArray(bytes) => text::bytearray(bytes, out),
        };
        written.map_err(|fmt::Error| PickletoolsError::Limit)
    }
}

const TOO_LONG: &str = "Exceeds the limit (4300 digits) for integer string conversion";
const HOW_TO: &str = "use sys.set_int_max_str_digits() to increase the limit";

/// A `ValueError`.
pub(super) fn value(message: impl Into<String>) -> PickletoolsError {
    PickletoolsError::Raised {
        exception: "ValueError",
        message: message.into(),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is for `map_err`")]
fn problem(problem: Problem) -> PickletoolsError {
    let exception = match problem {
        Problem::Value(_) => "ValueError",
        Problem::Unicode { .. } => "UnicodeDecodeError",
    };
    PickletoolsError::Raised {
        exception,
        message: problem.to_string(),
    }
}

fn repr(bytes: &[u8]) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = text::bytes(bytes, &mut out);
    out
}

fn int<const N: usize>(bytes: [u8; N], signed: bool) -> Argument<'static> {
    let mut bytes = bytes.to_vec();
    if !signed {
        bytes.push(0);
    }
    Argument::Int(bytes)
}

fn latin1(bytes: &[u8]) -> Vec<u8> {
    let text: String = bytes.iter().copied().map(char::from).collect();
    text.into_bytes()
}

fn utf8(text: &[u8]) -> Read<Argument<'static>> {
    text::surrogatepass(text).map_err(problem)?;
    Ok(Argument::Str(text.to_vec()))
}

fn unquoted(line: &[u8]) -> Read<&[u8]> {
    let quote = match line {
        [quote @ (b'"' | b'\''), ..] => *quote,
        _ => return Err(value(format!("no string quotes around {}", repr(line)))),
    };
    if line.last() != Some(&quote) {
        let (quote, line) = (repr(&[quote]), repr(line));
        let message = format!("string quote {quote} not found at both ends of {line}");
        return Err(value(message));
    }
    // A quote alone is both.
    Ok(line.get(1..line.len() - 1).unwrap_or_default())
}

/// What `int()` makes of it.
fn decimal(text: &[u8]) -> Read<Vec<u8>> {
    match text::from_decimal(text) {
        Ok(value) => Ok(value),
        Err(text::NotDecimal::TooLong(digits)) => Err(value(format!(
            "{TOO_LONG}: value has {digits} digits; {HOW_TO}"
        ))),
        Err(text::NotDecimal::Malformed) => {
            // C cuts what it shows.
            let shown: String = repr(text).chars().take(200).collect();
            let message = format!("invalid literal for int() with base 10: {shown}");
            Err(value(message))
        }
    }
}

/// What `float()` makes of it.
fn float(text: &[u8]) -> Read<f64> {
    let refused = || value(format!("could not convert string to float: {}", repr(text)));
    let space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !space(byte)).unwrap_or(0);
    let end = text
        .iter()
        .rposition(|byte| !space(byte))
        .map_or(0, |last| last + 1);
    let trimmed = text.get(start..end).unwrap_or_default();
    let digit = |index: Option<usize>| {
        index
            .and_then(|index| trimmed.get(index))
            .is_some_and(u8::is_ascii_digit)
    };
    let mut plain = String::new();
    for (index, byte) in trimmed.iter().enumerate() {
        if *byte != b'_' {
            plain.push(char::from(*byte));
        } else if !digit(index.checked_sub(1)) || !digit(index.checked_add(1)) {
            return Err(refused());
        }
    }
    plain.parse().map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_python_reads_them() {
        for (text, expected) in [
            (&b" 1_0.5 "[..], 10.5),
            (b"1.", 1.0),
            (b".5", 0.5),
            (b"1e999", f64::INFINITY),
            (b"-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(float(text), Ok(expected));
        }
        for text in [
            &b""[..],
            b"_1",
            b"1_",
            b"1__0",
            b"0x1",
            b"1 2",
            b"1e",
            b"1_e5",
        ] {
            assert!(float(text).is_err(), "{text:?}");
        }
        assert!(float(b"nan").is_ok_and(f64::is_nan));
    }
}
