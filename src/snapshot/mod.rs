//! Snapshots: the state of a Python session in a file.
//!
#![cfg_attr(feature = "vm", doc = include_str!("what.md"))]
//! What a snapshot is made of stands here and needs no interpreter:
//!
//! - [`container`]: the format, byte by byte; [`Writer`] makes it, [`Container`] checks and reads it.
//! - [`Metadata`] and [`Report`]: what a snapshot says about itself, as plain data.
//! - [`SigningKey`], [`VerifyingKey`]: HMAC-SHA256 and Ed25519 with a key from the host.
//! - [`replace_file`]: a file is replaced as a whole, or not at all.
//! - [`Diff`]: what changed between two snapshots; nothing is executed.
//! - [`Progress`]: how far a long operation is; its callback can cancel it.
//!
//! All of this may be done with files from anybody: whatever is in them, it ends in an answer or in a
//! [`SnapshotError`], and in memory that [`Limits`] bound.

pub mod container;

#[cfg(feature = "vm")]
mod bytecode;
#[cfg(feature = "vm")]
mod capture;
#[cfg(feature = "vm")]
mod chunk;
#[cfg(feature = "vm")]
mod contents;
mod diff;
mod error;
mod file;
mod metadata;
#[cfg(feature = "vm")]
mod modules;
#[cfg(feature = "vm")]
mod needs;
#[cfg(feature = "vm")]
mod options;
#[cfg(feature = "vm")]
mod order;
mod progress;
#[cfg(feature = "vm")]
mod python;
mod reader;
#[cfg(feature = "vm")]
mod restore;
#[cfg(feature = "vm")]
mod session;
#[cfg(feature = "vm")]
mod settings;
mod told;
#[cfg(feature = "vm")]
mod transaction;
#[cfg(feature = "vm")]
mod watch;

#[cfg(feature = "vm")]
pub use chunk::{register_source, unused_filename};
pub use container::{
    Algorithm, Container, Limit, Limits, ReadOptions, SectionInfo, SigningKey, VerifyingKey,
    WriteOptions, Writer,
};
pub use diff::{Change, Diff, FieldDiff, GlobalDiff, ModuleDiff, SectionDiff, Side};
pub use error::{SnapshotError, SnapshotErrorKind};
pub use file::{read_file, replace_file};
pub use metadata::{
    GlobalReport, Metadata, ModuleReport, Outcome, Report, RestoreReport, SaveReport, Tally, Totals,
};
#[cfg(feature = "vm")]
pub use options::{RestoreOptions, SaveOptions, Unpicklable};
pub use progress::{Observer, Phase, Progress};
#[cfg(feature = "vm")]
pub use session::Snapshot;
