//! Disassembly: every opcode of a pickle.

mod annotations;
mod argument;
mod pickletools;

pub use pickletools::{Layout, PickletoolsError, pickletools};
