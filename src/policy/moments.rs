//! Dates and times as `datetime` packs them into bytes (CPython: `date.__reduce__`, `time.__reduce_ex__`,
//! `datetime.__reduce_ex__`).
//!
//! Their constructors take such bytes as they are: neither CPython's nor RustPython's asks whether there is
//! such a day, or such a minute.

use super::shape::Shape;

/// The bytes of a date.
pub(super) const DATE: Shape = Shape::Packed("the four bytes of a date", is_date);
/// The bytes of a time of day.
pub(super) const TIME: Shape = Shape::Packed("the six bytes of a time", is_time);
/// The bytes of both.
pub(super) const DATETIME: Shape = Shape::Packed("the ten bytes of a date and a time", is_datetime);

/// Since protocol 4 the first byte of a time, or the month, also has the fold
/// ([PEP 495](https://peps.python.org/pep-0495/)).
const FOLD: u8 = 0x80;

fn is_date(bytes: &[u8]) -> bool {
    let [high, low, month, day] = *bytes else {
        return false;
    };
    let year = u16::from_be_bytes([high, low]);
    (1..=9999).contains(&year) && (1..=days(year, month)).contains(&day)
}

/// How many days a month has; none if there is no such month.
fn days(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

fn is_time(bytes: &[u8]) -> bool {
    match *bytes {
        [hour, ref rest @ ..] => is_clock(hour & !FOLD, rest),
        [] => false,
    }
}

fn is_clock(hour: u8, rest: &[u8]) -> bool {
    let [minute, second, high, middle, low] = *rest else {
        return false;
    };
    let microsecond = u32::from_be_bytes([0, high, middle, low]);
    hour < 24 && minute < 60 && second < 60 && microsecond < 1_000_000
}

fn is_datetime(bytes: &[u8]) -> bool {
    match *bytes {
        [high, low, month, day, hour, ref rest @ ..] => {
            is_date(&[high, low, month & !FOLD, day]) && is_clock(hour, rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        for date in [
            [7, 0xe8, 2, 29],
            [0, 1, 1, 1],
            [0x27, 0x0f, 12, 31],
            [7, 0xd0, 2, 29],
        ] {
            assert!(is_date(&date), "{date:?}");
        }
        for date in [
            [7, 0xe7, 2, 29], // No leap year,
            [7, 0x6c, 2, 29], // nor is 1900.
            [7, 0xe8, 2, 31],
            [7, 0xe8, 0, 1],
            [7, 0xe8, 13, 1],
            [7, 0xe8, 0x82, 1],
            [7, 0xe8, 4, 31],
            [7, 0xe8, 1, 0],
            [0, 0, 2, 1],
            [0x27, 0x10, 1, 1],
        ] {
            assert!(!is_date(&date), "{date:?}");
        }
        assert!(!is_date(b"\x07\xe8\x01") && !is_date(b"\x07\xe8\x01\x01\x01"));
    }

    #[test]
    fn times_are_of_a_day_and_may_be_folded() {
        for time in [
            [0, 0, 0, 0, 0, 0],
            [23, 59, 59, 0x0f, 0x42, 0x3f],
            [0x81, 0, 0, 0, 0, 0],
        ] {
            assert!(is_time(&time), "{time:?}");
        }
        for time in [
            [24, 0, 0, 0, 0, 0],
            [0x98, 0, 0, 0, 0, 0],
            [0, 60, 0, 0, 0, 0],
            [0, 0, 60, 0, 0, 0],
            [0, 0, 0, 0x0f, 0x42, 0x40],
        ] {
            assert!(!is_time(&time), "{time:?}");
        }
        assert!(!is_time(b"") && !is_time(&[0; 5]) && !is_time(&[0; 7]));
        assert!(is_datetime(&[7, 0xe8, 0x82, 29, 23, 0, 0, 0, 0, 0]));
        assert!(!is_datetime(&[7, 0xe8, 2, 29, 0x80, 0, 0, 0, 0, 0]));
        assert!(!is_datetime(&[7, 0xe8, 2, 31, 0, 0, 0, 0, 0, 0]));
        assert!(!is_datetime(&[0; 9]));
    }
}
