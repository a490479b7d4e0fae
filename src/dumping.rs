//! Dumping, as Rust programs do it.

use std::io::{self, Write};

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

use crate::by_value::ByValue;
use crate::by_value::handlers::{Files, Settings as HandlerSettings};
use crate::error::Error;
use crate::pickler::{
    BufferCallback, BufferFn, Dump, DumpFailure, DumpSettings, Hook, HookFn, Memo, Sink,
};
use crate::wire::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};

/// The pickle of an object, at the default protocol (CPython: `pickle.dumps`).
///
/// # Errors
/// When the object, or one that it refers to, can't be pickled.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let pickle = rustpython_pickle::dumps(vm.ctx.new_int(5).as_object(), vm)?;
/// assert_eq!(pickle, b"\x80\x05K\x05.");
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// # use rustpython_vm::AsObject as _;
/// ```
pub fn dumps(object: &PyObject, vm: &VirtualMachine) -> Result<Vec<u8>, Error> {
    DumpOptions::new().dumps(object, vm)
}

/// Writes the pickle of an object, at the default protocol (CPython: `pickle.dump`).
///
/// From protocol 4 on at most one frame is held back, of 64 KiB or one longer string or number;
/// before that there are no frames, and the pickle is written when it is complete. The writer is
/// flushed in the end. It must not run Python code that uses the objects being dumped.
///
/// # Errors
/// When the object, or one that it refers to, can't be pickled, or the writer fails.
/// What was written before that stays written.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let mut file = Vec::new();
/// rustpython_pickle::dump(&vm.ctx.none(), &mut file, vm)?;
/// rustpython_pickle::dump(vm.ctx.new_bool(true).as_object(), &mut file, vm)?;
/// assert_eq!(file, b"\x80\x05N.\x80\x05\x88.");
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// # use rustpython_vm::AsObject as _;
/// ```
pub fn dump(object: &PyObject, writer: impl Write, vm: &VirtualMachine) -> Result<(), Error> {
    DumpOptions::new().dump(object, writer, vm)
}

/// How to dump: protocol, persistent ids, a reducer, out-of-band buffers.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::DumpOptions;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let pickle = DumpOptions::new().protocol(0).dumps(vm.ctx.new_int(5).as_object(), vm)?;
/// assert_eq!(pickle, b"I5\n.");
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// # use rustpython_vm::AsObject as _;
/// ```
#[derive(Default)]
pub struct DumpOptions<'a> {
    protocol: Option<u8>,
    python3_names: bool,
    persistent_id: Option<Box<HookFn<'a>>>,
    reducer: Option<Box<HookFn<'a>>>,
    buffer_callback: Option<Box<BufferFn<'a>>>,
    by_value: bool,
    by_value_modules: Vec<String>,
    handlers: HandlerSettings,
}

impl<'a> DumpOptions<'a> {
    /// The defaults of `pickle.dumps`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The protocol to write, 0 to 5; 5 unless set.
    ///
    /// A number beyond that is an error of kind [`Options`](crate::ErrorKind::Options) when dumping.
    #[must_use]
    pub fn protocol(mut self, protocol: u8) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Whether globals get Python 2's names at protocols 0 to 2; they do unless this is set to `false`.
    #[must_use]
    pub fn fix_imports(mut self, fix_imports: bool) -> Self {
        self.python3_names = !fix_imports;
        self
    }

    /// Asks `hook` about each object; an id in place of `None` is written instead of the
    /// object (CPython: `Pickler.persistent_id`).
    ///
    /// Loading needs the matching [`LoadOptions::persistent_load`](crate::LoadOptions::persistent_load).
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::{DumpOptions, LoadOptions};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let table = vm.ctx.new_dict();
    /// let graph = vm.ctx.new_list(vec![table.clone().into()]);
    /// let pickle = DumpOptions::new()
    ///     .persistent_id(|object, vm| Ok(object.is(&table).then(|| vm.ctx.new_str("table").into())))
    ///     .dumps(graph.as_ref(), vm)?;
    /// let loaded = LoadOptions::new()
    ///     .persistent_load(|_id, _vm| Ok(table.clone().into()))
    ///     .loads(&pickle, vm)?;
    /// assert!(loaded.get_item(&0usize, vm).unwrap().is(&table));
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// # use rustpython_vm::AsObject as _;
    /// ```
    #[must_use]
    pub fn persistent_id(
        mut self,
        hook: impl FnMut(&PyObject, &VirtualMachine) -> PyResult<Option<PyObjectRef>> + 'a,
    ) -> Self {
        self.persistent_id = Some(Box::new(hook));
        self
    }

