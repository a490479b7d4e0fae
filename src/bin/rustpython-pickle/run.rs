//! Runs one program from start to end.

use crate::args::{Arguments, Program};
use crate::interpreter::interpreter;
use crate::repl;
use crate::state::{Session, complain, main_scope};
use rustpython_pickle::snapshot::register_source;
use rustpython_vm::builtins::PyCode;
use rustpython_vm::compiler::{Mode, parser};
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyResult, Settings, VirtualMachine};
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{self, Path, PathBuf};

/// Runs a program and gives the process's exit code.
pub(crate) fn run(settings: Settings, arguments: &Arguments) -> u32 {
    let Arguments { options, program } = arguments;
    let session = match Session::open(&options.state) {
        Ok(session) => session,
        Err(message) => {
            complain(&message);
            return 1;
        }
    };
    interpreter(settings).run(|vm| {
        prepare(vm)?;
        vm.new_scope_with_main()?;
        if let Program::File(file) = program {
            check_file(vm, file)?;
        }
        session.restore(vm)?;
        set_path(vm, &session, program)?;
        session.reload_edited(vm)?;
        if *program == Program::Interactive {
            return repl::run(vm, &session, options.quiet);
        }
        let result = main_scope(vm).and_then(|scope| run_program(vm, &session, scope, program));
        session.end(result, vm)
    })
}

fn run_program(
    vm: &VirtualMachine,
    session: &Session,
    scope: Scope,
    program: &Program,
) -> PyResult<()> {
    match program {
        Program::Code(code) => run_code(vm, scope, &dedent(code, vm)?),
        Program::Module(module) => vm.run_module(module),
        Program::File(file) => {
            if session.file().is_some() {
                forget_old(vm, file)?;
            }
            run_file(vm, scope, file)
        }
        Program::Stdin => run_stdin(vm, scope),
        Program::Interactive => Ok(()),
    }
}

fn run_code(vm: &VirtualMachine, scope: Scope, source: &str) -> PyResult<()> {
    let code = rustpython_pickle::compile(source, Mode::Exec, "<string>", vm)?;
    // Without it tracebacks show no source.
    let _ = vm.register_code_in_linecache(&code, source);
    vm.run_code_obj(code, scope).map(drop)
}

/// What CPython does between its start and the program's.
fn prepare(vm: &VirtualMachine) -> PyResult<()> {
    let settings = &vm.state.config.settings;
    if settings.faulthandler {
        let faulthandler = vm.import("faulthandler", 0)?;
        vm.call_method(&faulthandler, "enable", ())?;
    }
    // It reads `sys.warnoptions` when it is imported.
    if !settings.warnoptions.is_empty() {
        vm.import("warnings", 0)?;
    }
    if settings.import_site {
        vm.import("site", 0)?;
    }
    Ok(())
}

/// Puts the program's own place in front of `sys.path`.
fn set_path(vm: &VirtualMachine, session: &Session, program: &Program) -> PyResult<()> {
    let safe = vm.state.config.settings.safe_path;
    let folder = match program {
        Program::File(file) => {
            let path = absolute(file);
            if has_main(&path) {
                // Nothing else could be imported from there.
                return session.insert_path(&path.to_string_lossy(), vm);
            }
            let real = fs::canonicalize(&path).unwrap_or(path);
            real.parent().unwrap_or(Path::new("")).to_owned()
        }
        Program::Module(_) => std::env::current_dir().unwrap_or_default(),
        Program::Code(_) | Program::Stdin | Program::Interactive => PathBuf::new(),
    };
    match safe {
        true => Ok(()),
        false => session.insert_path(&folder.to_string_lossy(), vm),
    }
}

/// Whether a path is not a script but has one: a folder or a zip file.
fn has_main(path: &Path) -> bool {
    path.is_dir() || is_zip(path)
}

/// Code that is indented as a whole runs as if it were not.
fn dedent<'a>(code: &'a str, vm: &VirtualMachine) -> PyResult<Cow<'a, str>> {
    let first = code.lines().find(|line| !line.trim().is_empty());
    if !first.is_some_and(|line| line.starts_with([' ', '\t'])) {
        return Ok(code.into());
    }
    let textwrap = vm.import("textwrap", 0)?;
    let text: String = vm
        .call_method(&textwrap, "dedent", (code.to_owned(),))?
        .try_into_value(vm)?;
    Ok(text.into())
}

