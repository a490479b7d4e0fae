//! A look ahead at the rest of a pickle: which memo entries it will ever ask for.
//!
//! Pickles put nearly every object into the memo, and fetch few of them. Who knows which need not
//! keep the others, and knows besides that nobody else refers to an object that was just made.

use crate::wire::{ArgumentKind, OPCODES, Opcode};

/// The entries from some index on that are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    first: usize,
    /// A bit for each index from the first on.
    bits: Vec<u64>,
}

impl Fetched {
    /// Looks through the rest of a pickle, up to STOP or whatever else ends it; the next entry has the index `first`.
    ///
    /// `None` if entries are not made one after the other, or by text, so that it would take a memo to follow them.
    pub(super) fn look(input: &[u8], first: usize) -> Option<Self> {
        let mut fetched = Self {
            first,
            bits: Vec::new(),
        };
        let mut next = first;
        let mut rest = input;
        while let Some((byte, after)) = rest.split_first() {
            let step = STEPS[usize::from(*byte)];
            rest = match step {
                Step::Over(bytes) => match after.get(usize::from(bytes)..) {
                    Some(rest) => rest,
                    None => break,
                },
                Step::Length(bytes) => match after_payload(after, bytes.into()) {
                    Some(rest) => rest,
                    None => break,
                },
                Step::Lines(count) => match after_lines(after, count) {
                    Some(rest) => rest,
                    None => break,
                },
                Step::Memoize => {
                    next += 1;
                    after
                }
                Step::Put(bytes) => {
                    let (index, rest) = number(after, bytes.into())?;
                    if index != next as u64 {
                        return None;
                    }
                    next += 1;
                    rest
                }
                Step::Get(bytes) => {
                    let Some((index, rest)) = number(after, bytes.into()) else {
                        break;
                    };
                    // What is fetched before it is there fails the load.
                    if let Ok(index) = usize::try_from(index)
                        && index < next
                    {
                        fetched.set(index);
                    }
                    rest
                }
                Step::Text => return None,
                Step::End => break,
            };
        }
        Some(fetched)
    }

