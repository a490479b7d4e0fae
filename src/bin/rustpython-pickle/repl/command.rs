//! Lines that are no Python.

use std::path::PathBuf;

pub(super) const HELP: &str = "\
:save [FILE]  save the session, to its file or to another
:help         this
:quit         save the session and leave, as the end of input does
Everything else is Python.
";

/// What such a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Save(Option<PathBuf>),
    Help,
    Quit,
    Unknown(String),
}

impl Command {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let command = line.trim().strip_prefix(':')?;
        let (word, rest) = match command.split_once(char::is_whitespace) {
            Some((word, rest)) => (word, rest.trim()),
            None => (command, ""),
        };
        Some(match (word, rest) {
            ("save", "") => Self::Save(None),
            ("save", file) => Self::Save(Some(file.into())),
            ("help", "") => Self::Help,
            ("quit", "") => Self::Quit,
            _ => Self::Unknown(word.to_owned()),
        })
    }
}
