//! Where lines come from.

use super::editor::Editor;
use super::pipe::Pipe;
use crate::signals;
use crate::state::Session;
use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{AsObject, PyResult, VirtualMachine};
use std::io::{self, IsTerminal as _};

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
    Pipe(Pipe),
}

impl Input {
    pub(super) fn new(session: &Session) -> Result<Self, String> {
        if !io::stdin().is_terminal() {
            let pipe = Pipe::new().map_err(|error| error.to_string())?;
            return Ok(Self::Pipe(pipe));
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
        let line = match self {
            Self::Terminal(editor) => editor.line(prompt, vm),
            Self::Pipe(pipe) => pipe.line(vm),
        };
        line.or_else(|error| raised(error, vm))
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
    let mut line = None;
    while let Err(error) = vm.check_signals() {
        line = Some(raised(error, vm)?);
        signals::look_again();
    }
    Ok(line)
}

/// What becomes of an exception that a handler has raised.
fn raised(error: PyBaseExceptionRef, vm: &VirtualMachine) -> PyResult<Line> {
    if error.fast_isinstance(vm.ctx.exceptions.system_exit) {
        return Err(error);
    }
    if !error.fast_isinstance(vm.ctx.exceptions.keyboard_interrupt) {
        vm.print_exception(&error);
    }
    Ok(Line::Interrupted)
}
