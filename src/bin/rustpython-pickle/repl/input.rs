//! Where lines come from.

use super::editor::Editor;
use crate::state::Session;
use rustpython_vm::{AsObject, PyResult, VirtualMachine};
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _};

/// What comes next.
pub(super) enum Line {
    Text(String),
    /// What has been typed is to be forgotten.
    Interrupted,
    End,
}

/// A terminal with an editor, or a pipe or file.
pub(super) enum Input {
    Terminal(Box<Editor>),
    Pipe(Vec<u8>),
}

impl Input {
    pub(super) fn new(session: &Session) -> Result<Self, String> {
        if !io::stdin().is_terminal() {
            return Ok(Self::Pipe(Vec::new()));
        }
        Editor::new(session)
            .map(|editor| Self::Terminal(Box::new(editor)))
            .map_err(|error| error.to_string())
    }

    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// Waits for a line; a whole entry, where an editor sees where it ends. An error is an exit.
    pub(super) fn line(&mut self, prompt: &str, vm: &VirtualMachine) -> PyResult<Line> {
        match self {
            Self::Terminal(editor) => editor.line(prompt, vm),
            Self::Pipe(bytes) => piped(bytes, vm),
        }
    }

    /// Keeps an entry for later sessions.
    pub(super) fn remember(&mut self, entry: &str) {
        if let Self::Terminal(editor) = self {
            editor.remember(entry);
        }
    }
}

/// Handlers of Python's run now; an interrupt ends a line, and an exit all.
pub(super) fn after_signal(vm: &VirtualMachine) -> PyResult<Option<Line>> {
    match vm.check_signals() {
        Ok(()) => Ok(None),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.system_exit) => Err(error),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.keyboard_interrupt) => {
            Ok(Some(Line::Interrupted))
        }
        Err(error) => {
            vm.print_exception(&error);
            Ok(Some(Line::Interrupted))
        }
    }
}

fn piped(bytes: &mut Vec<u8>, vm: &VirtualMachine) -> PyResult<Line> {
    loop {
        match vm.allow_threads(|| read_some(bytes)) {
            Ok(Some(true)) => {
                bytes.pop();
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
            }
            Ok(Some(false)) => continue,
            Ok(None) if bytes.is_empty() => return Ok(Line::End),
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => match after_signal(vm)? {
                Some(line) => return Ok(line),
                None => continue,
            },
            // There is nothing more to be read from it.
            Err(_) => return Ok(Line::End),
        }
        let line = String::from_utf8_lossy(bytes).into_owned();
        bytes.clear();
        return Ok(Line::Text(line));
    }
}

/// Whether a line is whole then; nothing, if there is no more. Python's own reading would not see signals.
fn read_some(bytes: &mut Vec<u8>) -> io::Result<Option<bool>> {
    let mut stdin = io::stdin().lock();
    let more = stdin.fill_buf()?;
    if more.is_empty() {
        return Ok(None);
    }
    let (line, length) = match more.iter().position(|byte| *byte == b'\n') {
        Some(end) => (true, end + 1),
        None => (false, more.len()),
    };
    bytes.extend_from_slice(&more[..length]);
    stdin.consume(length);
    Ok(Some(line))
}
