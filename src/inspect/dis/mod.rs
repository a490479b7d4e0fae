//! Disassembly: every opcode of a pickle.
//!
//! [`lines`] says what each opcode works on; [`pickletools`] writes what CPython's function of that name prints.

mod annotations;
mod argument;
mod listing;
mod pickletools;

pub use listing::{Line, Lines, lines};
pub use pickletools::{Layout, PickletoolsError, pickletools};
