//! Loading, as Rust programs do it.

use std::io::Read;

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

use crate::by_value::handlers::{MissingFiles, MissingFilesScope};
use crate::error::Error;
use crate::limits::{Exceeded, Limit, Limits};
use crate::machine::Memo;
use crate::policy::{Guard, Policy, default_guard};
use crate::unpickler::{
    FindClass, FindClassFn, LoadSettings, PersistentLoad, PersistentLoadFn, run, run_stream,
};
use crate::wire::{ReadStream, SliceSource, Strict};

/// The object of a pickle (CPython: `pickle.loads`). Bytes behind the pickle are ignored.
///
/// **A pickle can make any code run.** Load only what you trust.
///
/// # Errors
/// When the bytes are no pickle, or making an object fails.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let object = rustpython_pickle::loads(b"\x80\x05]\x94(K\x01K\x02e.", vm)?;
/// assert_eq!(object.length(vm).unwrap(), 2);
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// ```
pub fn loads(pickle: &[u8], vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
    LoadOptions::new().loads(pickle, vm)
}

/// Reads a pickle (CPython: `pickle.load`) and not a byte beyond it.
///
/// Outside of frames few bytes are read at a time: wrap a slow reader in a
/// [`BufReader`](std::io::BufReader).
///
/// **A pickle can make any code run.** Load only what you trust.
///
/// # Errors
/// When the bytes are no pickle, making an object fails, or the reader does.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let mut file: &[u8] = b"\x80\x05N.\x80\x05\x88.";
/// let first = rustpython_pickle::load(&mut file, vm)?;
/// let second = rustpython_pickle::load(&mut file, vm)?;
/// assert!(vm.is_none(&first) && second.is(&vm.ctx.true_value));
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// # use rustpython_vm::AsObject as _;
/// ```
pub fn load(reader: impl Read, vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
    LoadOptions::new().load(reader, vm)
}

/// How to load: Python 2's names and strings, persistent ids, globals, out-of-band buffers.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::LoadOptions;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let python2_str = b"U\x03abc.";
/// let object = LoadOptions::new().encoding("bytes").loads(python2_str, vm)?;
/// assert_eq!(object.repr(vm).unwrap().to_str(), Some("b'abc'"));
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// ```
#[derive(Default)]
pub struct LoadOptions<'a> {
    python3_names: bool,
    encoding: Option<String>,
    errors: Option<String>,
    buffers: Option<Vec<PyObjectRef>>,
    persistent_load: Option<Box<PersistentLoadFn<'a>>>,
    find_class: Option<Box<FindClassFn<'a>>>,
    missing_files: MissingFiles,
    policy: Option<Policy>,
    limits: Option<Limits>,
    strict: Option<Strict>,
}

impl<'a> LoadOptions<'a> {
    /// The defaults of `pickle.loads`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For pickles that others may have written: they may name and call what the policy allows, at the
    /// cost of [`Limits::untrusted`].
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::policy::Policy;
    /// use rustpython_pickle::limits::Limit;
    /// use rustpython_pickle::{ErrorKind, LoadOptions};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let mut options = LoadOptions::untrusted(Policy::data_only());
    /// assert!(options.loads(b"]K\x01a.", vm).is_ok());
    ///
    /// let bomb = [&b"]".repeat(1000)[..], &b"a".repeat(999), b"."].concat();
    /// let error = options.loads(&bomb, vm).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    /// assert_eq!(error.exceeded().unwrap().which, Limit::NestingDepth);
    /// # });
    /// ```
    #[must_use]
    pub fn untrusted(policy: Policy) -> Self {
        Self::new().policy(policy).limits(Limits::untrusted())
    }

    /// What the pickle may name and call, in the place of the interpreter's default
    /// ([`set_default_policy`](crate::policy::set_default_policy)), which is all that CPython allows.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// What the load may cost, in the place of the interpreter's default, which is without limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Holds pickles to the format: nothing may follow them, `PROTO` stands at the beginning, and no opcode is
    /// of a later protocol. What is wrong is found before anything is made.
    ///
    /// [`load`](Self::load) then reads the reader to its end.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::wire::Strict;
    /// use rustpython_pickle::{ErrorKind, LoadOptions};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let mut options = LoadOptions::new().strict(Strict::new());
    /// let error = options.loads(b"N.N.", vm).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Malformed);
    /// assert_eq!(error.to_string(), "2 bytes follow the pickle at offset 2");
    /// # });
    /// ```
    #[must_use]
    pub fn strict(mut self, strict: Strict) -> Self {
        self.strict = Some(strict);
        self
    }

    /// Whether Python 2's names of globals are understood at protocols 0 to 2; they are unless
    /// this is set to `false`.
    #[must_use]
    pub fn fix_imports(mut self, fix_imports: bool) -> Self {
        self.python3_names = !fix_imports;
        self
    }

