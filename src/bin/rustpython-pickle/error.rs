//! What keeps a program from being started.

use crate::usage;
use std::process::ExitCode;

/// Why there is no program to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The command line makes no sense: exit code 2.
    Usage(String),
    /// An option or an environment variable has a value that the interpreter
    /// cannot start with: exit code 1.
    Fatal(String),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Tells the user, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                usage::complain(message);
                ExitCode::from(2)
            }
            Self::Fatal(message) => {
                usage::stderr(&format!("Fatal Python error: {message}\n"));
                ExitCode::from(1)
            }
        }
    }
}
