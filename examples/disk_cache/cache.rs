//! The cache.

use rustpython_pickle::{Error, dump, load};
use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A folder with one pickle for each key.
///
/// A pickle can run any code: the folder must be one that only trusted users
/// can write to.
#[derive(Clone, Debug)]
pub(crate) struct DiskCache {
    folder: PathBuf,
}

impl DiskCache {
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The object that is kept under a key, else the one that `compute` makes,
    /// which is kept from then on.
    pub(crate) fn get_or_compute(
        &self,
        key: &str,
        vm: &VirtualMachine,
        compute: impl FnOnce() -> PyResult,
    ) -> PyResult {
        let path = self.folder.join(format!("{key}.pickle"));
        if let Some(object) = read(&path, vm) {
            return Ok(object);
        }
        let object = compute()?;
        // A cache that can't be written only costs time.
        if let Err(error) = self.write(&path, &object, vm) {
            eprintln!("not cached: {error}");
        }
        Ok(object)
    }

    fn write(
        &self,
        path: &Path,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> Result<(), Box<dyn std::error::Error>> {
        fs::create_dir_all(&self.folder)?;
        let unfinished = path.with_extension(format!("{}.new", std::process::id()));
        let written = (|| -> Result<(), Box<dyn std::error::Error>> {
            dump(object, File::create(&unfinished)?, vm)?;
            Ok(fs::rename(&unfinished, path)?)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }
}

/// A file that is missing or damaged is as good as none.
fn read(path: &Path, vm: &VirtualMachine) -> Option<PyObjectRef> {
    let file = File::open(path).ok()?;
    let object: Result<PyObjectRef, Error> = load(BufReader::new(file), vm);
    object
        .inspect_err(|error| eprintln!("{}: {error}", path.display()))
        .ok()
}
