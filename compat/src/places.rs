//! Where things are: the cache, the workspace, the interpreter under test.

use crate::error::{Error, Result};
use crate::files;
use std::env;
use std::path::{Path, PathBuf};

/// The file name of the interpreter under test.
const OURS: &str = "rustpython-pickle";

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

/// The interpreter under test: `--python`, COMPAT_PYTHON, or the release build.
pub(crate) fn ours(option: Option<&Path>) -> Result<PathBuf> {
    let path = match option.map(Path::to_owned).or_else(|| var("COMPAT_PYTHON")) {
        Some(path) => path,
        None => {
            let workspace = workspace()?;
            let target = var("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
            workspace.join(target).join("release").join(OURS)
        }
    };
    if path.is_file() {
        std::path::absolute(&path).map_err(Error::io("find", &path))
    } else {
        Err(Error::Ours(format!("{} is not there", path.display())))
    }
}

/// An environment variable holding a path; empty counts as unset.
pub(crate) fn var(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
