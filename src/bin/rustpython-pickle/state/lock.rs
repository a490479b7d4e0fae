//! One process at a time keeps a session in a file.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// How often a lock file is made anew that another process has removed meanwhile.
const ATTEMPTS: usize = 16;

/// A lock file beside a session's file: from before it is read until it has been written. The system lets go of the
/// lock when the process is killed; the file then stays, and does no harm.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Nothing, where the file system has no locks.
    file: Option<File>,
    /// A forked child has the lock too, and must leave it.
    process: u32,
}

impl Lock {
    /// Takes the lock of a file. An error of kind `WouldBlock` says that another process has it.
    pub(super) fn take(target: &Path) -> io::Result<Self> {
        let path = beside(target);
        for _ in 0..ATTEMPTS {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            let file = match file.try_lock() {
                // Who had it before may have removed the file between this process's opening and locking it.
                Ok(()) if !is_there(&file, &path) => continue,
                Ok(()) => Some(file),
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryLockError::Error(_)) => None,
            };
            return Ok(Self {
                path,
                file,
                process: process::id(),
            });
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.process != process::id() {
            return;
        }
        // While it is locked, so that nobody else has it.
        let _ = fs::remove_file(&self.path);
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".lock");
    target.with_file_name(name)
}

#[cfg(unix)]
fn is_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Files that are open can't be removed.
#[cfg(not(unix))]
fn is_there(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("state");
        let lock = Lock::take(&target).unwrap();
        assert!(beside(&target).exists());
        let error = Lock::take(&target).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(lock);
        assert!(!beside(&target).exists());
        // One that was killed.
        fs::write(beside(&target), "").unwrap();
        drop(Lock::take(&target).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
