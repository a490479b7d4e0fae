//! A container is checked and read.

use core::fmt;
use std::borrow::Cow;
use std::io::Read;

use super::key::Algorithm;
use super::layout::{CONTAINER, HEADER, Header, Layout, METADATA};
use super::limits::Limit;
use super::{CHUNK, Limits, ReadOptions, section};
use crate::snapshot::error::{SnapshotError, SnapshotErrorKind};
use crate::snapshot::metadata::Metadata;
use crate::snapshot::progress::{Observer, Phase, Progress};

/// A container that has been checked: its digest is right, and its signature, if a key was given.
///
/// See [`Writer`](super::Writer) for an example.
#[derive(Clone)]
pub struct Container {
    bytes: Vec<u8>,
    layout: Layout,
    names: Vec<String>,
    metadata: Metadata,
    verified: bool,
}

/// What the section table says about a section.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SectionInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its flags: bit 0 for zstd.
    pub flags: u32,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its length in the file, in bytes.
    pub stored: u64,
    /// The length of its content, in bytes.
    pub raw: u64,
    /// The BLAKE3 digest of what is stored.
    pub digest: [u8; 32],
}

impl Container {
    /// Checks a container in memory.
    ///
    /// # Errors
    /// When it is no container, is damaged, too new, too large, or not signed with one of the keys
    /// of the options; or when the observer cancels.
    pub fn from_bytes(
        bytes: Vec<u8>,
        options: &ReadOptions,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        let (layout, verified) = check(&bytes, options, observer)?;
        let names = names(&layout)?;
        let json = bytes.get(layout.metadata.clone()).unwrap_or_default();
        let metadata = serde_json::from_slice(json).map_err(|error| {
            SnapshotError::corrupt(METADATA, &error)
                .with_source(error)
                .at(HEADER as u64)
        })?;
        Ok(Self {
            bytes,
            layout,
            names,
            metadata,
            verified,
        })
    }

    /// Checks a container without copying or unpacking anything: lengths, digest, signature, and section table.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), but for the metadata, which is not parsed.
    pub fn check(
        bytes: &[u8],
        options: &ReadOptions,
        observer: &mut Observer<'_>,
    ) -> Result<(), SnapshotError> {
        let (layout, _) = check(bytes, options, observer)?;
        names(&layout).map(drop)
    }

    /// Reads a container up to the end of `reader`, and checks it.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and when the reader fails.
    pub fn from_reader(
        reader: &mut dyn Read,
        options: &ReadOptions,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        let mut bytes = Vec::new();
        read_up_to(reader, HEADER as u64, &mut bytes)?;
        let header = Header::parse(&bytes, &options.limits)?;
        let mut progress = Progress::new(Phase::Read, Some(header.length));
        loop {
            progress.bytes = bytes.len() as u64;
            observer.tell(&progress)?;
            // One byte more than there may be shows that there is more.
            let room = header
                .length
                .saturating_sub(progress.bytes)
                .saturating_add(1);
            let room = room.min(CHUNK as u64);
            if read_up_to(reader, room, &mut bytes)? < room || bytes.len() as u64 > header.length {
                break;
            }
        }
        Self::from_bytes(bytes, options, observer)
    }

    /// What the snapshot says about itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The metadata as it stands in the file: JSON.
    #[must_use]
    pub fn metadata_json(&self) -> &[u8] {
        self.bytes
            .get(self.layout.metadata.clone())
            .unwrap_or_default()
    }

    /// The container version that it was written in.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.layout.header.version
    }

    /// The lowest container version whose readers can read it.
    #[must_use]
    pub fn oldest_reader(&self) -> u16 {
        self.layout.header.oldest_reader
    }

    /// Whether it is signed, with an algorithm of this version or a later one.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.layout.header.algorithm != 0
    }

    /// How it is signed; `None` if it is not, or with an algorithm of a later version.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_byte(self.layout.header.algorithm)
    }

    /// Whether the signature was checked with a key. A wrong one is an error.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// The file's digest: BLAKE3 of everything before it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        if let Some(found) = self.bytes.get(self.layout.digest.clone()) {
            digest.copy_from_slice(found);
        }
        digest
    }

    /// What is inside, in the order of the file.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = SectionInfo<'_>> {
        let layout = &self.layout;
        let rows = layout.entries.iter().zip(&layout.sections);
        rows.zip(&self.names)
            .map(|((entry, range), name)| SectionInfo {
                name,
                flags: entry.flags,
                offset: range.start as u64,
                stored: entry.stored,
                raw: entry.raw,
                digest: entry.digest,
            })
    }

    /// Unpacks the content of a section; `None` if there is no such section.
    ///
    /// # Errors
    /// When it cannot be unpacked, or holds more or less than the table says; or when the observer cancels.
    pub fn section(
        &self,
        name: &str,
        observer: &mut Observer<'_>,
    ) -> Result<Option<Cow<'_, [u8]>>, SnapshotError> {
        let Some(index) = self.names.iter().position(|found| found == name) else {
            return Ok(None);
        };
        let layout = &self.layout;
        let (Some(entry), Some(range)) = (layout.entries.get(index), layout.sections.get(index))
        else {
            return Ok(None);
        };
        let stored = self.bytes.get(range.clone()).unwrap_or_default();
        section::unpack(name, entry, stored, observer)
            .map(Some)
            .map_err(|error| error.at(range.start as u64))
    }

    /// The container as it was written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The container as it was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container")
            .field("bytes", &self.bytes.len())
            .field("sections", &self.names)
            .field("algorithm", &self.algorithm())
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// Appends up to `n` bytes; fewer only at the end. Memory grows with what arrives.
fn read_up_to(reader: &mut dyn Read, n: u64, bytes: &mut Vec<u8>) -> Result<u64, SnapshotError> {
    let offset = bytes.len() as u64;
    let read = reader.take(n).read_to_end(bytes);
    read.map(|read| read as u64)
        .map_err(|error| SnapshotError::io("reading", error).at(offset))
}

