//! Looks into pickles without an interpreter.

pub mod dis;
pub mod graph;
mod limits;
mod read;
pub(crate) mod show;
mod source;
mod text;

pub use limits::{Limit, Limits};
pub use read::{Error, Pickle, Problem};
