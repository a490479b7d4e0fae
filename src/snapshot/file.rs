//! A file is replaced as a whole, or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{SnapshotError, SnapshotErrorKind};
use super::progress::{Observer, Phase, Progress};
use super::{Container, ReadOptions};

/// The end of the names of temporary files; they begin with a dot and the name of the file, or what fits of it.
const SUFFIX: &str = ".saving";

/// How many links may lead from one to the next, as on Linux.
const LINKS: usize = 40;

/// How often a temporary file is made anew when another save takes it for one that is left over.
const ATTEMPTS: usize = 16;

/// Reads and checks a snapshot.
///
/// # Errors
/// As [`Container::from_reader`]; the error names the file.
pub fn read_file(
    path: &Path,
    options: &ReadOptions,
    observer: &mut Observer<'_>,
) -> Result<Container, SnapshotError> {
    open(path)
        .map_err(|error| SnapshotError::io("opening", error))
        .and_then(|mut file| Container::from_reader(&mut file, options, observer))
        .map_err(|error| error.in_file(path))
}

/// Opening a pipe would wait until somebody writes into it.
fn open(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        let message = "it is no regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    File::open(path)
}

/// Replaces a file by what `write` writes, so that whenever the process or the machine stops, the file is
/// the old one or the new one, whole.
///
/// It is written to a temporary file in the same folder, flushed and synced, renamed, and the folder is synced.
///
/// - A symbolic link stays; the file that it leads to is replaced.
/// - The permissions of an existing file are kept, and its owner and group where the process may give them.
///   Hard links to it keep the old content; access control lists are not taken over. A new file
///   can be read and written by its owner only: a snapshot holds whatever the session held.
/// - Temporary files of saves that were killed are removed; those of saves that are running are not: they are locked.
///   On a file system without locks, nothing is removed.
/// - When two processes save at once, the one that ends last wins.
///
/// ```
/// use rustpython_pickle::snapshot::{Observer, replace_file};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("state");
/// for text in ["old", "new"] {
///     replace_file(&path, &mut Observer::none(), |out, _observer| {
///         out.write_all(text.as_bytes()).unwrap();
///         Ok(())
///     })?;
///     assert_eq!(std::fs::read_to_string(&path)?, text);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of `write`, and when the file system fails or the path leads to something that is no file; the error names
/// the file. The file is the old one then and no temporary file is left, except when
/// only the sync of the folder has failed (the message says so): then the file is the new one, but might be
/// the old one again after a crash of the machine.
pub fn replace_file<T>(
    path: &Path,
    observer: &mut Observer<'_>,
    write: impl FnOnce(&mut dyn Write, &mut Observer<'_>) -> Result<T, SnapshotError>,
) -> Result<T, SnapshotError> {
    replace(path, observer, write).map_err(|error| error.in_file(path))
}

fn replace<T>(
    path: &Path,
    observer: &mut Observer<'_>,
    write: impl FnOnce(&mut dyn Write, &mut Observer<'_>) -> Result<T, SnapshotError>,
) -> Result<T, SnapshotError> {
    let target = target(path)?;
    let Some(name) = target.file_name() else {
        return Err(no_file("a path without a file's name"));
    };
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let old = match fs::metadata(&target) {
        Ok(old) if old.is_file() => Some(old),
        Ok(_) => return Err(no_file("it is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(SnapshotError::io("looking at it", error)),
    };
    let prefix = prefix(name);
    remove_stale(folder, &prefix);
    let mut temporary = temporary(folder, &prefix)
        .map_err(|error| SnapshotError::io("making a temporary file beside it", error))?;
    let result = write(temporary.as_file_mut(), observer)?;
    if let Some(old) = &old {
        keep_access(temporary.as_file(), old)
            .map_err(|error| SnapshotError::io("keeping its permissions", error))?;
    }
    observer.tell(&Progress::new(Phase::Sync, None))?;
    temporary
        .as_file_mut()
        .flush()
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(|error| SnapshotError::io("syncing the temporary file", error))?;
    temporary
        .persist(&target)
        .map_err(|error| SnapshotError::io("renaming the temporary file", error.error))?;
    sync_folder(folder)
        .map_err(|error| SnapshotError::io("it is saved, but syncing its folder failed", error))?;
    Ok(result)
}

fn no_file(message: &str) -> SnapshotError {
    SnapshotError::new(SnapshotErrorKind::Io, format!("replacing it: {message}"))
        .with_source(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// Where links lead to, which need not exist.
fn target(path: &Path) -> Result<PathBuf, SnapshotError> {
    let failed = |error| SnapshotError::io("following a symbolic link", error);
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let to = fs::read_link(&path).map_err(failed)?;
                // A link that is not absolute is relative to where it stands.
                path = path.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(path),
        }
    }
    Err(no_file("too many symbolic links"))
}

/// How much of a long name the names of temporary files begin with, in bytes: file systems have 255 or fewer for all.
const LONGEST: usize = 100;

fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    if name.len() > LONGEST {
        let name = name.to_string_lossy();
        prefix.push(&name[..name.floor_char_boundary(LONGEST)]);
    } else {
        prefix.push(name);
    }
    prefix.push(".");
    prefix
}

/// A temporary file, locked for as long as it is open.
fn temporary(folder: &Path, prefix: &OsStr) -> io::Result<NamedTempFile> {
    for _ in 0..ATTEMPTS {
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .suffix(SUFFIX)
            .tempfile_in(folder)?;
        match file.as_file().try_lock() {
            // Between being made and being locked it may have been taken for a stale one.
            Ok(()) if fs::symlink_metadata(file.path()).is_ok() => return Ok(file),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            // Without locks, no save removes anything.
            Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::other("other saves keep removing it"))
}

/// Removes the temporary files of saves that were killed.
///
/// What cannot be removed stays: the save itself does not depend on it.
fn remove_stale(folder: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name
            .as_encoded_bytes()
            .strip_prefix(prefix.as_encoded_bytes())
            .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()))
            // Else it could be one of a file whose name begins as this one's.
            .is_some_and(|random| {
                !random.is_empty() && random.iter().all(u8::is_ascii_alphanumeric)
            });
        // A pipe with that name would block, and a link lead elsewhere.
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(file) = File::open(entry.path()) else {
            continue;
        };
        // The lock is held until the file is gone, so that nobody else can take it for his own.
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn keep_access(file: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let new = file.metadata()?;
    let mut mode = old.mode() & 0o7777;
    if new.uid() != old.uid() {
        // Only root may do it; whoever else saves owns the file then.
        let _ = fchown(file, Some(old.uid()), None);
    }
    if new.gid() != old.gid() && fchown(file, None, Some(old.gid())).is_err() {
        // The bits were meant for another group.
        mode &= !0o070;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_access(file: &File, old: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(old.permissions())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems cannot do it, and keep renames in order anyway.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Folders cannot be opened as files.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_running_save_keeps_its_temporary_file_and_a_killed_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let stale = folder.path().join(".state.abc123.saving");
        let others = [".other.abc123.saving", ".state.x.y.saving", ".state.abc123"];
        fs::write(&stale, "half").unwrap();
        for other in others {
            fs::write(folder.path().join(other), "kept").unwrap();
        }
        let running = temporary(folder.path(), &prefix("state".as_ref())).unwrap();
        replace_file(
            &folder.path().join("state"),
            &mut Observer::none(),
            |out, _| {
                out.write_all(b"new").unwrap();
                Ok(())
            },
        )
        .unwrap();
        assert!(running.path().exists());
        assert!(!stale.exists());
        for other in others {
            assert!(folder.path().join(other).exists());
        }
        drop(running);
        let mut expected = vec!["state".to_owned()];
        expected.extend(others.map(str::to_owned));
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }
}
