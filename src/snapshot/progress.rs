//! How far a long operation is, and a way to stop it.

use core::fmt;
use core::ops::ControlFlow;

use super::error::{SnapshotError, SnapshotErrorKind};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Objects are pickled.
    Capture,
    /// Sections are compressed.
    Compress,
    /// The file is written.
    Write,
    /// What was written is brought to the disk.
    Sync,
    /// The file is read.
    Read,
    /// Digest and signature are checked.
    Verify,
    /// Sections are decompressed.
    Decompress,
    /// Objects are rebuilt.
    Restore,
    /// Objects are compared.
    Compare,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capture => "capturing",
            Self::Compress => "compressing",
            Self::Write => "writing",
            Self::Sync => "syncing",
            Self::Read => "reading",
            Self::Verify => "verifying",
            Self::Decompress => "decompressing",
            Self::Restore => "restoring",
            Self::Compare => "comparing",
        })
    }
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many objects of this phase are done; 0 where bytes are all there is.
    pub objects: u64,
    /// How many bytes of this phase are done.
    pub bytes: u64,
    /// How many bytes there are in this phase, where that is known.
    pub total: Option<u64>,
}

impl Progress {
    /// Nothing of `phase` is done yet.
    #[must_use]
    pub fn new(phase: Phase, total: Option<u64>) -> Self {
        Self {
            phase,
            objects: 0,
            bytes: 0,
            total,
        }
    }
}

/// Who is told, and may say that it is enough: a callback, or nobody.
///
/// The callback is called from time to time on the thread that works. When it breaks, the operation ends
/// with [`SnapshotErrorKind::Cancelled`] and without a trace.
///
/// ```
/// use core::ops::ControlFlow;
/// use rustpython_pickle::snapshot::{Observer, Phase, Progress, SnapshotErrorKind};
///
/// let mut callback = |progress: &Progress| match progress.bytes {
///     0..1000 => ControlFlow::Continue(()),
///     _ => ControlFlow::Break(()),
/// };
/// let mut observer = Observer::new(&mut callback);
/// let mut progress = Progress::new(Phase::Write, None);
/// assert!(observer.tell(&progress).is_ok());
/// progress.bytes = 1000;
/// let error = observer.tell(&progress).unwrap_err();
/// assert_eq!(error.kind(), &SnapshotErrorKind::Cancelled);
/// ```
#[derive(Default)]
pub struct Observer<'a>(Option<&'a mut Callback<'a>>);

type Callback<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

impl<'a> Observer<'a> {
    /// Tells a callback.
    pub fn new(callback: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>) -> Self {
        Self(Some(callback))
    }

    /// Tells nobody.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Tells of progress.
    ///
    /// # Errors
    /// [`SnapshotErrorKind::Cancelled`] when the callback breaks.
    pub fn tell(&mut self, progress: &Progress) -> Result<(), SnapshotError> {
        match &mut self.0 {
            Some(callback) => match callback(progress) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => Err(SnapshotError::new(
                    SnapshotErrorKind::Cancelled,
                    format!("cancelled while {}", progress.phase),
                )),
            },
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Observer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}
