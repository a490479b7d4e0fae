//! The format of a snapshot file: what stands at which byte.
//!
//! All numbers are little-endian and unsigned.
//!
//! | offset | bytes | what |
//! | ---: | ---: | --- |
//! | 0 | 12 | the magic: `\x89RPYSNAP\r\n\x1a\n` |
//! | 12 | 2 | the container version: 1 |
//! | 14 | 2 | the oldest reader: the lowest container version whose readers can read the file |
//! | 16 | 1 | the signature: 0 none, 1 HMAC-SHA256, 2 Ed25519 |
//! | 17 | 1 | 0 |
//! | 18 | 2 | *n*, the number of sections |
//! | 20 | 4 | *m*, the length of the metadata |
//! | 24 | 8 | the length of the file |
//! | 32 | *m* | the metadata: [`Metadata`](super::Metadata) as JSON, with a newline at the end |
//! | 32 + *m* | 32 | BLAKE3 of the metadata |
//! | 64 + *m* | 72 *n* | the section table |
//! | | | the sections, one right after the other in the order of the table |
//! | | 0, 32 or 64 | the signature |
//! | length - 32 | 32 | BLAKE3 of everything before it |
//!
//! An entry of the section table:
//!
//! | offset | bytes | what |
//! | ---: | ---: | --- |
//! | 0 | 16 | the name: ASCII letters, digits, `.`, `_` and `-`, filled up with zeros |
//! | 16 | 4 | flags: bit 0 for one zstd frame, with a window of at most 8 MiB |
//! | 20 | 4 | 0 |
//! | 24 | 8 | the length as it is stored |
//! | 32 | 8 | the length of the content |
//! | 40 | 32 | BLAKE3 of the section as it is stored |
//!
//! **The magic** begins with a byte above 127 and has both kinds of line ends, as that of PNG: a transfer that
//! takes the file for text damages it where it shows.
//!
//! **Versions.** Only the oldest reader decides whether a file is refused. A later version may add sections, flags,
//! signatures and names in the metadata that a reader of an earlier one does not know: it leaves them alone, and
//! refuses only to hand out a section whose flags it does not know. Bytes that are 0 here are not looked at.
//!
//! **The signature** is made over the 32 ASCII bytes `rustpython-pickle snapshot v1   ` (with three spaces) and the
//! BLAKE3 of everything before the signature. Without the key it can be told from the file's digest whether the signature
//! is the one that was written; with the key, whether its owner made it. A reader without a key reads signed files as well.
//!
//! **Checks come first.** A reader compares lengths with limits and with each other, then the digest, then the signature,
//! and only then looks at names, metadata and content. The digests in the table and that of the metadata are looked at when
//! the file's is wrong, to tell what is damaged. The content of a section is unpacked when it is asked for, up to the length
//! that the table says.
//!
//! **Sections** of version 1: [`STATE`], a sequence of pickles with one memo; [`SOURCES`], what code was compiled from.
//!
//! Equal metadata, sections and options give equal files.

mod key;
mod layout;
mod limits;
mod options;
mod read;
mod section;
mod write;

pub use key::{Algorithm, SigningKey, VerifyingKey};
pub use layout::{MAGIC, VERSION};
pub use limits::{Limit, Limits};
pub use options::{ReadOptions, WriteOptions};
pub use read::{Container, SectionInfo};
pub use write::Writer;

/// The section that holds the objects: pickles, one after the other, that share one memo.
pub const STATE: &str = "state";

/// The section that holds the sources of code.
pub const SOURCES: &str = "sources";

/// How many bytes are worked on between two calls of a progress callback.
pub(crate) const CHUNK: usize = 1 << 20;
