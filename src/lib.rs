#![doc = include_str!("../README.md")]
//!
//! # Where to look
//!
//! - [`dumps()`], [`dump()`], [`DumpOptions`]: from RustPython objects to bytes.
//! - [`loads()`], [`load()`], [`LoadOptions`]: from bytes to RustPython objects.
//! - [`InterpreterBuilderExt`]: `import pickle` in an interpreter that is being built.
//! - [`Handler`], [`register_handler()`]: how objects of a host's own types are pickled by value.
//! - [`Runtime`]: an interpreter to embed; [`runtime`] has what belongs to it.
//! - [`snapshot`]: whole sessions, saved and restored.
//! - [`Error`]: what went wrong, of which kind, and where.
//! - [`inspect`]: what a pickle does and whether it is safe to load, without loading it; needs no interpreter.
//! - [`wire`]: the pickle format alone; [`machine`]: the unpickling machine over objects of your own.
//!   These two need no interpreter.

pub mod inspect;
pub mod limits;
pub mod machine;
pub mod policy;
#[cfg(feature = "snapshot")]
pub mod snapshot;
pub mod wire;

#[cfg(feature = "vm")]
mod by_address;
#[cfg(feature = "vm")]
#[cfg_attr(
    not(all(feature = "snapshot", feature = "stdlib")),
    allow(dead_code, reason = "a part of it is for snapshots and runtimes")
)]
#[allow(
    clippy::needless_pass_by_value,
    reason = "functions for Python take their arguments by value"
)]
mod by_value;
#[cfg(feature = "vm")]
mod compile;
#[cfg(feature = "vm")]
mod dumping;
#[cfg(feature = "vm")]
mod error;
#[cfg(feature = "vm")]
mod exit_functions;
#[cfg(feature = "vm")]
mod install;
#[cfg(feature = "vm")]
mod keywords;
#[cfg(feature = "vm")]
mod known;
#[cfg(feature = "vm")]
mod loading;
#[cfg(feature = "vm")]
mod module;
#[cfg(feature = "vm")]
#[cfg_attr(
    not(feature = "snapshot"),
    allow(dead_code, reason = "a part of it is for snapshots")
)]
mod pickler;
mod python2_names;
#[cfg(feature = "vm")]
mod release;
#[cfg(feature = "stdlib")]
pub mod runtime;
#[cfg(feature = "vm")]
mod same_slot;
#[cfg(feature = "vm")]
mod unpickler;

#[cfg(feature = "vm")]
pub use by_value::handlers::{Files, Handler, MissingFiles, register_handler};
#[cfg(feature = "vm")]
pub use compile::compile;
#[cfg(feature = "vm")]
pub use dumping::{DumpOptions, dump, dumps};
#[cfg(feature = "vm")]
pub use error::{Error, ErrorKind};
#[cfg(feature = "vm")]
pub use exit_functions::run_exit_functions;
#[cfg(feature = "vm")]
pub use install::InterpreterBuilderExt;
#[cfg(feature = "vm")]
pub use loading::{LoadOptions, load, loads};
#[cfg(feature = "vm")]
pub use release::release;
#[cfg(feature = "stdlib")]
pub use runtime::Runtime;
