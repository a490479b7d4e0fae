//! `rustpython-pickle snapshot`: looks into saved sessions. Nothing that they hold is executed.

mod args;
mod diff;
mod key;
mod show;
mod verify;

use crate::clean::clean;
use crate::progress::observed;
use crate::usage;
use rustpython_pickle::snapshot::{
    Container, ReadOptions, SnapshotError, SnapshotErrorKind, read_file,
};
use serde_json::{Value, json};
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
fn print_json(value: &Value) -> Result<(), ExitCode> {
    usage::stdout(&format!("{value:#}\n"))
}

/// One value for one file, and a list for several, so that it is one document.
fn print_all_json(arguments: &Arguments, mut values: Vec<Value>) -> Result<(), ExitCode> {
    match values.pop() {
        None => Ok(()),
        Some(value) if arguments.files.len() == 1 => print_json(&value),
        Some(value) => {
            values.push(value);
            print_json(&Value::Array(values))
        }
    }
}

/// The same whichever command has failed.
fn error_as_json(file: &Path, error: &SnapshotError) -> Value {
    json!({
        "file": file.to_string_lossy(),
        "ok": false,
        "kind": kind(error.kind()),
        "error": error.to_string(),
        "section": error.section(),
        "offset": error.offset(),
    })
}

/// A word for programs.
fn kind(kind: &SnapshotErrorKind) -> &'static str {
    match kind {
        SnapshotErrorKind::NotASnapshot => "not_a_snapshot",
        SnapshotErrorKind::Truncated => "truncated",
        SnapshotErrorKind::Corrupt { .. } => "corrupt",
        SnapshotErrorKind::TooNew { .. } => "too_new",
        SnapshotErrorKind::MissingSignature => "missing_signature",
        SnapshotErrorKind::BadSignature => "bad_signature",
        SnapshotErrorKind::LimitExceeded { .. } => "limit_exceeded",
        SnapshotErrorKind::Io => "io",
        _ => "other",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
