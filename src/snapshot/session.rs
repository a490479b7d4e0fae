//! A saved session: made from an interpreter, put back into one, kept in a file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use rustpython_vm::{VirtualMachine, version};

use super::container::{SOURCES, STATE};
use super::modules::Choice;
use super::watch::Watch;
use super::{
    Container, Metadata, Observer, Phase, ReadOptions, RestoreReport, SaveReport, SnapshotError,
    WriteOptions, Writer, bytecode, capture, read_file, replace_file, restore,
};
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
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self {
            unpicklable: Unpicklable::default(),
            modules: Choice::default(),
            sources: true,
            files: Files::default(),
            created: None,
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

    /// The time that the metadata gives; now, unless this is set. With it, equal states give equal files.
    #[must_use]
    pub fn created(mut self, time: SystemTime) -> Self {
        self.created = Some(time);
        self
    }
}

/// Which of the modules that are there now make way for those of a snapshot.
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

    /// What becomes of files that were open and are not there any more: an error unless this is set.
    #[must_use]
    pub fn missing_files(mut self, missing_files: MissingFiles) -> Self {
        self.missing_files = missing_files;
        self
    }
}

/// A saved session.
///
/// It is plain bytes: it can go to other threads, and be restored in as many interpreters as need it.
///
/// **Restoring runs code that the snapshot holds**, as loading a pickle does. A snapshot that comes from somewhere
/// else must be signed; see [`ReadOptions::key`].
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::snapshot::{Observer, RestoreOptions, SaveOptions, Snapshot};
/// # let interpreter = || rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build();
///
/// let snapshot = interpreter().enter(|vm| {
///     let scope = vm.new_scope_with_main().unwrap();
///     vm.run_string(scope, "def double(n): return factor * n\nfactor = 2", "<doc>").unwrap();
///     Snapshot::capture(&SaveOptions::new(), &mut Observer::none(), vm)
/// })?;
/// interpreter().enter(|vm| {
///     snapshot.restore(&RestoreOptions::new(), &mut Observer::none(), vm)?;
///     let main = vm.import("__main__", 0).unwrap();
///     let double = main.get_attr("double", vm).unwrap();
///     assert_eq!(double.call((21,), vm).unwrap().try_to_value::<i32>(vm).unwrap(), 42);
///     Ok::<(), rustpython_pickle::snapshot::SnapshotError>(())
/// })?;
/// # Ok::<(), rustpython_pickle::snapshot::SnapshotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    metadata: Metadata,
    state: Vec<u8>,
    sources: BTreeMap<String, String>,
}

impl Snapshot {
    /// Saves the session of an interpreter: `__main__` and every module of the user's, in one graph of objects, and
    /// what the session has set in the library. [The module](super) says what that is.
    ///
    /// # Errors
    /// When an object can't be saved and the policy is to fail, or the observer cancels.
    pub fn capture(
        options: &SaveOptions,
        observer: &mut Observer<'_>,
        vm: &VirtualMachine,
    ) -> Result<Self, SnapshotError> {
        let watch = Watch::new(observer, Phase::Capture, None);
        let captured = capture::capture(options, &watch, vm)?;
        let created = options.created.unwrap_or_else(SystemTime::now);
        let mut metadata = Metadata::new(created);
        metadata.rustpython = format!(
            "{}.{}.{}",
            version::MAJOR_IMPL,
            version::MINOR_IMPL,
            version::MICRO_IMPL
        );
        metadata.python = format!("{}.{}.{}", version::MAJOR, version::MINOR, version::MICRO);
        metadata.bytecode_magic = bytecode::VERSION;
        metadata.set_report(captured.report);
        Ok(Self {
            metadata,
            state: captured.state,
            sources: captured.sources,
        })
    }

