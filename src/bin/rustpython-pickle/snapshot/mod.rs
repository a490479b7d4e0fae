//! `rustpython-pickle snapshot`: looks into saved sessions. Nothing that they hold is executed.

mod args;
mod diff;
mod key;
mod show;
mod verify;

use crate::inspect::table::clean;
use crate::progress::observed;
use crate::usage;
use rustpython_pickle::snapshot::{Container, ReadOptions, SnapshotError, read_file};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) use args::parse;

/// What to do with which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `-h`
    Help,
    /// `show`
    Show(Arguments),
    /// `verify`
    Verify(Arguments),
    /// `diff`: the old and the new one, and whether to list what is the same as well.
    Diff {
        arguments: Arguments,
        files: [PathBuf; 2],
        all: bool,
    },
}

/// What every command takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `--json`
    pub(crate) json: bool,
    /// `--key-file` and `--public-key`
    pub(crate) keys: Vec<KeyFile>,
    pub(crate) files: Vec<PathBuf>,
}

/// A file with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyFile {
    /// The secret key of HMAC-SHA256.
    HmacSha256(OsString),
    /// The public key of Ed25519.
    Ed25519(OsString),
}

/// Runs a command.
pub(crate) fn run(command: &Command) -> ExitCode {
    let (Command::Show(arguments) | Command::Verify(arguments) | Command::Diff { arguments, .. }) =
        command
    else {
        return match usage::stdout(args::HELP) {
            Ok(()) => ExitCode::SUCCESS,
            Err(code) => code,
        };
    };
    let options = match key::options(&arguments.keys) {
        Ok(options) => options,
        Err(message) => {
            complain(&message);
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Help => Ok(ExitCode::SUCCESS),
        Command::Show(_) => show::run(arguments, &options),
        Command::Verify(_) => verify::run(arguments, &options),
        Command::Diff { files, all, .. } => diff::run(arguments, files, *all, &options),
    };
    match done {
        Ok(code) | Err(code) => code,
    }
}

fn read(file: &Path, options: &ReadOptions) -> Result<Container, SnapshotError> {
    observed(|observer| read_file(file, options, observer))
}

/// Errors name what snapshots hold, and what these hold can come from anywhere.
fn complain(message: &str) {
    usage::stderr(&format!("rustpython-pickle: {}\n", clean(message)));
}

/// JSON for people and programs: indented, with a newline.
fn print_json(value: &serde_json::Value) -> Result<(), ExitCode> {
    usage::stdout(&format!("{value:#}\n"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
