//! Runs programs: quickly for an answer, or with a time limit and logs.

use crate::error::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

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
            .stderr(create(&self.stderr)?)
            // A group of its own, so that what it starts can be killed too.
            .process_group(0);
        let mut child = command
            .spawn()
            .map_err(|err| Error::program(self.program, err))?;
        let ending = wait(&mut child, self.limit);
        kill_group(child.id());
        if matches!(ending, Ok(Ending::TimedOut)) {
            child
                .kill()
                .and_then(|()| child.wait())
                .map_err(|err| Error::program(self.program, err))?;
        }
        ending.map_err(|err| Error::program(self.program, err))
    }
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
    let output = command
        .args(args)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|err| Error::program(program, err))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.trim_end().lines().last().unwrap_or_default();
        Err(Error::program(
            program,
            format!("{}: {last}", Ending::from(output.status)),
        ))
    }
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
