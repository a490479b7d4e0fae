//! Numbers in text, as CPython reads them: with C's functions, and with `int()`'s.

use std::borrow::Cow;

use super::ErrorKind;

/// How many bytes of a text, and how many characters of its repr, C shows in a message.
const SHOWN: usize = 200;

/// A line as a C string: up to a NUL, or else with its newline.
pub(super) fn c_string(line: &[u8]) -> Cow<'_, [u8]> {
    match until_nul(line) {
        text if text.len() < line.len() => text.into(),
        line => [line, b"\n"].concat().into(),
    }
}

/// What C's `isspace` says.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// What C's `strtol` makes of a line that it can read to its end, if that is small.
pub(super) fn c_integer(line: &[u8]) -> Option<i64> {
    let start = line.iter().position(|byte| !is_space(*byte))?;
    let digits = match &line[start..] {
        [b'+', b'-', ..] => return None,
        [b'+', digits @ ..] | digits => until_nul(digits),
    };
    match digits {
        // Without digits nothing is read, and the text has to end where it begins.
        b"" => (line[0] == 0).then_some(0),
        digits => small_decimal(digits),
    }
}

/// CPython reads numbers with C functions, for which a NUL ends the text.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    match memchr::memchr(0, text) {
        Some(end) => &text[..end],
        None => text,
    }
}

/// The value of a plain decimal that fits.
pub(super) fn small_decimal(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -value } else { value })
}

/// A memo index in decimal text, as Python's `int()` reads it.
pub(super) fn memo_index<S, E, L>(line: &[u8]) -> Result<i64, ErrorKind<S, E, L>> {
    let text = until_nul(line);
    if let Some(index) = small_decimal(text) {
        return Ok(index);
    }
    let malformed = || ErrorKind::MemoIndex(shown(line));
    let start = text.iter().position(|byte| !is_space(*byte));
    let end = text.iter().rposition(|byte| !is_space(*byte));
    let trimmed = match (start, end) {
        (Some(start), Some(end)) => &text[start..=end],
        _ => &[],
    };
    let (negative, digits) = match trimmed {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut value = Some(0i64);
    let mut after_digit = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                let digit = i64::from(byte - b'0');
                value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
                after_digit = true;
            }
            b'_' if after_digit => after_digit = false,
            _ => return Err(malformed()),
        }
    }
    if !after_digit {
        return Err(malformed());
    }
    match value {
        Some(value) => Ok(if negative { -value } else { value }),
        None => Err(ErrorKind::MemoIndexOverflow),
    }
}

/// The message of `int()` for a text that is no integer; `None` if what it shows of that is no text.
pub(crate) fn invalid_int(text: &[u8]) -> Option<String> {
    let shown = &text[..text.len().min(SHOWN)];
    let shown: String = repr(core::str::from_utf8(shown).ok()?)
        .chars()
        .take(SHOWN)
        .collect();
    Some(format!("invalid literal for int() with base 10: {shown}"))
}

/// A text as Python's `repr` shows it.
fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut repr = String::from(quote);
    for char in text.chars() {
        match char {
            '\n' => repr.push_str("\\n"),
            '\r' => repr.push_str("\\r"),
            '\t' => repr.push_str("\\t"),
            '\\' => repr.push_str("\\\\"),
            char if char == quote => repr.extend(['\\', char]),
            char if char.is_control() => repr.push_str(&format!("\\x{:02x}", u32::from(char))),
            char => repr.push(char),
        }
    }
    repr.push(quote);
    repr
}

/// What of a line is shown in a message.
fn shown(line: &[u8]) -> Vec<u8> {
    let shown = &line[..line.len().min(SHOWN)];
    let mut shown = c_string(shown).into_owned();
    shown.truncate(SHOWN);
    shown
}

/// The value of a float's text (CPython: `PyOS_string_to_double`).
pub(super) fn float<S, E, L>(line: &[u8]) -> Result<f64, ErrorKind<S, E, L>> {
    let line_text = until_nul(line);
    // A number is ASCII; what follows it is not looked at, however long it is.
    let ascii = line_text.iter().position(|byte| !byte.is_ascii());
    let text = core::str::from_utf8(&line_text[..ascii.unwrap_or(line_text.len())]).unwrap_or("");
    let number = &text[..float_prefix(text)];
    match number.parse::<f64>() {
        Ok(value) if value.is_infinite() && !number.contains(['n', 'N']) => {
            Err(ErrorKind::FloatOverflow(shown(line)))
        }
        Ok(value) if number.len() == line_text.len() => Ok(value),
        Ok(_) => Err(ErrorKind::FloatTail),
        Err(_) => Err(ErrorKind::NoFloat(shown(line))),
    }
}

