//! The pickle format alone: opcodes, input with its frames, output with its
//! framing. No Python objects, no interpreter.

mod capped;
mod decode;
mod input;
mod opcode;
mod output;
mod stream;
mod strict;

pub use capped::Capped;
pub(crate) use decode::instructions_unframed;
pub use decode::{Argument, DecodeError, DecodeErrorKind, Instruction, Instructions, instructions};
pub use input::{InputError, SliceSource, Source};
pub use opcode::{
    ArgumentKind, DEFAULT_PROTOCOL, HIGHEST_PROTOCOL, OPCODES, Opcode, OpcodeInfo, StackItem,
};
pub use output::{FRAME_SIZE_TARGET, Output};
pub use stream::{ByteStream, ReadStream, StreamSource};
pub use strict::{Strict, StrictError, StrictErrorKind};
