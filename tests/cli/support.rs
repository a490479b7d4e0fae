//! Starts the binary, and makes folders for it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a process may take, many times what the slowest needs.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a process left.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code, unless a signal ended it.
    pub(crate) code: Option<i32>,
    #[cfg(unix)]
    pub(crate) signal: Option<i32>,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
            #[cfg(unix)]
            signal: std::os::unix::process::ExitStatusExt::signal(&output.status),
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("output is UTF-8")
}

/// The binary with arguments, and without the variables that are meant for
/// another interpreter.
pub(crate) fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rustpython-pickle"));
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PYTHON") {
            command.env_remove(name);
        }
    }
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Finished {
    let child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    ended(child)
}

/// Waits for the end of a process. One that does not come to it is killed, and told of: a test that hangs says nothing.
pub(crate) fn ended(child: Child) -> Finished {
    let id = child.id();
    let (has_ended, end) = mpsc::channel();
    thread::spawn(move || has_ended.send(child.wait_with_output()));
    match end.recv_timeout(PATIENCE) {
        Ok(output) => output.expect("its output can be read").into(),
        Err(_) => {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
            let output = end.recv().expect("it has been killed");
            panic!("still running after {PATIENCE:?}: {output:?}");
        }
    }
}

/// Runs the binary to its end.
pub(crate) fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Finished {
    finish(&mut command(args))
}

/// Runs the binary with something on its standard input.
pub(crate) fn run_with_input<S: AsRef<OsStr>>(
    args: impl IntoIterator<Item = S>,
    input: &[u8],
) -> Finished {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input).expect("the binary reads it");
    drop(stdin);
    ended(child)
}

/// A folder of a test's own, empty at first.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder with this name; each test takes another one.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // It is there when the test ran before.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder can be made");
        // sys.path has no links in it.
        Self(fs::canonicalize(path).expect("the folder is there"))
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in it.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder can be made");
        }
        fs::write(&path, text).expect("a file can be written");
        path
    }
}