    /// Asks `reducer` about each object that is no plain data, classes and functions too; what it returns in place of
    /// `None` is what `__reduce_ex__` would return (CPython: `Pickler.reducer_override`).
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::DumpOptions;
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let class = vm.ctx.types.object_type.to_owned();
    /// let instance = vm.ctx.new_base_object(class, None);
    /// let pickle = DumpOptions::new()
    ///     .reducer_override(|object, vm| {
    ///         if !object.is(&instance) {
    ///             return Ok(None);
    ///         }
    ///         let callable = vm.ctx.types.int_type.to_owned().into();
    ///         let args = vm.ctx.new_tuple(vec![vm.ctx.new_int(7).into()]).into();
    ///         Ok(Some(vm.ctx.new_tuple(vec![callable, args]).into()))
    ///     })
    ///     .dumps(&instance, vm)?;
    /// let loaded = rustpython_pickle::loads(&pickle, vm)?;
    /// assert_eq!(loaded.try_int(vm).unwrap().as_bigint(), &7.into());
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// # use rustpython_vm::AsObject as _;
    /// ```
    #[must_use]
    pub fn reducer_override(
        mut self,
        reducer: impl FnMut(&PyObject, &VirtualMachine) -> PyResult<Option<PyObjectRef>> + 'a,
    ) -> Self {
        self.reducer = Some(Box::new(reducer));
        self
    }

    /// Offers each [`PickleBuffer`](https://docs.python.org/3/library/pickle.html#pickle.PickleBuffer)
    /// to `callback`; one for which it returns `false` is left out of the pickle
    /// ([PEP 574](https://peps.python.org/pep-0574/)). Needs protocol 5.
    ///
    /// To collect all of them, see [`dumps_with_buffers`](Self::dumps_with_buffers).
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::{DumpOptions, ErrorKind};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let mut options = DumpOptions::new().protocol(4).buffer_callback(|_buffer, _vm| Ok(false));
    /// assert_eq!(options.dumps(&vm.ctx.none(), vm).unwrap_err().kind(), ErrorKind::Options);
    /// # });
    /// ```
    #[must_use]
    pub fn buffer_callback(
        mut self,
        callback: impl FnMut(&PyObject, &VirtualMachine) -> PyResult<bool> + 'a,
    ) -> Self {
        self.buffer_callback = Some(Box::new(callback));
        self
    }

    /// Whether functions, classes and modules that can't be imported are pickled by value, and objects
    /// such as locks and files by handlers, as the Python module `rustpython_pickle` does.
    ///
    /// They load where [`install_pickle`](crate::InterpreterBuilderExt::install_pickle) has been called.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::DumpOptions;
    /// # let interpreter = || rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build();
    /// let pickle = interpreter().enter(|vm| {
    ///     let double = vm.run_block_expr(vm.new_scope_with_builtins(), "lambda x: 2 * x").unwrap();
    ///     DumpOptions::new().by_value(true).dumps(&double, vm)
    /// })?;
    /// interpreter().enter(|vm| {
    ///     let double = rustpython_pickle::loads(&pickle, vm)?;
    ///     let four = double.call((2,), vm).unwrap();
    ///     assert!(vm.bool_eq(&four, vm.ctx.new_int(4).as_object()).unwrap());
    ///     Ok(())
    /// })
    /// # ?;
    /// # use rustpython_vm::AsObject as _;
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// ```
    #[must_use]
    pub fn by_value(mut self, by_value: bool) -> Self {
        self.by_value = by_value;
        self
    }

