//! Arguments of opcodes, in the form that the table gives.

use rustpython_pickle::wire::{ArgumentKind, Opcode, OpcodeInfo};

use super::Generator;
use super::words::{ESCAPED, FLOATS, NUMBERS, TEXTS};

/// Numbers at which something happens.
const EDGES: &[u64] = &[
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// A payload that no buffer of a stream holds at once: once in so many.
const LARGE_ONE_IN: usize = 20_000;

impl Generator<'_> {
    /// Writes an argument that the opcode can have, mostly.
    pub(super) fn argument(&mut self, info: &OpcodeInfo) {
        match info.argument {
            ArgumentKind::None => {}
            ArgumentKind::Uint1 => self.number(info.opcode, 1),
            ArgumentKind::Uint2 => self.number(info.opcode, 2),
            ArgumentKind::Int4 | ArgumentKind::Uint4 => self.number(info.opcode, 4),
            ArgumentKind::Uint8 => self.number(info.opcode, 8),
            ArgumentKind::Float8 => {
                let bits = match self.random.below(4) {
                    0 => self.random.next(),
                    1 => f64::INFINITY.to_bits(),
                    2 => f64::NAN.to_bits(),
                    _ => (self.random.below(100) as f64 / 8.0).to_bits(),
                };
                self.out.extend(bits.to_be_bytes());
            }
            ArgumentKind::DecimalNlShort => match info.opcode {
                Opcode::Get | Opcode::Put => {
                    let index = self.memo_index(info.opcode);
                    self.out.extend(index.to_string().bytes());
                    self.out.push(b'\n');
                }
                _ => self.line(NUMBERS),
            },
            ArgumentKind::DecimalNlLong => self.line(NUMBERS),
            ArgumentKind::FloatNl => self.line(FLOATS),
            ArgumentKind::StringNl => {
                let quote = *self.random.pick(b"''''\"x");
                self.out.push(quote);
                self.out.extend(*self.random.pick(ESCAPED));
                self.out.extend([quote, b'\n']);
            }
            ArgumentKind::UnicodeStringNl => self.line(ESCAPED),
            ArgumentKind::StringNlNoEscape => self.line(TEXTS),
            ArgumentKind::StringNlNoEscapePair => {
                let (module, name) = *self.random.pick(self.words.globals);
                self.out.extend(module.bytes().chain([b'\n']));
                self.out.extend(name.bytes().chain([b'\n']));
            }
            ArgumentKind::Bytes1 | ArgumentKind::String1 | ArgumentKind::UnicodeString1 => {
                self.payload(1);
            }
            ArgumentKind::Bytes4 | ArgumentKind::String4 | ArgumentKind::UnicodeString4 => {
                self.payload(4);
            }
            ArgumentKind::Bytes8 | ArgumentKind::ByteArray8 | ArgumentKind::UnicodeString8 => {
                self.payload(8);
            }
            ArgumentKind::Long1 => self.long(1),
            ArgumentKind::Long4 => self.long(4),
            // What a later version of the table has.
            _ => {}
        }
    }

    fn line(&mut self, lines: &[&[u8]]) {
        let line = *self.random.pick(lines);
        self.out.extend(line);
        self.out.push(b'\n');
    }

    /// A number of so many bytes.
    fn number(&mut self, opcode: Opcode, bytes: usize) {
        let value = match opcode {
            Opcode::BinGet | Opcode::LongBinGet | Opcode::BinPut | Opcode::LongBinPut => {
                self.memo_index(opcode)
            }
            // The last one is registered by `compat/mutants`.
            Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => *self.random.pick(&[0, 1, 2, 0x21]),
            Opcode::Proto => self.random.below(7) as u64,
            _ if self.random.one_in(3) => *self.random.pick(EDGES),
            _ => self.random.below(256) as u64,
        };
        self.out.extend(&value.to_le_bytes()[..bytes]);
    }

    /// An index: of an entry that is there, or for a new one.
    fn memo_index(&mut self, opcode: Opcode) -> u64 {
        let reads = matches!(opcode, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet);
        let index = match (reads, self.random.below(32)) {
            (_, 0) => *self.random.pick(EDGES),
            (_, 1) => self.random.below(300) as u64,
            (true, _) if !self.memo.is_empty() => self.random.pick(&self.memo).0,
            (true, _) => 0,
            (false, _) => self.memo.len() as u64,
        };
        match opcode {
            Opcode::BinGet | Opcode::BinPut => index & 0xff,
            Opcode::LongBinGet | Opcode::LongBinPut => index & 0xffff_ffff,
            _ => index,
        }
    }

    /// A length of so many bytes, and what it says.
    fn payload(&mut self, bytes: usize) {
        if bytes > 1 && self.random.one_in(LARGE_ONE_IN) {
            let length = 100_000 + self.random.below(100_000);
            self.out.extend(&(length as u64).to_le_bytes()[..bytes]);
            self.out.resize(self.out.len() + length, b'a');
            return;
        }
        let text = match self.random.below(16) {
            0 => &b"................................................................................................................................................................................................................................................................................................................."[..self.random.below(300)],
            1 => *self.random.pick(&[&b"]."[..], b"\x80\x04N.", b"cos\nsystem\n(S'a'\ntR.", b"\x80\x02}q\0."]),
            2 => {
                let (module, name) = self.random.pick(self.words.globals);
                match self.random.one_in(2) {
                    true => module.as_bytes(),
                    false => name.as_bytes(),
                }
            }
            _ => *self.random.pick(TEXTS),
        };
        let text = match bytes {
            1 => &text[..text.len().min(255)],
            _ => text,
        };
        let length = match self.random.below(256) {
            0 if self.corrupt > 0 => *self.random.pick(EDGES),
            1 if self.corrupt > 0 => text.len() as u64 + 1,
            _ => text.len() as u64,
        };
        self.out.extend(&length.to_le_bytes()[..bytes]);
        self.out.extend(text);
    }

    fn long(&mut self, bytes: usize) {
        let length = match self.random.below(8) {
            0 => self.random.below(200),
            1 => 8 + self.random.below(4),
            _ => self.random.below(9),
        };
        self.out.extend(&(length as u64).to_le_bytes()[..bytes]);
        for _ in 0..length {
            let byte = match self.random.below(4) {
                0 => 0,
                1 => 0xff,
                _ => self.random.byte(),
            };
            self.out.push(byte);
        }
    }
}
