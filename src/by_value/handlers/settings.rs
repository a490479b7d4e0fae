//! What handlers are told.

use std::cell::Cell;

/// What becomes of open files when objects are pickled by value.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::{DumpOptions, ErrorKind, Files};
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// # let path = std::env::temp_dir().join(format!("rustpython_pickle_files_{}", std::process::id()));
/// # std::fs::write(&path, "first\nsecond\n").unwrap();
/// # let open = vm.import("io", 0).unwrap().get_attr("open", vm).unwrap();
/// # let file = open.call((path.to_str().unwrap(),), vm).unwrap();
/// // A file that a line has been read of.
/// vm.call_method(&file, "readline", ()).unwrap();
/// let pickle = DumpOptions::new().by_value(true).dumps(&file, vm)?;
/// let again = rustpython_pickle::loads(&pickle, vm)?;
/// let line = vm.call_method(&again, "readline", ()).unwrap();
/// assert_eq!(line.str(vm).unwrap().to_str(), Some("second\n"));
///
/// let refused = DumpOptions::new().by_value(true).files(Files::Refuse).dumps(&file, vm);
/// assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unpicklable);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Files {
    /// They are saved as path, mode and position, and opened again when loading. Nothing that is
    /// in them is saved, and nothing is truncated.
    #[default]
    Reopen,
    /// They can't be pickled. Closed files, and `sys.stdin` and the like, still can.
    Refuse,
}

/// What becomes of a saved file that is not there any more when it is loaded.
///
/// For an example see [`LoadOptions::missing_files`](crate::LoadOptions::missing_files).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingFiles {
    /// Loading fails with Python's FileNotFoundError, which names the file.
    #[default]
    Fail,
    /// The file is loaded as one that has been closed.
    Closed,
}

/// What a dump tells its handlers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) files: Files,
    /// Whether loggers are saved with their level, handlers and filters, which loading then sets.
    pub(crate) logging: bool,
}

thread_local! {
    static MISSING_FILES: Cell<MissingFiles> = const { Cell::new(MissingFiles::Fail) };
}

/// While this lives, what is loaded on this thread treats missing files so.
#[derive(Debug)]
pub(crate) struct MissingFilesScope {
    before: MissingFiles,
}

impl MissingFilesScope {
    pub(crate) fn enter(missing_files: MissingFiles) -> Self {
        let before = MISSING_FILES.replace(missing_files);
        Self { before }
    }
}

impl Drop for MissingFilesScope {
    fn drop(&mut self) {
        MISSING_FILES.set(self.before);
    }
}

thread_local! {
    static REHEARSAL: Cell<bool> = const { Cell::new(false) };
}

/// While this lives, what is loaded on this thread is only looked at: it is not registered anywhere, and
/// its finalizers do nothing.
#[cfg(feature = "snapshot")]
#[derive(Debug)]
pub(crate) struct RehearsalScope {
    before: bool,
}

#[cfg(feature = "snapshot")]
impl RehearsalScope {
    pub(crate) fn enter() -> Self {
        Self {
            before: REHEARSAL.replace(true),
        }
    }
}

#[cfg(feature = "snapshot")]
impl Drop for RehearsalScope {
    fn drop(&mut self) {
        REHEARSAL.set(self.before);
    }
}

pub(super) fn is_rehearsal() -> bool {
    REHEARSAL.get()
}

pub(super) fn missing_files() -> MissingFiles {
    MISSING_FILES.get()
}