    /// Pickles what lives in these modules, and in their submodules, by value as well, as
    /// `rustpython_pickle.register_pickle_by_value` does for all dumps of an interpreter.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::DumpOptions;
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let wrap = vm.import("textwrap", 0).unwrap().get_attr("wrap", vm).unwrap();
    /// let by_reference = DumpOptions::new().by_value(true).dumps(&wrap, vm)?;
    /// let by_value = DumpOptions::new().by_value_modules(["textwrap"]).dumps(&wrap, vm)?;
    /// assert!(by_reference.len() < 100 && by_value.len() > 1000);
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn by_value_modules<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.by_value = true;
        self.by_value_modules = names.into_iter().map(Into::into).collect();
        self
    }

    /// What becomes of open files, when pickling by value; for an example see [`Files`].
    #[must_use]
    pub fn files(mut self, files: Files) -> Self {
        self.handlers.files = files;
        self
    }

    /// Whether loggers are pickled with their level, handlers and filters, when pickling by value.
    /// Loading then sets these in the logger of that name. Otherwise there is but the name.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::DumpOptions;
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// # let logging = vm.import("logging", 0).unwrap();
    /// let logger = vm.call_method(&logging, "getLogger", ("app",)).unwrap();
    /// vm.call_method(&logger, "setLevel", ("DEBUG",)).unwrap();
    /// let pickle = DumpOptions::new().by_value(true).logging(true).dumps(&logger, vm)?;
    /// vm.call_method(&logger, "setLevel", ("ERROR",)).unwrap();
    /// rustpython_pickle::loads(&pickle, vm)?;
    /// let debug = vm.call_method(&logger, "isEnabledFor", (10,)).unwrap();
    /// assert!(debug.is(&vm.ctx.true_value));
    /// # use rustpython_vm::AsObject as _;
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn logging(mut self, logging: bool) -> Self {
        self.handlers.logging = logging;
        self
    }

    /// As [`dumps`](crate::dumps()), with these options.
    ///
    /// # Errors
    /// As [`dumps`](crate::dumps()), and when the options do not go together.
    pub fn dumps(&mut self, object: &PyObject, vm: &VirtualMachine) -> Result<Vec<u8>, Error> {
        let (result, pickle) = self.run(object, Sink::Memory, vm)?;
        match result {
            Ok(()) => Ok(pickle),
            Err(failure) => Err(Error::dump(failure, None, vm)),
        }
    }

    /// As [`dumps`](Self::dumps), with all buffers out of band, in the order in which
    /// [`LoadOptions::buffers`](crate::LoadOptions::buffers) needs them.
    ///
    /// # Errors
    /// As [`dumps`](Self::dumps).
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::{DumpOptions, LoadOptions};
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let class = vm.import("_pickle", 0).unwrap().get_attr("PickleBuffer", vm).unwrap();
    /// let bytes = vm.ctx.new_bytes(b"a large array".to_vec());
    /// let object = class.call((bytes.clone(),), vm).unwrap();
    /// let (pickle, buffers) = DumpOptions::new().dumps_with_buffers(&object, vm)?;
    /// assert!(pickle.len() < 10 && buffers.len() == 1);
    /// let loaded = LoadOptions::new().buffers(vec![bytes.clone().into()]).loads(&pickle, vm)?;
    /// assert!(loaded.is(&bytes));
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// # use rustpython_vm::AsObject as _;
    /// ```
    pub fn dumps_with_buffers(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> Result<(Vec<u8>, Vec<PyObjectRef>), Error> {
        let mut buffers = Vec::new();
        let by_value = self.new_by_value(vm)?;
        let settings = DumpSettings {
            by_value,
            buffer_callback: BufferCallback::Rust(&mut |buffer, _vm| {
                buffers.push(buffer.to_owned());
                Ok(false)
            }),
            ..settings(
                self.protocol,
                self.python3_names,
                &mut self.persistent_id,
                &mut self.reducer,
            )?
        };
        let mut dump = Dump::new(settings, Memo::default(), Sink::Memory, vm);
        let result = dump.dump(object);
        let (_, pickle) = dump.into_parts();
        match result {
            Ok(()) => Ok((pickle, buffers)),
            Err(failure) => Err(Error::dump(failure, None, vm)),
        }
    }

    /// As [`dump`](crate::dump()), with these options.
    ///
    /// # Errors
    /// As [`dump`](crate::dump()), and when the options do not go together.
    pub fn dump(
        &mut self,
        object: &PyObject,
        writer: impl Write,
        vm: &VirtualMachine,
    ) -> Result<(), Error> {
        let mut writer = Witness {
            writer,
            error: None,
        };
        let (result, _) = self.run(object, Sink::Rust(&mut writer), vm)?;
        match result {
            Ok(()) => writer.writer.flush().map_err(Error::io),
            Err(failure) => Err(Error::dump(failure, writer.error, vm)),
        }
    }

    fn run<'r>(
        &'r mut self,
        object: &PyObject,
        sink: Sink<'r>,
        vm: &VirtualMachine,
    ) -> Result<(Result<(), DumpFailure>, Vec<u8>), Error> {
        let by_value = self.new_by_value(vm)?;
        let mut settings = settings(
            self.protocol,
            self.python3_names,
            &mut self.persistent_id,
            &mut self.reducer,
        )?;
        settings.by_value = by_value;
        if let Some(callback) = self.buffer_callback.as_deref_mut() {
            if settings.protocol < 5 {
                return Err(Error::options("buffer_callback needs protocol >= 5"));
            }
            settings.buffer_callback = BufferCallback::Rust(callback);
        }
        let mut dump = Dump::new(settings, Memo::default(), sink, vm);
        let result = dump.dump(object);
        Ok((result, dump.into_parts().1))
    }
}

