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
}

/// What a script did.
#[derive(Debug)]
pub(crate) struct Ran {
    /// How it ended.
    pub(crate) ending: Ending,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// The last line it wrote to standard error.
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
        let logs = self.cache.join("logs");
        files::make_dir(&logs)?;
        let cwd = TempDir::new(&self.cache.join("work"), log)?;
        let stdout = logs.join(format!("{log}.stdout.log"));
        let stderr = logs.join(format!("{log}.log"));
        let script = self.dir.join(script);
        eprintln!("compat: {} runs {}", interpreter.label, script.display());
        let job = Job {
            program: &interpreter.path,
            args: std::iter::once(OsString::from(script))
                .chain(args.iter().map(|arg| arg.as_os_str().to_owned()))
                .collect(),
            cwd: cwd.path(),
            env: vec![
                // The order of sets is the same in both interpreters' runs.
                ("PYTHONHASHSEED", "0".into()),
                ("PYTHONDONTWRITEBYTECODE", "1".into()),
            ],
            stdout: stdout.clone(),
            stderr: stderr.clone(),
            limit: self.limit,
        };
        let ending = job.run()?;
        let complaint = files::read_lossy(&stderr)?;
        Ok(Ran {
            ending,
            stdout: files::read_lossy(&stdout)?,
            complaint: complaint
                .trim_end()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// Runs a script that must end well.
    pub(crate) fn must(
        &self,
        interpreter: &Interpreter,
        script: &str,
        args: &[&Path],
        log: &str,
    ) -> Result<Ran> {
        let ran = self.run(interpreter, script, args, log)?;
        if ran.ending == Ending::Code(0) {
            Ok(ran)
        } else {
            Err(failed(script, &ran))
        }
    }
}

/// The error for a script that did not do its work.
pub(crate) fn failed(script: &str, ran: &Ran) -> Error {
    Error::program(script, format!("{}: {}", ran.ending, ran.complaint))
}

/// Reads JSON a script wrote.
pub(crate) fn json(script: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|err| Error::Contract(format!("{script} did not write JSON: {err}")))
}
