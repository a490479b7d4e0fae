//! Streams of opcodes that a machine can mostly carry out.
//!
//! The generator knows opcodes from [`OPCODES`] alone: their arguments, what they take from the stack and what they leave there. It
//! keeps the kinds of objects on the stack and in the memo, chooses opcodes that fit, and breaks that rule as often as a stream's own
//! rate of corruption says. It knows frames, and has idioms: what picklers write for globals, calls and states.

mod argument;
mod stack;
mod words;

pub use words::{Recipe, Words};

use std::sync::LazyLock;

use rustpython_pickle::wire::{OPCODES, Opcode, OpcodeInfo};

use crate::Random;
use stack::{Slot, Stack};

/// Writes one stream. See the [module](self) documentation.
#[derive(Debug)]
pub struct Generator<'w> {
    random: Random,
    words: &'w Words,
    out: Vec<u8>,
    stack: Stack,
    /// Indexes with what stands there.
    memo: Vec<(u64, Slot)>,
    /// Of 1024 opcodes, how many don't fit.
    corrupt: usize,
    /// Where the open frame's length stands.
    frame: Option<usize>,
}

/// Opcodes, each as often as it is to be chosen.
static WEIGHTED: LazyLock<Vec<&'static OpcodeInfo>> = LazyLock::new(|| {
    let weighted = OPCODES
        .iter()
        .flat_map(|info| std::iter::repeat_n(info, weight(info.opcode)));
    weighted.collect()
});

/// How often an opcode is chosen, if it fits.
fn weight(opcode: Opcode) -> usize {
    match opcode {
        Opcode::Stop | Opcode::Frame => 0,
        Opcode::Proto | Opcode::Pop | Opcode::PopMark | Opcode::NextBuffer => 1,
        Opcode::ReadonlyBuffer | Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => 1,
        Opcode::PersId | Opcode::BinPersId | Opcode::Inst | Opcode::Obj => 2,
        Opcode::Mark | Opcode::Memoize | Opcode::BinGet | Opcode::EmptyList => 8,
        Opcode::EmptyDict | Opcode::Append | Opcode::SetItem | Opcode::Tuple2 => 8,
        Opcode::ShortBinUnicode | Opcode::BinInt1 | Opcode::Tuple1 | Opcode::SetItems => 8,
        Opcode::Appends | Opcode::Reduce | Opcode::Build | Opcode::NewObj => 8,
        _ => 4,
    }
}

/// Tries to find an opcode that fits.
const TRIES: usize = 24;

/// Writes a stream.
///
/// ```
/// use pickle_fuzz::{Random, generate};
/// use rustpython_pickle::wire::instructions;
///
/// let whole = (0..1000)
///     .map(|run| generate::stream(&mut Random::new(7, run), &generate::Words::ALL))
///     .filter(|stream| instructions(stream).all(|instruction| instruction.is_ok()))
///     .count();
/// assert!(whole > 500, "{whole}");
/// ```
#[must_use]
pub fn stream(random: &mut Random, words: &Words) -> Vec<u8> {
    let mut generator = Generator::new(random, words);
    let most = match generator.random.below(16) {
        0 => 200,
        1..4 => 60,
        _ => 20,
    };
    let opcodes = generator.random.below(most);
    generator.begin();
    for _ in 0..opcodes {
        generator.step();
    }
    generator.finish();
    let mut out = generator.out;
    if random.one_in(24) {
        let more = match random.below(3) {
            0 => fragment(random, words),
            1 => b"N.".to_vec(),
            _ => vec![random.byte()],
        };
        out.extend(more);
    }
    out
}

/// Writes some opcodes, which may be put in anywhere.
#[must_use]
pub fn fragment(random: &mut Random, words: &Words) -> Vec<u8> {
    let mut generator = Generator::new(random, words);
    for _ in 0..=generator.random.below(6) {
        generator.step();
    }
    generator.out
}

impl<'w> Generator<'w> {
    fn new(random: &mut Random, words: &'w Words) -> Self {
        let random = Random::new(random.next(), 0);
        let mut new = Self {
            random,
            words,
            out: Vec::with_capacity(256),
            stack: Stack::default(),
            memo: Vec::new(),
            corrupt: 0,
            frame: None,
        };
        new.corrupt = match new.random.below(8) {
            0 => 100,
            1 | 2 => 15,
            _ => 0,
        };
        new
    }

    fn begin(&mut self) {
        if self.random.below(8) > 0 {
            let protocol = 2 + self.random.below(4) as u8;
            self.out.extend([Opcode::Proto.byte(), protocol]);
        }
        if self.random.one_in(4) {
            self.open_frame();
        }
    }

    fn step(&mut self) {
        if self.random.below(1024) < self.corrupt {
            self.anything();
            return;
        }
        match self.random.below(40) {
            0 => return self.idiom(),
            1 if self.frame.is_some() => {
                self.close_frame();
                if self.random.one_in(2) {
                    self.open_frame();
                }
            }
            _ => {}
        }
        for _ in 0..TRIES {
            let info = *self.random.pick(&WEIGHTED);
            if self.fits(info) {
                return self.emit(info);
            }
        }
        self.emit(Opcode::BinInt1.info());
    }

    fn fits(&mut self, info: &OpcodeInfo) -> bool {
        match info.opcode {
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => !self.memo.is_empty(),
            // They seldom succeed.
            Opcode::StackGlobal => self.stack.fits(info) && self.random.one_in(4),
            _ => self.stack.fits(info),
        }
    }

