//! The pure Python picklers that ours is compared with.

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

/// The folder that makes them importable, filled by pip if it isn't yet.
pub(crate) fn installed(cache: &Path) -> Result<PathBuf> {
    let wanted = PACKAGES.map(|package| format!("{}=={}", package.name, package.version));
    let dir = cache.join(format!("packages-{}", wanted.join("-")));
    if dir.is_dir() {
        return Ok(dir);
    }
    let pip = PIPS
        .iter()
        .find_map(|name| process::on_path(name))
        .ok_or_else(|| Error::program("pip", "it is not on PATH"))?;
    // Complete or not there: a download that breaks off must leave nothing.
    let temp = TempDir::new(cache, "packages")?;
    let target = temp.path().join("site");
    let mut command = Command::new(pip);
    process::clean(&mut command);
    command
        .args(["install", "--quiet", "--disable-pip-version-check"])
        // Whatever Python this pip belongs to, another one imports them.
        .args(["--no-deps", "--no-compile", "--only-binary", ":all:"])
        .arg("--target")
        .arg(&target)
        .args(&wanted);
    process::output(command, LIMIT)?;
    files::rename(&target, &dir)?;
    Ok(dir)
}
