//! `repl`: an interactive session.

mod command;
mod editor;
mod input;
mod panics;
mod pipe;
mod statements;
#[cfg(unix)]
mod wake;

use crate::signals;
use crate::state::{NotSaved, Session, main_scope, with_failure};
use crate::usage::stderr;
use command::{Command, HELP};
use input::{Input, Line};
use rustpython_pickle::snapshot::{register_source, unused_filename};
use rustpython_vm::builtins::{PyBaseExceptionRef, PyCode};
use rustpython_vm::compiler::Mode;
use rustpython_vm::{AsObject, PyRef, PyResult, VirtualMachine, version};
use std::path;

/// The flags of code that `from __future__` sets, which what follows is compiled with (CPython: `PyCF_MASK`).
const FUTURES: u32 = 0x1fe_0000;

/// Why no more lines are read.
enum End {
    /// The end of input, or `:quit`.
    Input,
    Exit(PyBaseExceptionRef),
}

impl End {
    fn into_result(self) -> PyResult<()> {
        match self {
            Self::Input => Ok(()),
            Self::Exit(exit) => Err(exit),
        }
    }
}

/// Runs an interactive session to its end. Whatever ends it, the session is saved.
pub(crate) fn run(vm: &VirtualMachine, session: &Session, quiet: bool) -> PyResult<()> {
    let input = Input::new(session).map_err(|message| vm.new_os_error(message))?;
    let terminal = input.is_terminal();
    if !quiet && terminal {
        stderr(&format!(
            "rustpython-pickle {} (Python {}.{}.{}); :help for help\n",
            env!("CARGO_PKG_VERSION"),
            version::MAJOR,
            version::MINOR,
            version::MICRO
        ));
    }
    let mut repl = Repl {
        vm,
        session,
        input,
        futures: 0,
        entries: 0,
    };
    let mut refused_at = None;
    loop {
        let end = repl.until_end();
        let saved = session.finish(vm);
        // Another place may do. Who leaves again without having done anything means it, or is gone.
        let stays = terminal && !signals::is_terminated() && refused_at != Some(repl.entries);
        if saved.is_err() && stays {
            stderr("`:save FILE' saves the session elsewhere; `:quit' again leaves without\n");
            refused_at = Some(repl.entries);
            continue;
        }
        return with_failure(end.into_result(), saved, vm);
    }
}

struct Repl<'a> {
    vm: &'a VirtualMachine,
    session: &'a Session,
    input: Input,
    futures: u32,
    /// How many entries there were, other than those that leave.
    entries: u64,
}

impl Repl<'_> {
    fn until_end(&mut self) -> End {
        let mut typed = String::new();
        loop {
            // The wait for a line does not end for one that has been seen.
            if let Some(exit) = signals::termination(self.vm) {
                return End::Exit(exit);
            }
            let prompt = if typed.is_empty() { ">>> " } else { "... " };
            let line = match self.input.line(prompt, self.vm) {
                Ok(Line::Text(line)) => line,
                Ok(Line::Interrupted) => {
                    typed.clear();
                    stderr("KeyboardInterrupt\n");
                    continue;
                }
                Ok(Line::End) => break,
                Err(exit) => return End::Exit(exit),
            };
            if typed.is_empty()
                && let Some(command) = Command::parse(&line)
            {
                self.input.remember(&line);
                match command {
                    Command::Quit => return End::Input,
                    command => self.command(command),
                }
                continue;
            }
            if !typed.is_empty() {
                typed.push('\n');
            }
            typed.push_str(&line);
            if !statements::is_complete(&typed) {
                continue;
            }
            if !typed.trim().is_empty() {
                self.input.remember(&typed);
                if let Err(exit) = self.entry(&typed) {
                    return End::Exit(exit);
                }
            }
            typed.clear();
        }
        // Input may end in the middle of a statement.
        match self.entry(&typed) {
            Ok(()) => End::Input,
            Err(exit) => End::Exit(exit),
        }
    }

    fn command(&mut self, command: Command) {
        self.entries += 1;
        let file = match command {
            Command::Save(Some(file)) => path::absolute(&file).unwrap_or(file),
            Command::Save(None) => match self.session.file() {
                Some(file) => file.to_owned(),
                None => return stderr("there is no --state: say :save FILE\n"),
            },
            Command::Unknown(word) => {
                let word = crate::clean::clean(&word);
                return stderr(&format!("no such command: :{word}\n{HELP}"));
            }
            Command::Help | Command::Quit => return stderr(HELP),
        };
        // It has told what was wrong; the session goes on.
        let _: Result<(), NotSaved> = self.session.save_to(&file, self.vm);
    }

    /// Runs what has been typed; an error is an exit.
    fn entry(&mut self, typed: &str) -> PyResult<()> {
        if typed.trim().is_empty() {
            return Ok(());
        }
        self.entries += 1;
        let vm = self.vm;
        let result = panics::caught(|| self.statements(typed));
        let result = result.unwrap_or_else(|| {
            stderr(
                "That was RustPython. The session goes on; what the code was about to change may be \
                 half changed.\n",
            );
            Ok(())
        });
        if let Err(error) = result {
            if error.fast_isinstance(vm.ctx.exceptions.system_exit) {
                return Err(error);
            }
            vm.print_exception(&error);
            signals::look_again();
        }
        flush(vm);
        Ok(())
    }

    fn statements(&mut self, typed: &str) -> PyResult<()> {
        let vm = self.vm;
        let Some(statements) = statements::split(typed) else {
            let name = unused_filename("repl", vm)?;
            return rustpython_pickle::compile(typed, Mode::Single, &name, vm).map(drop);
        };
        for statement in statements {
            let code = self.compile(statement)?;
            let scope = main_scope(vm)?;
            vm.run_code_obj(code, scope)?;
        }
        Ok(())
    }

    /// The code of a statement, which prints its value if it has one.
    fn compile(&mut self, statement: &str) -> PyResult<PyRef<PyCode>> {
        let vm = self.vm;
        let name = unused_filename("repl", vm)?;
        let compile = vm.builtins.get_attr("compile", vm)?;
        let source = format!("{statement}\n");
        let code = compile
            .call((source, name.clone(), "single", self.futures, true), vm)?
            .downcast::<PyCode>()
            .map_err(|_| vm.new_type_error("compile() gave no code"))?;
        let flags: u32 = code
            .as_object()
            .get_attr("co_flags", vm)?
            .try_into_value(vm)?;
        self.futures |= flags & FUTURES;
        register_source(&name, statement, vm)?;
        Ok(code)
    }
}

/// What has been printed is seen before the next prompt. A program may have closed or replaced the streams.
fn flush(vm: &VirtualMachine) {
    for name in ["stdout", "stderr"] {
        let _ = vm
            .sys_module
            .get_attr(name, vm)
            .and_then(|stream| vm.call_method(&stream, "flush", ()));
    }
}
