//! An interpreter that can run CPython's tests or our scripts.

use crate::cpython::Cpython;
use crate::error::{Error, Result};
use crate::files;
use crate::places;
use crate::process;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const QUESTION: &str = "\
import sys
print(sys.implementation.name, '.'.join(map(str, sys.version_info[:3])))
print(sys.prefix, sys.exec_prefix, sep=':')
";
const TESTS: &str = "import os, test; print(os.path.realpath(test.__file__))";
/// Tells where the modules come from that the tests are about.
const ORIGINS: &str = "\
import importlib, os, sys
for name in sys.argv[1:]:
    try:
        spec = importlib.import_module(name).__spec__
    except ImportError:
        print(name, 'missing')
    else:
        file = spec and spec.has_location and spec.origin
        print(name, os.path.realpath(file) if file else spec and spec.origin or 'built-in')
";

/// What [`Interpreter::origins`] says of a module that is not there.
pub(crate) const MISSING: &str = "missing";

/// An interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The program.
    pub(crate) path: PathBuf,
    /// Its name and the language version, such as `cpython 3.14.0`.
    pub(crate) label: String,
    /// Its prefixes, in the form PYTHONHOME has.
    home: String,
    /// The folder that makes CPython's tests importable, unless they are.
    test_path: Option<PathBuf>,
}

impl Interpreter {
    /// Asks a program what it is.
    pub(crate) fn ask(path: &Path) -> Result<Self> {
        let answer = process::answer(path, ["-c", QUESTION], &[])?;
        let mut lines = answer.lines();
        match (lines.next(), lines.next()) {
            (Some(label), Some(home)) => Ok(Self {
                path: path.to_owned(),
                label: label.to_owned(),
                home: home.to_owned(),
                test_path: None,
            }),
            _ => Err(Error::Ours(format!(
                "{} does not print its version",
                path.display()
            ))),
        }
    }

    /// Lets it import CPython's tests, and makes sure that those are what it
    /// imports.
    pub(crate) fn with_tests(mut self, cpython: &Cpython, test_path: &Path) -> Result<Self> {
        let own = cpython
            .reference
            .as_ref()
            .is_some_and(|r| r.own_tests && r.interpreter == self.path);
        if !own {
            self.test_path = Some(test_path.to_owned());
        }
        let answer = process::answer(&self.path, ["-c", TESTS], &self.env("test"))?;
        let tests = cpython.testsuite.join("test");
        if Path::new(answer.trim()).parent() == Some(&tests) {
            Ok(self)
        } else {
            Err(Error::Ours(format!(
                "it takes the test package from {} instead of {}",
                answer.trim(),
                tests.display()
            )))
        }
    }

    /// The environment a module of the tests needs.
    pub(crate) fn env(&self, module: &str) -> Vec<(&'static str, OsString)> {
        // CPython's folder is not ours to write to, and bytecode written by an
        // older build of ours must not be read.
        let mut env = vec![("PYTHONDONTWRITEBYTECODE", "1".into())];
        if let Some(path) = &self.test_path {
            env.push(("PYTHONPATH", path.into()));
            // test.support.script_helper starts interpreters without the
            // environment, and so without PYTHONPATH, unless this is set. The
            // other Python versions of test_xpickle must not see it.
            if module != crate::suites::XPICKLE {
                env.push(("PYTHONHOME", self.home.clone().into()));
            }
        }
        env
    }

    /// What comes before a script's name on the command line.
    pub(crate) fn script_verb(&self) -> Option<&'static str> {
        (files::name(&self.path) == places::OURS).then_some("run")
    }

    /// What each of these modules is: `frozen`, `built-in`, whose file, without
    /// its path, or [`MISSING`].
    pub(crate) fn origins(
        &self,
        cpython: &Cpython,
        modules: impl IntoIterator<Item = &'static str>,
    ) -> Result<Vec<(String, String)>> {
        let args = ["-c", ORIGINS].into_iter().chain(modules);
        let answer = process::answer(&self.path, args, &self.env("test"))?;
        let pairs = answer.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs
            .map(|(name, origin)| {
                (
                    name.to_owned(),
                    whose(origin, &cpython.testsuite).to_owned(),
                )
            })
            .collect())
    }
}

fn whose<'a>(origin: &'a str, testsuite: &Path) -> &'a str {
    let path = Path::new(origin);
    if path.starts_with(testsuite) {
        "CPython's file"
    } else if path.is_absolute() {
        "a file of its own"
    } else {
        origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_without_paths() {
        let lib = Path::new("/lib/python3.14");
        assert_eq!(whose("/lib/python3.14/copy.py", lib), "CPython's file");
        assert_eq!(whose("/lib/python3.13/copy.py", lib), "a file of its own");
        assert_eq!(whose("frozen", lib), "frozen");
    }
}