    /// Writes an opcode, and does to the stack what it does.
    fn emit(&mut self, info: &OpcodeInfo) {
        self.out.push(info.opcode.byte());
        let start = self.out.len();
        self.argument(info);
        match info.opcode {
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                let index = self.index_at(start, info.opcode);
                let found = self.memo.iter().rfind(|(at, _)| *at == index);
                self.stack.push(found.map_or(Slot::ANY, |(_, slot)| *slot));
            }
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => {
                let index = self.index_at(start, info.opcode);
                self.memoize(index);
            }
            Opcode::Memoize => self.memoize(self.memo.len() as u64),
            _ => self.stack.apply(info),
        }
    }

    fn memoize(&mut self, index: u64) {
        if let Some(slot) = self.stack.top() {
            self.memo.push((index, slot));
        }
    }

    /// The index that was written.
    fn index_at(&self, start: usize, opcode: Opcode) -> u64 {
        let bytes = &self.out[start..];
        match opcode {
            Opcode::Get | Opcode::Put => std::str::from_utf8(bytes)
                .ok()
                .and_then(|text| text.trim_end().parse().ok())
                .unwrap_or(0),
            _ => bytes
                .iter()
                .rev()
                .fold(0, |value, byte| value << 8 | u64::from(*byte)),
        }
    }

    /// What does not fit.
    fn anything(&mut self) {
        match self.random.below(5) {
            0 => {
                let byte = self.random.byte();
                self.out.push(byte);
            }
            1 => self.out.push(Opcode::Stop.byte()),
            2 => self.open_frame(),
            _ => {
                let info = self.random.pick(OPCODES);
                self.emit(info);
            }
        }
    }

    /// What picklers write for one thing.
    fn idiom(&mut self) {
        match self.random.below(4) {
            0 => self.global(),
            1 => {
                self.global();
                self.items();
                let call = *self.random.pick(&[Opcode::Reduce, Opcode::NewObj]);
                self.emit(call.info());
            }
            2 => {
                self.global();
                self.items();
                self.emit(Opcode::NewObj.info());
                self.emit(Opcode::EmptyDict.info());
                self.emit(Opcode::ShortBinUnicode.info());
                self.emit(Opcode::BinInt1.info());
                self.emit(Opcode::SetItem.info());
                self.emit(Opcode::Build.info());
            }
            _ => {
                let recipe = *self.random.pick(self.words.recipes);
                self.name(recipe.module, recipe.name);
                self.out.extend(recipe.args);
                self.out.push(Opcode::Reduce.byte());
                self.stack.push(Slot::ANY);
            }
        }
        if self.random.one_in(2) {
            self.emit(Opcode::Memoize.info());
        }
    }

    /// A global that is named in one of two ways.
    fn global(&mut self) {
        let (module, name) = *self.random.pick(self.words.globals);
        self.name(module, name);
        self.stack.push(Slot::ANY);
    }

    fn name(&mut self, module: &str, name: &str) {
        let short = |text: &str| u8::try_from(text.len()).unwrap_or(0);
        if self.random.one_in(2) {
            self.out.push(Opcode::Global.byte());
            self.out.extend(module.bytes().chain([b'\n']));
            self.out.extend(name.bytes().chain([b'\n']));
        } else {
            for text in [module, name] {
                self.out
                    .extend([Opcode::ShortBinUnicode.byte(), short(text)]);
                self.out.extend(text.bytes());
            }
            self.out.push(Opcode::StackGlobal.byte());
        }
    }

    /// A tuple of plain items.
    fn items(&mut self) {
        const ATOMS: [Opcode; 6] = [
            Opcode::None,
            Opcode::BinInt1,
            Opcode::ShortBinUnicode,
            Opcode::ShortBinBytes,
            Opcode::BinFloat,
            Opcode::EmptyList,
        ];
        self.emit(Opcode::Mark.info());
        for _ in 0..self.random.below(4) {
            let atom = *self.random.pick(&ATOMS);
            self.emit(atom.info());
        }
        self.emit(Opcode::Tuple.info());
    }

    fn open_frame(&mut self) {
        self.out.push(Opcode::Frame.byte());
        self.frame = Some(self.out.len());
        self.out.extend([0; 8]);
    }

    /// Writes the length of the open frame.
    fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else {
            return;
        };
        let mut length = (self.out.len() - start - 8) as u64;
        if self.random.below(256) < self.corrupt {
            length = match self.random.below(3) {
                0 => length.wrapping_sub(1 + self.random.below(3) as u64),
                1 => length + 1 + self.random.below(3) as u64,
                _ => self.random.next() >> self.random.below(64),
            };
        }
        self.out[start..start + 8].copy_from_slice(&length.to_le_bytes());
    }

    /// Puts what is on the stack together, mostly, and ends the stream.
    fn finish(&mut self) {
        let closers = [
            Opcode::Tuple,
            Opcode::List,
            Opcode::Tuple,
            Opcode::List,
            Opcode::Dict,
            Opcode::FrozenSet,
            Opcode::PopMark,
        ];
        if self.random.below(8) > 0 {
            while self.stack.marks() > 0 {
                let closer = self.random.pick(&closers).info();
                let closer = match self.stack.fits(closer) {
                    true => closer,
                    false => Opcode::Tuple.info(),
                };
                self.emit(closer);
            }
            while self.stack.len() > 1 && self.random.below(8) > 0 {
                self.emit(Opcode::Tuple2.info());
            }
        }
        if self.stack.top().is_none() {
            self.emit(Opcode::None.info());
        }
        if self.random.below(1024) >= self.corrupt {
            self.out.push(Opcode::Stop.byte());
        }
        self.close_frame();
    }
}
