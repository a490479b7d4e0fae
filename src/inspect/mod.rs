//! Looks into pickles without an interpreter.

pub mod dis;
pub mod graph;
mod limits;
mod program;
mod python2;
mod read;
pub mod scan;
pub(crate) mod show;
pub mod size;
mod source;
mod text;

pub use limits::{Limit, Limits};
pub use program::{GlobalUse, Program, Statement, globals};
pub use read::{Error, Pickle, Problem};
pub use size::Sizes;
pub use text::printable;
