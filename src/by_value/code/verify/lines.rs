//! The table of lines and columns.

use super::{Checked, ensure};

/// Lines and columns beyond this are not from a source.
const MAX_LINE: i64 = 1 << 30;

/// The line table: entries that begin as such, with varints that fit, and lines that are some.
pub(in crate::by_value::code) fn lines(table: &[u8], first_line: u32) -> Checked {
    let mut line = i64::from(first_line);
    ensure(line <= MAX_LINE, "a line beyond any source")?;
    let mut bytes = table.iter().copied().peekable();
    while let Some(first) = bytes.next() {
        ensure(first & 0x80 != 0, "a line table without order")?;
        let mut plain = |count: usize| -> Checked {
            for _ in 0..count {
                let byte = bytes.next().ok_or("a line table is cut off")?;
                ensure(byte & 0x80 == 0, "a line table without order")?;
            }
            Ok(())
        };
        match (first >> 3) & 15 {
            15 => {}
            kind @ (13 | 14) => {
                let mut varint = || -> Checked<i64> {
                    let (mut value, mut shift) = (0, 0);
                    loop {
                        let byte = bytes.next().ok_or("a line table is cut off")?;
                        ensure(byte & 0x80 == 0, "a line table without order")?;
                        ensure(shift <= 24, "a line table with too large numbers")?;
                        value |= i64::from(byte & 0x3f) << shift;
                        shift += 6;
                        if byte & 0x40 == 0 {
                            return Ok(value);
                        }
                    }
                };
                let delta = varint()?;
                line += if delta & 1 == 1 {
                    -(delta >> 1)
                } else {
                    delta >> 1
                };
                if kind == 14 {
                    let (end, _, _) = (varint()?, varint()?, varint()?);
                    ensure(line + end <= MAX_LINE, "a line beyond any source")?;
                }
            }
            kind @ 10..=12 => {
                line += i64::from(kind - 10);
                plain(2)?;
            }
            _ => plain(1)?,
        }
        ensure(
            (-MAX_LINE..=MAX_LINE).contains(&line),
            "a line beyond any source",
        )?;
    }
    Ok(())
}
