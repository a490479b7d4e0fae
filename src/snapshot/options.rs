//! What to save and to restore, and what to do with what can't be.

use std::time::SystemTime;

use super::modules::Choice;
use crate::{Files, MissingFiles};

/// What becomes of a global that can't be saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unpicklable {
    /// Saving fails, and the error has the way to the culprit.
    #[default]
    Fail,
    /// The global is left out, and the report says why. Everything else is saved as if it were not there.
    LeaveOut,
}

/// What to save, and what to do with what can't be.
///
/// ```
/// use rustpython_pickle::snapshot::{SaveOptions, Unpicklable};
///
/// let options = SaveOptions::new().unpicklable(Unpicklable::LeaveOut).user_module("plugins.chess");
/// # drop(options);
/// ```
#[derive(Clone, Debug)]
pub struct SaveOptions {
    pub(super) unpicklable: Unpicklable,
    pub(super) modules: Choice,
    pub(super) sources: bool,
    pub(super) files: Files,
    pub(super) created: Option<SystemTime>,
    pub(super) rehearse: bool,
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self {
            unpicklable: Unpicklable::default(),
            modules: Choice::default(),
            sources: true,
            files: Files::default(),
            created: None,
            rehearse: false,
        }
    }
}

impl SaveOptions {
    /// Everything is saved, and what can't be is an error.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of a global that can't be saved: an error unless this is set.
    #[must_use]
    pub fn unpicklable(mut self, policy: Unpicklable) -> Self {
        self.unpicklable = policy;
        self
    }

    /// Saves the globals of this module, although it is found where libraries are.
    #[must_use]
    pub fn user_module(mut self, name: impl Into<String>) -> Self {
        self.modules.user.insert(name.into());
        self
    }

    /// Does not save this module: it is imported again when restoring.
    #[must_use]
    pub fn library_module(mut self, name: impl Into<String>) -> Self {
        self.modules.library.insert(name.into());
        self
    }

    /// Whether the source text of the session's code goes along, which it does unless this is `false`.
    ///
    /// Without it, a runtime with another bytecode can't restore the functions.
    #[must_use]
    pub fn sources(mut self, sources: bool) -> Self {
        self.sources = sources;
        self
    }

    /// What becomes of open files: they are saved as path, mode and position, unless this is set.
    ///
    /// Nothing that is in them is saved. Two sessions that are restored from one snapshot have the same file open, and
    /// a temporary file is removed with the first of them that ends.
    #[must_use]
    pub fn files(mut self, files: Files) -> Self {
        self.files = files;
        self
    }

    /// Whether what is saved is also restored, beside the session, and let go again: not done unless this is `true`.
    ///
    /// What turns out not to be restorable is treated as what can't be saved: an error, or left out and reported, as
    /// [`unpicklable`](Self::unpicklable) says. Without it, such a session is saved, and the restore says so: objects
    /// whose own `__setstate__`, `__new__` or `__hash__` fails, and sets and dicts hashed by what leads back to them
    /// ([the module](super) has the list).
    ///
    /// It takes the time of a restore and the memory of a second session, runs the code that a restore runs, and
    /// `__del__` methods of what is let go. Finalizers (`weakref.finalize`) of it are not run, and it is not
    /// registered with `logging`. While it lasts, `sys.modules` has the modules of the copy: other threads should
    /// not import.
    ///
    /// ```
    /// use rustpython_pickle::Runtime;
    /// use rustpython_pickle::snapshot::{SaveOptions, SnapshotErrorKind, Unpicklable};
    ///
    /// let game = Runtime::new()?;
    /// game.exec("
    /// class Fickle:
    ///     def __setstate__(self, state):
    ///         raise ValueError('never again')
    /// fickle = Fickle()
    /// fickle.n = score = 3
    /// ")?;
    /// let options = SaveOptions::new().rehearse(true);
    /// let error = game.snapshot(&options).unwrap_err();
    /// let path = "fickle".to_owned();
    /// assert_eq!(error.kind(), &SnapshotErrorKind::Unpicklable { path });
    ///
    /// let saved = game.snapshot(&options.unpicklable(Unpicklable::LeaveOut))?;
    /// let names: Vec<_> = saved.report().left_out().map(|(_, global)| &global.name).collect();
    /// assert_eq!(names, ["fickle"]);
    /// let resumed = Runtime::new()?;
    /// resumed.restore(&saved)?;
    /// assert_eq!(resumed.eval::<i64>("score")?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rehearse(mut self, rehearse: bool) -> Self {
        self.rehearse = rehearse;
        self
    }

    /// The time that the metadata gives; now, unless this is set. With it, equal states give equal files.
    #[must_use]
    pub fn created(mut self, time: SystemTime) -> Self {
        self.created = Some(time);
        self
    }
}

/// Which of the modules that are there now make way for those of a snapshot, and what becomes of files.
#[derive(Clone, Debug, Default)]
pub struct RestoreOptions {
    pub(super) modules: Choice,
    pub(super) missing_files: MissingFiles,
}

impl RestoreOptions {
    /// All modules of the user's, as when saving.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This module makes way, although it is found where libraries are.
    #[must_use]
    pub fn user_module(mut self, name: impl Into<String>) -> Self {
        self.modules.user.insert(name.into());
        self
    }

    /// This module stays as it is.
    #[must_use]
    pub fn library_module(mut self, name: impl Into<String>) -> Self {
        self.modules.library.insert(name.into());
        self
    }

    /// What becomes of files that were open in the session and are not there any more: an error, unless this is set.
    /// With [`MissingFiles::Closed`] the report names them in a module `<files>`.
    #[must_use]
    pub fn missing_files(mut self, missing_files: MissingFiles) -> Self {
        self.missing_files = missing_files;
        self
    }
}