    /// How Python 2's strings are decoded, ASCII unless set; `"bytes"` leaves them as bytes.
    #[must_use]
    pub fn encoding(mut self, encoding: impl Into<String>) -> Self {
        self.encoding = Some(encoding.into());
        self
    }

    /// The error handler for decoding Python 2's strings, `"strict"` unless set.
    #[must_use]
    pub fn errors(mut self, errors: impl Into<String>) -> Self {
        self.errors = Some(errors.into());
        self
    }

    /// The out-of-band buffers, in the order in which the dump handed them out
    /// ([PEP 574](https://peps.python.org/pep-0574/)). Each load begins with the first.
    #[must_use]
    pub fn buffers(mut self, buffers: Vec<PyObjectRef>) -> Self {
        self.buffers = Some(buffers);
        self
    }

    /// Asks `hook` for the object of each persistent id (CPython: `Unpickler.persistent_load`);
    /// for an example see [`DumpOptions::persistent_id`](crate::DumpOptions::persistent_id).
    #[must_use]
    pub fn persistent_load(
        mut self,
        hook: impl FnMut(&PyObject, &VirtualMachine) -> PyResult<PyObjectRef> + 'a,
    ) -> Self {
        self.persistent_load = Some(Box::new(hook));
        self
    }

    /// Asks `hook` for each global, given its module and its name; where it answers `None` the
    /// global is imported (CPython: `Unpickler.find_class`).
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::{ErrorKind, LoadOptions};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let error = LoadOptions::new()
    ///     .find_class(|module, name, vm| {
    ///         let (module, name) = (module.str(vm)?, name.str(vm)?);
    ///         Err(vm.new_runtime_error(format!("{module}.{name} is not welcome")))
    ///     })
    ///     .loads(b"cos\nsystem\n.", vm)
    ///     .unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Python);
    /// assert_eq!(error.to_string(), "RuntimeError: os.system is not welcome at offset 0");
    /// # });
    /// ```
    #[must_use]
    pub fn find_class(
        mut self,
        hook: impl FnMut(&PyObject, &PyObject, &VirtualMachine) -> PyResult<Option<PyObjectRef>> + 'a,
    ) -> Self {
        self.find_class = Some(Box::new(hook));
        self
    }

    /// What becomes of files that were open when they were pickled by value, and are not there
    /// any more.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::{DumpOptions, LoadOptions, MissingFiles};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// # let path = std::env::temp_dir().join(format!("rustpython_pickle_missing_{}", std::process::id()));
    /// # std::fs::write(&path, "text").unwrap();
    /// # let open = vm.import("io", 0).unwrap().get_attr("open", vm).unwrap();
    /// # let file = open.call((path.to_str().unwrap(),), vm).unwrap();
    /// let pickle = DumpOptions::new().by_value(true).dumps(&file, vm)?;
    /// std::fs::remove_file(&path).unwrap();
    /// let error = rustpython_pickle::loads(&pickle, vm).unwrap_err();
    /// assert!(error.to_string().starts_with("FileNotFoundError"));
    /// let file = LoadOptions::new().missing_files(MissingFiles::Closed).loads(&pickle, vm)?;
    /// assert!(file.get_attr("closed", vm).unwrap().is(&vm.ctx.true_value));
    /// # use rustpython_vm::AsObject as _;
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn missing_files(mut self, missing_files: MissingFiles) -> Self {
        self.missing_files = missing_files;
        self
    }

    /// As [`loads`](crate::loads()), with these options.
    ///
    /// # Errors
    /// As [`loads`](crate::loads()).
    pub fn loads(&mut self, pickle: &[u8], vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
        let guard = self.guard(vm);
        if let Some(strict) = self.strict {
            check_length(pickle, &guard.limits)?;
            strict.check(pickle).map_err(Error::strict)?;
        }
        let _missing_files = MissingFilesScope::enter(self.missing_files);
        let settings = self.settings(vm)?;
        let (result, _) = run(
            &mut SliceSource::new(pickle),
            settings,
            &guard,
            Memo::new(),
            vm,
        );
        result.map_err(|error| Error::load(error, vm))
    }

    /// As [`load`](crate::load()), with these options.
    ///
    /// # Errors
    /// As [`load`](crate::load()).
    pub fn load(&mut self, reader: impl Read, vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
        let guard = self.guard(vm);
        if self.strict.is_some() {
            let most = guard.limits.of(Limit::InputBytes).unwrap_or(u64::MAX);
            let mut pickle = Vec::new();
            let mut reader = reader.take(most.saturating_add(1));
            reader.read_to_end(&mut pickle).map_err(Error::io)?;
            return self.loads(&pickle, vm);
        }
        let _missing_files = MissingFilesScope::enter(self.missing_files);
        let settings = self.settings(vm)?;
        let stream = ReadStream::new(reader);
        let loaded = run_stream(stream, Vec::new(), settings, &guard, Memo::new(), vm);
        loaded.result.map_err(|error| Error::load(error, vm))
    }

