//! Finds a CPython 3.14 and its test package.

use crate::debian;
use crate::error::{Error, Result};
use crate::files;
use crate::places;
use crate::process;
use std::fmt;
use std::path::{Path, PathBuf};

/// Tells name and version, and a file of the test package, if there is one.
const QUESTION: &str = "\
import sys, importlib.util as u
print(sys.implementation.name, '.'.join(map(str, sys.version_info[:3])))
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

/// CPython's tests, and mostly a CPython.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cpython {
    /// The folder holding `test`.
    pub(crate) testsuite: PathBuf,
    /// What to compare with; nothing if only the tests could be found.
    pub(crate) reference: Option<Reference>,
}

/// A CPython 3.14.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The interpreter.
    pub(crate) interpreter: PathBuf,
    /// Whether it finds the tests by itself.
    pub(crate) own_tests: bool,
    /// Its version.
    pub(crate) version: String,
    /// Version of the Debian package, if it is one.
    pub(crate) package: Option<String>,
}

impl fmt::Display for Cpython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(reference) = &self.reference else {
            return f.write_str("CPython's tests, without CPython itself");
        };
        write!(f, "CPython {}", reference.version)?;
        if let Some(package) = &reference.package {
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
    let testsuite = testsuite.as_deref().map(real_testsuite).transpose()?;
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
            Err(err) => tried.push(reason(err)),
        },
        None => tried.push("no python3.14 on PATH".into()),
    }
    match from_debian(testsuite.as_deref()) {
        Ok(found) => return Ok(found),
        Err(err) => tried.push(reason(err)),
    }
    let tried = tried.join("; ");
    match testsuite {
        Some(testsuite) => {
            eprintln!("compat: nothing to compare with: {tried}");
            Ok(Cpython {
                testsuite,
                reference: None,
            })
        }
        None => Err(Error::NoCpython(tried)),
    }
}

fn reason(err: Error) -> String {
    match err {
        Error::NoCpython(reason) => reason,
        other => other.to_string(),
    }
}

fn from_debian(testsuite: Option<&Path>) -> Result<Cpython> {
    let unpacked = debian::unpacked(&places::cache()?)?;
    let mut found = ask(&unpacked.interpreter, testsuite)?;
    if let Some(reference) = &mut found.reference
        && reference.own_tests
    {
        reference.package = Some(unpacked.version);
    }
    Ok(found)
}

/// Asks an interpreter what it is.
fn ask(interpreter: &Path, testsuite: Option<&Path>) -> Result<Cpython> {
    let answer = process::answer(interpreter, ["-I", "-c", QUESTION], &[])?;
    understand(interpreter, &answer, testsuite)
}

fn understand(interpreter: &Path, answer: &str, testsuite: Option<&Path>) -> Result<Cpython> {
    let mut lines = answer.lines();
    let version = lines.next().unwrap_or_default().to_owned();
    if !version.starts_with("cpython 3.14.") {
        return Err(Error::NoCpython(format!(
            "{} is {version}",
            interpreter.display()
        )));
    }
    let own = Path::new(lines.next().unwrap_or_default())
        .parent()
        .and_then(Path::parent)
        .filter(|dir| !dir.as_os_str().is_empty())
        .map(real_testsuite)
        .transpose()?;
    let testsuite = match (testsuite, &own) {
        (Some(named), _) => named.to_owned(),
        (None, Some(own)) => own.clone(),
        (None, None) => {
            return Err(Error::NoCpython(format!(
                "{} has no test package",
                interpreter.display()
            )));
        }
    };
    Ok(Cpython {
        reference: Some(Reference {
            // Not resolved: a link may be how an interpreter finds its library.
            interpreter: std::path::absolute(interpreter)
                .map_err(Error::io("find", interpreter))?,
            own_tests: own.is_some_and(|own| own == testsuite),
            version: version.trim_start_matches("cpython ").to_owned(),
            package: None,
        }),
        testsuite,
    })
}

/// Resolves links and makes sure that it is what it should be.
fn real_testsuite(dir: &Path) -> Result<PathBuf> {
    if dir.join("test/test_pickle.py").is_file() {
        dir.canonicalize().map_err(Error::io("find", dir))
    } else {
        Err(Error::NoCpython(format!(
            "{} holds no test/test_pickle.py",
            dir.display()
        )))
    }
}

/// A folder through which another interpreter can import the test package, and
/// nothing else of CPython's library.
pub(crate) fn test_path(cache: &Path, cpython: &Cpython) -> Result<PathBuf> {
    let dir = cache.join("path");
    files::make_dir(&dir)?;
    files::symlink(&cpython.testsuite.join("test"), &dir.join("test"))?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::TempDir;

    #[test]
    fn an_interpreter_that_has_tests() {
        let temp = TempDir::new(&std::env::temp_dir(), "compat-own").unwrap();
        let lib = temp.path().canonicalize().unwrap();
        let tests = lib.join("test/test_pickle.py");
        files::write(&tests, "").unwrap();
        let answer = format!("cpython 3.14.3\n{}\n", tests.display());
        let found = understand(Path::new("/bin/python"), &answer, None).unwrap();
        assert_eq!(found.testsuite, lib);
        assert_eq!(found.to_string(), "CPython 3.14.3");
        assert!(found.reference.unwrap().own_tests);
    }

    #[test]
    fn an_interpreter_that_lacks_them() {
        let temp = TempDir::new(&std::env::temp_dir(), "compat-lacks").unwrap();
        let ask = |testsuite| understand(Path::new("/python"), "cpython 3.14.3\n\n", testsuite);
        let err = ask(None).unwrap_err().to_string();
        assert!(err.ends_with("python has no test package"), "{err}");
        files::write(&temp.path().join("lib/test/test_pickle.py"), "").unwrap();
        let lib = real_testsuite(&temp.path().join("lib")).unwrap();
        let found = ask(Some(&lib)).unwrap();
        assert_eq!(found.testsuite, lib);
        assert!(!found.reference.unwrap().own_tests);
    }

    #[test]
    fn something_else() {
        let temp = TempDir::new(&std::env::temp_dir(), "compat-else").unwrap();
        for other in ["cpython 3.13.1\n", "pypy 3.14.0\n", ""] {
            let err = understand(Path::new("/python"), other, None).unwrap_err();
            assert!(matches!(err, Error::NoCpython(_)), "{err}");
        }
        assert!(real_testsuite(temp.path()).is_err());
    }
}
