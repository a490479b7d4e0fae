//! A container is written.

use std::borrow::Cow;
use std::io::Write;

use super::layout::{DIGEST, ENTRY, Entry, HEADER, Header, NAME, OLDEST_READER, VERSION, is_name};
use super::limits::Limit;
use super::{CHUNK, WriteOptions, section};
use crate::snapshot::error::SnapshotError;
use crate::snapshot::metadata::Metadata;
use crate::snapshot::progress::{Observer, Phase, Progress};

/// Collects sections, and writes them as a container.
///
/// ```
/// use std::time::SystemTime;
/// use rustpython_pickle::snapshot::container::{STATE, Writer};
/// use rustpython_pickle::snapshot::{Container, Metadata, Observer, ReadOptions, WriteOptions};
///
/// let quiet = &mut Observer::none();
/// let mut writer = Writer::new(WriteOptions::new());
/// writer.section(STATE, b"\x80\x05K\x01.", quiet)?;
/// let bytes = writer.to_bytes(&Metadata::new(SystemTime::now()), quiet)?;
///
/// let container = Container::from_bytes(bytes, &ReadOptions::new(), quiet)?;
/// assert_eq!(container.section(STATE, quiet)?.as_deref(), Some(&b"\x80\x05K\x01."[..]));
/// # Ok::<(), rustpython_pickle::snapshot::SnapshotError>(())
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    options: WriteOptions,
    sections: Vec<(Entry, Cow<'a, [u8]>)>,
    /// Of the content.
    total: u64,
}

impl<'a> Writer<'a> {
    /// A container without sections.
    #[must_use]
    pub fn new(options: WriteOptions) -> Self {
        Self {
            options,
            sections: Vec::new(),
            total: 0,
        }
    }

    /// Compresses a section and adds it.
    ///
    /// # Errors
    /// When the name is not one to 16 letters, digits, dots, underscores and hyphens of ASCII or is taken,
    /// when the content exceeds the limits, or when the observer cancels.
    pub fn section(
        &mut self,
        name: &str,
        content: &'a [u8],
        observer: &mut Observer<'_>,
    ) -> Result<(), SnapshotError> {
        if !is_name(name) {
            let message = format!("a section cannot have the name {name:?}");
            return Err(SnapshotError::options(message));
        }
        let mut padded = [0; NAME];
        padded[..name.len()].copy_from_slice(name.as_bytes());
        if self.sections.iter().any(|(entry, _)| entry.name == padded) {
            let message = format!("there are two sections with the name {name:?}");
            return Err(SnapshotError::options(message));
        }
        let limits = &self.options.limits;
        let raw = content.len() as u64;
        let total = self.total.saturating_add(raw);
        let sections = self.sections.len() as u64 + 1;
        check(Limit::Section, raw, limits.section)?;
        check(Limit::Total, total, limits.total)?;
        check(
            Limit::Sections,
            sections,
            limits.sections.min(u16::MAX.into()),
        )?;
        let (stored, flags) = section::pack(content, self.options.level, observer)?;
        let entry = Entry {
            name: padded,
            flags,
            stored: stored.len() as u64,
            raw,
            digest: *blake3::hash(&stored).as_bytes(),
        };
        self.sections.push((entry, stored));
        self.total = total;
        Ok(())
    }

    /// Writes the container, and returns its length in bytes.
    ///
    /// # Errors
    /// When `out` fails, the container exceeds the limits, or the observer cancels.
    pub fn write_to(
        &self,
        metadata: &Metadata,
        out: &mut dyn Write,
        observer: &mut Observer<'_>,
    ) -> Result<u64, SnapshotError> {
        let mut json = serde_json::to_vec_pretty(metadata).map_err(|error| {
            SnapshotError::options(format!("no JSON of the metadata: {error}")).with_source(error)
        })?;
        json.push(b'\n');
        let limits = &self.options.limits;
        let size = json.len() as u64;
        check(Limit::Metadata, size, limits.metadata.min(u32::MAX.into()))?;
        let key = self.options.key.as_ref();
        let stored: u64 = self.sections.iter().map(|(entry, _)| entry.stored).sum();
        let table = (self.sections.len() * ENTRY) as u64;
        let signature = key.map_or(0, |key| key.algorithm().size());
        let length = (HEADER + DIGEST + signature + DIGEST) as u64 + size + table + stored;
        check(Limit::File, length, limits.file)?;
        let header = Header {
            version: VERSION,
            oldest_reader: OLDEST_READER,
            algorithm: key.map_or(0, |key| key.algorithm().byte()),
            // Both were held against their limits.
            sections: u16::try_from(self.sections.len()).unwrap_or(u16::MAX),
            metadata: u32::try_from(size).unwrap_or(u32::MAX),
            length,
        };
        let mut out = Hashed {
            out,
            hasher: blake3::Hasher::new(),
            progress: Progress::new(Phase::Write, Some(length)),
            observer,
        };
        out.write(&header.to_bytes())?;
        out.write(&json)?;
        out.write(blake3::hash(&json).as_bytes())?;
        for (entry, _) in &self.sections {
            out.write(&entry.to_bytes())?;
        }
        for (_, stored) in &self.sections {
            out.write(stored)?;
        }
        if let Some(key) = key {
            let signature = key.sign(&out.hasher.finalize())?;
            out.write(&signature)?;
        }
        let digest = out.hasher.finalize();
        out.write(digest.as_bytes())?;
        Ok(length)
    }

    /// The container in memory.
    ///
    /// # Errors
    /// As [`write_to`](Self::write_to), but for `out`.
    pub fn to_bytes(
        &self,
        metadata: &Metadata,
        observer: &mut Observer<'_>,
    ) -> Result<Vec<u8>, SnapshotError> {
        let mut bytes = Vec::new();
        self.write_to(metadata, &mut bytes, observer)?;
        Ok(bytes)
    }
}

fn check(which: Limit, found: u64, limit: u64) -> Result<(), SnapshotError> {
    if found > limit {
        return Err(SnapshotError::limit(which, found, limit));
    }
    Ok(())
}

/// Output that is hashed on its way.
struct Hashed<'a, 'b> {
    out: &'a mut dyn Write,
    hasher: blake3::Hasher,
    progress: Progress,
    observer: &'a mut Observer<'b>,
}

impl Hashed<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        for chunk in bytes.chunks(CHUNK) {
            self.observer.tell(&self.progress)?;
            self.hasher.update(chunk);
            self.out
                .write_all(chunk)
                .map_err(|error| SnapshotError::io("writing", error).at(self.progress.bytes))?;
            self.progress.bytes += chunk.len() as u64;
        }
        Ok(())
    }
}