/// How much of a text C's `strtod` reads as a number.
fn float_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let sign = |at: usize| usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
    let start = sign(0);
    for word in ["infinity", "inf", "nan"] {
        let end = start + word.len();
        if text
            .get(start..end)
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
        {
            return end;
        }
    }
    let whole = digits(start);
    let mut end = start + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return 0;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let exponent = end + 1 + sign(end + 1);
        match digits(exponent) {
            0 => {}
            length => end = exponent + length,
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memo_indexes_are_read_as_int_reads_them() {
        let index = |text: &[u8]| memo_index::<String, String, String>(text);
        assert_eq!(index(b"12"), Ok(12));
        assert_eq!(index(b" \x0b+1_2\x0b "), Ok(12));
        assert_eq!(index(b"-3"), Ok(-3));
        assert_eq!(index(b"7\0x"), Ok(7));
        for text in [&b"x"[..], b"", b"1__2", b"_1", b"1_", b"+", b"0x1"] {
            let shown = [text, b"\n"].concat();
            assert_eq!(index(text), Err(ErrorKind::MemoIndex(shown)));
        }
        let error = index(b"it's\x01\\").map(drop).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"invalid literal for int() with base 10: "it's\x01\\\n""#
        );
        assert_eq!(
            index(b"99999999999999999999"),
            Err(ErrorKind::MemoIndexOverflow)
        );
    }

    #[test]
    fn integers_are_read_as_strtol_reads_them() {
        for (line, value) in [
            (&b"00"[..], Some(0)),
            (b"010", Some(10)),
            (b" \t-7", Some(-7)),
            (b"+1", Some(1)),
            (b"\x001", Some(0)),
            (b"1\0x", Some(1)),
            (b"-0", Some(0)),
            (b"+-1", None),
            (b"-+1", None),
            (b"1 ", None),
            (b" \x001", None),
            (b" ", None),
            (b"0x1", None),
            (b"99999999999999999999", None),
        ] {
            assert_eq!(c_integer(line), value, "{line:?}");
        }
    }

    #[test]
    fn small_numbers() {
        assert_eq!(small_decimal(b"-12"), Some(-12));
        assert_eq!(small_decimal(b"-"), None);
        assert_eq!(small_decimal(b"1234567890123456789"), None);
    }

    #[test]
    fn floats_are_read_as_strtod_reads_them() {
        for (text, length) in [
            ("1.5", 3),
            ("-1e5x", 4),
            (".5", 2),
            ("5.", 2),
            (".", 0),
            ("e5", 0),
            ("1e", 1),
            ("1e+", 1),
            ("1e999x", 5),
            ("-Infinity", 9),
            ("infinite", 3),
            ("nanx", 3),
            ("+", 0),
            ("", 0),
            (" 1", 0),
            ("\u{e9}", 0),
        ] {
            assert_eq!(float_prefix(text), length, "{text:?}");
        }
    }

    #[test]
    fn what_follows_a_float_is_wrong_whatever_it_is() {
        let read = |line: &[u8]| float::<String, String, String>(line);
        assert_eq!(read(b"1.5"), Ok(1.5));
        assert_eq!(read(b"1.5\0x"), Ok(1.5));
        assert_eq!(read(b"1.5x"), Err(ErrorKind::FloatTail));
        assert_eq!(read(b"1.5\xff"), Err(ErrorKind::FloatTail));
        assert_eq!(read(b"\xff"), Err(ErrorKind::NoFloat(b"\xff\n".to_vec())));
        let long = [&b"1e400"[..], &b"0".repeat(1000)].concat();
        let Err(ErrorKind::FloatOverflow(shown)) = read(&long) else {
            panic!("it is too large");
        };
        assert_eq!(shown.len(), SHOWN);
    }

    #[test]
    fn messages_show_what_c_shows() {
        let long = [b"1".repeat(300), b"x".to_vec()].concat();
        assert_eq!(
            invalid_int(&long).map(|message| message.len()),
            Some(40 + 200)
        );
        let late = [b"1".repeat(200), b"\xff".to_vec()].concat();
        assert!(invalid_int(&late).is_some());
        assert_eq!(invalid_int(b"\xff"), None);
        let shown = invalid_int(b"it's\x01\\\n");
        let expected = r#"invalid literal for int() with base 10: "it's\x01\\\n""#;
        assert_eq!(shown.as_deref(), Some(expected));
    }
}
