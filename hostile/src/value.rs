//! What a pickle makes, as a tree, and its assembly in each protocol.
//!
//! ```
//! use hostile::args;
//! use hostile::value::{call, g};
//!
//! let value = call(g("os", "system"), args!["id"]);
//! assert_eq!(value.pickle(2), b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.");
//! ```

use crate::asm::Asm;

/// A value, or the steps that make one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// A bool.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A str.
    Str(String),
    /// Bytes; before protocol 3, `_codecs.encode` of a str, as CPython writes them.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A list.
    List(Vec<Self>),
    /// A dict.
    Dict(Vec<(Self, Self)>),
    /// A global: `GLOBAL`, or `STACK_GLOBAL` from protocol 4 on.
    Global(String, String),
    /// `REDUCE` with these arguments.
    Call(Box<Self>, Vec<Self>),
    /// `BUILD` with a state.
    Build(Box<Self>, Box<Self>),
    /// Values that are made and dropped, before the last one stays.
    Steps(Vec<Self>),
    /// A value that goes into the memo at this index, too.
    Keep(u8, Box<Self>),
    /// What is in the memo at this index.
    Kept(u8),
    /// Assembly that leaves one object on the stack, whatever the protocol.
    Asm(Asm),
}

/// Arguments: anything that a [`Value`] can be made from.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}

/// A global.
#[must_use]
pub fn g(module: &str, name: &str) -> Value {
    Value::Global(module.to_owned(), name.to_owned())
}

/// A call.
#[must_use]
pub fn call(callable: Value, args: Vec<Value>) -> Value {
    Value::Call(Box::new(callable), args)
}

/// A call of a method, by `operator.methodcaller`.
#[must_use]
pub fn method(object: Value, name: &str, mut args: Vec<Value>) -> Value {
    args.insert(0, name.into());
    call(call(g("operator", "methodcaller"), args), vec![object])
}

/// A tuple.
#[must_use]
pub fn tuple(items: Vec<Value>) -> Value {
    Value::Tuple(items)
}

/// A list.
#[must_use]
pub fn list(items: Vec<Value>) -> Value {
    Value::List(items)
}

/// A dict with str keys.
#[must_use]
pub fn dict<const N: usize>(items: [(&str, Value); N]) -> Value {
    Value::Dict(items.map(|(key, value)| (key.into(), value)).into())
}

/// An object that gets a state by `BUILD`.
#[must_use]
pub fn build(object: Value, state: Value) -> Value {
    Value::Build(Box::new(object), Box::new(state))
}

/// Values that are made and dropped, before the last one stays.
#[must_use]
pub fn steps(values: Vec<Value>) -> Value {
    Value::Steps(values)
}

/// A value that is memoized.
#[must_use]
pub fn keep(index: u8, value: Value) -> Value {
    Value::Keep(index, Box::new(value))
}

