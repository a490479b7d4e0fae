//! Files, and folders of them.

use super::{Arguments, TROUBLE, complain};
use rustpython_pickle::inspect::scan::{Content, contents};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// More bytes are not read of a file, unless limits are off.
const LARGEST: u64 = 4 << 30;

/// The bytes of a file, or of standard input.
pub(super) fn read(path: &Path, unlimited: bool) -> io::Result<Vec<u8>> {
    let most = if unlimited { u64::MAX } else { LARGEST };
    let mut bytes = Vec::new();
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path)?)
    };
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it has more than {most} bytes; see --unlimited");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// The pickles in a file; what kept others from being found is told.
pub(super) fn pickles(path: &Path, arguments: &Arguments) -> Result<Vec<Content>, ExitCode> {
    let bytes = match read(path, arguments.unlimited) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&format!("{}: {error}", path.display()));
            return Err(ExitCode::from(TROUBLE));
        }
    };
    let (contents, findings) = contents(&bytes, &arguments.limits());
    for finding in findings {
        complain(&format!("{}: {finding}", path.display()));
    }
    if contents.is_empty() {
        complain(&format!("{}: there is no pickle in it", path.display()));
        return Err(ExitCode::from(1));
    }
    Ok(contents)
}

/// A file, and whether it was named itself, and not by its folder.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) is_named: bool,
}

/// The files themselves, and in the place of folders all files in them, in the order of their names. Links are not followed.
pub(super) fn files(paths: &[PathBuf]) -> (Vec<Found>, Vec<(PathBuf, io::Error)>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let mut stack: Vec<Found> = paths
        .iter()
        .rev()
        .map(|path| Found {
            path: path.clone(),
            is_named: true,
        })
        .collect();
    while let Some(next) = stack.pop() {
        let path = &next.path;
        let kind = match (next.is_named, path.as_os_str() == "-") {
            (_, true) => {
                found.push(next);
                continue;
            }
            (true, _) => fs::metadata(path),
            (false, _) => fs::symlink_metadata(path),
        };
        match kind {
            Ok(kind) if kind.is_dir() => match names(path) {
                Ok(names) => stack.extend(names.into_iter().rev().map(|path| Found {
                    path,
                    is_named: false,
                })),
                Err(error) => errors.push((next.path, error)),
            },
            Ok(kind) if kind.is_file() || next.is_named => found.push(next),
            Ok(_) => {}
            Err(error) => errors.push((next.path, error)),
        }
    }
    (found, errors)
}

fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