impl DumpOptions<'_> {
    fn new_by_value(&self, vm: &VirtualMachine) -> Result<Option<Box<ByValue>>, Error> {
        if !self.by_value {
            return Ok(None);
        }
        let mut by_value = ByValue::new(vm).map_err(|exception| Error::python(exception, vm))?;
        let modules = self.by_value_modules.iter().cloned();
        by_value.rule.registered.extend(modules);
        by_value.handlers.settings = self.handlers.clone();
        Ok(Some(Box::new(by_value)))
    }
}

fn settings<'s>(
    protocol: Option<u8>,
    python3_names: bool,
    persistent_id: &'s mut Option<Box<HookFn<'_>>>,
    reducer: &'s mut Option<Box<HookFn<'_>>>,
) -> Result<DumpSettings<'s>, Error> {
    let protocol = protocol.unwrap_or(DEFAULT_PROTOCOL);
    if protocol > HIGHEST_PROTOCOL {
        let message = format!("pickle protocol must be <= {HIGHEST_PROTOCOL}, not {protocol}");
        return Err(Error::options(message));
    }
    let mut settings = DumpSettings::new(protocol, !python3_names);
    if let Some(hook) = persistent_id.as_deref_mut() {
        settings.persistent_id = Hook::Rust(hook);
    }
    if let Some(reducer) = reducer.as_deref_mut() {
        settings.reducer_override = Hook::Rust(reducer);
    }
    Ok(settings)
}

impl core::fmt::Debug for DumpOptions<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DumpOptions")
            .field("protocol", &self.protocol)
            .field("fix_imports", &!self.python3_names)
            .field("persistent_id", &self.persistent_id.is_some())
            .field("reducer_override", &self.reducer.is_some())
            .field("buffer_callback", &self.buffer_callback.is_some())
            .field("by_value", &self.by_value)
            .field("by_value_modules", &self.by_value_modules)
            .field("handlers", &self.handlers)
            .finish()
    }
}

/// Keeps the writer's error, which inside the dump is a Python exception.
struct Witness<W> {
    writer: W,
    error: Option<io::Error>,
}

impl<W> Witness<W> {
    fn keep(&mut self, error: io::Error) -> io::Error {
        let kind = error.kind();
        self.error = Some(error);
        kind.into()
    }
}

impl<W: Write> Write for Witness<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = self.writer.write_all(bytes);
        result.map_err(|error| self.keep(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.writer.flush();
        result.map_err(|error| self.keep(error))
    }
}
