//! A model whose objects are numbers: the machine alone, at its full speed.

use std::vec::Drain;

use rustpython_pickle::machine::{Memo, Model};
use rustpython_pickle::wire::Opcode;

/// Remembers, as one number, everything that a machine has asked for, with all arguments. Two loads with the same
/// [digest](Self::digest) have done the same.
#[derive(Debug, Default)]
pub struct Tracer {
    digest: u64,
    opcodes: u64,
    lent: u32,
    /// Of so many requests, one is refused; none if zero.
    refuses: u64,
    /// Where opcodes stood, if that is to be kept.
    offsets: Option<Vec<u64>>,
}

/// The model has refused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

type Made = Result<u64, Refused>;

impl Tracer {
    /// A model that refuses nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A model that refuses one request in about so many: always the same ones.
    #[must_use]
    pub fn refusing(one_in: u64) -> Self {
        Self {
            refuses: one_in,
            ..Self::default()
        }
    }

    /// Keeps the offsets of opcodes.
    #[must_use]
    pub fn with_offsets(mut self) -> Self {
        self.offsets = Some(Vec::new());
        self
    }

    /// A number that stands for all that was asked for.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// How many opcodes were carried out, or begun.
    #[must_use]
    pub fn opcodes(&self) -> u64 {
        self.opcodes
    }

    /// Whether each memo that was lent was taken back.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.lent == 0
    }

    /// The offsets of opcodes, if they were to be kept.
    #[must_use]
    pub fn offsets(&self) -> &[u64] {
        self.offsets.as_deref().unwrap_or_default()
    }

    fn mix(&mut self, value: u64) {
        // FxHash: rotate, add, multiply.
        self.digest = (self.digest.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn mix_bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.mix((*byte).into());
        }
    }

    fn make(&mut self, what: u64) -> u64 {
        self.mix(what);
        self.digest
    }

    fn make_of(&mut self, what: u64, parts: impl IntoIterator<Item = u64>) -> Made {
        for part in parts {
            self.mix(part);
        }
        let made = self.make(what);
        match self.refuses > 0 && (made >> 20).is_multiple_of(self.refuses) {
            true => Err(Refused),
            false => Ok(made),
        }
    }

    fn bytes_of(&mut self, what: u64, bytes: &[u8]) -> Made {
        self.mix_bytes(bytes);
        self.make_of(what, [])
    }
}

impl Model for Tracer {
    type Object = u64;
    type Error = Refused;

