//! From RustPython objects to the wire.
//!
//! The pickler keeps what it is in the middle of on a stack of its own
//! ([`Frame`]), so that native stack use does not grow with the depth of the
//! objects. What it writes is, byte for byte, what CPython 3.14's `_pickle.c` writes.

mod atom;
mod deferred;
mod dump;
mod frame;
mod global;
mod items;
mod leaves;
mod memo;
mod path;
mod plan;
mod reduce;
mod reduction;
mod sink;

pub(crate) use dump::{
    BufferCallback, BufferFn, Dump, DumpFailure, DumpSettings, Hook, HookFn, MemoOwner, type_name,
};
pub(crate) use global::{own_name, which_module};
pub(crate) use memo::Memo;
pub(crate) use sink::Sink;
