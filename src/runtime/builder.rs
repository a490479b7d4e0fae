//! How a runtime is set up.

use core::fmt;
use std::any::Any;
use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustpython_vm::{
    AsObject as _, Context, Interpreter, PyResult, Settings, VirtualMachine,
    builtins::PyModuleDef,
    common::hash::HashSecret,
    signal::{UserSignalSender, user_signal_channel},
};

use super::glue::Glue;
use super::host::{self, HostFn, HostModule, Module, Modules};
use super::interrupt::{InterruptHandle, Running};
use super::output::Output;
use super::{Error, ErrorKind, Runtime, RuntimeThread, ToPython, lookup};
use crate::InterpreterBuilderExt as _;
use crate::by_value::loaded_module;
use crate::limits::Limits;
use crate::policy::{Policy, set_default_policy};

/// How much stack the thread of a [`RuntimeThread`] has unless told otherwise: as much as the
/// command line's. Only what is used takes memory.
const STACK: usize = 256 << 20;

/// Starting the interpreter takes about half of this.
pub(super) const LEAST_STACK: usize = 1 << 20;

/// Sets up a [`Runtime`].
///
/// A builder can be kept and cloned to make many runtimes that are alike; they share the closures
/// and the writers that it was given.
///
/// ```
/// use rustpython_pickle::runtime::Runtime;
///
/// let runtime = Runtime::builder()
///     .argv(["game", "--fast"])
///     .module("host", |module| module.function("roll", |sides: u32| sides / 2 + 1))
///     .module_source("rules", "import host\ndef attack(): return host.roll(20) + 3\n")
///     .recursion_limit(500)
///     .build()?;
/// assert_eq!(runtime.call::<u32>("rules.attack", ())?, 14);
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    argv: Vec<String>,
    search_paths: Vec<PathBuf>,
    modules: Modules,
    /// What `__main__` has from the start.
    globals: HostModule,
    native_modules: Vec<ModuleDef>,
    inherit: bool,
    signals: bool,
    hash_seed: Option<u32>,
    recursion_limit: Option<usize>,
    stack_size: Option<usize>,
    outputs: BTreeMap<&'static str, Output>,
    pickle_policy: Option<Arc<PolicyFn>>,
    pickle_limits: Option<Limits>,
}

/// Makes the policy of a runtime.
type PolicyFn = dyn Fn(&VirtualMachine) -> Result<Policy, crate::Error> + Send + Sync;

