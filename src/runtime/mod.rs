//! An interpreter to embed: Python in a Rust program.
//!
//! [`Runtime`] runs Python code and exchanges values with it; [`Builder`] sets it up, with functions
//! and modules of the host's; [`RuntimeThread`] is a runtime on a thread of its own, which any thread
//! may use. Values go over with [`ToPython`] and [`FromPython`], those of serde in a `Serde`.
//!
//! ```
//! use rustpython_pickle::runtime::{ErrorKind, Runtime};
//!
//! let runtime = Runtime::builder()
//!     .function("shout", |text: String| text.to_uppercase())
//!     .build()?;
//!
//! runtime.exec("
//! def greet(name, times=1):
//!     return shout('hello ' + name) * times
//! ")?;
//! assert_eq!(runtime.call::<String>("greet", ("ada",))?, "HELLO ADA");
//!
//! runtime.set("ages", vec![36, 85])?;
//! assert_eq!(runtime.eval::<u32>("sum(ages)")?, 121);
//!
//! let error = runtime.call::<String>("greet", (5,)).unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Python);
//! assert_eq!(error.exception_type(), Some("TypeError"));
//! assert!(error.traceback().unwrap().contains("return shout('hello ' + name) * times"));
//! # Ok::<(), rustpython_pickle::runtime::Error>(())
//! ```
//!
//! # How much one runtime sees of another
//!
//! Each has its own modules, `sys.path`, globals, output, and recursion limit. What belongs to the
//! process belongs to all: the current folder and the environment, open file descriptors and what
//! is written to 1 and 2 directly, signal handlers, the seed of hashes. Types that are written in Rust
//! are shared as well, but Python code can't change them.
//!
//! A runtime is no sandbox: Python code can read and write files, start processes, and use all
//! memory.

mod arguments;
mod builder;
mod convert;
mod ending;
mod error;
mod glue;
mod host;
mod inner_code;
mod interrupt;
mod lookup;
mod output;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "snapshot")]
mod snapshot;
mod thread;

pub use self::arguments::{Args, ToArguments};
pub use self::builder::Builder;
pub use self::convert::{Bytes, ConversionError, FromPython, ToPython};
pub use self::error::{Error, ErrorKind};
pub use self::host::{HostError, HostFn, HostModule, Rest};
pub use self::interrupt::InterruptHandle;
pub use self::output::Capture;
#[cfg(feature = "serde")]
pub use self::serde::Serde;
pub use self::thread::RuntimeThread;

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rustpython_vm::{
    AsObject as _, Interpreter, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyDictRef, PyModule, PyStr},
    compiler::Mode,
    frame::InterpreterFrame,
    scope::Scope,
    vm::thread::{get_current_frame, set_current_frame},
};

use self::inner_code::has_inner_code;
use self::interrupt::Running;
use crate::by_value::source;
use crate::policy::{InterpreterId, forget_default_policy};

/// What all calls say after RustPython has panicked.
const BROKEN: &str = "RustPython has panicked in this runtime, which can't be used any more";

/// A Python interpreter on this thread.
///
/// Statements run in the module `__main__`, whose globals stay from call to call, as in an interactive
/// session. All calls can be nested: a host function may use the runtime that called it, if it has
/// a way to it, and any other.
///
/// The runtime stays on the thread that it was built on, because the interpreter measures that
/// thread's stack. For one that many threads use see [`RuntimeThread`].
///
/// A panic of a host function is a Python exception. One of RustPython's own that comes while Python
/// code runs is an error of kind [`Panic`](ErrorKind::Panic); the interpreter is then in no state to go
/// on, all later calls are such errors, and its objects are never freed. Other runtimes are unharmed.
///
/// When it is dropped the interpreter ends as `python` does at its exit: it waits for threads that are
/// no daemons, runs what `atexit` has, flushes its output and lets go of all its objects. Objects that
/// the host still has then stay valid, but nothing more can be done with them.
pub struct Runtime {
    /// Always there until the runtime is dropped.
    interpreter: Option<Interpreter>,
    running: Arc<Running>,
    interrupt: InterruptHandle,
    /// How many calls from the host are nested.
    depth: Cell<usize>,
    calls: Cell<u64>,
    chunks: Cell<u64>,
    /// Whether RustPython has panicked in the middle of running Python code.
    broken: Cell<bool>,
    not_send: PhantomData<*const ()>,
}

