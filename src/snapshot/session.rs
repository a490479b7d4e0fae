//! A saved session: made from an interpreter, put back into one, kept in a file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use rustpython_vm::{VirtualMachine, version};

use super::container::{SOURCES, STATE};
use super::options::{RestoreOptions, SaveOptions, Unpicklable};
use super::restore::Unrestorable;
use super::settings::SETTINGS_NAME;
use super::watch::Watch;
use super::{
    Container, Metadata, Observer, Phase, ReadOptions, RestoreReport, SaveReport, SnapshotError,
    SnapshotErrorKind, WriteOptions, Writer, bytecode, capture, read_file, replace_file, restore,
};

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
    /// When an object can't be saved and the policy is to fail; when other threads keep changing one
    /// ([`Changed`](super::SnapshotErrorKind::Changed)), whatever the policy; or when the observer cancels.
    pub fn capture(
        options: &SaveOptions,
        observer: &mut Observer<'_>,
        vm: &VirtualMachine,
    ) -> Result<Self, SnapshotError> {
        let captured = capture_restorable(options, observer, vm)?;
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

/// A capture of what can be restored, if that is asked for; a capture otherwise.
fn capture_restorable(
    options: &SaveOptions,
    observer: &mut Observer<'_>,
    vm: &VirtualMachine,
) -> Result<capture::Captured, SnapshotError> {
    let mut excluded = capture::Excluded::new();
    loop {
        let watch = Watch::new(observer, Phase::Capture, None);
        let captured = capture::capture(options, &excluded, &watch, vm)?;
        if !options.rehearse {
            return Ok(captured);
        }
        let restore_options = RestoreOptions {
            modules: options.modules.clone(),
            ..RestoreOptions::new()
        };
        let total = Some(captured.state.len() as u64);
        let watch = Watch::new(observer, Phase::Restore, total);
        let found = restore::rehearse(&captured.state, &restore_options, &watch, vm)?;
        let Some(Unrestorable { module, name, why }) = found else {
            return Ok(captured);
        };
        let key = (module, name);
        // What is left out already is not inside, so this ends.
        if options.unpicklable == Unpicklable::LeaveOut && !excluded.contains_key(&key) {
            excluded.insert(key, why);
            continue;
        }
        let (module, name) = key;
        let path = match module.as_str() {
            "__main__" | SETTINGS_NAME => name,
            _ => format!("{module}.{name}"),
        };
        let message = format!("can't save {path}: {why}");
        let kind = SnapshotErrorKind::Unpicklable { path };
        return Err(SnapshotError::new(kind, message));
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

    /// A snapshot from a container that has been checked. Nothing is executed.
    ///
    /// The container tells what a snapshot does not: whether it [is signed](Container::is_signed).
    ///
    /// # Errors
    /// When a section can't be unpacked, or the observer cancels.
    pub fn from_container(
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
