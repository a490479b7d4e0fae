//! Where what stands: the header and the section table as bytes, both ways.

use core::ops::Range;

use super::Limits;
use super::limits::Limit;
use crate::snapshot::error::{SnapshotError, SnapshotErrorKind};

/// The first bytes of every snapshot.
pub const MAGIC: [u8; 12] = *b"\x89RPYSNAP\r\n\x1a\n";

/// The container version that is written here, and the highest one that is read.
pub const VERSION: u16 = 1;

/// The lowest version whose readers can read what is written here.
pub(super) const OLDEST_READER: u16 = 1;

pub(super) const HEADER: usize = 32;
pub(super) const DIGEST: usize = 32;
pub(super) const ENTRY: usize = 72;
pub(super) const NAME: usize = 16;

/// Flag of a section: it is a zstd frame.
pub(super) const ZSTD: u32 = 1;

/// The name in errors of everything that holds metadata and sections together.
pub(super) const CONTAINER: &str = "container";
/// The name in errors of the metadata.
pub(super) const METADATA: &str = "metadata";

/// The fixed part at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u16,
    pub(super) oldest_reader: u16,
    pub(super) algorithm: u8,
    pub(super) sections: u16,
    pub(super) metadata: u32,
    pub(super) length: u64,
}

/// A row of the section table, with the name as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: [u8; NAME],
    pub(super) flags: u32,
    pub(super) stored: u64,
    pub(super) raw: u64,
    pub(super) digest: [u8; DIGEST],
}

/// The `N` bytes at an offset; the caller has made sure that they are there.
fn array<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut array = [0; N];
    if let Some(found) = bytes.get(offset..offset + N) {
        array.copy_from_slice(found);
    }
    array
}

pub(super) fn truncated(offset: usize, message: impl Into<String>) -> SnapshotError {
    SnapshotError::new(SnapshotErrorKind::Truncated, message).at(offset as u64)
}

impl Header {
    pub(super) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..12].copy_from_slice(&MAGIC);
        bytes[12..14].copy_from_slice(&self.version.to_le_bytes());
        bytes[14..16].copy_from_slice(&self.oldest_reader.to_le_bytes());
        bytes[16] = self.algorithm;
        bytes[18..20].copy_from_slice(&self.sections.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.metadata.to_le_bytes());
        bytes[24..].copy_from_slice(&self.length.to_le_bytes());
        bytes
    }

    /// The header at the beginning of `bytes`, if a reader of this version may go on.
    pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, SnapshotError> {
        magic(bytes)?;
        if bytes.len() < 16 {
            return Err(truncated(bytes.len(), "truncated in the header"));
        }
        let oldest_reader = u16::from_le_bytes(array(bytes, 14));
        if oldest_reader > VERSION {
            let kind = SnapshotErrorKind::TooNew {
                needs: oldest_reader,
                supports: VERSION,
            };
            let message = format!(
                "too new: it needs container version {oldest_reader}, and this reader knows {VERSION}"
            );
            return Err(SnapshotError::new(kind, message).at(14));
        }
        if bytes.len() < HEADER {
            return Err(truncated(bytes.len(), "truncated in the header"));
        }
        let header = Self {
            version: u16::from_le_bytes(array(bytes, 12)),
            oldest_reader,
            algorithm: array::<1>(bytes, 16)[0],
            sections: u16::from_le_bytes(array(bytes, 18)),
            metadata: u32::from_le_bytes(array(bytes, 20)),
            length: u64::from_le_bytes(array(bytes, 24)),
        };
        for (which, found, limit, offset) in [
            (Limit::File, header.length, limits.file, 24),
            (Limit::Metadata, header.metadata.into(), limits.metadata, 20),
            (Limit::Sections, header.sections.into(), limits.sections, 18),
        ] {
            if found > limit {
                return Err(SnapshotError::limit(which, found, limit).at(offset));
            }
        }
        Ok(header)
    }
}

fn magic(bytes: &[u8]) -> Result<(), SnapshotError> {
    let same = MAGIC.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    if same == MAGIC.len() {
        return Ok(());
    }
    if same == bytes.len() {
        return Err(truncated(same, "truncated in the magic"));
    }
    let message = if same >= 8 {
        "not a snapshot any more: its line ends were changed, as in a transfer as text"
    } else {
        "not a snapshot: it does not begin as one"
    };
    Err(SnapshotError::new(SnapshotErrorKind::NotASnapshot, message).at(same as u64))
}

