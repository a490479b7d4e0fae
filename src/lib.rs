//! A complete pickler and unpickler for RustPython's object model.

pub mod machine;
pub mod wire;

#[cfg(feature = "vm")]
mod dumping;
#[cfg(feature = "vm")]
mod error;
#[cfg(feature = "vm")]
mod install;
#[cfg(feature = "vm")]
mod loading;
#[cfg(feature = "vm")]
mod module;
#[cfg(feature = "vm")]
mod pickler;
#[cfg(feature = "vm")]
mod python2_names;
#[cfg(feature = "vm")]
mod unpickler;

#[cfg(feature = "vm")]
pub use dumping::{DumpOptions, dump, dumps};
#[cfg(feature = "vm")]
pub use error::{Error, ErrorKind};
#[cfg(feature = "vm")]
pub use install::InterpreterBuilderExt;
#[cfg(feature = "vm")]
pub use loading::{LoadOptions, load, loads};