impl Runtime {
    /// A runtime with the standard library and nothing of the host's.
    ///
    /// # Errors
    /// When the interpreter does not start.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Sets up a runtime.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn start(interpreter: Interpreter, running: Arc<Running>, interrupt: InterruptHandle) -> Self {
        Self {
            interpreter: Some(interpreter),
            running,
            interrupt,
            depth: Cell::new(0),
            calls: Cell::new(0),
            chunks: Cell::new(0),
            broken: Cell::new(false),
            not_send: PhantomData,
        }
    }

    /// Runs statements in `__main__`.
    ///
    /// Each call has a file name of its own for tracebacks, `<exec 1>`, `<exec 2>` and so on. Its
    /// source is kept for as long as functions or classes may refer to it, which is for good if it
    /// defines any.
    ///
    /// # Errors
    /// When the source does not compile or an exception is not caught.
    ///
    /// ```
    /// # let runtime = rustpython_pickle::runtime::Runtime::new()?;
    /// runtime.exec("import math\nr = 2")?;
    /// assert_eq!(runtime.eval::<i64>("round(math.pi * r ** 2)")?, 13);
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn exec(&self, source: &str) -> Result<(), Error> {
        self.attempt(|vm| {
            let filename = self.chunk("exec", vm)?;
            self.run(Mode::Exec, source, &filename, true, vm).map(drop)
        })
    }

    /// Runs statements in `__main__` under a file name of the host's.
    ///
    /// # Errors
    /// As [`exec`](Self::exec).
    pub fn exec_named(&self, filename: &str, source: &str) -> Result<(), Error> {
        self.attempt(|vm| self.run(Mode::Exec, source, filename, false, vm).map(drop))
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// When the expression does not compile, an exception is not caught, or the value is none of
    /// the type.
    ///
    /// ```
    /// # let runtime = rustpython_pickle::runtime::Runtime::new()?;
    /// let (quotient, rest): (i64, i64) = runtime.eval("divmod(-7, 2)")?;
    /// assert_eq!((quotient, rest), (-4, 1));
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn eval<T: FromPython>(&self, expression: &str) -> Result<T, Error> {
        // As Python's own `eval`.
        let expression = expression.trim_start_matches([' ', '\t']);
        self.attempt(|vm| {
            let filename = self.chunk("eval", vm)?;
            let value = self.run(Mode::Eval, expression, &filename, true, vm)?;
            convert(value, vm)
        })
    }

    /// Calls a function, or whatever can be called, by its name.
    ///
    /// The first part of a dotted name is a global of `__main__`, a built-in, or else a module,
    /// which is imported; the further ones are attributes or submodules.
    ///
    /// # Errors
    /// When there is nothing of the name, the call raises an exception, or what it returns is none
    /// of the type.
    ///
    /// ```
    /// # let runtime = rustpython_pickle::runtime::Runtime::new()?;
    /// assert_eq!(runtime.call::<f64>("math.hypot", (3, 4))?, 5.0);
    /// runtime.exec("words = []")?;
    /// runtime.call::<()>("words.append", ("spam",))?;
    /// assert_eq!(runtime.get::<Vec<String>>("words")?, ["spam"]);
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn call<T: FromPython>(&self, name: &str, args: impl ToArguments) -> Result<T, Error> {
        self.attempt(|vm| {
            let function = self.resolve(name, vm)?;
            let raised = |error: PyBaseExceptionRef| Error::from_exception(&error, vm);
            let args = args.to_arguments(vm).map_err(raised)?;
            let value = function.call(args, vm).map_err(raised)?;
            drop(function);
            convert(value, vm)
        })
    }

    /// The value of a global, or of a dotted name as [`call`](Self::call) has it.
    ///
    /// # Errors
    /// When there is nothing of the name, or it is none of the type.
    pub fn get<T: FromPython>(&self, name: &str) -> Result<T, Error> {
        self.attempt(|vm| convert(self.resolve(name, vm)?, vm))
    }

    /// Sets a global.
    ///
    /// # Errors
    /// When the name is no identifier, or the value can't be made.
    pub fn set(&self, name: &str, value: impl ToPython) -> Result<(), Error> {
        if !lookup::is_identifier(name) {
            let message = format!("{name:?} is no name of a global");
            return Err(Error::new(ErrorKind::Name, message));
        }
        self.python(|vm| {
            let value = value.to_python(vm)?;
            self.globals_dict(vm)?.set_item(name, value, vm)
        })
    }

    /// Removes a global; whether it was there.
    ///
    /// # Errors
    /// When a program has broken `__main__`.
    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        self.python(|vm| {
            let globals = self.globals_dict(vm)?;
            // What is removed is dropped after the dict has been changed.
            let removed = globals.get_item_opt(name, vm)?;
            if removed.is_some() {
                globals.del_item(name, vm)?;
            }
            Ok(removed.is_some())
        })
    }

    /// The names of the globals in the order in which they were first set, without those that each
    /// module has, as `__name__`.
    ///
    /// # Errors
    /// When a program has broken `__main__`.
    pub fn globals(&self) -> Result<Vec<String>, Error> {
        self.python(|vm| {
            let globals = self.globals_dict(vm)?;
            let names = globals.into_iter().filter_map(|(name, _)| {
                let name = name.downcast_ref::<PyStr>()?.to_str()?.to_owned();
                let hidden = name.starts_with("__") && name.ends_with("__");
                (!hidden).then_some(name)
            });
            Ok(names.collect())
        })
    }

    /// Imports a module, itself and not the package that it is in, and sets no global.
    ///
    /// # Errors
    /// When there is none or it raises an exception.
    pub fn import(&self, name: &str) -> Result<PyObjectRef, Error> {
        self.python(|vm| lookup::import(name, vm))
    }

    /// Gives the virtual machine, for everything that RustPython has.
    ///
    /// Objects belong in here: outside they can be kept and handed back, but when the last reference
    /// is dropped there, no `__del__` runs.
    ///
    /// # Panics
    /// When the closure does, or RustPython has panicked earlier (see [`Runtime`]).
    ///
    /// ```
    /// # let runtime = rustpython_pickle::runtime::Runtime::new()?;
    /// let pickle = runtime.enter(|vm| rustpython_pickle::dumps(&vm.ctx.none(), vm)).unwrap();
    /// assert_eq!(pickle, b"\x80\x05N.");
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    pub fn enter<R>(&self, run: impl FnOnce(&VirtualMachine) -> R) -> R {
        assert!(!self.broken.get(), "{BROKEN}");
        let Some(interpreter) = &self.interpreter else {
            unreachable!("only dropping takes the interpreter");
        };
        let _call = Call::begin(self);
        interpreter.enter(run)
    }

    /// Interrupts this runtime from other threads.
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// The module `__main__`, which is made if a program has removed it.
    pub(crate) fn main_module(&self, vm: &VirtualMachine) -> PyResult<PyRef<PyModule>> {
        vm.ensure_main_module()
    }

    fn globals_dict(&self, vm: &VirtualMachine) -> PyResult<PyDictRef> {
        Ok(self.main_module(vm)?.dict())
    }

    fn resolve(&self, name: &str, vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
        let globals = self.globals_dict(vm);
        let globals = globals.map_err(|error| Error::from_exception(&error, vm))?;
        lookup::resolve(name, &globals, vm)
    }

    /// Enters and runs what may fail; a panic of RustPython's is a failure too.
    fn attempt<R>(
        &self,
        run: impl FnOnce(&VirtualMachine) -> Result<R, Error>,
    ) -> Result<R, Error> {
        if self.broken.get() {
            return Err(Error::new(ErrorKind::Panic, BROKEN));
        }
        // Nothing of this crate's is half done when Python code runs.
        catch_unwind(AssertUnwindSafe(|| self.enter(run))).unwrap_or_else(|panic| {
            let message = host::panic_message(&*panic);
            let message = format!("the interpreter panicked: {message}");
            Err(Error::new(ErrorKind::Panic, message))
        })
    }

    /// Runs what fails with Python exceptions only.
    fn python<R>(&self, run: impl FnOnce(&VirtualMachine) -> PyResult<R>) -> Result<R, Error> {
        self.attempt(|vm| run(vm).map_err(|error| Error::from_exception(&error, vm)))
    }

    /// Compiles and runs in `__main__`. A source that is `passing` is forgotten as soon as nothing
    /// can refer to it any more, so that a session can be as long as it likes.
    fn run(
        &self,
        mode: Mode,
        source: &str,
        filename: &str,
        passing: bool,
        vm: &VirtualMachine,
    ) -> Result<PyObjectRef, Error> {
        let raised = |error: PyBaseExceptionRef| Error::from_exception(&error, vm);
        let code = crate::compile(source, mode, filename, vm).map_err(raised)?;
        source::register(filename, source, vm).map_err(raised)?;
        let passing = passing && !has_inner_code(code.as_object(), vm).map_err(raised)?;
        let run = || {
            let scope = Scope::with_builtins(None, self.globals_dict(vm)?, vm);
            vm.run_code_obj(code, scope)
        };
        // An exception has its traceback as text from here on.
        let value = run().map_err(raised);
        if passing {
            source::forget(filename, vm).map_err(raised)?;
        }
        value
    }

    /// A file name that no other chunk has, be it one of a session that was restored.
    fn chunk(&self, kind: &str, vm: &VirtualMachine) -> Result<String, Error> {
        let unused = source::unused_filename(kind, self.chunks.get(), vm);
        let (number, filename) = unused.map_err(|error| Error::from_exception(&error, vm))?;
        self.chunks.set(number);
        Ok(filename)
    }
}

