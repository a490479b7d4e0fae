//! Runs programs: quickly for an answer, or with a time limit and logs.

use crate::error::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a question may take that has a short answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// We killed it, because its time was up.
    TimedOut,
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Code(-1),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => match signal_name(*signal) {
                Some(name) => write!(f, "{name}"),
                None => write!(f, "signal {signal}"),
            },
            Self::TimedOut => f.write_str("time limit"),
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    // Those whose numbers are the same on all Unix systems.
    Some(match signal {
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// A program to run with a time limit, its output going to files.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Where it runs.
    pub(crate) cwd: &'a Path,
    /// Added to a [`clean`] environment.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// Receives its standard output.
    pub(crate) stdout: PathBuf,
    /// Receives its standard error.
    pub(crate) stderr: PathBuf,
    /// After this its whole process group is killed.
    pub(crate) limit: Duration,
}

impl Job<'_> {
    /// Runs it to its end.
    pub(crate) fn run(self) -> Result<Ending> {
        let create = |path: &Path| File::create(path).map_err(Error::io("create", path));
        let mut command = Command::new(self.program);
        clean(&mut command);
        command
            .args(&self.args)
            .current_dir(self.cwd)
            .envs(self.env)
            .stdin(Stdio::null())
            .stdout(create(&self.stdout)?)
            .stderr(create(&self.stderr)?);
        supervise(command, self.limit, |_| ()).map_err(|err| Error::program(self.program, err))
    }
}

/// Runs a program in a process group of its own, of which nothing is left in
/// the end; `started` gets the child before the wait begins.
fn supervise(
    mut command: Command,
    limit: Duration,
    started: impl FnOnce(&mut Child),
) -> std::io::Result<Ending> {
    // A group of its own, so that what it starts can be killed too.
    let mut child = command.process_group(0).spawn()?;
    started(&mut child);
    let ending = wait(&mut child, limit);
    kill_group(child.id());
    if !matches!(ending, Ok(Ending::Code(_) | Ending::Signal(_))) {
        child.kill()?;
        child.wait()?;
    }
    ending
}

fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Ending> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.into());
        }
        if Instant::now() >= end {
            return Ok(Ending::TimedOut);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn kill_group(id: u32) {
    // The shell's own `kill` is there even where no program of that name is,
    // and some shells know `--` after `-s` only.
    // It fails when nothing of the group is left, which is what we want.
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -s KILL -- -{id}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Takes the caller's Python settings out of a program's environment.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PYTHON")
            || text.starts_with("RUSTPYTHON")
            || text.starts_with("COMPAT_")
            || text == "FORCE_COLOR"
        {
            command.env_remove(&name);
        }
    }
}

/// Runs a program that must succeed, and returns its standard output.
pub(crate) fn answer<I, S>(program: &Path, args: I, env: &[(&str, OsString)]) -> Result<String>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(program);
    clean(&mut command);
    command
        .args(args)
        .envs(env.iter().map(|(name, value)| (name, value)));
    output(command, ANSWER_LIMIT).map_err(|err| match err {
        Error::Program { detail, .. } => Error::program(program, detail),
        other => other,
    })
}

/// Runs a prepared command that must succeed, and returns its standard output.
pub(crate) fn output(mut command: Command, limit: Duration) -> Result<String> {
    let program = PathBuf::from(command.get_program());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut readers = None;
    let ending = supervise(command, limit, |child| {
        readers = Some((collect(child.stdout.take()), collect(child.stderr.take())));
    })
    .map_err(|err| Error::program(&program, err))?;
    let (stdout, stderr) = readers.map_or_else(Default::default, |(out, err)| {
        // A reader that panicked has read nothing of use.
        (
            out.join().unwrap_or_default(),
            err.join().unwrap_or_default(),
        )
    });
    if ending == Ending::Code(0) {
        Ok(stdout)
    } else {
        let last = stderr.trim_end().lines().last().unwrap_or_default();
        Err(Error::program(program, format!("{ending}: {last}")))
    }
}

/// Reads a pipe to its end while the program runs, lest it fill up.
fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Looks a program up on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{TempDir, read_lossy};

    fn sh(script: &str, limit: Duration, name: &str) -> (Ending, String) {
        let dir = TempDir::new(&std::env::temp_dir(), name).unwrap();
        let job = Job {
            program: Path::new("/bin/sh"),
            args: vec!["-c".into(), script.into()],
            cwd: dir.path(),
            env: vec![("WORD", "hello".into())],
            stdout: dir.path().join("out"),
            stderr: dir.path().join("err"),
            limit,
        };
        let ending = job.run().unwrap();
        (ending, read_lossy(&dir.path().join("out")).unwrap())
    }

    #[test]
    fn ends() {
        let long = Duration::from_secs(20);
        let (ending, out) = sh("echo $WORD; exit 3", long, "compat-code");
        assert_eq!((ending, out.as_str()), (Ending::Code(3), "hello\n"));
        let (ending, _) = sh("kill -SEGV $$", long, "compat-signal");
        assert_eq!(ending.to_string(), "SIGSEGV");
    }

    #[test]
    fn answers() {
        let ask = |script: &str| answer(Path::new("/bin/sh"), ["-c", script], &[]);
        // More than a pipe holds.
        let long = ask("i=0; while [ $i -lt 20000 ]; do echo 12345678; i=$((i+1)); done").unwrap();
        assert_eq!(long.len(), 180_000);
        let err = ask("echo first >&2; echo last >&2; exit 7").unwrap_err();
        assert_eq!(err.to_string(), "/bin/sh: exit code 7: last");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 30 & sleep 30"]);
        let err = output(command, Duration::from_millis(100)).unwrap_err();
        assert_eq!(err.to_string(), "/bin/sh: time limit: ");
    }

    #[test]
    fn time_limit_kills_the_group() {
        let start = Instant::now();
        // Without the group, the inner sleep would hold on.
        let (ending, _) = sh(
            "sleep 30 & sleep 30",
            Duration::from_millis(100),
            "compat-limit",
        );
        assert_eq!(ending, Ending::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
