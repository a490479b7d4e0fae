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

/// There was no file to scan.
const NOTHING: u8 = 5;

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
    print(&escaped(&format!("{value:#}\n")))
}

/// JSON in which what a terminal would act upon, or not show, is written as escapes, which mean the same. Only strings have it.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        let plain = matches!(char, '\n' | ' '..='~');
        let mut shown = [0; 4];
        if plain || clean(char.encode_utf8(&mut shown)).starts_with(char) {
            out.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

/// Writes to standard error; nobody is left to tell when that fails.
fn complain(message: &str) {
    let _ = io::stderr().write_all(format!("{}\n", clean(message)).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_nothing_that_a_terminal_acts_upon() {
        let text = "gr\u{f6}\u{df}e \u{9b}2J\u{202e}\u{2066}\u{85}\u{7f}\u{e0001}\u{1b}\n\"";
        let value = serde_json::json!({ text: [text] });
        let json = escaped(&format!("{value:#}"));
        assert!(
            json.contains(
                "gr\u{f6}\u{df}e \\u009b2J\\u202e\\u2066\\u0085\\u007f\\udb40\\udc01\\u001b\\n"
            ),
            "{json}"
        );
        let back: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(back, value);
    }
}
