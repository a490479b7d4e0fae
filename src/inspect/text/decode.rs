//! From the encodings of a pickle to code points.
//!
//! Decoded text is UTF-8 in which surrogates stand as code points of their own (Python: `surrogatepass`).

use core::fmt;

/// Why bytes are no text, in the words of CPython's exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A `ValueError`.
    Value(String),
    /// A `UnicodeDecodeError`.
    Unicode {
        codec: &'static str,
        /// The bytes that can't be decoded: the first, and the one behind the last.
        start: usize,
        end: usize,
        /// The first of them.
        byte: u8,
        reason: &'static str,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(message) => f.write_str(message),
            Self::Unicode {
                codec,
                start,
                end,
                byte,
                reason,
            } => {
                write!(f, "'{codec}' codec can't decode ")?;
                if end - start == 1 {
                    write!(f, "byte 0x{byte:02x} in position {start}: {reason}")
                } else {
                    write!(f, "bytes in position {start}-{}: {reason}", end - 1)
                }
            }
        }
    }
}

/// The bytes of a Python 2 string's text (CPython: `_PyBytes_DecodeEscape`).
pub(crate) fn escape_decode(text: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let Some(escape) = text.get(at) else {
            return Err(Problem::Value("Trailing \\ in string".to_owned()));
        };
        at += 1;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(*escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let mut value = u32::from(escape - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = text.get(at) else {
                        break;
                    };
                    value = value * 8 + u32::from(digit - b'0');
                    at += 1;
                }
                // Three digits can say more than a byte; CPython takes the low one.
                out.push(value as u8);
            }
            b'x' => {
                let digits =
                    [text.get(at), text.get(at + 1)].map(|digit| digit.copied().and_then(hex));
                let [Some(high), Some(low)] = digits else {
                    let position = at - 2;
                    let message = format!("invalid \\x escape at position {position}");
                    return Err(Problem::Value(message));
                };
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            _ => out.extend([b'\\', *escape]),
        }
    }
    Ok(out)
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

/// From raw-unicode-escape (CPython: `_PyUnicode_DecodeRawUnicodeEscapeStateful`).
pub(crate) fn raw_unicode_escape(text: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        let escape = match text.get(at) {
            Some(escape) if *byte == b'\\' => *escape,
            _ => {
                push(&mut out, u32::from(*byte));
                continue;
            }
        };
        at += 1;
        let (digits, reason) = match escape {
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            _ => {
                out.push(b'\\');
                push(&mut out, u32::from(escape));
                continue;
            }
        };
        let problem = |end, reason| Problem::Unicode {
            codec: "rawunicodeescape",
            start,
            end,
            byte: b'\\',
            reason,
        };
        let mut value: u32 = 0;
        for _ in 0..digits {
            let digit = text.get(at).copied().and_then(hex);
            value = value << 4 | digit.ok_or_else(|| problem(at, reason))?;
            at += 1;
        }
        if value > 0x0010_ffff {
            return Err(problem(at, "\\Uxxxxxxxx out of range"));
        }
        push(&mut out, value);
    }
    Ok(out)
}

/// Appends a code point, which may be a surrogate.
fn push(out: &mut Vec<u8>, point: u32) {
    match char::from_u32(point) {
        Some(char) => out.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([
            0xe0 | (point >> 12) as u8,
            0x80 | (point >> 6 & 0x3f) as u8,
            0x80 | (point & 0x3f) as u8,
        ]),
    }
}

/// Checks UTF-8 in which surrogates may stand (CPython: `bytes.decode('utf-8', 'surrogatepass')`).
pub(crate) fn surrogatepass(text: &[u8]) -> Result<(), Problem> {
    check(text, true)
}

/// Checks UTF-8 (CPython: `bytes.decode('utf-8')`).
pub(crate) fn strict_utf8(text: &[u8]) -> Result<(), Problem> {
    check(text, false)
}

fn check(text: &[u8], surrogates: bool) -> Result<(), Problem> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match point(rest) {
            Ok((0xd800..0xe000, _)) if !surrogates => {
                return Err(Problem::Unicode {
                    codec: "utf-8",
                    start: at,
                    end: at + 1,
                    byte: 0xed,
                    reason: "invalid continuation byte",
                });
            }
            Ok((_, length)) => at += length,
            Err((length, reason)) => {
                return Err(Problem::Unicode {
                    codec: "utf-8",
                    start: at,
                    end: at + length,
                    byte: rest.first().copied().unwrap_or(0),
                    reason,
                });
            }
        }
    }
    Ok(())
}

