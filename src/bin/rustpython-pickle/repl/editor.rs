//! The editor of a terminal's lines.

use super::command::Command;
use super::input::{Line, after_signal};
use super::statements::is_complete;
#[cfg(unix)]
use super::wake::Wake;
use crate::state::Session;
use crate::usage::stderr;
use rustpython_vm::{PyResult, VirtualMachine};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use std::path::PathBuf;

/// What the tabulator inserts.
const INDENTATION: &str = "    ";

pub(super) struct Editor {
    editor: rustyline::Editor<Python, DefaultHistory>,
    history: Option<PathBuf>,
    /// Without one the next key is what ends the wait.
    #[cfg(unix)]
    wake: Option<Wake>,
}

impl Editor {
    pub(super) fn new(session: &Session) -> rustyline::Result<Self> {
        let mut editor = rustyline::Editor::new()?;
        editor.set_helper(Some(Python));
        // With one the editor waits for its signal pipe as well as for keys: a signal need not come to its thread
        // to end the wait. At no terminal there is none, and no wait either.
        let _ = editor.create_external_printer();
        let history = session.file().map(|file| {
            let mut file = file.to_owned().into_os_string();
            file.push(".history");
            PathBuf::from(file)
        });
        if let Some(file) = &history {
            // There is none the first time.
            let _ = editor.load_history(file);
        }
        Ok(Self {
            editor,
            history,
            #[cfg(unix)]
            wake: Wake::new().ok().filter(|wake| wake.watch().is_ok()),
        })
    }

    pub(super) fn line(&mut self, prompt: &str, vm: &VirtualMachine) -> PyResult<Line> {
        let read = match self.read(prompt, vm)? {
            Awaited::Read(read) => read,
            Awaited::Signal(line) => return Ok(line),
        };
        // A signal that has woken the editor.
        let signalled = after_signal(vm)?;
        match read {
            Ok(line) => Ok(Line::Text(line)),
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Line::Interrupted),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => {
                if let Some(line) = signalled {
                    return Ok(line);
                }
                stderr(&format!("{error}\n"));
                Ok(Line::End)
            }
        }
    }

    fn read(&mut self, prompt: &str, vm: &VirtualMachine) -> PyResult<Awaited> {
        let Self {
            editor,
            #[cfg(unix)]
            wake,
            ..
        } = self;
        let mut read = || match after_signal(vm)? {
            Some(line) => Ok(Awaited::Signal(line)),
            None => Ok(Awaited::Read(vm.allow_threads(|| editor.readline(prompt)))),
        };
        #[cfg(unix)]
        if let Some(wake) = wake {
            // One that comes after the look for signals ends the wait.
            return wake.during(vm, read);
        }
        read()
    }

    pub(super) fn remember(&mut self, entry: &str) {
        // A history that can't be kept is no reason to end a session.
        let _ = self.editor.add_history_entry(entry.trim_end());
        if let Some(file) = &self.history {
            let _ = self.editor.save_history(file);
        }
    }
}

/// What a wait ends with.
enum Awaited {
    Read(rustyline::Result<String>),
    Signal(Line),
}

/// What the editor knows of Python.
struct Python;

impl Validator for Python {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        Ok(match Command::parse(text).is_some() || is_complete(text) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Completer for Python {
    type Candidate = String;

    fn complete(
        &self,
        _line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok((position, vec![INDENTATION.to_owned()]))
    }
}

impl Hinter for Python {
    type Hint = String;
}

impl Highlighter for Python {}

impl Helper for Python {}
