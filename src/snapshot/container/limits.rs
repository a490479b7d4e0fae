//! How large a snapshot may be.

use core::fmt;

/// How large a snapshot may be.
///
/// Whoever reads a snapshot from elsewhere sets them to what he expects; memory in use stays below
/// `file + total`, ten times `metadata`, which is parsed, and a few megabytes. Writing obeys the same limits, so that what was saved can be read.
///
/// ```
/// use rustpython_pickle::snapshot::Limits;
///
/// let mut limits = Limits::default();
/// limits.total = 10 << 20;
/// assert_eq!(limits.file, 2 << 30);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the file: 2 GiB by default.
    pub file: u64,
    /// Bytes of the metadata: 64 MiB by default.
    pub metadata: u64,
    /// Sections: 64 by default.
    pub sections: u64,
    /// Bytes of one section's content: 4 GiB by default.
    pub section: u64,
    /// Bytes of the content of all sections: 4 GiB by default.
    pub total: u64,
    /// Objects of a state that a [`Diff`](crate::snapshot::Diff) looks at, and their parts: 32 Mi by default.
    pub objects: u64,
    /// Bytes of memory, as estimated, that a [`Diff`](crate::snapshot::Diff) takes for each of the two states, and for
    /// comparing them: 4 GiB by default.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file: 2 << 30,
            metadata: 64 << 20,
            sections: 64,
            section: 4 << 30,
            total: 4 << 30,
            objects: 32 << 20,
            memory: 4 << 30,
        }
    }
}

/// Of what there is too much: a field of [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::file`]
    File,
    /// [`Limits::metadata`]
    Metadata,
    /// [`Limits::sections`]
    Sections,
    /// [`Limits::section`]
    Section,
    /// [`Limits::total`]
    Total,
    /// [`Limits::objects`]
    Objects,
    /// [`Limits::memory`]
    Memory,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "bytes of file",
            Self::Metadata => "bytes of metadata",
            Self::Sections => "sections",
            Self::Section => "bytes in one section",
            Self::Total => "bytes in all sections",
            Self::Objects => "objects and parts of objects",
            Self::Memory => "bytes of memory",
        })
    }
}
