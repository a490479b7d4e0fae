//! Numbers as Python's `repr` shows them.

use core::fmt::Write;

/// The most digits of an integer that CPython writes by default (`sys.int_info.default_max_str_digits`).
pub(crate) const MOST_DIGITS: usize = 4300;

/// A float's `repr` (CPython: `float_repr`, the shortest digits that give the float back).
pub(crate) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    // The digits with the point behind the first, and an exponent.
    let shortest = format!("{value:e}");
    let digits = shortest.bytes().take_while(|byte| *byte != b'e');
    let digits = digits.filter(u8::is_ascii_digit).count();
    // Of two that are as short and as near Python takes the even one.
    let even = format!("{value:.*e}", digits.saturating_sub(1));
    let text = if even.parse() == Ok(value) {
        even
    } else {
        shortest
    };
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    positional(digits, exponent)
}

/// Digits with a point behind the first, times a power of ten, without an exponent.
fn positional(digits: &str, exponent: i32) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let digits: String = digits.chars().filter(|char| *char != '.').collect();
    match usize::try_from(exponent) {
        Err(_) => {
            let zeros = exponent.unsigned_abs() as usize - 1;
            format!("{sign}0.{:0<zeros$}{digits}", "")
        }
        Ok(exponent) => {
            let whole = format!("{digits:0<width$}", width = exponent + 1);
            let (whole, fraction) = whole.split_at(exponent + 1);
            let fraction = if fraction.is_empty() { "0" } else { fraction };
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// The decimal text of little-endian two's complement, unless it has more than [`MOST_DIGITS`].
pub(crate) fn integer(bytes: &[u8]) -> Option<String> {
    let negative = bytes.last().is_some_and(|last| *last >= 0x80);
    if bytes.len() <= 16 {
        let mut wide = [if negative { 0xff } else { 0 }; 16];
        wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
        return Some(i128::from_le_bytes(wide).to_string());
    }
    // So many bytes have more digits in any case.
    if bytes.len() > MOST_DIGITS / 2 {
        return None;
    }
    let mut limbs: Vec<u32> = Vec::with_capacity(bytes.len() / 4 + 1);
    let mut carry = negative;
    let magnitude = bytes.iter().map(|byte| {
        let (value, overflow) = if negative {
            (!byte).overflowing_add(carry.into())
        } else {
            (*byte, false)
        };
        carry = overflow;
        value
    });
    let magnitude: Vec<u8> = magnitude.collect();
    for chunk in magnitude.chunks(4) {
        let mut limb = [0; 4];
        limb.get_mut(..chunk.len())?.copy_from_slice(chunk);
        limbs.push(u32::from_le_bytes(limb));
    }
    if carry {
        limbs.push(1);
    }
    // Nine digits at a time, the lowest first.
    let mut groups = Vec::new();
    while !limbs.is_empty() {
        let mut remainder = 0u64;
        for limb in limbs.iter_mut().rev() {
            let value = remainder << 32 | u64::from(*limb);
            *limb = (value / 1_000_000_000) as u32;
            remainder = value % 1_000_000_000;
        }
        groups.push(remainder);
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
    }
    let mut text = String::new();
    for (index, group) in groups.iter().rev().enumerate() {
        let _ = match index {
            0 => write!(text, "{group}"),
            _ => write!(text, "{group:09}"),
        };
    }
    if text.len() > MOST_DIGITS {
        return None;
    }
    Some(if negative { format!("-{text}") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (123_456_789.125, "123456789.125"),
            (-123_456_123_456_789.12, "-123456123456789.12"),
            (100.0, "100.0"),
            (-0.000_123, "-0.000123"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn integers() {
        assert_eq!(integer(&[]).as_deref(), Some("0"));
        assert_eq!(integer(&[0xff]).as_deref(), Some("-1"));
        let mut power = vec![0; 20];
        power.push(1);
        let text = "1461501637330902918203684832716283019655932542976";
        assert_eq!(integer(&power).as_deref(), Some(text));
        let mut minus = vec![0; 20];
        minus.push(0xff);
        assert_eq!(integer(&minus), Some(format!("-{text}")));
        // 10 ** 4300 - 1 has 4300 digits, and 1786 bytes.
        assert!(integer(&[&[0xff; 1784][..], &[0]].concat()).is_some());
        assert_eq!(integer(&[0x7f; 1787]), None);
    }
}