    fn set(&mut self, index: usize) {
        let Some(bit) = index.checked_sub(self.first) else {
            return;
        };
        if self.bits.len() <= bit / 64 {
            self.bits.resize(bit / 64 + 1, 0);
        }
        self.bits[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether an entry is ever fetched; those before the first one count as such.
    #[inline]
    pub(super) fn contains(&self, index: usize) -> bool {
        let Some(bit) = index.checked_sub(self.first) else {
            return true;
        };
        let word = self.bits.get(bit / 64).copied().unwrap_or(0);
        word >> (bit % 64) & 1 == 1
    }
}

/// How to come from an opcode to the next one.
#[derive(Clone, Copy)]
enum Step {
    /// Over so many bytes.
    Over(u8),
    /// Over a payload with a length of so many bytes before it.
    Length(u8),
    /// Over so many lines.
    Lines(u8),
    /// An entry is made, with the next index, or one of so many bytes.
    Memoize,
    Put(u8),
    /// An entry is fetched, with an index of so many bytes.
    Get(u8),
    /// An index as text.
    Text,
    /// Here the pickle ends, one way or another.
    End,
}

/// What comes after each byte, by the opcode table.
static STEPS: [Step; 256] = {
    let mut steps = [Step::End; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        steps[OPCODES[row].opcode as usize] = step(OPCODES[row].opcode, OPCODES[row].argument);
        row += 1;
    }
    steps
};

const fn step(opcode: Opcode, argument: ArgumentKind) -> Step {
    match opcode {
        Opcode::Stop => return Step::End,
        Opcode::Memoize => return Step::Memoize,
        Opcode::BinPut => return Step::Put(1),
        Opcode::LongBinPut => return Step::Put(4),
        Opcode::BinGet => return Step::Get(1),
        Opcode::LongBinGet => return Step::Get(4),
        Opcode::Put | Opcode::Get => return Step::Text,
        _ => {}
    }
    match argument {
        ArgumentKind::None => Step::Over(0),
        ArgumentKind::Uint1 => Step::Over(1),
        ArgumentKind::Uint2 => Step::Over(2),
        ArgumentKind::Int4 | ArgumentKind::Uint4 => Step::Over(4),
        ArgumentKind::Uint8 | ArgumentKind::Float8 => Step::Over(8),
        ArgumentKind::Bytes1
        | ArgumentKind::String1
        | ArgumentKind::UnicodeString1
        | ArgumentKind::Long1 => Step::Length(1),
        ArgumentKind::Bytes4
        | ArgumentKind::String4
        | ArgumentKind::UnicodeString4
        | ArgumentKind::Long4 => Step::Length(4),
        ArgumentKind::Bytes8 | ArgumentKind::ByteArray8 | ArgumentKind::UnicodeString8 => {
            Step::Length(8)
        }
        ArgumentKind::StringNlNoEscapePair => Step::Lines(2),
        ArgumentKind::DecimalNlShort
        | ArgumentKind::DecimalNlLong
        | ArgumentKind::FloatNl
        | ArgumentKind::StringNl
        | ArgumentKind::StringNlNoEscape
        | ArgumentKind::UnicodeStringNl => Step::Lines(1),
    }
}

/// A little-endian number of so many bytes, and what comes after it.
#[inline]
fn number(input: &[u8], bytes: usize) -> Option<(u64, &[u8])> {
    let (bytes, rest) = input.split_at_checked(bytes)?;
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Some((u64::from_le_bytes(wide), rest))
}

/// A negative length is a very large one here, and as impossible.
#[inline]
fn after_payload(input: &[u8], bytes: usize) -> Option<&[u8]> {
    let (length, rest) = number(input, bytes)?;
    rest.get(usize::try_from(length).ok()?..)
}

fn after_lines(mut input: &[u8], count: u8) -> Option<&[u8]> {
    for _ in 0..count {
        input = &input[memchr::memchr(b'\n', input)? + 1..];
    }
    Some(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Argument, instructions_unframed};

    /// The same by decoding every opcode.
    fn naive(input: &[u8], first: usize) -> Option<Vec<usize>> {
        let (mut next, mut fetched) = (first as i128, Vec::new());
        for instruction in instructions_unframed(input).map_while(Result::ok) {
            match (instruction.opcode, instruction.argument) {
                (Opcode::Memoize, _) => next += 1,
                (Opcode::BinPut | Opcode::LongBinPut, Argument::Integer(index)) => {
                    if index != next {
                        return None;
                    }
                    next += 1;
                }
                (Opcode::BinGet | Opcode::LongBinGet, Argument::Integer(index)) if index < next => {
                    fetched.extend(usize::try_from(index));
                }
                (Opcode::Put | Opcode::Get, _) => return None,
                _ => {}
            }
        }
        Some(fetched)
    }

    #[test]
    fn what_a_pickle_fetches_is_known() {
        // A frame, strings that hold opcodes, names, both kinds of indexes.
        let input = b"\x80\x04\x95\xff\0\0\0\0\0\0\0\x8c\x03h\x07.\x94cos\nh\x05\n\x94K.\x94G12345678]\x94(h\x01j\x03\0\0\0e.h\x02";
        let fetched = Fetched::look(input, 0).unwrap();
        let indexes: Vec<_> = (0..10).filter(|index| fetched.contains(*index)).collect();
        assert_eq!(indexes, [1, 3]);
        assert_eq!(naive(input, 0), Some(vec![1, 3]));
        let later = Fetched::look(&input[17..], 1).unwrap();
        assert!(later.contains(0) && later.contains(1) && !later.contains(2));
    }

    #[test]
    fn entries_out_of_order_are_not_followed() {
        assert_eq!(Fetched::look(b"q\x01h\x01.", 0), None);
        assert_eq!(Fetched::look(b"p0\ng0\n.", 0), None);
        assert!(Fetched::look(b"q\x01r\x02\0\0\0\x94h\x03.", 1).is_some());
    }

    #[test]
    fn it_ends_where_the_pickle_does() {
        // Lengths beyond the end, a missing line, an unknown byte, a cut number.
        for end in [
            &b"B\xff\xff\xff\xff"[..],
            b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff",
            b"cos",
            b"\xff",
            b"j\x01",
            b".",
            b"",
        ] {
            let input = [b"\x94\x94h\x01", end, b"h\0"].concat();
            let fetched = Fetched::look(&input, 0).unwrap();
            assert!(fetched.contains(1), "{end:?}");
        }
    }

    #[test]
    fn it_agrees_with_the_decoder() {
        // Small random streams over the opcodes that matter here, from a fixed seed.
        let pieces: [&[u8]; 12] = [
            b"\x94",
            b"h\0",
            b"h\x01",
            b"h\x02",
            b"q\0",
            b"q\x01",
            b"j\x01\0\0\0",
            b"K\x07",
            b"\x8c\x02h\0",
            b"X\x01\0\0\0.",
            b"r\x02\0\0\0",
            b"I1\n",
        ];
        let mut state = 7u64;
        for _ in 0..20_000 {
            let mut input = Vec::new();
            for _ in 0..8 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                input.extend_from_slice(pieces[(state >> 33) as usize % pieces.len()]);
            }
            let fetched = Fetched::look(&input, 0);
            let naive = naive(&input, 0);
            assert_eq!(fetched.is_some(), naive.is_some(), "{input:?}");
            let (Some(fetched), Some(naive)) = (fetched, naive) else {
                continue;
            };
            for index in 0..10 {
                assert_eq!(fetched.contains(index), naive.contains(&index), "{input:?}");
            }
        }
    }
}
