//! Files of NumPy's format `.npy` (NEP 1): a header, and then raw data, or a pickle for arrays of objects.
//!
//! The header is a Python literal that NumPy evaluates, and its types are evaluated once more. Only what NumPy writes itself is
//! taken for raw data; any other spelling may be one of objects.

use super::file::{Format, Opener};
use super::finding::{Rule, Severity};
use super::pickles::Sure;
use crate::inspect::read::Pickle;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Npy {
    /// Raw data that goes up to this offset.
    Data(usize),
    /// The pickle of an array of objects begins at this offset.
    Objects(usize),
    /// The header is none that NumPy writes; what follows it begins at this offset.
    Unknown(usize),
    /// The header can't be read.
    Malformed,
}

const MAGIC: &[u8] = b"\x93NUMPY";

pub(super) fn is_npy(data: &[u8]) -> bool {
    data.starts_with(MAGIC)
}

impl Opener<'_> {
    /// Looks into an array, and those that follow it: `numpy.load` reads one after the other.
    pub(super) fn npy(&mut self, data: &[u8], within: &[String], persistent: bool) {
        let mut rest = data;
        let within = [within, &["npy".to_owned()]].concat();
        loop {
            let array = read(rest);
            let after = match array {
                Npy::Data(end) => rest.get(end..),
                Npy::Objects(start) | Npy::Unknown(start) => {
                    let (pickle, next) =
                        rest.split_at_checked(start)
                            .map_or((&[][..], None), |(_, rest)| {
                                let end = Pickle::read(rest, &self.options.limits).end();
                                let parts = usize::try_from(end)
                                    .ok()
                                    .and_then(|end| rest.split_at_checked(end));
                                match parts.filter(|(_, next)| Format::of(next) != Format::Pickle) {
                                    Some((pickle, next)) => (pickle, Some(next)),
                                    None => (rest, None),
                                }
                            });
                    self.pickle(pickle, persistent, &within, Sure::Yes);
                    Some(next.unwrap_or_default())
                }
                Npy::Malformed => None,
            };
            if let Npy::Unknown(_) = array {
                let message = "the header of an .npy file is none that NumPy writes: it may be one of objects";
                self.tell(
                    Severity::NeedsReview,
                    Rule::UnreadMember,
                    message,
                    0,
                    &within,
                );
            }
            let Some(after) = after else {
                let message = match array {
                    Npy::Malformed => "the header of an .npy file is malformed",
                    _ => "the data of an .npy file is cut",
                };
                let (severity, rule) = (Severity::Malformed, Rule::Malformed);
                return self.tell(severity, rule, message, 0, &within);
            };
            if !is_npy(after) {
                if !after.is_empty() {
                    self.open(after, &within, Sure::Yes, persistent);
                }
                return;
            }
            rest = after;
        }
    }
}

/// Reads the header.
pub(super) fn read(data: &[u8]) -> Npy {
    let header = || {
        let rest = data.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest, start) = match version[0] {
            1 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_le_bytes(*length)), rest, 10)
            }
            2 | 3 => {
                let (length, rest) = rest.split_first_chunk::<4>()?;
                (u32::from_le_bytes(*length) as usize, rest, 12)
            }
            _ => return None,
        };
        Some((rest.get(..length)?, start + length))
    };
    let Some((header, end)) = header() else {
        return Npy::Malformed;
    };
    let Some((dtype, count)) = Literal(header).array() else {
        return Npy::Unknown(end);
    };
    match dtype {
        Dtype::Objects => Npy::Objects(end),
        Dtype::Raw(size) => {
            let end = size
                .checked_mul(count)
                .and_then(|length| length.checked_add(end));
            // More than there can be.
            Npy::Data(end.unwrap_or(usize::MAX))
        }
    }
}

/// What the elements of an array are.
#[derive(Clone, Copy)]
enum Dtype {
    /// So many bytes each.
    Raw(usize),
    /// Objects, or structures with some.
    Objects,
}

/// What follows of a header. Each function takes what it is called after, or nothing is known of the header.
struct Literal<'a>(&'a [u8]);

/// How deep types stand in types.
const MOST_DEPTH: usize = 16;