/// The first code point and its length, or how many bytes are wrong and why.
fn point(text: &[u8]) -> Result<(u32, usize), (usize, &'static str)> {
    let first = text.first().copied().unwrap_or(0);
    let (length, low, high) = match first {
        0..0x80 => return Ok((first.into(), 1)),
        0xc2..0xe0 => (2, 0x80, 0xbf),
        0xe0 => (3, 0xa0, 0xbf),
        0xe1..0xf0 => (3, 0x80, 0xbf),
        0xf0 => (4, 0x90, 0xbf),
        0xf1..0xf4 => (4, 0x80, 0xbf),
        0xf4 => (4, 0x80, 0x8f),
        _ => return Err((1, "invalid start byte")),
    };
    let mut point = u32::from(first) & (0x7f >> length);
    for index in 1..length {
        let Some(byte) = text.get(index) else {
            let incomplete_surrogate = first == 0xed && index == 2 && text.get(1) >= Some(&0xa0);
            // The decoder itself stops at the second byte of a surrogate.
            return Err(if incomplete_surrogate {
                (1, "invalid continuation byte")
            } else {
                (index, "unexpected end of data")
            });
        };
        let (low, high) = if index == 1 {
            (low, high)
        } else {
            (0x80, 0xbf)
        };
        if !(low..=high).contains(byte) {
            let surrogate = first == 0xed && index == 2 && text.get(1) >= Some(&0xa0);
            return Err((
                if surrogate { 1 } else { index },
                "invalid continuation byte",
            ));
        }
        point = point << 6 | u32::from(byte & 0x3f);
    }
    Ok((point, length))
}

/// The code points of text; a byte that belongs to none stands as a surrogate escape (PEP 383).
pub(crate) fn code_points(text: &[u8]) -> impl Iterator<Item = u32> + Clone {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (value, length) = match point(rest) {
            _ if rest.is_empty() => return None,
            Ok(found) => found,
            Err(_) => (0xdc00 + u32::from(rest.first().copied()?), 1),
        };
        rest = rest.get(length..)?;
        Some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_python_2() {
        assert_eq!(
            escape_decode(br#"a\n\x41\101\q\\\'\7\400\8"#),
            Ok(b"a\nAA\\q\\'\x07\x00\\8".to_vec())
        );
        let error = |text: &[u8]| escape_decode(text).unwrap_err().to_string();
        assert_eq!(error(b"ab\\"), "Trailing \\ in string");
        assert_eq!(error(b"ab\\x4"), "invalid \\x escape at position 2");
    }

    #[test]
    fn raw_unicode_escapes() {
        let text = |text: &[u8]| raw_unicode_escape(text);
        assert_eq!(text(br"\u00e9\\u0041\"), Ok("\u{e9}\\\\u0041\\".into()));
        assert_eq!(text(b"\xe9\\U0001f600"), Ok("\u{e9}\u{1f600}".into()));
        assert_eq!(text(br"\ud83d"), Ok(vec![0xed, 0xa0, 0xbd]));
        assert_eq!(
            text(br"a\u12").unwrap_err().to_string(),
            "'rawunicodeescape' codec can't decode bytes in position 1-4: truncated \\uXXXX escape"
        );
        assert_eq!(
            text(br"\U00110000").unwrap_err().to_string(),
            "'rawunicodeescape' codec can't decode bytes in position 0-9: \\Uxxxxxxxx out of range"
        );
    }

    #[test]
    fn utf8_with_surrogates() {
        assert_eq!(surrogatepass("a\u{e9}\u{1f600}".as_bytes()), Ok(()));
        assert_eq!(surrogatepass(b"\xed\xa0\x80\xed\xb0\x80"), Ok(()));
        for (bytes, message) in [
            (&b"a\xff"[..], "byte 0xff in position 1: invalid start byte"),
            (b"\xe2\x82", "bytes in position 0-1: unexpected end of data"),
            (
                b"\xe2A",
                "byte 0xe2 in position 0: invalid continuation byte",
            ),
            (
                b"\xf0\x9f\x98A",
                "bytes in position 0-2: invalid continuation byte",
            ),
            (b"\xc0\x80", "byte 0xc0 in position 0: invalid start byte"),
            (b"\xf5", "byte 0xf5 in position 0: invalid start byte"),
        ] {
            let error = surrogatepass(bytes).unwrap_err().to_string();
            assert_eq!(error, format!("'utf-8' codec can't decode {message}"));
        }
        let points: Vec<_> = code_points(b"a\xed\xa0\x80\xff").collect();
        assert_eq!(points, [0x61, 0xd800, 0xdcff]);
    }
}