    /// Puts the session in the place of the interpreter's. Modules of the user's that were there make way;
    /// `sys.modules["__main__"]` is a new module.
    ///
    /// Everything is built first. If that fails, all modules, globals and settings are as they were; modules of the
    /// library that were imported for it stay imported.
    ///
    /// Code of another version of the bytecode is compiled again, from the snapshot's sources or from what this
    /// interpreter knows or finds on disk. If something can't be, nothing is run, and the error has the kind
    /// [`OtherBytecode`](super::SnapshotErrorKind::OtherBytecode) and names all of it.
    ///
    /// # Errors
    /// When an object can't be made, or the observer cancels.
    pub fn restore(
        &self,
        options: &RestoreOptions,
        observer: &mut Observer<'_>,
        vm: &VirtualMachine,
    ) -> Result<RestoreReport, SnapshotError> {
        let total = Some(self.state.len() as u64);
        let watch = Watch::new(observer, Phase::Restore, total);
        let restored = restore::restore(
            &self.state,
            &self.sources,
            self.metadata.bytecode_magic,
            options,
            &watch,
            vm,
        )?;
        Ok(restored.into_report(&self.metadata.report))
    }

    /// What the snapshot says about itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What became of each global when the session was saved.
    #[must_use]
    pub fn report(&self) -> &SaveReport {
        &self.metadata.report
    }

    /// The section `state`: the same for equal sessions, in whichever process and with whichever hash seed.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        &self.state
    }

    /// The source files that the session's code came from, by name.
    #[must_use]
    pub fn sources(&self) -> &BTreeMap<String, String> {
        &self.sources
    }

    /// The bytes of a [container](super::container) with this snapshot.
    ///
    /// # Errors
    /// When a limit is exceeded, or the observer cancels.
    pub fn to_bytes(
        &self,
        options: WriteOptions,
        observer: &mut Observer<'_>,
    ) -> Result<Vec<u8>, SnapshotError> {
        self.with_writer(options, observer, |writer, observer| {
            writer.to_bytes(&self.metadata, observer)
        })
    }

    /// A snapshot from the bytes of a container. Nothing is executed.
    ///
    /// # Errors
    /// When the bytes are no snapshot, or not the one that was written.
    pub fn from_bytes(
        bytes: Vec<u8>,
        options: &ReadOptions,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        Self::from_container(&Container::from_bytes(bytes, options, observer)?, observer)
    }

    /// Writes a file, or replaces one as a whole; see [`replace_file`].
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes), and when the file can't be written: then the old one is still there.
    pub fn save(
        &self,
        path: impl AsRef<Path>,
        options: WriteOptions,
        observer: &mut Observer<'_>,
    ) -> Result<(), SnapshotError> {
        self.with_writer(options, observer, |writer, observer| {
            replace_file(path.as_ref(), observer, |out, observer| {
                writer.write_to(&self.metadata, out, observer).map(drop)
            })
        })
    }

    /// Reads a file. Nothing is executed.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and when the file can't be read.
    pub fn open(
        path: impl AsRef<Path>,
        options: &ReadOptions,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        Self::from_container(&read_file(path.as_ref(), options, observer)?, observer)
    }
}

impl Snapshot {
    fn with_writer<T>(
        &self,
        options: WriteOptions,
        observer: &mut Observer<'_>,
        write: impl FnOnce(&Writer<'_>, &mut Observer<'_>) -> Result<T, SnapshotError>,
    ) -> Result<T, SnapshotError> {
        let sources = serde_json::to_vec(&self.sources)
            .map_err(|error| SnapshotError::corrupt(SOURCES, &error).with_source(error))?;
        let mut writer = Writer::new(options);
        writer.section(STATE, &self.state, observer)?;
        writer.section(SOURCES, &sources, observer)?;
        write(&writer, observer)
    }

    fn from_container(
        container: &Container,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        let missing = || SnapshotError::corrupt(STATE, "there is no such section");
        let state = container.section(STATE, observer)?.ok_or_else(missing)?;
        let sources = match container.section(SOURCES, observer)? {
            Some(sources) => serde_json::from_slice(&sources)
                .map_err(|error| SnapshotError::corrupt(SOURCES, &error).with_source(error))?,
            None => BTreeMap::new(),
        };
        Ok(Self {
            metadata: container.metadata().clone(),
            state: state.into_owned(),
            sources,
        })
    }
}
