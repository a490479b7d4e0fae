//! What handlers are told.

use std::cell::{Cell, RefCell};

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
    /// The files that were missing, since the outermost scope began.
    static CLOSED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
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

    /// The paths of the files that have been loaded as closed ones.
    #[cfg_attr(
        not(feature = "snapshot"),
        expect(dead_code, reason = "only snapshots report them")
    )]
    pub(crate) fn take_closed(&self) -> Vec<String> {
        CLOSED.take()
    }
}

impl Drop for MissingFilesScope {
    fn drop(&mut self) {
        MISSING_FILES.set(self.before);
        if self.before == MissingFiles::Fail {
            CLOSED.take();
        }
    }
}

/// Whether a file that is missing is loaded as a closed one; then it is remembered.
pub(super) fn is_to_be_closed(path: &str) -> bool {
    let closed = MISSING_FILES.get() == MissingFiles::Closed;
    if closed {
        CLOSED.with_borrow_mut(|paths| paths.push(path.to_owned()));
    }
    closed
}
