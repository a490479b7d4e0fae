//! Changes to streams that are there: of opcodes, and of bytes.

use rustpython_pickle::wire::{OPCODES, Opcode, instructions};

use crate::Random;
use crate::generate::{Words, fragment};

/// A mutated stream has at most so many bytes, unless it had more before.
pub const LONGEST: usize = 4096;

/// As many opcodes of a stream are looked at.
const OPCODES_SEEN: usize = 128;

/// Bytes at which something happens.
const BYTES: &[u8] = &[0, 1, 0x7f, 0x80, 0xff, b'\n', b'.', b'(', b'0'];

/// Changes a stream a few times. `other` is another one, of which parts may be taken.
///
/// ```
/// use pickle_fuzz::generate::Words;
/// use pickle_fuzz::{Random, mutate::mutate};
///
/// let mut stream = b"\x80\x04](K\x01K\x02e.".to_vec();
/// mutate(&mut stream, b"N.", &mut Random::new(1, 1), &Words::ALL);
/// assert_ne!(stream, b"\x80\x04](K\x01K\x02e.");
/// ```
pub fn mutate(stream: &mut Vec<u8>, other: &[u8], random: &mut Random, words: &Words) {
    let longest = LONGEST.max(stream.len());
    for _ in 0..=random.below(4) {
        match random.one_in(2) {
            true => opcodes(stream, other, random, words),
            false => bytes(stream, other, random),
        }
        stream.truncate(longest);
    }
}

/// Changes bytes, whatever they mean.
pub fn bytes(stream: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if stream.is_empty() {
        stream.push(random.byte());
        return;
    }
    let at = random.below(stream.len());
    match random.below(10) {
        0 => stream[at] ^= 1 << random.below(8),
        1 => stream[at] = random.byte(),
        2 => stream[at] = *random.pick(BYTES),
        3 => stream.insert(at, random.byte()),
        4 => {
            let end = (at + 1 + random.below(8)).min(stream.len());
            stream.drain(at..end);
        }
        5 => stream.truncate(at),
        6 => {
            let piece = piece(stream, random);
            stream.splice(at..at, piece);
        }
        7 if !other.is_empty() => {
            let piece = piece(other, random);
            stream.splice(at..at, piece);
        }
        8 => {
            // A number of some bytes.
            let size = 1 << random.below(4);
            let value = match random.below(3) {
                0 => random.next() >> random.below(64),
                1 => 1 << random.below(64),
                _ => u64::MAX >> random.below(64),
            };
            let end = (at + size).min(stream.len());
            stream[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
        }
        _ => stream[at] = stream[at].wrapping_add(1),
    }
}

/// Some bytes of it.
fn piece(data: &[u8], random: &mut Random) -> Vec<u8> {
    let from = random.below(data.len());
    let to = (from + 1 + random.below(24)).min(data.len());
    data[from..to].to_vec()
}

/// Changes whole opcodes.
fn opcodes(stream: &mut Vec<u8>, other: &[u8], random: &mut Random, words: &Words) {
    let starts = starts(stream);
    // The last two are the ends of a range of opcodes.
    let [.., _, _] = starts[..] else {
        return bytes(stream, other, random);
    };
    let range = |random: &mut Random, starts: &[usize]| {
        let from = random.below(starts.len() - 1);
        let to = (from + 1 + random.below(4)).min(starts.len() - 1);
        starts[from]..starts[to]
    };
    let here = range(random, &starts);
    match random.below(7) {
        0 => drop(stream.drain(here)),
        1 => {
            let copy = stream[here.clone()].to_vec();
            stream.splice(here.end..here.end, copy);
        }
        2 => {
            let copy = stream[range(random, &starts)].to_vec();
            stream.splice(here.start..here.start, copy);
        }
        3 => {
            let fragment = fragment(random, words);
            stream.splice(here.start..here.start, fragment);
        }
        4 => {
            // Another one with an argument of the same form.
            if let Some(opcode) = stream.get(here.start).copied().and_then(Opcode::from_byte) {
                let form = opcode.info().argument;
                for _ in 0..16 {
                    let info = random.pick(OPCODES);
                    if info.argument == form {
                        stream[here.start] = info.opcode.byte();
                        break;
                    }
                }
            }
        }
        5 => {
            let others = self::starts(other);
            if others.len() > 1 {
                let piece = other[range(random, &others)].to_vec();
                stream.splice(here, piece);
            }
        }
        _ => {
            let fragment = fragment(random, words);
            stream.splice(here, fragment);
        }
    }
}

/// Where the first opcodes begin, and the last of them ends.
fn starts(stream: &[u8]) -> Vec<usize> {
    let mut starts: Vec<usize> = instructions(stream)
        .take(OPCODES_SEEN)
        .map_while(|instruction| Some(instruction.ok()?.offset))
        .collect();
    if starts.last().is_some_and(|last| *last < stream.len()) {
        starts.push(stream.len());
    }
    starts
}
