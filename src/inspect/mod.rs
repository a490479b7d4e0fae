//! Looks into pickles without an interpreter, and without doing what they say.
//!
//! A pickle is a program. This module runs it on the [machine](crate::machine) that loads pickles, over a
//! model in which every object is a node of a [graph] and nothing is imported, called or looked up. What a load would see,
//! this sees, because it is the same code that reads it; nothing has to be guessed from patterns of bytes.
//!
//! - [`Pickle`]: one pickle, its graph and its [steps](graph::Step), to its end or to where it is malformed.
//! - [`dis`]: every opcode with what it works on; or the text of Python's `pickletools.dis`.
//! - [`globals()`] and [`Program`]: what a pickle names, and what it does, as pseudo-Python.
//! - [`scan`]: whether a file is safe to load, under the lists of [`crate::policy`].
//! - [`Sizes`]: what takes the space, by path and by type.
//!
//! Bytes of any kind end in a result, in bounded time and memory: see [`Limits`]. What text there is has nothing in it that a
//! terminal would act upon.
//!
//! ```
//! use rustpython_pickle::inspect::scan::{ScanOptions, scan};
//! use rustpython_pickle::inspect::{Limits, Pickle, Program};
//!
//! let data = b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x0a__import__\x85R\x94.";
//! let program = Program::new(&Pickle::read(data, &Limits::default()), &Limits::default());
//! assert_eq!(program.statements()[0].text, "v0 = builtins.eval('__import__')");
//! assert_eq!(scan(data, &ScanOptions::default()).verdict.to_string(), "dangerous");
//! ```
//!
//! The features `archives` (zip archives and compressed files) and `flamegraph` (of [`Sizes`]) add what
//! needs other crates. On the command line, all of it is `rustpython-pickle dis`, `globals`, `scan` and `size`, and the program
//! `pickle-inspect`, which has no interpreter and builds in seconds.

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
#[cfg(feature = "vm")]
pub(crate) use text::{escape_decode, raw_unicode_escape};
