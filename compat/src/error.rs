//! The one error type of the tool.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Short for a result with the tool's [`Error`].
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the tool could not do what was asked.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// A file operation failed.
    Io {
        /// What was being done, such as "read".
        doing: &'static str,
        /// The file it was done to.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A program could not be started, or reported failure.
    Program {
        /// The program as it was called.
        program: String,
        /// What went wrong.
        detail: String,
    },
    /// No CPython 3.14 could be found or made; the text says what was tried.
    NoCpython(String),
    /// The interpreter under test is missing or unusable.
    Ours(String),
    /// A script's output is not what its contract says.
    Contract(String),
}

impl Error {
    /// Makes a closure for `map_err` that adds the file's name.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// A failure of a program.
    pub(crate) fn program(program: impl AsRef<Path>, detail: impl fmt::Display) -> Self {
        Self::Program {
            program: program.as_ref().display().to_string(),
            detail: detail.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => write!(f, "{text} (see `compat help`)"),
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Program { program, detail } => write!(f, "{program}: {detail}"),
            Self::NoCpython(tried) => write!(f, "no CPython 3.14: {tried}"),
            Self::Ours(text) => write!(f, "interpreter under test: {text}"),
            Self::Contract(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
