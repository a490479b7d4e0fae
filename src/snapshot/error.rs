//! Why a snapshot could not be made, written, read or restored.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::container::Limit;

/// Why a snapshot could not be made, written, read or restored.
///
/// [`kind`](Self::kind) says what went wrong. [`offset`](Self::offset) is where in the file,
/// [`section`](Self::section) in which part of it, [`path`](Self::path) the file that the operation was on.
///
/// ```
/// use rustpython_pickle::snapshot::{Container, Observer, ReadOptions, SnapshotErrorKind};
///
/// let bytes = b"no snapshot".to_vec();
/// let error = Container::from_bytes(bytes, &ReadOptions::new(), &mut Observer::none()).unwrap_err();
/// assert_eq!(error.kind(), &SnapshotErrorKind::NotASnapshot);
/// assert_eq!(error.offset(), Some(0));
/// assert_eq!(error.to_string(), "not a snapshot: it does not begin as one at offset 0");
/// ```
pub struct SnapshotError(Box<Inner>);

struct Inner {
    kind: SnapshotErrorKind,
    message: String,
    offset: Option<u64>,
    path: Option<PathBuf>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SnapshotErrorKind {
    /// The file does not begin as a snapshot does, or was damaged as text files are in transfer.
    NotASnapshot,
    /// The file ends before the snapshot does.
    Truncated,
    /// The content is not what was written.
    Corrupt {
        /// The section, or `metadata`, or `container` for what holds them together.
        section: String,
    },
    /// Only later versions of this crate can read it.
    TooNew {
        /// The container version that a reader has to know.
        needs: u16,
        /// The one that this crate knows.
        supports: u16,
    },
    /// Code of another bytecode version, for which there is no source.
    OtherBytecode {
        /// The magic number of the snapshot's bytecode.
        found: u32,
        /// The one of this interpreter.
        expected: u32,
    },
    /// A key was given to check with, and the snapshot is not signed.
    MissingSignature,
    /// The signature is not one that the given key makes over this content.
    BadSignature,
    /// A snapshot is larger than it may be.
    LimitExceeded {
        /// Of what there is too much.
        which: Limit,
        /// How much there may be, in bytes or in pieces.
        limit: u64,
    },
    /// A file or a stream failed; [`std::error::Error::source`] is its error.
    Io,
    /// The progress callback asked to stop.
    Cancelled,
    /// An object has no way to be saved, and the policy is to fail.
    Unpicklable {
        /// The way to the object, for example `app.clients[2].sock`.
        path: String,
    },
    /// Other threads have changed an object, again and again, while it was being saved.
    Changed {
        /// The way to the object.
        path: String,
    },
    /// A `KeyboardInterrupt` came while Python code ran.
    Interrupted,
    /// Python code that was run raised an exception; its text is in the message.
    Python,
    /// An option or an argument has a value that does not exist or does not go with the others.
    Options,
}

impl SnapshotError {
    pub(crate) fn new(kind: SnapshotErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            offset: None,
            path: None,
            source: None,
        }))
    }

    pub(crate) fn options(message: impl Into<String>) -> Self {
        Self::new(SnapshotErrorKind::Options, message)
    }

    pub(crate) fn corrupt(section: impl Into<String>, message: impl fmt::Display) -> Self {
        let section = section.into();
        let message = format!("corrupt: {section}: {message}");
        Self::new(SnapshotErrorKind::Corrupt { section }, message)
    }

    pub(crate) fn limit(which: Limit, found: u64, limit: u64) -> Self {
        let message = format!("limit exceeded: {found} {which}, and {limit} are allowed");
        Self::new(SnapshotErrorKind::LimitExceeded { which, limit }, message)
    }

    /// `doing` says what failed, for example `writing`.
    pub(crate) fn io(doing: &str, error: io::Error) -> Self {
        Self::new(SnapshotErrorKind::Io, format!("{doing}: {error}")).with_source(error)
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn at(mut self, offset: u64) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// Names the file, unless one is named already.
    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.0.path.get_or_insert_with(|| path.to_owned());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &SnapshotErrorKind {
        &self.0.kind
    }

    /// Where in the file, in bytes from its beginning.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The section that is corrupt.
    #[must_use]
    pub fn section(&self) -> Option<&str> {
        match &self.0.kind {
            SnapshotErrorKind::Corrupt { section } => Some(section),
            _ => None,
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{}: ", path.display())?;
        }
        f.write_str(&self.0.message)?;
        if let Some(offset) = self.0.offset {
            write!(f, " at offset {offset}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotError")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("offset", &self.0.offset)
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

/// A file that has to do with a snapshot could not be read or written.
impl From<io::Error> for SnapshotError {
    fn from(error: io::Error) -> Self {
        Self::new(SnapshotErrorKind::Io, error.to_string()).with_source(error)
    }
}

impl std::error::Error for SnapshotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
