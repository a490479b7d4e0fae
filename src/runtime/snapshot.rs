//! Saving and restoring a runtime's session.

use std::path::Path;

use rustpython_vm::VirtualMachine;

use super::Runtime;
use crate::snapshot::{
    Observer, ReadOptions, RestoreOptions, RestoreReport, SaveOptions, SaveReport, Snapshot,
    SnapshotError, SnapshotErrorKind, WriteOptions,
};

/// Sessions that outlive the runtime.
impl Runtime {
    /// The state of the session: `__main__`, the modules of the user's, and what they have set in the library.
    ///
    /// It can be restored in any runtime with the same host functions, as often as needed, on any thread.
    ///
    /// # Errors
    /// As [`Snapshot::capture`].
    ///
    /// ```
    /// use rustpython_pickle::runtime::Runtime;
    /// use rustpython_pickle::snapshot::SaveOptions;
    ///
    /// let runtime = Runtime::new()?;
    /// runtime.exec("count = 1\ndef step():\n    global count\n    count += 1")?;
    /// let before = runtime.snapshot(&SaveOptions::new())?;
    /// runtime.exec("step(); step()")?;
    /// runtime.restore(&before)?;
    /// runtime.exec("step()")?;
    /// assert_eq!(runtime.get::<i64>("count")?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn snapshot(&self, options: &SaveOptions) -> Result<Snapshot, SnapshotError> {
        self.snapshot_observed(options, &mut Observer::none())
    }

    /// As [`snapshot`](Self::snapshot), telling of progress.
    ///
    /// # Errors
    /// As [`Snapshot::capture`].
    pub fn snapshot_observed(
        &self,
        options: &SaveOptions,
        observer: &mut Observer<'_>,
    ) -> Result<Snapshot, SnapshotError> {
        self.attempt_snapshot(|vm| Snapshot::capture(options, observer, vm))
    }

    /// Puts a saved session in the place of this one's: all of it, or, if that fails, nothing.
    ///
    /// **This runs code that the snapshot holds.**
    ///
    /// Functions and globals of the [`Builder`](super::Builder)'s that the session has no global for are put into its
    /// `__main__`, so that a host that has learned something can offer it to old sessions.
    ///
    /// # Errors
    /// As [`Snapshot::restore`].
    pub fn restore(&self, snapshot: &Snapshot) -> Result<RestoreReport, SnapshotError> {
        self.restore_observed(snapshot, &RestoreOptions::new(), &mut Observer::none())
    }

    /// As [`restore`](Self::restore), telling of progress.
    ///
    /// # Errors
    /// As [`Snapshot::restore`].
    pub fn restore_observed(
        &self,
        snapshot: &Snapshot,
        options: &RestoreOptions,
        observer: &mut Observer<'_>,
    ) -> Result<RestoreReport, SnapshotError> {
        self.attempt_snapshot(|vm| snapshot.restore(options, observer, vm))
    }

    /// Saves the session in a file, which is replaced as a whole.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot) and [`Snapshot::save`]; the old file is then still there.
    pub fn save_to(
        &self,
        path: impl AsRef<Path>,
        options: &SaveOptions,
        write: WriteOptions,
    ) -> Result<SaveReport, SnapshotError> {
        self.save_to_observed(path, options, write, &mut Observer::none())
    }

    /// As [`save_to`](Self::save_to), telling of progress.
    ///
    /// # Errors
    /// As [`save_to`](Self::save_to), and when the observer cancels.
    pub fn save_to_observed(
        &self,
        path: impl AsRef<Path>,
        options: &SaveOptions,
        write: WriteOptions,
        observer: &mut Observer<'_>,
    ) -> Result<SaveReport, SnapshotError> {
        let snapshot = self.snapshot_observed(options, observer)?;
        snapshot.save(path, write, observer)?;
        Ok(snapshot.report().clone())
    }

    /// Restores the session that a file holds.
    ///
    /// **This runs code that the snapshot holds**; [`ReadOptions::key`] checks who has made it.
    ///
    /// # Errors
    /// As [`Snapshot::open`] and [`restore`](Self::restore).
    pub fn load_from(
        &self,
        path: impl AsRef<Path>,
        options: &ReadOptions,
    ) -> Result<RestoreReport, SnapshotError> {
        let restore = RestoreOptions::new();
        self.load_from_observed(path, options, &restore, &mut Observer::none())
    }

    /// As [`load_from`](Self::load_from) with options for restoring, telling of progress.
    ///
    /// # Errors
    /// As [`load_from`](Self::load_from), and when the observer cancels.
    pub fn load_from_observed(
        &self,
        path: impl AsRef<Path>,
        read: &ReadOptions,
        restore: &RestoreOptions,
        observer: &mut Observer<'_>,
    ) -> Result<RestoreReport, SnapshotError> {
        let snapshot = Snapshot::open(path, read, observer)?;
        self.restore_observed(&snapshot, restore, observer)
    }

    /// A runtime that RustPython's panic has ended can't be saved, nor restored into.
    fn attempt_snapshot<R>(
        &self,
        run: impl FnOnce(&VirtualMachine) -> Result<R, SnapshotError>,
    ) -> Result<R, SnapshotError> {
        match self.attempt(|vm| Ok(run(vm))) {
            Ok(result) => result,
            Err(error) => Err(SnapshotError::new(
                SnapshotErrorKind::Python,
                error.to_string(),
            )),
        }
    }
}
