//! Text and bytes as Python's `repr` shows them: nothing comes through that a terminal would act upon.

use core::fmt::{self, Write};

use super::decode::code_points;

/// What of a str is shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// What is printable (Python: `repr`).
    Printable,
    /// ASCII (Python: `ascii`).
    Ascii,
}

/// Whether Python shows a character as it is (`str.isprintable`).
pub(crate) fn is_printable(char: char) -> bool {
    // Rust's table leaves out the same general categories; behind another character, marks that combine are not escaped.
    let mut text = [b'a'; 5];
    let Some(place) = text.get_mut(1..) else {
        return false;
    };
    let length = 1 + char.encode_utf8(place).len();
    let escapes = match core::str::from_utf8(text.get(..length).unwrap_or_default()) {
        Ok(text) => text.escape_debug().nth(1),
        Err(_) => None,
    };
    escapes == Some(char) || matches!(char, '\\' | '\'' | '"')
}

/// Writes a str; see [`code_points`] for bytes that are no text.
pub(crate) fn str(text: &[u8], quotes: Quotes, out: &mut impl Write) -> fmt::Result {
    let quote = quote(text);
    out.write_char(quote)?;
    for point in code_points(text) {
        match char::from_u32(point) {
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(char) if char == '\\' || char == quote => write!(out, "\\{char}")?,
            Some(char @ ' '..='~') => out.write_char(char)?,
            Some(char) if quotes == Quotes::Printable && !char.is_ascii() && is_printable(char) => {
                out.write_char(char)?;
            }
            _ if point < 0x100 => write!(out, "\\x{point:02x}")?,
            _ if point < 0x1_0000 => write!(out, "\\u{point:04x}")?,
            _ => write!(out, "\\U{point:08x}")?,
        }
    }
    out.write_char(quote)
}

/// Text from anywhere, for a terminal: what it would act upon, or not show, is written as escapes.
///
/// ```
/// use rustpython_pickle::inspect::printable;
///
/// assert_eq!(printable("größe 'x' \\"), "größe 'x' \\");
/// assert_eq!(printable("a\x1b[2J\r\n\u{202e}b\u{9b}"), "a\\u{1b}[2J\\r\\n\\u{202e}b\\u{9b}");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => out.push(character),
            _ => out.extend(character.escape_debug()),
        }
    }
    out
}

/// Writes a bytes object.
pub(crate) fn bytes(bytes: &[u8], out: &mut impl Write) -> fmt::Result {
    let quote = quote(bytes);
    byte_string(bytes, quote, quote, out)
}

/// Writes a bytearray, in which a single quote is always escaped (CPython: `bytearray_repr_lock_held`).
pub(crate) fn bytearray(bytes: &[u8], out: &mut impl Write) -> fmt::Result {
    out.write_str("bytearray(")?;
    byte_string(bytes, quote(bytes), '\'', out)?;
    out.write_char(')')
}

fn byte_string(bytes: &[u8], quote: char, escaped: char, out: &mut impl Write) -> fmt::Result {
    write!(out, "b{quote}")?;
    for byte in bytes {
        match byte {
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            b'\\' => out.write_str("\\\\")?,
            b' '..=b'~' if char::from(*byte) == escaped => write!(out, "\\{escaped}")?,
            b' '..=b'~' => out.write_char(char::from(*byte))?,
            _ => write!(out, "\\x{byte:02x}")?,
        }
    }
    out.write_char(quote)
}

fn quote(text: &[u8]) -> char {
    if text.contains(&b'\'') && !text.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[u8], quotes: Quotes) -> String {
        let mut out = String::new();
        str(text, quotes, &mut out).unwrap();
        out
    }

    #[test]
    fn strs() {
        let repr = |text: &str| shown(text.as_bytes(), Quotes::Printable);
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("it's \"\\"), "'it\\'s \"\\\\'");
        assert_eq!(repr("\x1b[2J\u{9b}\u{202e}\n"), "'\\x1b[2J\\x9b\\u202e\\n'");
        assert_eq!(
            repr("e\u{301}\u{a0}\u{1f600}\u{e000}"),
            "'e\u{301}\\xa0\u{1f600}\\ue000'"
        );
        assert_eq!(shown("\u{e9}".as_bytes(), Quotes::Ascii), "'\\xe9'");
        assert_eq!(
            shown(b"\xed\xa0\x80\xff", Quotes::Printable),
            "'\\ud800\\udcff'"
        );
    }

    #[test]
    fn byte_strings() {
        let mut out = String::new();
        bytes(b"a'\x00\xff\n", &mut out).unwrap();
        assert_eq!(out, r#"b"a'\x00\xff\n""#);
    }
}