    fn at(&mut self, offset: u64, opcode: Opcode) {
        self.opcodes += 1;
        self.mix(offset << 8 | u64::from(opcode.byte()));
        if let Some(offsets) = &mut self.offsets {
            offsets.push(offset);
        }
    }
    fn protocol(&mut self, protocol: u8) {
        self.mix(protocol.into());
    }
    fn lend(&mut self, memo: &mut Memo<u64>) {
        self.lent += 1;
        self.mix(memo.len() as u64);
    }
    fn reclaim(&mut self, _memo: &mut Memo<u64>) {
        self.lent -= 1;
    }
    fn shared(&mut self, object: &u64) {
        self.mix(*object);
    }
    fn none(&mut self) -> u64 {
        self.make(1)
    }
    fn bool(&mut self, value: bool) -> u64 {
        self.make(2 + u64::from(value))
    }
    fn int(&mut self, value: i64) -> u64 {
        self.mix(value.cast_unsigned());
        self.make(4)
    }
    fn long(&mut self, bytes: &[u8]) -> Made {
        self.bytes_of(5, bytes)
    }
    fn int_text(&mut self, text: &[u8], _opcode: Opcode) -> Made {
        self.bytes_of(6, text)
    }
    fn float(&mut self, value: f64) -> u64 {
        self.mix(value.to_bits());
        self.make(7)
    }
    fn string(&mut self, bytes: &[u8]) -> Made {
        self.bytes_of(8, bytes)
    }
    fn string_escaped(&mut self, text: &[u8]) -> Made {
        self.bytes_of(9, text)
    }
    fn str(&mut self, utf8: &[u8]) -> Made {
        self.bytes_of(10, utf8)
    }
    fn str_escaped(&mut self, text: &[u8]) -> Made {
        self.bytes_of(11, text)
    }
    fn bytes(&mut self, bytes: Vec<u8>) -> u64 {
        self.mix_bytes(&bytes);
        self.make(12)
    }
    fn bytearray(&mut self, bytes: Vec<u8>) -> u64 {
        self.mix_bytes(&bytes);
        self.make(13)
    }
    fn next_buffer(&mut self) -> Made {
        self.make_of(14, [])
    }
    fn readonly_buffer(&mut self, buffer: u64) -> Made {
        self.make_of(15, [buffer])
    }
    fn tuple(&mut self, items: Drain<'_, u64>) -> Made {
        self.make_of(16, items)
    }
    fn list(&mut self, items: Drain<'_, u64>) -> Made {
        self.make_of(17, items)
    }
    fn dict(&mut self, items: Drain<'_, u64>) -> Made {
        assert!(items.len().is_multiple_of(2), "a dict of keys and values");
        self.make_of(18, items)
    }
    fn set(&mut self) -> u64 {
        self.make(19)
    }
    fn frozenset(&mut self, items: Drain<'_, u64>) -> Made {
        self.make_of(20, items)
    }
    fn extend(&mut self, target: &u64, items: Drain<'_, u64>) -> Result<(), Refused> {
        assert!(items.len() > 0, "no empty batch");
        self.mix(*target);
        self.make_of(21, items).map(drop)
    }
    fn append(&mut self, target: &u64, item: u64) -> Result<(), Refused> {
        self.make_of(22, [*target, item]).map(drop)
    }
    fn set_items(&mut self, target: &u64, items: Drain<'_, u64>) -> Result<(), Refused> {
        assert!(
            items.len() > 0 && items.len().is_multiple_of(2),
            "keys and values"
        );
        self.mix(*target);
        self.make_of(23, items).map(drop)
    }
    fn add_items(&mut self, target: &u64, items: Drain<'_, u64>) -> Result<(), Refused> {
        assert!(items.len() > 0, "no empty batch");
        self.mix(*target);
        self.make_of(24, items).map(drop)
    }
    fn module_text(&mut self, module: &[u8], _opcode: Opcode) -> Result<(), Refused> {
        self.bytes_of(25, module).map(drop)
    }
    fn global_text(&mut self, module: &[u8], name: &[u8], _opcode: Opcode) -> Made {
        self.mix_bytes(module);
        self.bytes_of(26, name)
    }
    fn global(&mut self, module: u64, name: u64) -> Made {
        self.make_of(27, [module, name])
    }
    fn extension(&mut self, code: i32) -> Made {
        assert!(code > 0, "a code is above zero");
        self.make_of(28, [code.unsigned_abs().into()])
    }
    fn reduce(&mut self, callable: u64, args: u64) -> Made {
        self.make_of(29, [callable, args])
    }
    fn new_object(&mut self, class: u64, args: u64, kwargs: Option<u64>) -> Made {
        self.make_of(30, [class, args, kwargs.unwrap_or(0)])
    }
    fn instance(&mut self, class: u64, args: Drain<'_, u64>) -> Made {
        self.mix(class);
        self.make_of(31, args)
    }
    fn build(&mut self, object: &u64, state: u64) -> Result<(), Refused> {
        self.make_of(32, [*object, state]).map(drop)
    }
    fn persistent(&mut self, id: u64) -> Made {
        self.make_of(33, [id])
    }
    fn persistent_text(&mut self, id: &[u8]) -> Made {
        self.bytes_of(34, id)
    }
    fn discard(&mut self, objects: Drain<'_, u64>) {
        for object in objects {
            self.mix(object);
        }
    }
}