/// The Rust value of an object, which is dropped while the interpreter is entered.
fn convert<T: FromPython>(object: PyObjectRef, vm: &VirtualMachine) -> Result<T, Error> {
    let value = T::from_python(&object, vm);
    drop(object);
    value.map_err(|error| Error::conversion(&error, vm))
}

/// One call from the host, the outermost of which can be interrupted.
struct Call<'a> {
    runtime: &'a Runtime,
    /// The frame that was running before it.
    frame: *const InterpreterFrame,
}

impl<'a> Call<'a> {
    fn begin(runtime: &'a Runtime) -> Self {
        let depth = runtime.depth.get();
        if depth == 0 {
            let call = runtime.calls.get() + 1;
            runtime.calls.set(call);
            runtime.running.begin(call);
        }
        runtime.depth.set(depth + 1);
        Self {
            runtime,
            frame: get_current_frame(),
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let runtime = self.runtime;
        if get_current_frame() != self.frame {
            // Frames have been unwound by a panic, without RustPython noticing. What the thread has for
            // its current frame is gone, which would harm other runtimes on it too.
            let _ = set_current_frame(self.frame);
            runtime.broken.set(true);
        }
        let depth = runtime.depth.get() - 1;
        runtime.depth.set(depth);
        if depth == 0 {
            runtime.running.end();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let Some(interpreter) = self.interpreter.take() else {
            return;
        };
        if self.broken.get() {
            core::mem::forget(interpreter);
            return;
        }
        let id = interpreter.enter(InterpreterId::of);
        let call = Call::begin(self);
        // What a program has left to do may make RustPython panic, as anything that it does.
        let done = catch_unwind(AssertUnwindSafe(|| {
            interpreter.enter(crate::run_exit_functions);
        }));
        drop(call);
        if done.is_err() || self.broken.get() {
            core::mem::forget(interpreter);
            return;
        }
        let _call = Call::begin(self);
        // A drop must not panic: it may be part of an unwinding.
        let _ = catch_unwind(AssertUnwindSafe(|| ending::end(interpreter)));
        // Until here finalizers may have loaded pickles. From here on another interpreter may have its address.
        forget_default_policy(id);
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("chunks", &self.chunks.get())
            .finish_non_exhaustive()
    }
}