/// What has to be right before anything is looked at; and whether there was a key to check with.
fn check(
    bytes: &[u8],
    options: &ReadOptions,
    observer: &mut Observer<'_>,
) -> Result<(Layout, bool), SnapshotError> {
    let layout = Layout::parse(bytes, &options.limits)?;
    let verified = verify(bytes, &layout, options, observer)?;
    check_sizes(&layout, &options.limits)?;
    Ok((layout, verified))
}

/// Checks digest and signature: whether there was a key to check with.
fn verify(
    bytes: &[u8],
    layout: &Layout,
    options: &ReadOptions,
    observer: &mut Observer<'_>,
) -> Result<bool, SnapshotError> {
    let slice = |range: &core::ops::Range<usize>| bytes.get(range.clone()).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    let signed = slice(&(0..layout.signature.start));
    let mut progress = Progress::new(Phase::Verify, Some(signed.len() as u64));
    for chunk in signed.chunks(CHUNK) {
        observer.tell(&progress)?;
        hasher.update(chunk);
        progress.bytes += chunk.len() as u64;
    }
    let signed = hasher.finalize();
    hasher.update(slice(&layout.signature));
    if !is_digest(&hasher.finalize(), slice(&layout.digest)) {
        return Err(culprit(bytes, layout));
    }
    if options.keys.is_empty() {
        return Ok(false);
    }
    let byte = layout.header.algorithm;
    if byte == 0 {
        let message = "it is not signed, and a key was given to check it with";
        return Err(SnapshotError::new(
            SnapshotErrorKind::MissingSignature,
            message,
        ));
    }
    let algorithm = Algorithm::from_byte(byte);
    for key in &options.keys {
        if key.verifies(algorithm, &signed, slice(&layout.signature))? {
            return Ok(true);
        }
    }
    let message = match algorithm {
        Some(algorithm) => format!("bad signature: {algorithm} with another key"),
        None => format!("bad signature: algorithm {byte} is of a later version"),
    };
    let error = SnapshotError::new(SnapshotErrorKind::BadSignature, message);
    Err(error.at(layout.signature.start as u64))
}

/// In constant time, as blake3 compares.
fn is_digest(computed: &blake3::Hash, stored: &[u8]) -> bool {
    blake3::Hash::from_slice(stored).is_ok_and(|stored| *computed == stored)
}

/// What is damaged, in a file whose digest is wrong.
fn culprit(bytes: &[u8], layout: &Layout) -> SnapshotError {
    let slice = |range: &core::ops::Range<usize>| bytes.get(range.clone()).unwrap_or_default();
    const MESSAGE: &str = "it is not what was written: its digest is another one";
    let stored = slice(&layout.metadata_digest);
    if !is_digest(&blake3::hash(slice(&layout.metadata)), stored) {
        return SnapshotError::corrupt(METADATA, MESSAGE).at(layout.metadata.start as u64);
    }
    for (entry, range) in layout.entries.iter().zip(&layout.sections) {
        if !is_digest(&blake3::hash(slice(range)), &entry.digest) {
            let name = entry.name().unwrap_or(CONTAINER);
            return SnapshotError::corrupt(name, MESSAGE).at(range.start as u64);
        }
    }
    let message = "metadata and sections are what was written, and something around them is not";
    SnapshotError::corrupt(CONTAINER, message)
}

fn names(layout: &Layout) -> Result<Vec<String>, SnapshotError> {
    let mut names: Vec<String> = Vec::with_capacity(layout.entries.len());
    for entry in &layout.entries {
        let Some(name) = entry.name() else {
            let message = format!("no name of a section: {:?}", entry.name.escape_ascii());
            return Err(SnapshotError::corrupt(CONTAINER, message).at(layout.table.start as u64));
        };
        if names.iter().any(|earlier| earlier == name) {
            let message = format!("two sections have the name {name:?}");
            return Err(SnapshotError::corrupt(CONTAINER, message).at(layout.table.start as u64));
        }
        names.push(name.to_owned());
    }
    let length = layout.signature.len();
    let expected = match layout.header.algorithm {
        0 => Some(0),
        byte => Algorithm::from_byte(byte).map(Algorithm::size),
    };
    if expected.is_some_and(|expected| expected != length) {
        let message = format!("{length} bytes stand where the signature should");
        let error = SnapshotError::corrupt(CONTAINER, message);
        return Err(error.at(layout.signature.start as u64));
    }
    Ok(names)
}

fn check_sizes(layout: &Layout, limits: &Limits) -> Result<(), SnapshotError> {
    let mut total = 0u64;
    for entry in &layout.entries {
        total = total.saturating_add(entry.raw);
        let found = if entry.raw > limits.section {
            Some((Limit::Section, entry.raw, limits.section))
        } else if total > limits.total {
            Some((Limit::Total, total, limits.total))
        } else {
            None
        };
        if let Some((which, found, limit)) = found {
            let error = SnapshotError::limit(which, found, limit);
            return Err(error.at(layout.table.start as u64));
        }
    }
    Ok(())
}