impl<'a> Literal<'a> {
    /// The type of the elements, and how many there are.
    fn array(mut self) -> Option<(Dtype, usize)> {
        let (mut descr, mut order, mut shape) = (None, None, None);
        self.token(b"{")?;
        while self.token(b"}").is_none() {
            let key = self.text()?;
            self.token(b":")?;
            let before = match key {
                b"descr" => descr.replace(self.dtype(0)?).is_some(),
                b"fortran_order" => {
                    self.token(b"False").or_else(|| self.token(b"True"))?;
                    order.replace(()).is_some()
                }
                b"shape" => shape.replace(self.shape()?).is_some(),
                _ => return None,
            };
            if before {
                return None;
            }
            if self.token(b",").is_none() {
                self.token(b"}")?;
                break;
            }
        }
        let is_end = self.0.trim_ascii().is_empty();
        order.filter(|()| is_end)?;
        Some((descr?, shape?))
    }

    fn token(&mut self, token: &[u8]) -> Option<()> {
        self.0 = self.0.trim_ascii_start().strip_prefix(token)?;
        Some(())
    }

    /// A str without escapes.
    fn text(&mut self) -> Option<&'a [u8]> {
        let (quote, rest) = self.0.trim_ascii_start().split_first()?;
        if !matches!(quote, b'\'' | b'"') {
            return None;
        }
        let end = memchr::memchr(*quote, rest)?;
        let (text, rest) = rest.split_at_checked(end)?;
        let plain = !text
            .iter()
            .any(|byte| *byte == b'\\' || byte.is_ascii_control());
        // Two in a row are one, and three quotes something else.
        let rest = rest.get(1..)?;
        let ends = matches!(
            rest.trim_ascii_start().first(),
            Some(b',' | b':' | b')' | b'}')
        );
        self.0 = rest;
        (plain && ends).then_some(text)
    }

    fn number(&mut self) -> Option<usize> {
        let rest = self.0.trim_ascii_start();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at_checked(digits)?;
        // A long of Python 2.
        self.0 = rest.strip_prefix(b"L").unwrap_or(rest);
        core::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// How many elements a shape has.
    fn shape(&mut self) -> Option<usize> {
        if self.token(b"(").is_none() {
            return self.number();
        }
        let (mut count, mut is_empty) = (1usize, false);
        while self.token(b")").is_none() {
            let length = self.number()?;
            is_empty |= length == 0;
            count = count.checked_mul(length.max(1))?;
            if self.token(b",").is_none() {
                self.token(b")")?;
                break;
            }
        }
        Some(if is_empty { 0 } else { count })
    }

    fn dtype(&mut self, depth: usize) -> Option<Dtype> {
        if self.token(b"[").is_none() {
            return simple(self.text()?);
        }
        if depth >= MOST_DEPTH {
            return None;
        }
        let mut whole = Dtype::Raw(0);
        while self.token(b"]").is_none() {
            let field = self.field(depth)?;
            whole = match (whole, field) {
                (Dtype::Raw(whole), Dtype::Raw(field)) => Dtype::Raw(whole.checked_add(field)?),
                _ => Dtype::Objects,
            };
            if self.token(b",").is_none() {
                self.token(b"]")?;
                break;
            }
        }
        Some(whole)
    }

    /// A name, or a title and a name; a type; and perhaps a shape.
    fn field(&mut self, depth: usize) -> Option<Dtype> {
        self.token(b"(")?;
        if self.token(b"(").is_some() {
            self.text()?;
            self.token(b",")?;
            self.text()?;
            self.token(b")")?;
        } else {
            self.text()?;
        }
        self.token(b",")?;
        let dtype = self.dtype(depth + 1)?;
        let count = match self.token(b",") {
            Some(()) => self.shape()?,
            None => 1,
        };
        self.token(b")")?;
        Some(match dtype {
            Dtype::Raw(size) => Dtype::Raw(size.checked_mul(count)?),
            Dtype::Objects => Dtype::Objects,
        })
    }
}

