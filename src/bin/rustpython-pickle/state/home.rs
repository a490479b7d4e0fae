//! The file that a session is kept in.

use super::lock::Lock;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file for this process alone, that can be written.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) file: PathBuf,
    _lock: Lock,
}

impl Home {
    /// Finds out now what would otherwise be found out when there is something to save.
    pub(super) fn open(file: &Path) -> Result<Self, String> {
        let named = |message: &str| format!("{}: {message}", file.display());
        // The file itself, whichever link leads to it.
        let target = match fs::metadata(file) {
            Ok(metadata) if metadata.is_file() => fs::canonicalize(file),
            Ok(_) => return Err(named("it is no regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(file.to_owned()),
            Err(error) => Err(error),
        };
        let target = target.map_err(|error| named(&error.to_string()))?;
        let unwritable = |error| named(&format!("no session can be saved there: {error}"));
        probe(&target).map_err(unwritable)?;
        let lock = match Lock::take(&target) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(named("it is in use by another run"));
            }
            Err(error) => return Err(unwritable(error)),
        };
        Ok(Self {
            file: file.to_owned(),
            _lock: lock,
        })
    }
}

/// Saving makes a temporary file beside the old one.
fn probe(target: &Path) -> io::Result<()> {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let folder = target.parent().unwrap_or(Path::new(""));
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".saving")
        .tempfile_in(folder)?
        .close()
}