/// A value from the memo.
#[must_use]
pub fn kept(index: u8) -> Value {
    Value::Kept(index)
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Str(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Asm> for Value {
    fn from(asm: Asm) -> Self {
        Self::Asm(asm)
    }
}

impl Value {
    /// The whole pickle, `PROTO` (from 2 on) and `STOP` included, without frames and without a
    /// memo but for [`Value::Keep`].
    #[must_use]
    pub fn pickle(&self, protocol: u8) -> Vec<u8> {
        let head = match protocol {
            0 | 1 => Asm::new(),
            _ => Asm::new().proto(protocol),
        };
        head.then(&self.asm(protocol)).stop()
    }

    /// The assembly that leaves this on the stack.
    #[must_use]
    pub fn asm(&self, protocol: u8) -> Asm {
        self.onto(Asm::new(), protocol)
    }

    fn onto(&self, asm: Asm, protocol: u8) -> Asm {
        match self {
            Self::None => asm.none(),
            Self::Bool(truth) => match (protocol, truth) {
                (0 | 1, false) => asm.int_text("00"),
                (0 | 1, true) => asm.int_text("01"),
                (_, false) => asm.newfalse(),
                (_, true) => asm.newtrue(),
            },
            Self::Int(number) => match i32::try_from(*number) {
                Ok(_) if protocol > 0 => asm.int(*number),
                Err(_) if protocol > 1 => asm.int(*number),
                Ok(_) => asm.int_text(number.to_string()),
                Err(_) => asm.long_text(format!("{number}L")),
            },
            Self::Float(number) if protocol > 0 => asm.binfloat(*number),
            Self::Float(number) => asm.float_text(format!("{number:?}")),
            Self::Str(text) => match protocol {
                0 => asm.unicode_text(raw_unicode_escape(text)),
                1..4 => asm.binunicode(text),
                _ => asm.text(text),
            },
            Self::Bytes(bytes) => match protocol {
                0..3 => {
                    let text: String = bytes.iter().copied().map(char::from).collect();
                    let encode = g("_codecs", "encode");
                    call(encode, args![text, "latin1"]).onto(asm, protocol)
                }
                _ => asm.binbytes(bytes),
            },
            Self::Tuple(items) => Self::tuple_onto(items, asm, protocol),
            Self::List(items) if protocol == 0 => all(items, asm.mark(), protocol).list(),
            Self::List(items) => all(items, asm.empty_list().mark(), protocol).appends(),
            Self::Dict(items) => {
                let text = protocol == 0;
                let asm = if text { asm } else { asm.empty_dict() };
                let asm = items.iter().fold(asm.mark(), |asm, (key, value)| {
                    value.onto(key.onto(asm, protocol), protocol)
                });
                if text { asm.dict() } else { asm.setitems() }
            }
            Self::Global(module, name) => match protocol {
                0..4 => asm.global(module, name),
                _ => asm.named(module, name),
            },
            Self::Call(callable, args) => {
                Self::tuple_onto(args, callable.onto(asm, protocol), protocol).reduce()
            }
            Self::Build(object, state) => state.onto(object.onto(asm, protocol), protocol).build(),
            Self::Steps(values) => {
                let mut asm = asm;
                for (number, value) in values.iter().enumerate() {
                    asm = value.onto(if number > 0 { asm.pop() } else { asm }, protocol);
                }
                asm
            }
            Self::Keep(index, value) => value.onto(asm, protocol).binput(*index),
            Self::Kept(index) => asm.binget(*index),
            Self::Asm(piece) => asm.then(piece),
        }
    }

    fn tuple_onto(items: &[Self], asm: Asm, protocol: u8) -> Asm {
        match (protocol, items.len()) {
            (1.., 0) => asm.empty_tuple(),
            (2.., 1) => all(items, asm, protocol).tuple1(),
            (2.., 2) => all(items, asm, protocol).tuple2(),
            (2.., 3) => all(items, asm, protocol).tuple3(),
            _ => all(items, asm.mark(), protocol).tuple(),
        }
    }
}

fn all(items: &[Value], asm: Asm, protocol: u8) -> Asm {
    items.iter().fold(asm, |asm, item| item.onto(asm, protocol))
}

/// As `UNICODE` has it: what would end or change the text is written as `\u` and four digits.
fn raw_unicode_escape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for unit in text.chars() {
        match u8::try_from(unit) {
            Ok(byte) if !matches!(byte, b'\\' | b'\n' | b'\r' | 0 | 0x1a) => out.push(byte),
            _ if u32::from(unit) < 0x1_0000 => {
                out.extend(format!("\\u{:04x}", u32::from(unit)).bytes());
            }
            _ => out.extend(format!("\\U{:08x}", u32::from(unit)).bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols() {
        let value = list(args![1, "a", true]);
        assert_eq!(value.pickle(0), b"(I1\nVa\nI01\nl.");
        assert_eq!(value.pickle(1), b"](K\x01X\x01\0\0\0aI01\ne.");
        assert_eq!(value.pickle(4), b"\x80\x04](K\x01\x8c\x01a\x88e.");
        assert_eq!(g("a", "b").pickle(4), b"\x80\x04\x8c\x01a\x8c\x01b\x93.");
        let call = call(g("a", "b"), vec![]);
        assert_eq!(call.pickle(0), b"ca\nb\n(tR.");
        assert_eq!(call.pickle(1), b"ca\nb\n)R.");
        let kept = steps(vec![keep(0, Value::None), kept(0)]);
        assert_eq!(kept.pickle(1), b"Nq\x000h\x00.");
        assert_eq!(Value::from("\n\\").pickle(0), b"V\\u000a\\u005c\n.");
    }
}
