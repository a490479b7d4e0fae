//! `dis`, `globals`, `scan` and `size`: looks into pickles, without an interpreter.
//!
//! It knows nothing of the rest of the program, so that the program `pickle-inspect`, which has no interpreter, is made of the
//! same.

mod args;
mod dis;
mod globals;
mod input;
mod sarif;
mod scan;
mod size;
pub(crate) mod table;

use rustpython_pickle::inspect::Limits;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) use args::{is_command, parse};
use table::{clean, table};

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `-h`
    Help,
    /// One of the commands.
    Inspect(What, Arguments),
}

/// Which command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `dis`; with the column of annotations, if it is to be the text of `pickletools`.
    Dis { pickletools: Option<usize> },
    /// `globals`
    Globals,
    /// `scan`
    Scan,
    /// `size`
    Size { svg: Option<PathBuf>, rows: usize },
}

/// What every command takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) format: Format,
    pub(crate) no_lists: bool,
    pub(crate) persistent: bool,
    pub(crate) unlimited: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Sarif,
}

impl Arguments {
    fn limits(&self) -> Limits {
        if self.unlimited {
            Limits::unlimited()
        } else {
            Limits::default()
        }
    }
}

/// A mistake in the command line, or a file that can't be read.
const TROUBLE: u8 = 2;

/// Runs a command; `program` is the name that its help has.
pub(crate) fn run(command: &Command, program: &str) -> ExitCode {
    let done = match command {
        Command::Help => print(&args::HELP.replace("PROGRAM", program)).map(|()| ExitCode::SUCCESS),
        Command::Inspect(What::Dis { pickletools }, arguments) => dis::run(arguments, *pickletools),
        Command::Inspect(What::Globals, arguments) => globals::run(arguments),
        Command::Inspect(What::Scan, arguments) => scan::run(arguments),
        Command::Inspect(What::Size { svg, rows }, arguments) => {
            size::run(arguments, svg.as_deref(), *rows)
        }
    };
    match done {
        Ok(code) | Err(code) => code,
    }
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), ExitCode> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|_| ExitCode::from(120))
}

fn print_json(value: &serde_json::Value) -> Result<(), ExitCode> {
    print(&format!("{value:#}\n"))
}

/// Writes to standard error; nobody is left to tell when that fails.
fn complain(message: &str) {
    let _ = io::stderr().write_all(format!("{}\n", clean(message)).as_bytes());
}