/// A type without fields: a byte order, a kind, a size, and of times the unit.
fn simple(text: &[u8]) -> Option<Dtype> {
    let text = match text {
        [b'|' | b'<' | b'>' | b'=', text @ ..] | text => text,
    };
    let (kind, rest) = text.split_first()?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, unit) = rest.split_at_checked(digits)?;
    let size = core::str::from_utf8(digits).ok()?.parse::<usize>().ok();
    let has_unit =
        matches!(unit, [b'[', unit @ .., b']'] if unit.iter().all(u8::is_ascii_alphanumeric));
    match kind {
        b'O' if unit.is_empty() => Some(Dtype::Objects),
        b'?' if rest.is_empty() => Some(Dtype::Raw(1)),
        b'b' | b'i' | b'u' | b'f' | b'c' | b'S' | b'V' if unit.is_empty() => size.map(Dtype::Raw),
        b'U' if unit.is_empty() => size?.checked_mul(4).map(Dtype::Raw),
        b'm' | b'M' if unit.is_empty() || has_unit => size.map(Dtype::Raw),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::scan::{ScanOptions, Verdict, scan_file};

    /// Calls what no list and no table knows.
    const CALL: &[u8] = b"cmarker\ntouch\n(S'x'\ntR.";

    fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}   \n");
        let length = (header.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    fn verdict(data: &[u8]) -> Verdict {
        scan_file(data, &ScanOptions::default()).verdict
    }

    #[test]
    fn objects_are_found() {
        for descr in ["'|O'", "'O'", "\"<O8\"", "[('a', '<f8'), ('b', '|O')]"] {
            let file = npy(descr, "(1,)", b"");
            assert_eq!(read(&file), Npy::Objects(file.len()), "{descr}");
        }
        for (descr, shape, size) in [
            ("'<f8'", "(3, 2)", 48),
            ("'|b1'", "()", 1),
            ("'<U5'", "(2L,)", 40),
            ("'<M8[ns]'", "(2,)", 16),
            ("'<m8[25us]'", "(2,)", 16),
            ("'<f8'", "(0, 10)", 0),
            (
                "[('Other', '<i4'), (('title', 'O'), '|S3', (2,))]",
                "(2,)",
                20,
            ),
            ("[('a', [('b', '|u1'), ('', '|V7')])]", "(1,)", 8),
        ] {
            let file = npy(descr, shape, b"");
            assert_eq!(read(&file), Npy::Data(file.len() + size), "{descr}");
        }
        for file in [
            &b"\x93NUMPY"[..],
            b"\x93NUMPY\x01\0\xff\xff{",
            b"\x93NUMPY\x09\0\0\0",
        ] {
            assert_eq!(read(file), Npy::Malformed);
        }
    }

    /// Each was loaded by NumPy 2.4 as an array of objects.
    #[test]
    fn other_spellings_may_be_objects() {
        for descr in [
            "'\\x4f'",
            "'\\u004f'",
            "'|\\\nO'",
            "'i4,O'",
            "'O,i4'",
            "'2O'",
            "'(2,)O'",
            "'(1,)O'",
            "[('a', 'i4,O')]",
            "'<i4' ',O'",
            "'''O'''",
            "('O', (1,))",
            "'object'",
            "'<f8', 'descr': '|O'",
        ] {
            let file = npy(descr, "(1,)", CALL);
            let report = scan_file(&file, &ScanOptions::default());
            assert!(!report.verdict.is_clean(), "{descr}");
            let found = |rule| report.findings.iter().any(|finding| finding.rule == rule);
            assert!(found(Rule::UnknownCall), "{descr}: {report:?}");
        }
        let deep = format!("{}'|u1'{}", "[('a', ".repeat(30_000), ")]".repeat(30_000));
        assert!(!verdict(&npy(&deep[..60_000], "(1,)", b"")).is_clean());
    }

    #[test]
    fn what_follows_an_array_is_looked_at() {
        let bytes = |rest: &[u8]| npy("'|u1'", "(1,)", &[b"\x01", rest].concat());
        assert_eq!(verdict(&bytes(b"")), Verdict::DataOnly);
        assert_eq!(verdict(&bytes(&bytes(b""))), Verdict::DataOnly);
        assert_eq!(verdict(&npy("'|O'", "(1,)", b"N.")), Verdict::DataOnly);
        let objects = npy("'|O'", "(1,)", CALL);
        for file in [
            bytes(CALL),
            bytes(&objects),
            bytes(&bytes(&objects)),
            npy("'|O'", "(1,)", &[b"N.", &*objects].concat()),
            npy("'<f8'", "(0,)", &objects),
        ] {
            let report = scan_file(&file, &ScanOptions::default());
            let found = |rule| report.findings.iter().any(|finding| finding.rule == rule);
            assert!(found(Rule::UnknownCall), "{report:?}");
        }
        assert_eq!(verdict(&npy("'<f8'", "(1,)", b"\0")), Verdict::Malformed);
        assert_eq!(
            verdict(&npy("'<f8'", "(1152921504606846976,)", b"")),
            Verdict::Malformed
        );
    }
}
