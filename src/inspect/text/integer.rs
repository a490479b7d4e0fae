//! Integers in their shortest form, and from decimal text.

use super::number::MOST_DIGITS;

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDecimal {
    Malformed,
    /// It has more digits than CPython reads by default: so many.
    TooLong(usize),
}

/// Two's complement without the bytes that say nothing, so that equal numbers have equal bytes.
pub(crate) fn shortest(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes
        && let [.., below] = rest
        && (*last == 0 && *below < 0x80 || *last == 0xff && *below >= 0x80)
    {
        bytes = rest;
    }
    if bytes == [0] { &[] } else { bytes }
}

/// Little-endian two's complement of decimal text as `int()` takes it, with single underscores between digits.
pub(crate) fn from_decimal(text: &[u8]) -> Result<Vec<u8>, NotDecimal> {
    let malformed = NotDecimal::Malformed;
    let space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !space(byte)).ok_or(malformed)?;
    let end = text
        .iter()
        .rposition(|byte| !space(byte))
        .ok_or(malformed)?;
    let (negative, digits) = match text.get(start..=end).unwrap_or_default() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'_')
        .filter(|byte| **byte != b'_')
        .count();
    if count > MOST_DIGITS {
        return Err(NotDecimal::TooLong(count));
    }
    let mut magnitude = vec![0u8];
    let mut after_digit = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                let mut carry = u16::from(byte - b'0');
                for place in &mut magnitude {
                    let value = u16::from(*place) * 10 + carry;
                    *place = value as u8;
                    carry = value >> 8;
                }
                if carry > 0 {
                    magnitude.push(carry as u8);
                }
                after_digit = true;
            }
            b'_' if after_digit => after_digit = false,
            _ => return Err(malformed),
        }
    }
    if !after_digit {
        return Err(malformed);
    }
    // Room for the sign.
    magnitude.push(0);
    if negative {
        let mut carry = true;
        for place in &mut magnitude {
            let (value, overflow) = (!*place).overflowing_add(carry.into());
            *place = value;
            carry = overflow;
        }
    }
    Ok(shortest(&magnitude).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_equal_bytes() {
        for (long, short) in [
            (&[0, 0][..], &[][..]),
            (&[], &[]),
            (&[1, 0, 0], &[1]),
            (&[0x80, 0], &[0x80, 0]),
            (&[0xff, 0xff], &[0xff]),
            (&[0x7f, 0xff], &[0x7f, 0xff]),
            (&(-2i64).to_le_bytes(), &[0xfe]),
        ] {
            assert_eq!(shortest(long), short);
        }
    }

    #[test]
    fn decimals() {
        for value in [
            0i128,
            1,
            -1,
            127,
            128,
            -128,
            -129,
            255,
            256,
            i128::MAX,
            i128::MIN,
        ] {
            let expected = value.to_le_bytes();
            let text = value.to_string();
            assert_eq!(
                from_decimal(text.as_bytes()).as_deref(),
                Ok(shortest(&expected))
            );
        }
        assert_eq!(from_decimal(b" +1_0\n"), Ok(vec![10]));
        for text in [&b""[..], b"-", b"1__0", b"_1", b"1_", b"0x1", b"1 2"] {
            assert_eq!(from_decimal(text), Err(NotDecimal::Malformed), "{text:?}");
        }
        assert_eq!(
            from_decimal(&[b'1'; MOST_DIGITS + 1]),
            Err(NotDecimal::TooLong(4301))
        );
    }
}
