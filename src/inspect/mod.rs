//! Looks into pickles without an interpreter.

pub mod graph;
pub(crate) mod show;
mod text;