/// A script that has been edited is shown as it is now, and not as the session has it.
fn forget_old(vm: &VirtualMachine, file: &str) -> PyResult<()> {
    // Text of another encoding is left to Python, as is a file that can't be read.
    match fs::read_to_string(file) {
        Ok(text) => register_source(&absolute(file).to_string_lossy(), &text, vm),
        Err(_) => Ok(()),
    }
}

fn absolute(file: &str) -> PathBuf {
    path::absolute(file).unwrap_or_else(|_| file.into())
}

/// A script that can't be read is no program, and nothing of the session's is touched.
fn check_file(vm: &VirtualMachine, file: &str) -> PyResult<()> {
    let path = absolute(file);
    if has_main(&path) {
        return Ok(());
    }
    match File::open(&path) {
        Ok(_) => Ok(()),
        Err(error) => cannot_open(vm, &path, &error),
    }
}

fn run_file(vm: &VirtualMachine, scope: Scope, file: &str) -> PyResult<()> {
    let path = absolute(file);
    if has_main(&path) {
        let runpy = vm.import("runpy", 0)?;
        return vm
            .call_method(&runpy, "_run_module_as_main", ("__main__", false))
            .map(drop);
    }
    refuse_unfinished(vm, &path)?;
    vm.run_script(scope, &path.to_string_lossy())
}

/// Raises the SyntaxError of a source that RustPython panics at; see [`rustpython_pickle::compile`].
fn refuse_unfinished(vm: &VirtualMachine, path: &Path) -> PyResult<()> {
    // A pipe must not lose what it holds.
    if !path.is_file() {
        return Ok(());
    }
    match fs::read_to_string(path) {
        Ok(source) if !source.is_ascii() && parser::parse_module(&source).is_err() => {
            let path = path.to_string_lossy();
            rustpython_pickle::compile(&source, Mode::Exec, &path, vm).map(drop)
        }
        _ => Ok(()),
    }
}

/// Whether a file ends as a zip file without a comment does.
fn is_zip(path: &Path) -> bool {
    const END: &[u8] = b"PK\x05\x06";
    const END_SIZE: i64 = 22;
    // A pipe must not lose what it holds.
    if !path.is_file() {
        return false;
    }
    let read = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-END_SIZE))?;
        let mut start = [0; END.len()];
        file.read_exact(&mut start)?;
        Ok(start == END)
    };
    read().unwrap_or(false)
}

/// CPython's message, and its exit code.
fn cannot_open(vm: &VirtualMachine, path: &Path, error: &io::Error) -> PyResult<()> {
    let executable: String = vm
        .sys_module
        .get_attr("executable", vm)?
        .try_into_value(vm)?;
    let path = vm
        .ctx
        .new_str(path.to_string_lossy())
        .as_object()
        .repr(vm)?;
    let number = error.raw_os_error().unwrap_or_default();
    let reason: String = {
        let os = vm.import("os", 0)?;
        vm.call_method(&os, "strerror", (number,))?
            .try_into_value(vm)?
    };
    crate::usage::stderr(&format!(
        "{executable}: can't open file {path}: [Errno {number}] {reason}\n"
    ));
    Err(vm.new_system_exit(vec![vm.new_pyobj(2)].into()))
}

/// Runs all of standard input as one script.
fn run_stdin(vm: &VirtualMachine, scope: Scope) -> PyResult<()> {
    const NAME: &str = "<stdin>";
    let mut source = Vec::new();
    vm.allow_threads(|| io::stdin().read_to_end(&mut source))
        .map_err(|error| vm.new_os_error(error.to_string()))?;
    if let Ok(source) = str::from_utf8(&source)
        && !source.is_ascii()
        && parser::parse_module(source).is_err()
    {
        // The built-in function would panic.
        rustpython_pickle::compile(source, Mode::Exec, NAME, vm)?;
    }
    // The built-in function takes bytes in any encoding that they declare.
    let compile = vm.builtins.get_attr("compile", vm)?;
    let code = compile
        .call((vm.ctx.new_bytes(source), NAME, "exec"), vm)?
        .downcast::<PyCode>()
        .map_err(|_| vm.new_type_error("compile() gave no code"))?;
    scope
        .globals
        .set_item("__file__", vm.ctx.new_str(NAME).into(), vm)?;
    vm.run_code_obj(code, scope).map(drop)
}