    /// The pickles that stand one after the other in `data`, each with the offset at which it begins.
    ///
    /// Each is loaded for itself: with a memo, and limits, of its own. After an error there are no more.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::LoadOptions;
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let mut options = LoadOptions::new();
    /// let mut pickles = options.iter(b"K\x01.K\x02.K", vm);
    /// assert_eq!(pickles.next().unwrap()?.0, 0);
    /// assert_eq!(pickles.next().unwrap()?.0, 3);
    /// assert_eq!(pickles.next().unwrap().unwrap_err().offset(), Some(6));
    /// assert!(pickles.next().is_none());
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn iter<'i>(
        &'i mut self,
        data: &'i [u8],
        vm: &'i VirtualMachine,
    ) -> impl Iterator<Item = Result<(u64, PyObjectRef), Error>> + 'i {
        let mut position = 0;
        core::iter::from_fn(move || {
            let rest = data.get(position..).filter(|rest| !rest.is_empty())?;
            let offset = position as u64;
            let loaded = self.one_of_many(rest, vm);
            position = loaded
                .as_ref()
                .map_or(data.len(), |(_, length)| position + length);
            Some(match loaded {
                Ok((object, _)) => Ok((offset, object)),
                Err(error) => Err(error.behind(offset)),
            })
        })
    }

    /// Loads the pickle at the beginning of `data`; returns how long it is as well.
    fn one_of_many(
        &mut self,
        data: &[u8],
        vm: &VirtualMachine,
    ) -> Result<(PyObjectRef, usize), Error> {
        let guard = self.guard(vm);
        if let Some(strict) = self.strict {
            // A pickle that does not end is the load's to complain about.
            let last = crate::wire::instructions(data).last();
            let end = last
                .and_then(Result::ok)
                .map_or(data.len(), |last| last.offset + 1);
            strict.check(&data[..end]).map_err(Error::strict)?;
        }
        let _missing_files = MissingFilesScope::enter(self.missing_files);
        let settings = self.settings(vm)?;
        let mut source = SliceSource::new(data);
        let (result, _) = run(&mut source, settings, &guard, Memo::new(), vm);
        let object = result.map_err(|error| Error::load(error, vm))?;
        Ok((object, data.len() - source.rest().len()))
    }

    fn guard(&self, vm: &VirtualMachine) -> Guard {
        let mut guard = default_guard(vm);
        if let Some(policy) = &self.policy {
            guard.policy = policy.clone();
        }
        if let Some(limits) = &self.limits {
            guard.limits = limits.clone();
        }
        guard
    }

    fn settings<'s>(&'s mut self, vm: &VirtualMachine) -> Result<LoadSettings<'s>, Error>
    where
        'a: 's,
    {
        let mut settings = LoadSettings {
            fix_imports: !self.python3_names,
            ..LoadSettings::default()
        };
        if let Some(encoding) = &self.encoding {
            settings.encoding = encoding.clone().into();
        }
        if let Some(errors) = &self.errors {
            settings.errors = errors.clone().into();
        }
        if let Some(buffers) = &self.buffers {
            let buffers = vm.ctx.new_list(buffers.clone());
            let buffers = PyObjectRef::from(buffers).get_iter(vm);
            settings.buffers = Some(buffers.map_err(|error| Error::python(error, vm))?);
        }
        if let Some(hook) = self.persistent_load.as_deref_mut() {
            settings.persistent_load = PersistentLoad::Rust(hook);
        }
        if let Some(hook) = self.find_class.as_deref_mut() {
            settings.find_class = FindClass::Rust(hook);
        }
        Ok(settings)
    }
}

/// Whether a pickle is short enough to be looked at as a whole.
fn check_length(pickle: &[u8], limits: &Limits) -> Result<(), Error> {
    match limits.of(Limit::InputBytes) {
        Some(limit) if pickle.len() as u64 > limit => Err(Error::limit(Exceeded {
            which: Limit::InputBytes,
            limit,
        })),
        _ => Ok(()),
    }
}

impl core::fmt::Debug for LoadOptions<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LoadOptions")
            .field("fix_imports", &!self.python3_names)
            .field("encoding", &self.encoding)
            .field("errors", &self.errors)
            .field("buffers", &self.buffers.as_ref().map(Vec::len))
            .field("persistent_load", &self.persistent_load.is_some())
            .field("find_class", &self.find_class.is_some())
            .field("missing_files", &self.missing_files)
            .field("policy", &self.policy)
            .field("limits", &self.limits)
            .field("strict", &self.strict)
            .finish()
    }
}
