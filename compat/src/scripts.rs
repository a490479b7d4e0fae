//! Runs the comparison scripts, which are written in Python.

use crate::error::{Error, Result};
use crate::files::{self, TempDir};
use crate::interpreter::Interpreter;
use crate::process::{Ending, Job};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where scripts run and leave their logs.
#[derive(Clone, Debug)]
pub(crate) struct Scripts {
    /// The folder of the scripts.
    pub(crate) dir: PathBuf,
    /// The cache folder.
    pub(crate) cache: PathBuf,
    /// Time limit of each script.
    pub(crate) limit: Duration,
    /// What the scripts can import besides.
    pub(crate) python_path: Option<PathBuf>,
}

/// What a script did.
#[derive(Debug)]
pub(crate) struct Ran {
    /// How it ended.
    pub(crate) ending: Ending,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
    /// The last line of that.
    pub(crate) complaint: String,
}

impl Scripts {
    /// Runs one script; `log` names its log files.
    pub(crate) fn run(
        &self,
        interpreter: &Interpreter,
        script: &str,
        args: &[&Path],
        log: &str,
    ) -> Result<Ran> {
        self.run_under(&[], interpreter, script, args, log)
    }

    /// The same, started by another program, which is given with its arguments.
    pub(crate) fn run_under(
        &self,
        tool: &[OsString],
        interpreter: &Interpreter,
        script: &str,
        args: &[&Path],
        log: &str,
    ) -> Result<Ran> {
        let logs = self.cache.join("logs");
        files::make_dir(&logs)?;
        let cwd = TempDir::new(&self.cache.join("work"), log)?;
        let stdout = logs.join(format!("{log}.stdout.log"));
        let stderr = logs.join(format!("{log}.log"));
        let script = self.dir.join(script);
        eprintln!("compat: {} runs {}", interpreter.label, script.display());
        let own = interpreter.path.clone().into_os_string();
        let verb = interpreter.script_verb().into_iter().map(OsString::from);
        let command = tool.iter().cloned().chain([own]).chain(verb);
        let command = command.chain([OsString::from(script)]);
        let mut command = command.chain(args.iter().map(|arg| arg.as_os_str().to_owned()));
        let program = PathBuf::from(command.next().unwrap_or_default());
        let job = Job {
            program: &program,
            args: command.collect(),
            cwd: cwd.path(),
            env: self.env(),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
            limit: self.limit,
        };
        let ending = job.run()?;
        let stderr = files::read_lossy(&stderr)?;
        let complaint = stderr.trim_end().lines().last().unwrap_or_default();
        Ok(Ran {
            ending,
            stdout: files::read_lossy(&stdout)?,
            complaint: complaint.to_owned(),
            stderr,
        })
    }
}

impl Scripts {
    fn env(&self) -> Vec<(&'static str, OsString)> {
        let mut env: Vec<(_, OsString)> = vec![
            // The order of sets is the same in both interpreters' runs.
            ("PYTHONHASHSEED", "0".into()),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
            ("PYTHONWARNINGS", "ignore".into()),
            // The log's last line names the case that crashed.
            ("CORPUS_TRACE", "1".into()),
        ];
        if let Some(path) = &self.python_path {
            env.push(("PYTHONPATH", path.into()));
        }
        env
    }
}

impl Ran {
    /// Passes on what a script did that ended with one of these codes; one that
    /// did not has not done its work.
    pub(crate) fn with_code(self, script: &str, codes: &[i32]) -> Result<Self> {
        match self.ending {
            Ending::Code(code) if codes.contains(&code) => Ok(self),
            ending => Err(Error::program(
                script,
                format!("{ending}: {}", self.complaint),
            )),
        }
    }
}

/// Reads JSON a script wrote.
pub(crate) fn json(script: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|err| Error::Contract(format!("{script} did not write JSON: {err}")))
}