impl Entry {
    pub(super) fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..16].copy_from_slice(&self.name);
        bytes[16..20].copy_from_slice(&self.flags.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.stored.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.raw.to_le_bytes());
        bytes[40..].copy_from_slice(&self.digest);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            name: array(bytes, 0),
            flags: u32::from_le_bytes(array(bytes, 16)),
            stored: u64::from_le_bytes(array(bytes, 24)),
            raw: u64::from_le_bytes(array(bytes, 32)),
            digest: array(bytes, 40),
        }
    }

    /// The name as text, if it is one.
    pub(super) fn name(&self) -> Option<&str> {
        let end = self.name.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        let (name, zeros) = self.name.split_at(end);
        let name = str::from_utf8(name).ok()?;
        (is_name(name) && zeros.iter().all(|byte| *byte == 0)).then_some(name)
    }
}

/// Whether a section can have this name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Where everything stands, in bytes from the beginning of a file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) header: Header,
    pub(super) metadata: Range<usize>,
    pub(super) metadata_digest: Range<usize>,
    pub(super) table: Range<usize>,
    pub(super) entries: Vec<Entry>,
    /// The sections, in the order of the table.
    pub(super) sections: Vec<Range<usize>>,
    pub(super) signature: Range<usize>,
    pub(super) digest: Range<usize>,
}

impl Layout {
    /// Takes the lengths in a file, makes sure that they fit together and into the file, and looks at nothing else.
    pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, SnapshotError> {
        let header = Header::parse(bytes, limits)?;
        let length = bytes.len();
        if (length as u64) < header.length {
            let missing = header.length - length as u64;
            let message = format!("truncated: the last {missing} bytes are missing");
            return Err(truncated(length, message));
        }
        if (length as u64) > header.length {
            let more = length as u64 - header.length;
            let message = format!("{more} bytes follow its end");
            return Err(SnapshotError::corrupt(CONTAINER, message).at(header.length));
        }
        let corrupt =
            |message, offset: usize| SnapshotError::corrupt(CONTAINER, message).at(offset as u64);
        let within = |start: usize, size: u64| {
            let end = usize::try_from(size)
                .ok()
                .and_then(|size| start.checked_add(size));
            end.filter(|end| *end <= length).map(|end| start..end)
        };
        let no_room = || corrupt("the lengths in the header do not fit into the file", 18);
        let metadata = within(HEADER, header.metadata.into()).ok_or_else(no_room)?;
        let metadata_digest = within(metadata.end, DIGEST as u64).ok_or_else(no_room)?;
        let size = u64::from(header.sections) * ENTRY as u64;
        let table = within(metadata_digest.end, size).ok_or_else(no_room)?;
        let entries: Vec<_> = bytes
            .get(table.clone())
            .unwrap_or_default()
            .chunks_exact(ENTRY)
            .map(Entry::from_bytes)
            .collect();
        let mut sections = Vec::with_capacity(entries.len());
        let mut end = table.end;
        for (index, entry) in entries.iter().enumerate() {
            let section = within(end, entry.stored).ok_or_else(|| {
                let offset = table.start + index * ENTRY + 24;
                corrupt("a section is longer than the file", offset)
            })?;
            end = section.end;
            sections.push(section);
        }
        let digest = length
            .checked_sub(DIGEST)
            .filter(|start| *start >= end)
            .ok_or_else(|| corrupt("the sections leave no room for the digest", table.start))?;
        Ok(Self {
            header,
            metadata,
            metadata_digest,
            table,
            entries,
            sections,
            signature: end..digest,
            digest: digest..length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let mut entry = Entry {
            name: *b"state\0\0\0\0\0\0\0\0\0\0\0",
            flags: 0,
            stored: 0,
            raw: 0,
            digest: [0; DIGEST],
        };
        assert_eq!(entry.name(), Some("state"));
        entry.name = *b"0123456789abcdef";
        assert_eq!(entry.name(), Some("0123456789abcdef"));
        for bad in [
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"state\0x\0\0\0\0\0\0\0\0\0",
            b"sta te\0\0\0\0\0\0\0\0\0\0",
            b"\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            entry.name = *bad;
            assert_eq!(entry.name(), None);
        }
    }
}
