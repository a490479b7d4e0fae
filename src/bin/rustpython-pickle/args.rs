//! The command line.

use crate::error::{Error, Result};
use crate::inspect;
use crate::options::Options;
use crate::snapshot;
use crate::state::State;
use lexopt::{Arg, Parser};
use rustpython_pickle::MissingFiles;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{self, PathBuf};

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// `-h`
    Help,
    /// `-V`
    Version,
    /// A program, or an interactive session.
    Run(Arguments),
    /// `snapshot`
    Snapshot(snapshot::Command),
    /// `dis`, `globals`, `scan` or `size`
    Inspect(inspect::Command),
}

/// How to run what.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) options: Options,
    pub(crate) program: Program,
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `-c`
    Code(String),
    /// `-m`
    Module(String),
    /// A script, or a folder or zip file that has one.
    File(String),
    /// `-`, or nothing.
    Stdin,
    /// `repl`
    Interactive,
}

/// Reads a command line; the first argument is the name of the program.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request> {
    let mut args = args.into_iter().peekable();
    args.next();
    // Files may have any name there.
    if args.next_if(|first| first == "snapshot").is_some() {
        return snapshot::parse(args).map(Request::Snapshot);
    }
    if args.peek().is_some_and(|first| inspect::is_command(first)) {
        let command = inspect::parse(args).map_err(Error::Usage)?;
        return Ok(Request::Inspect(command));
    }
    let mut args = unicode(args)?.into_iter().peekable();
    let interactive = args.next_if(|first| first == "repl").is_some();
    if !interactive {
        args.next_if(|first| first == "run");
    }
    let mut parser = Parser::from_args(args);
    // `-c=1` is the code `=1`.
    parser.set_short_equals(false);
    let mut options = Options::default();
    loop {
        let Some(arg) = parser.next().map_err(|error| usage(&error))? else {
            if interactive {
                return run(options, Program::Interactive, String::new(), Vec::new());
            }
            if io::stdin().is_terminal() {
                return Err(Error::Usage("no program given".into()));
            }
            return run(options, Program::Stdin, String::new(), Vec::new());
        };
        match arg {
            Arg::Short('b') => count(&mut options.bytes_warning),
            Arg::Short('B') => options.no_bytecode = true,
            Arg::Short('c') => {
                let code = value(&mut parser, "-c")?;
                return run(
                    options,
                    Program::Code(code),
                    "-c".into(),
                    rest(&mut parser)?,
                );
            }
            Arg::Short('d') => count(&mut options.debug),
            Arg::Short('E') => options.ignore_environment = true,
            Arg::Short('h' | '?') | Arg::Long("help") => return Ok(Request::Help),
            Arg::Short('I') => options.isolated = true,
            Arg::Short('m') => {
                let module = value(&mut parser, "-m")?;
                // runpy puts the path in, when it has found the module.
                return run(
                    options,
                    Program::Module(module),
                    "-m".into(),
                    rest(&mut parser)?,
                );
            }
            Arg::Short('O') => count(&mut options.optimize),
            Arg::Short('P') => options.safe_path = true,
            Arg::Short('q') => options.quiet = true,
            // Hash randomisation, which is on anyway.
            Arg::Short('R') => {}
            Arg::Short('s') => options.no_user_site = true,
            Arg::Short('S') => options.no_site = true,
            Arg::Short('u') => options.unbuffered = true,
            Arg::Short('v') => count(&mut options.verbose),
            Arg::Short('V') | Arg::Long("version") => return Ok(Request::Version),
            Arg::Short('W') => {
                let warning = value(&mut parser, "-W")?;
                options.warnings.push(warning);
            }
            Arg::Short('X') => {
                let text = value(&mut parser, "-X")?;
                options.implementation.push(match text.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (text, None),
                });
            }
            Arg::Long("check-hash-based-pycs") => {
                let mode = value(&mut parser, "--check-hash-based-pycs")?;
                options.check_hash_pycs = mode.parse().map_err(|_| {
                    Error::Usage(
                        "--check-hash-based-pycs must be one of 'default', 'always', or 'never'"
                            .into(),
                    )
                })?;
            }
            Arg::Long("state") => {
                options.state.file = Some(file(&mut parser, "--state")?);
            }
            Arg::Long("key-file") => {
                options.state.key = Some(file(&mut parser, "--key-file")?);
            }
            Arg::Long("missing-files") => {
                options.state.missing_files = match value(&mut parser, "--missing-files")?.as_str()
                {
                    "error" => MissingFiles::Fail,
                    "closed" => MissingFiles::Closed,
                    _ => {
                        let message = "--missing-files must be one of 'error' or 'closed'";
                        return Err(Error::Usage(message.into()));
                    }
                };
            }
            Arg::Long("reload") => options.state.reload = true,
            Arg::Long("strict") => options.state.strict = true,
            Arg::Short(option) => return Err(Error::Usage(format!("Unknown option: -{option}"))),
            Arg::Long(option) => return Err(Error::Usage(format!("unknown option --{option}"))),
            Arg::Value(file) if interactive => {
                let file = file.display();
                return Err(Error::Usage(format!("`repl' runs no script: {file}")));
            }
            Arg::Value(file) => {
                let file = string(file)?;
                let program = if file == "-" {
                    Program::Stdin
                } else {
                    Program::File(file.clone())
                };
                return run(options, program, file, rest(&mut parser)?);
            }
        }
    }
}

/// What goes with `--state` only.
fn check_state(state: &State) -> Result<()> {
    if state.file.is_none() && *state != State::default() {
        let message = "--key-file, --missing-files, --reload and --strict go with --state";
        return Err(Error::Usage(message.into()));
    }
    Ok(())
}

/// A file by its absolute path: a program may change the current folder.
fn file(parser: &mut Parser, option: &str) -> Result<PathBuf> {
    let file = value(parser, option)?;
    path::absolute(&file).map_err(|_| Error::Usage(format!("{option} takes the name of a file")))
}

fn run(mut options: Options, program: Program, name: String, rest: Vec<String>) -> Result<Request> {
    check_state(&options.state)?;
    options.argv = std::iter::once(name).chain(rest).collect();
    Ok(Request::Run(Arguments { options, program }))
}

/// RustPython makes `sys.orig_argv` of the process's arguments, and panics when
/// one is not Unicode.
fn unicode(args: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>> {
    let args: Vec<OsString> = args.into_iter().collect();
    match args.iter().find(|arg| arg.to_str().is_none()) {
        None => Ok(args),
        Some(arg) => Err(not_unicode(arg)),
    }
}

fn not_unicode(arg: &OsString) -> Error {
    Error::Usage(format!("an argument is not Unicode: {}", arg.display()))
}

fn string(arg: OsString) -> Result<String> {
    arg.into_string().map_err(|arg| not_unicode(&arg))
}

fn value(parser: &mut Parser, option: &str) -> Result<String> {
    match parser.value() {
        Ok(value) => string(value),
        Err(_) => Err(Error::Usage(format!(
            "Argument expected for the {option} option"
        ))),
    }
}

fn rest(parser: &mut Parser) -> Result<Vec<String>> {
    parser
        .raw_args()
        .map_err(|error| usage(&error))?
        .map(string)
        .collect()
}

fn usage(error: &lexopt::Error) -> Error {
    Error::Usage(error.to_string())
}

fn count(flag: &mut u8) {
    *flag = flag.saturating_add(1);
}

#[cfg(test)]
mod tests;
