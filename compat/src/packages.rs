//! The packages of PyPI that ours is compared with.

use crate::error::{Error, Result};
use crate::files::{self, TempDir};
use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long the download may take.
const LIMIT: Duration = Duration::from_secs(5 * 60);
/// What pip is called.
const PIPS: [&str; 2] = ["pip3", "pip"];

/// A package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name, and that of its module.
    pub(crate) name: &'static str,
    /// The version that is compared with.
    pub(crate) version: &'static str,
}

/// The one that saves whole sessions, too.
pub(crate) const DILL: Package = Package {
    name: "dill",
    version: "0.4.1",
};

/// All of them, in the order of the table's columns.
pub(crate) const PACKAGES: [Package; 2] = [
    Package {
        name: "cloudpickle",
        version: "3.1.3",
    },
    DILL,
];

/// The folder that makes the picklers importable, filled by pip if it isn't yet.
///
/// They are pure Python, without dependencies: whatever Python the pip of PATH belongs to, another
/// one imports them.
pub(crate) fn installed(cache: &Path) -> Result<PathBuf> {
    let pip = || PIPS.iter().find_map(|name| process::on_path(name));
    install(cache, "packages", &PACKAGES, || {
        let pip = pip().ok_or_else(|| Error::program("pip", "it is not on PATH"))?;
        let mut command = Command::new(pip);
        command.args(["install", "--no-deps"]);
        Ok(command)
    })
}

/// The folder that makes packages and what they need importable for this Python.
pub(crate) fn with_dependencies(
    cache: &Path,
    python: &Path,
    packages: &[Package],
) -> Result<PathBuf> {
    // Some of what they need is compiled, for one version of Python.
    let version = process::answer(
        python,
        ["-c", "import sys; print(sys.version_info[1])"],
        &[],
    )?;
    let folder = format!("scanners-3.{}", version.trim());
    install(cache, &folder, packages, || {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "install"]);
        Ok(command)
    })
}

/// Lets pip fill a folder, if it isn't there yet.
fn install(
    cache: &Path,
    folder: &str,
    packages: &[Package],
    pip: impl FnOnce() -> Result<Command>,
) -> Result<PathBuf> {
    let wanted = packages
        .iter()
        .map(|package| format!("{}=={}", package.name, package.version));
    let wanted: Vec<_> = wanted.collect();
    let dir = cache.join(format!("{folder}-{}", wanted.join("-")));
    if dir.is_dir() {
        return Ok(dir);
    }
    // Complete or not there: a download that breaks off must leave nothing.
    let temp = TempDir::new(cache, folder)?;
    let target = temp.path().join("site");
    let mut command = pip()?;
    process::clean(&mut command);
    command
        .args(["--quiet", "--disable-pip-version-check"])
        .args(["--no-compile", "--only-binary", ":all:"])
        .arg("--target")
        .arg(&target)
        .args(&wanted);
    process::output(command, LIMIT)?;
    files::rename(&target, &dir)?;
    Ok(dir)
}
