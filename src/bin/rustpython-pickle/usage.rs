//! What the program says about itself.

use rustpython_vm::version;
use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "\
usage: rustpython-pickle [run] [option] ... [-c cmd | -m mod | file | -] [arg] ...
       rustpython-pickle repl [option] ...
       rustpython-pickle snapshot show|verify|diff [option] ... file ...
       rustpython-pickle dis|globals|scan|size [option] ... file ...
";

const HELP: &str = "\
Runs a Python program with rustpython-pickle's `_pickle`.

The program:
  -c cmd    the code given; ends the options
  -m mod    a module, found on sys.path; ends the options
  file      a script, a folder with a __main__.py, or a zip file with one
  -         standard input
  arg ...   goes to the program in sys.argv[1:]
`run` may stand before everything else, and a script named `run` or like another command after it.

`repl` is an interactive session; :help there tells of its commands.
`snapshot` looks into saved sessions: see `rustpython-pickle snapshot -h'.
`dis`, `globals`, `scan` and `size` look into pickles: see `rustpython-pickle scan -h'.

Sessions that outlive the process, with `run` and `repl`:
  --state FILE     restore the session from FILE if it is there; save it there at the end, at
                   sys.exit(), at an interrupt, and at SIGTERM or SIGHUP, after threads have ended
                   and atexit functions have run. After another exception FILE stays as it was.
                   What can't be saved is left out, and named on standard error. While FILE is in
                   use, .FILE.lock beside it keeps other runs away. An interrupt waits until the
                   session is saved; a second one gives that up, and FILE stays as it was
  --key-file FILE  sign the session with HMAC-SHA256, and restore none that another key has
                   signed, or none; the key is the bytes of the file, as they are. Without a key,
                   a session that is signed is refused
  --strict         what can't be saved is an error: the exit code is 1, and FILE stays as it was
  --reload         modules of the session whose files have been edited since run again, as with
                   importlib.reload; else they are as they were saved, which is told
  --missing-files error|closed
                   files that were open in the session and are not there any more: refuse the
                   session, or restore them closed, which is told
To restore a session runs code that it holds: without a key, let it be a file of your own.

Options, as `python` has them:
  -b        warn when bytes are taken for str (-bb: an error)
  -B        write no .pyc files (PYTHONDONTWRITEBYTECODE=x)
  -d        parser debugging flag (PYTHONDEBUG=x)
  -E        ignore the PYTHON* environment variables
  -I        isolate: -E, -P and -s
  -O        leave out assert statements (-OO: docstrings too; PYTHONOPTIMIZE=x)
  -P        put no unsafe path in front of sys.path (PYTHONSAFEPATH=x)
  -q        accepted; there is no banner to leave out
  -s        leave out the user's site folder (PYTHONNOUSERSITE=x)
  -S        do not import site
  -u        unbuffered standard output and error (PYTHONUNBUFFERED=x)
  -v        tell of imports (PYTHONVERBOSE=x)
  -W arg    a warning filter (PYTHONWARNINGS=arg)
  -X opt    an implementation's option: dev, utf8, faulthandler, no_debug_ranges,
            int_max_str_digits=n, cpu_count=n, warn_default_encoding,
            thread_inherit_context=0|1, context_aware_warnings=0|1
  --check-hash-based-pycs always|default|never
  -V        print the versions, and exit (also --version)
  -h        print this, and exit (also --help)

Other environment variables: PYTHONPATH, PYTHONHASHSEED, PYTHONIOENCODING,
PYTHONUTF8, PYTHONINTMAXSTRDIGITS, PYTHONDEVMODE, PYTHONFAULTHANDLER,
PYTHONNODEBUGRANGES, PYTHONWARNDEFAULTENCODING, PYTHON_CPU_COUNT,
PYTHON_THREAD_INHERIT_CONTEXT, PYTHON_CONTEXT_AWARE_WARNINGS.
";

/// Prints the help text.
pub(crate) fn help() -> ExitCode {
    print(&format!("{USAGE}\n{HELP}"))
}

/// Prints the versions.
pub(crate) fn version() -> ExitCode {
    print(&format!(
        "rustpython-pickle {} (Python {}.{}.{}, RustPython {}.{}.{})\n",
        env!("CARGO_PKG_VERSION"),
        version::MAJOR,
        version::MINOR,
        version::MICRO,
        version::MAJOR_IMPL,
        version::MINOR_IMPL,
        version::MICRO_IMPL,
    ))
}

/// Prints what is wrong with the command line.
pub(crate) fn complain(message: &str) {
    stderr(&format!(
        "{message}\n{USAGE}Try `rustpython-pickle -h' for more information.\n"
    ));
}

/// Writes to standard error; nobody is left to tell when that fails.
pub(crate) fn stderr(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn print(text: &str) -> ExitCode {
    match stdout(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

/// Writes to standard output; the exit code when that fails is CPython's.
pub(crate) fn stdout(text: &str) -> Result<(), ExitCode> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|_| ExitCode::from(120))
}
