//! Where things are: the cache, the workspace, the interpreter under test.

use crate::cargo;
use crate::error::{Error, Result};
use crate::files;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The program that generates pickles: its package, and its file name.
pub(crate) const FUZZ_PACKAGE: &str = "rustpython-pickle-fuzz";
pub(crate) const FUZZ: &str = "pickle-fuzz";
/// The interpreter under test: its package and its file name.
pub(crate) const OURS: &str = "rustpython-pickle";
/// Its Python module that pickles by value.
pub(crate) const OURS_MODULE: &str = "rustpython_pickle";
/// The features it is built with.
pub(crate) const FEATURES: &str = "cli";
/// What programs that are timed have besides.
pub(crate) const FAST_FEATURE: &str = "mimalloc";

/// The folder for all that is downloaded or written while running.
pub(crate) fn cache() -> Result<PathBuf> {
    let dir = if let Some(dir) = var("COMPAT_CACHE") {
        dir
    } else if let Some(dir) = var("XDG_CACHE_HOME") {
        dir.join("rustpython-pickle/cpython-3.14")
    } else if let Some(dir) = var("HOME") {
        dir.join(".cache/rustpython-pickle/cpython-3.14")
    } else {
        return Err(Error::Usage(
            "none of COMPAT_CACHE, XDG_CACHE_HOME and HOME is set".into(),
        ));
    };
    files::make_dir(&dir)?;
    // Programs run elsewhere, so the path must be absolute.
    dir.canonicalize().map_err(Error::io("find", &dir))
}

/// The workspace's folder, looked for upwards from this package or from here.
pub(crate) fn workspace() -> Result<PathBuf> {
    let here = match var("CARGO_MANIFEST_DIR") {
        Some(dir) => dir,
        None => env::current_dir().map_err(Error::io("find", Path::new(".")))?,
    };
    here.ancestors()
        .find(|dir| dir.join("compat/Cargo.toml").is_file() && dir.join("Cargo.lock").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| Error::Usage("not inside the rustpython-pickle workspace".into()))
}

/// The interpreter under test: `--python`, COMPAT_PYTHON, or what cargo builds.
pub(crate) fn ours(option: Option<&Path>) -> Result<PathBuf> {
    match option.map(Path::to_owned).or_else(|| var("COMPAT_PYTHON")) {
        Some(path) if path.is_file() => {
            std::path::absolute(&path).map_err(Error::io("find", &path))
        }
        Some(path) => Err(Error::Ours(format!("{} is not there", path.display()))),
        None => cargo::build(&workspace()?),
    }
}

/// Folders with older Python versions: COMPAT_OLD_PYTHONS, or those of pyenv,
/// whose own commands on PATH start the versions only that are switched on.
pub(crate) fn old_pythons() -> Result<Option<OsString>> {
    if let Some(named) = env::var_os("COMPAT_OLD_PYTHONS") {
        return Ok(Some(named));
    }
    let root = var("PYENV_ROOT").or_else(|| Some(var("HOME")?.join(".pyenv")));
    let Some(versions) = root
        .map(|root| root.join("versions"))
        .filter(|v| v.is_dir())
    else {
        return Ok(None);
    };
    let dirs = files::list(&versions)?
        .into_iter()
        .map(|version| version.join("bin"))
        .filter(|dir| dir.is_dir());
    // A folder with a colon in its name is no folder of PATH.
    Ok(env::join_paths(dirs).ok().filter(|dirs| !dirs.is_empty()))
}

/// An environment variable holding a path; empty counts as unset.
pub(crate) fn var(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