/// Gives the definition of a module that is written for RustPython.
type ModuleDef = fn(&Context) -> &'static PyModuleDef;

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// The standard library frozen in, nothing of the machine's, output where the process has it.
    pub fn new() -> Self {
        Self {
            argv: Vec::new(),
            search_paths: Vec::new(),
            modules: Modules::new(),
            globals: HostModule::default(),
            native_modules: Vec::new(),
            inherit: false,
            signals: false,
            hash_seed: None,
            recursion_limit: None,
            stack_size: None,
            outputs: BTreeMap::new(),
            pickle_policy: None,
            pickle_limits: None,
        }
    }

    /// Sets `sys.argv`; it is `[""]` unless set.
    pub fn argv(mut self, argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.argv = argv.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a folder, or a zip file, that modules are imported from (`sys.path`).
    pub fn search_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.search_paths.push(path.into());
        self
    }

    /// Adds a module of functions of the host's. Of two modules of one name the host's last one counts, and the
    /// host's comes before one of the standard library's; those that every interpreter has imported from its start,
    /// as `sys` and `io`, are an error of kind [`Options`](ErrorKind::Options) when building. A name with dots makes
    /// the packages around it.
    ///
    /// See [`HostFn`] for an example.
    pub fn module(
        mut self,
        name: impl Into<String>,
        fill: impl FnOnce(HostModule) -> HostModule,
    ) -> Self {
        let module = Module::Native(fill(HostModule::default()));
        self.modules.insert(name.into(), module);
        self
    }

    /// Adds a module of Python source that is in no file. Its functions have their source, in
    /// tracebacks and for `inspect`.
    ///
    /// ```
    /// use rustpython_pickle::runtime::Runtime;
    ///
    /// let runtime = Runtime::builder()
    ///     .module_source("plugins.greet", "def greet(name):\n    return 'Hello, ' + name\n")
    ///     .build()?;
    /// assert_eq!(runtime.call::<String>("plugins.greet.greet", ("Ada",))?, "Hello, Ada");
    /// let error = runtime.call::<String>("plugins.greet.greet", (5,)).unwrap_err();
    /// assert!(error.traceback().unwrap().contains("    return 'Hello, ' + name\n"));
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn module_source(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        self.modules
            .insert(name.into(), Module::Source(source.into()));
        self
    }

    /// Adds a module that is written for RustPython with `#[pymodule]`, by its `module_def`.
    ///
    /// ```
    /// use rustpython_pickle::runtime::Runtime;
    ///
    /// #[rustpython_vm::pymodule]
    /// mod answer {
    ///     #[pyfunction]
    ///     fn get() -> u32 { 42 }
    /// }
    ///
    /// let runtime = Runtime::builder().native_module(answer::module_def).build()?;
    /// assert_eq!(runtime.call::<u32>("answer.get", ())?, 42);
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn native_module(mut self, def: fn(&Context) -> &'static PyModuleDef) -> Self {
        self.native_modules.push(def);
        self
    }

    /// Adds a function to the globals of `__main__`; for what it may be see [`HostFn`].
    ///
    /// Pickles name it, as one of a [`module`](Self::module): what loads them finds the function that its own host
    /// has under this name. A restored session that has no global of this name gets it (see
    /// [`Runtime::restore`]).
    pub fn function<Kind>(mut self, name: impl Into<String>, function: impl HostFn<Kind>) -> Self {
        self.globals = self.globals.function(name, function);
        self
    }

    /// Adds a value to the globals of `__main__`. A restored session that has no global of this name gets it.
    pub fn global(
        mut self,
        name: impl Into<String>,
        value: impl ToPython + Clone + Send + Sync + 'static,
    ) -> Self {
        self.globals = self.globals.constant(name, value);
        self
    }

    /// Whether nothing of the machine's Python is used; nothing is unless this is set to `false`.
    ///
    /// Otherwise `PYTHONPATH` counts, `sys.path` has the installation's folders, `site` is
    /// imported, and imports from source write `__pycache__`.
    pub fn isolated(mut self, isolated: bool) -> Self {
        self.inherit = !isolated;
        self
    }

    /// Whether Python's `KeyboardInterrupt` takes the place of what the process does on SIGINT; it
    /// does not unless this is set. For an interrupt of one runtime see [`InterruptHandle`].
    pub fn install_signal_handlers(mut self, install: bool) -> Self {
        self.signals = install;
        self
    }

    /// Sets the seed of the hashes of `str` and `bytes` (`PYTHONHASHSEED`); 0 makes them the same
    /// in each process.
    ///
    /// The seed belongs to the process. If an interpreter was there before with another one,
    /// building is an error of kind [`Options`](ErrorKind::Options).
    pub fn hash_seed(mut self, seed: u32) -> Self {
        self.hash_seed = Some(seed);
        self
    }

    /// Sets how deep Python calls may nest (`sys.setrecursionlimit`); 1000 unless set. Whatever the
    /// limit, the end of the native stack is a `RecursionError` too.
    pub fn recursion_limit(mut self, limit: usize) -> Self {
        self.recursion_limit = Some(limit);
        self
    }

    /// Sets the stack of the thread that [`spawn`](Self::spawn) starts, in bytes: 256 MiB unless set
    /// and at least 1 MiB. Only what is used takes memory.
    ///
    /// [`build`](Self::build) takes the thread that it is called on, and this as an error.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Sets what pickles may name and call in this runtime: those that its scripts load (`pickle.loads`, `Unpickler`, and what is
    /// built on them, as `shelve`), and those that the host loads without a policy of its own. It is all that CPython
    /// allows unless set. Other runtimes have theirs.
    ///
    /// The closure makes the policy when the interpreter is there, since a list's globals are looked up in it; those of
    /// the builder's own modules can be listed too.
    ///
    /// Scripts can't change it, but it makes no sandbox of the runtime: a script can do all that a pickle can't.
    /// [`Runtime::restore`] is no load of this sort, because a session is code; a snapshot from somebody else has to be
    /// signed.
    ///
    /// ```
    /// use rustpython_pickle::limits::Limits;
    /// use rustpython_pickle::policy::{AllowList, Policy};
    /// use rustpython_pickle::runtime::Runtime;
    ///
    /// let runtime = Runtime::builder()
    ///     .pickle_policy(|vm| Policy::allow(&AllowList::standard(), vm))
    ///     .pickle_limits(Limits::untrusted())
    ///     .build()?;
    /// runtime.exec("import pickle, datetime")?;
    /// let day = "str(pickle.loads(pickle.dumps(datetime.date(2021, 1, 2))))";
    /// assert_eq!(runtime.eval::<String>(day)?, "2021-01-02");
    ///
    /// let error = runtime.exec(r"pickle.loads(b'cos\nsystem\n(Vecho hello\ntR.')").unwrap_err();
    /// assert_eq!(error.exception_type(), Some("rustpython_pickle.ForbiddenError"));
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn pickle_policy(
        mut self,
        policy: impl Fn(&VirtualMachine) -> Result<Policy, crate::Error> + Send + Sync + 'static,
    ) -> Self {
        self.pickle_policy = Some(Arc::new(policy));
        self
    }

    /// Sets what loading a pickle may cost in this runtime, for the same loads as
    /// [`pickle_policy`](Self::pickle_policy); nothing is limited unless set. Runtimes of one builder share its flag to
    /// [cancel](Limits::cancel).
    pub fn pickle_limits(mut self, limits: Limits) -> Self {
        self.pickle_limits = Some(limits);
        self
    }

    /// Sends `sys.stdout` to a writer, as UTF-8, each piece when it is written.
    ///
    /// The writer must not use the runtime. For an example see [`Capture`](super::Capture).
    pub fn stdout(mut self, writer: impl Write + Send + 'static) -> Self {
        self.outputs.insert("stdout", Output::new(writer));
        self
    }

    /// Sends `sys.stderr` to a writer, as [`stdout`](Self::stdout) does.
    pub fn stderr(mut self, writer: impl Write + Send + 'static) -> Self {
        self.outputs.insert("stderr", Output::new(writer));
        self
    }

    /// Builds the runtime, which stays on this thread.
    ///
    /// # Errors
    /// When an option makes no sense, or the interpreter does not start.
    pub fn build(self) -> Result<Runtime, Error> {
        if self.stack_size.is_some() {
            let message = "stack_size() is for spawn(); this thread has its stack already";
            return Err(Error::new(ErrorKind::Options, message));
        }
        self.build_here()
    }

    /// Builds the runtime on a thread of its own.
    ///
    /// # Errors
    /// As [`build`](Self::build), and when there is no thread to be had.
    pub fn spawn(mut self) -> Result<RuntimeThread, Error> {
        let stack = self.stack_size.take().unwrap_or(STACK);
        if stack < LEAST_STACK {
            let message = format!("a stack of {stack} bytes is less than {LEAST_STACK}");
            return Err(Error::new(ErrorKind::Options, message));
        }
        RuntimeThread::start(self, stack)
    }

    pub(super) fn build_here(self) -> Result<Runtime, Error> {
        self.check()?;
        let (sender, interpreter) = self.interpreter()?;
        let running = Arc::new(Running::default());
        let interrupt = InterruptHandle::new(Arc::clone(&running), sender);
        // From here on an error drops the runtime, which ends the interpreter.
        let runtime = Runtime::start(interpreter, running, interrupt);
        runtime.enter(|vm| {
            self.check_hash_seed(vm)?;
            let raised = |error| Error::from_exception(&error, vm);
            // It imports what it needs, which is there from then on.
            let glue = Glue::new(vm).map_err(raised)?;
            self.check_not_loaded(vm)?;
            self.set_up(&glue, &runtime, vm).map_err(raised)?;
            self.guard_pickles(vm)
        })?;
        Ok(runtime)
    }

    fn guard_pickles(&self, vm: &VirtualMachine) -> Result<(), Error> {
        if self.pickle_policy.is_none() && self.pickle_limits.is_none() {
            return Ok(());
        }
        let policy = match &self.pickle_policy {
            Some(policy) => policy(vm).map_err(|error| match error.exception() {
                Some(exception) => Error::from_exception(exception, vm),
                None => Error::new(ErrorKind::Options, error.to_string()),
            })?,
            None => Policy::trusted(),
        };
        let limits = self.pickle_limits.clone();
        set_default_policy(policy, limits.unwrap_or_else(Limits::unlimited), vm);
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        for name in self.modules.keys() {
            if !name.split('.').all(lookup::is_identifier) {
                let message = format!("{name:?} is no name of a module");
                return Err(Error::new(ErrorKind::Options, message));
            }
        }
        for name in self.globals.names() {
            if !lookup::is_identifier(name) {
                let message = format!("{name:?} is no name of a global");
                return Err(Error::new(ErrorKind::Options, message));
            }
        }
        Ok(())
    }

    /// No import asks for a module that is there already.
    fn check_not_loaded(&self, vm: &VirtualMachine) -> Result<(), Error> {
        for name in self.modules.keys() {
            let loaded = loaded_module(name, vm);
            let loaded = loaded.map_err(|error| Error::from_exception(&error, vm))?;
            // These two come with what is set up.
            let ours = ["__main__", "rustpython_pickle"].contains(&name.as_str());
            if loaded.is_some() || ours {
                let message = format!("the interpreter has its own module {name:?} from its start");
                return Err(Error::new(ErrorKind::Options, message));
            }
        }
        Ok(())
    }

    fn interpreter(&self) -> Result<(UserSignalSender, Interpreter), Error> {
        let (sender, receiver) = user_signal_channel();
        let start = || {
            let mut builder = Interpreter::builder(self.settings()).install_stdlib();
            for def in &self.native_modules {
                let def = def(&builder.ctx);
                builder = builder.add_native_module(def);
            }
            builder
                .install_pickle()
                .init_hook(move |vm| vm.set_user_signal_channel(receiver))
                .build()
        };
        // RustPython's start has no other way to fail than a panic.
        catch_unwind(AssertUnwindSafe(start))
            .map(|interpreter| (sender, interpreter))
            .map_err(|panic: Box<dyn Any + Send>| {
                let message = host::panic_message(&*panic);
                Error::new(ErrorKind::Start, format!("no interpreter: {message}"))
            })
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.argv = if self.argv.is_empty() {
            vec![String::new()]
        } else {
            self.argv.clone()
        };
        settings.hash_seed = self.hash_seed;
        settings.install_signal_handlers = self.signals;
        settings.isolated = !self.inherit;
        settings.ignore_environment = !self.inherit;
        settings.user_site_directory = self.inherit;
        settings.import_site = self.inherit;
        settings.write_bytecode = self.inherit;
        settings.safe_path = true;
        // RustPython does not ask the locale, so that its encoding would be ASCII.
        settings.utf8_mode = 1;
        settings.path_list = self.path_list();
        settings
    }

    fn path_list(&self) -> Vec<String> {
        let inherited = match std::env::var_os("PYTHONPATH") {
            Some(paths) if self.inherit => std::env::split_paths(&paths).collect(),
            _ => Vec::new(),
        };
        let paths = self.search_paths.iter().chain(&inherited);
        paths.map(|path| absolute(path)).collect()
    }

    /// The hash that the seed gives against the one that the process has.
    fn check_hash_seed(&self, vm: &VirtualMachine) -> Result<(), Error> {
        const PROBE: &str = "rustpython_pickle";
        let Some(seed) = self.hash_seed else {
            return Ok(());
        };
        let hash = vm.ctx.new_str(PROBE).as_object().hash(vm);
        let hash = hash.map_err(|error| Error::from_exception(&error, vm))?;
        if hash == HashSecret::new(seed).hash_str(PROBE) {
            return Ok(());
        }
        let message = format!(
            "the hash seed {seed} comes too late: it is that of the process's first interpreter"
        );
        Err(Error::new(ErrorKind::Options, message))
    }

    fn set_up(&self, glue: &Glue, runtime: &Runtime, vm: &VirtualMachine) -> PyResult<()> {
        if !self.inherit {
            // Not the folders of a Python that may be installed, whose modules are others.
            let paths = self.path_list().into_iter();
            let paths = paths.map(|path| vm.ctx.new_str(path).into()).collect();
            vm.sys_module.set_attr("path", vm.ctx.new_list(paths), vm)?;
        }
        for (name, output) in &self.outputs {
            glue.output(name, output.clone(), vm)?;
        }
        if !self.modules.is_empty() {
            glue.modules(self.modules.clone(), vm)?;
        }
        if self.inherit {
            vm.import("site", 0)?;
        }
        let limit = self.recursion_limit.unwrap_or(1000);
        vm.call_method(vm.sys_module.as_object(), "setrecursionlimit", (limit,))?;
        // So that programs can name it, and pickles too.
        let module = lookup::import("rustpython_pickle", vm)?;
        module.set_attr("HostPanic", host::host_panic().to_owned(), vm)?;
        let main = runtime.main_module(vm)?;
        self.globals.fill("__main__", &main.dict(), vm)
    }
}

/// The path from the root; an empty one is the current folder.
fn absolute(path: &Path) -> String {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("argv", &self.argv)
            .field("search_paths", &self.search_paths)
            .field("modules", &self.modules)
            .field("globals", &self.globals)
            .field("native_modules", &self.native_modules.len())
            .field("isolated", &!self.inherit)
            .field("hash_seed", &self.hash_seed)
            .field("recursion_limit", &self.recursion_limit)
            .field("stack_size", &self.stack_size)
            .field("outputs", &self.outputs)
            .field("pickle_policy", &self.pickle_policy.is_some())
            .field("pickle_limits", &self.pickle_limits)
            .finish_non_exhaustive()
    }
}
