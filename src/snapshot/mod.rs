//! Snapshots: the state of a Python session in a file.
//!
//! What a snapshot is made of stands here and needs no interpreter:
//!
//! - [`container`]: the format, byte by byte; [`Writer`] makes it, [`Container`] checks and reads it.
//! - [`Metadata`] and [`Report`]: what a snapshot says about itself, as plain data.
//! - [`SigningKey`], [`VerifyingKey`]: HMAC-SHA256 and Ed25519 with a key from the host.
//! - [`replace_file`]: a file is replaced as a whole, or not at all.
//! - [`Progress`]: how far a long operation is; its callback can cancel it.

pub mod container;

mod error;
mod file;
mod metadata;
mod progress;

pub use container::{
    Algorithm, Container, Limit, Limits, ReadOptions, SectionInfo, SigningKey, VerifyingKey,
    WriteOptions, Writer,
};
pub use error::{SnapshotError, SnapshotErrorKind};
pub use file::{read_file, replace_file};
pub use metadata::{
    GlobalReport, Metadata, ModuleReport, Outcome, Report, RestoreReport, SaveReport, Tally, Totals,
};
pub use progress::{Observer, Phase, Progress};
