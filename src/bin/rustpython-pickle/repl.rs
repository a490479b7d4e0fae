//! `repl`: an interactive session.

use crate::state::{State, main_scope};
use crate::usage::stderr;
use rustpython_pickle::snapshot::{register_source, unused_filename};
use rustpython_vm::builtins::{PyBaseExceptionRef, PyCode};
use rustpython_vm::{AsObject, PyRef, PyResult, VirtualMachine, version};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

const HELP: &str = "\
:save [FILE]  save the session, to its file or to another
:help         this
:quit         save the session and leave, as the end of input does
Everything else is Python.
";

/// What a line that is no Python asks for.
enum Command {
    Save(Option<PathBuf>),
    Help,
    Quit,
    Unknown(String),
}

impl Command {
    fn parse(line: &str) -> Option<Self> {
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

/// What has been typed: a whole statement, or none yet.
enum Entry {
    Code(PyRef<PyCode>),
    Incomplete,
}

/// Runs an interactive session to its end.
pub(crate) fn run(vm: &VirtualMachine, state: Option<&State>, quiet: bool) -> PyResult<()> {
    let terminal = io::stdin().is_terminal();
    if !quiet && terminal {
        stderr(&format!(
            "rustpython-pickle {} (Python {}.{}.{}); :help for help\n",
            env!("CARGO_PKG_VERSION"),
            version::MAJOR,
            version::MINOR,
            version::MICRO
        ));
    }
    if let Some(state) = state {
        state.restore(vm)?;
    }
    let mut session = Session::new(vm, state)?;
    session.run()?;
    match state {
        Some(state) => state.save(vm),
        None => Ok(()),
    }
}

struct Session<'a> {
    vm: &'a VirtualMachine,
    state: Option<&'a State>,
    editor: DefaultEditor,
    history: Option<PathBuf>,
}

impl<'a> Session<'a> {
    fn new(vm: &'a VirtualMachine, state: Option<&'a State>) -> PyResult<Self> {
        let editor = DefaultEditor::new().map_err(|error| vm.new_os_error(error.to_string()))?;
        let mut session = Self {
            vm,
            state,
            editor,
            history: None,
        };
        if let Some(state) = state
            && io::stdin().is_terminal()
        {
            let mut file = state.file.clone().into_os_string();
            file.push(".history");
            let file = PathBuf::from(file);
            // There is none the first time.
            let _ = session.editor.load_history(&file);
            session.history = Some(file);
        }
        Ok(session)
    }

    fn run(&mut self) -> PyResult<()> {
        let mut typed = String::new();
        loop {
            let prompt = if typed.is_empty() { ">>> " } else { "... " };
            let editor = &mut self.editor;
            let line = match self.vm.allow_threads(|| editor.readline(prompt)) {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => {
                    typed.clear();
                    stderr("KeyboardInterrupt\n");
                    continue;
                }
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(self.vm.new_os_error(error.to_string())),
            };
            if typed.is_empty()
                && let Some(command) = Command::parse(&line)
            {
                match command {
                    Command::Quit => break,
                    command => self.command(command)?,
                }
                continue;
            }
            if !typed.is_empty() {
                typed.push('\n');
            }
            typed.push_str(&line);
            match self.compile(&typed) {
                Ok(Entry::Incomplete) => continue,
                Ok(Entry::Code(code)) => self.execute(code)?,
                Err(error) => self.vm.print_exception(&error),
            }
            self.remember(&typed);
            typed.clear();
        }
        if !typed.trim().is_empty() {
            // Input that ends in the middle of a statement.
            match self.compile(&format!("{typed}\n\n")) {
                Ok(Entry::Code(code)) => self.execute(code)?,
                Ok(Entry::Incomplete) => stderr("SyntaxError: unexpected end of input\n"),
                Err(error) => self.vm.print_exception(&error),
            }
        }
        Ok(())
    }

    fn remember(&mut self, typed: &str) {
        // A history that can't be kept is no reason to end a session.
        let _ = self.editor.add_history_entry(typed.trim_end());
        if let Some(file) = &self.history {
            let _ = self.editor.save_history(file);
        }
    }

    fn command(&self, command: Command) -> PyResult<()> {
        match (command, self.state) {
            (Command::Save(None), Some(state)) => drop(state.save(self.vm)),
            (Command::Save(None), None) => stderr("there is no --state: say :save FILE\n"),
            (Command::Save(Some(file)), state) => {
                let state = State {
                    file,
                    ..state.cloned().unwrap_or_default()
                };
                // It has told what was wrong; the session goes on.
                drop(state.save(self.vm));
            }
            (Command::Unknown(word), _) => stderr(&format!("no such command: :{word}\n{HELP}")),
            (Command::Help | Command::Quit, _) => stderr(HELP),
        }
        Ok(())
    }

    /// As `codeop` does, which knows when a statement is not yet finished.
    fn compile(&self, typed: &str) -> PyResult<Entry> {
        let vm = self.vm;
        let name = unused_filename("repl", vm)?;
        let codeop = vm.import("codeop", 0)?;
        let code = vm.call_method(
            &codeop,
            "compile_command",
            (typed.to_owned(), name.clone(), "single"),
        )?;
        if vm.is_none(&code) {
            return Ok(Entry::Incomplete);
        }
        let code = code
            .downcast::<PyCode>()
            .map_err(|_| vm.new_type_error("compile_command() gave no code"))?;
        register_source(&name, typed, vm)?;
        Ok(Entry::Code(code))
    }

    /// Runs a statement; only an exit ends the session.
    fn execute(&mut self, code: PyRef<PyCode>) -> PyResult<()> {
        let vm = self.vm;
        let result = main_scope(vm).and_then(|scope| vm.run_code_obj(code, scope));
        match result {
            Ok(_) => {}
            Err(error) if error.fast_isinstance(vm.ctx.exceptions.system_exit) => {
                return self.leave(error);
            }
            Err(error) => vm.print_exception(&error),
        }
        flush(vm)
    }

    fn leave(&self, exit: PyBaseExceptionRef) -> PyResult<()> {
        if let Some(state) = self.state {
            state.save(self.vm)?;
        }
        Err(exit)
    }
}

/// What has been printed is seen before the next prompt.
fn flush(vm: &VirtualMachine) -> PyResult<()> {
    for stream in ["stdout", "stderr"] {
        let stream = vm.sys_module.get_attr(stream, vm)?;
        if !vm.is_none(&stream) {
            vm.call_method(&stream, "flush", ())?;
        }
    }
    Ok(())
}
