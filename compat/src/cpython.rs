//! Finds a CPython 3.14 and its test package.

use crate::debian;
use crate::error::{Error, Result};
use crate::files;
use crate::places;
use crate::process;
use std::fmt;
use std::path::{Path, PathBuf};

/// Tells version, the folder holding `test` (or nothing) and prefixes.
const QUESTION: &str = "\
import sys, importlib.util as u
print('.'.join(map(str, sys.version_info[:3])))
found = u.find_spec('test') and u.find_spec('test.test_pickle')
print(found.origin if found else '')
";

/// Where the caller says it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// An interpreter.
    pub(crate) interpreter: Option<PathBuf>,
    /// A folder holding `test`.
    pub(crate) testsuite: Option<PathBuf>,
}

/// A CPython with its tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cpython {
    /// The interpreter.
    pub(crate) interpreter: PathBuf,
    /// The folder holding `test`.
    pub(crate) testsuite: PathBuf,
    /// Whether the interpreter finds `test` there by itself.
    pub(crate) own_tests: bool,
    /// Version of the interpreter.
    pub(crate) version: String,
    /// Version of the Debian package, if it is one.
    pub(crate) package: Option<String>,
}

impl fmt::Display for Cpython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CPython {}", self.version)?;
        if let Some(package) = &self.package {
            write!(f, " (Debian package {package})")?;
        }
        Ok(())
    }
}

/// Finds it: where the caller says, on PATH, or as Debian packages.
pub(crate) fn find(wanted: &Wanted) -> Result<Cpython> {
    let testsuite = wanted
        .testsuite
        .clone()
        .or_else(|| places::var("COMPAT_TESTSUITE"));
    let interpreter = wanted
        .interpreter
        .clone()
        .or_else(|| places::var("COMPAT_CPYTHON"));
    if let Some(interpreter) = interpreter {
        return ask(&interpreter, testsuite.as_deref());
    }
    let mut tried = Vec::new();
    match process::on_path("python3.14") {
        Some(interpreter) => match ask(&interpreter, testsuite.as_deref()) {
            Ok(found) => return Ok(found),
            Err(err) => tried.push(err.to_string()),
        },
        None => tried.push("no python3.14 on PATH".into()),
    }
    let debian = places::cache().and_then(|cache| {
        let unpacked = debian::unpacked(&cache)?;
        let suite = testsuite.as_deref();
        let mut found = ask(&unpacked.interpreter, suite)?;
        found.package = suite.is_none().then_some(unpacked.version);
        Ok(found)
    });
    debian.map_err(|err| {
        tried.push(err.to_string());
        Error::NoCpython(tried.join("; "))
    })
}

/// Asks an interpreter what it is.
fn ask(interpreter: &Path, testsuite: Option<&Path>) -> Result<Cpython> {
    let answer = process::answer(interpreter, ["-I", "-c", QUESTION], &[])?;
    let mut lines = answer.lines();
    let version = lines.next().unwrap_or_default().to_owned();
    if !version.starts_with("3.14.") {
        return Err(Error::NoCpython(format!(
            "{} is Python {version}",
            interpreter.display()
        )));
    }
    let own = Path::new(lines.next().unwrap_or_default())
        .parent()
        .and_then(Path::parent)
        .filter(|dir| !dir.as_os_str().is_empty());
    let testsuite = testsuite.or(own).ok_or_else(|| {
        Error::NoCpython(format!("{} has no test package", interpreter.display()))
    })?;
    if !testsuite.join("test/test_pickle.py").is_file() {
        return Err(Error::NoCpython(format!(
            "{} holds no test/test_pickle.py",
            testsuite.display()
        )));
    }
    let real = |path: &Path| path.canonicalize().map_err(Error::io("find", path));
    let testsuite = real(testsuite)?;
    let own_tests = match own {
        Some(own) => real(own)? == testsuite,
        None => false,
    };
    Ok(Cpython {
        // Not resolved: a link may be how an interpreter finds its library.
        interpreter: std::path::absolute(interpreter).map_err(Error::io("find", interpreter))?,
        testsuite,
        own_tests,
        version,
        package: None,
    })
}

/// A folder through which another interpreter can import the test package, and
/// nothing else of CPython's library.
pub(crate) fn test_path(cache: &Path, cpython: &Cpython) -> Result<PathBuf> {
    let dir = cache.join("path");
    files::make_dir(&dir)?;
    files::symlink(&cpython.testsuite.join("test"), &dir.join("test"))?;
    Ok(dir)
}
