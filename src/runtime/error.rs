//! Why something in a runtime failed, as Rust programs see it.

use core::fmt;

use num_traits::ToPrimitive as _;
use rustpython_vm::{AsObject as _, VirtualMachine, builtins::PyBaseExceptionRef, builtins::PyInt};

use super::ConversionError;
use super::host::host_panic;

/// Why something in a [`Runtime`](super::Runtime) failed.
///
/// An error holds text and no Python object, so that it can be sent to other threads and outlives
/// the runtime. For the exception itself use [`Runtime::enter`](super::Runtime::enter).
///
/// ```
/// use rustpython_pickle::runtime::{ErrorKind, Runtime};
///
/// let runtime = Runtime::new()?;
/// let error = runtime.exec("import json\njson.loads('{')").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Python);
/// assert_eq!(error.exception_type(), Some("json.decoder.JSONDecodeError"));
/// let traceback = error.traceback().unwrap();
/// assert!(traceback.starts_with("Traceback (most recent call last):\n  File \"<exec 1>\", line 2, in <module>\n    json.loads('{')\n"));
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    exception_type: Option<String>,
    traceback: Option<String>,
    path: Option<String>,
    exit_code: Option<i32>,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Python code raised an exception that nobody caught, or does not compile.
    Python,
    /// Python code asked to end the program (`SystemExit`); [`Error::exit_code`] is how.
    Exit,
    /// Python code was interrupted (`KeyboardInterrupt`), as by
    /// [`InterruptHandle`](super::InterruptHandle).
    Interrupt,
    /// A host function panicked, or RustPython itself (see [`Runtime`](super::Runtime)).
    Panic,
    /// A Python object has no value of the Rust type that was asked for.
    Conversion,
    /// There is no global, attribute or module of the name.
    Name,
    /// An option of the builder makes no sense, or not in this process.
    Options,
    /// The interpreter did not start, or its thread did not.
    Start,
    /// The thread of the runtime is gone, or would wait for itself.
    Thread,
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, without the type of the exception.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The type of the Python exception, with its module unless that is `builtins`.
    #[must_use]
    pub fn exception_type(&self) -> Option<&str> {
        self.0.exception_type.as_deref()
    }

    /// The exception as Python prints it, with its traceback, notes and the exceptions that led to
    /// it; ends with a line feed.
    #[must_use]
    pub fn traceback(&self) -> Option<&str> {
        self.0.traceback.as_deref()
    }

    /// For [`ErrorKind::Conversion`]: where in the object the problem lies, as in `['users'][2]`.
    /// Empty if it is the object itself.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// For [`ErrorKind::Exit`]: the code for the process. As with `python` it is 0 for `None`, and
    /// 1 for what is no integer, which [`message`](Self::message) has.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }

    /// The error for an exception that was caught inside
    /// [`Runtime::enter`](super::Runtime::enter).
    ///
    /// ```
    /// use rustpython_pickle::runtime::{Error, Runtime};
    ///
    /// let runtime = Runtime::new()?;
    /// let error = runtime.enter(|vm| {
    ///     let exception = vm.import("nowhere", 0).unwrap_err();
    ///     Error::from_exception(&exception, vm)
    /// });
    /// assert_eq!(error.exception_type(), Some("ModuleNotFoundError"));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn from_exception(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Self {
        let exceptions = &vm.ctx.exceptions;
        let kind = if exception.fast_isinstance(exceptions.system_exit) {
            ErrorKind::Exit
        } else if exception.fast_isinstance(exceptions.keyboard_interrupt) {
            ErrorKind::Interrupt
        } else if exception.fast_isinstance(host_panic()) {
            ErrorKind::Panic
        } else {
            ErrorKind::Python
        };
        let message = match exception.as_object().str(vm) {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(_) => "<exception str() failed>".into(),
        };
        let mut this = Self::new(kind, message);
        this.0.exception_type = Some(type_name(exception, vm));
        this.0.traceback = Some(format_exception(exception, vm));
        if kind == ErrorKind::Exit {
            this.0.exit_code = Some(exit_code(exception, vm));
        }
        this
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            exception_type: None,
            traceback: None,
            path: None,
            exit_code: None,
        }))
    }

    pub(super) fn conversion(error: &ConversionError, vm: &VirtualMachine) -> Self {
        let mut this = match error.raised() {
            Some(exception) => Self::from_exception(exception, vm),
            None => Self::new(ErrorKind::Conversion, error.message()),
        };
        this.0.path = Some(error.path());
        this
    }
}

/// The name of an exception's type, as tracebacks have it.
fn type_name(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let class = exception.class();
    let text = |name: &'static str| {
        let text = class.as_object().get_attr(name, vm).ok()?;
        super::convert::str_text(&text).ok().map(str::to_owned)
    };
    let name = text("__qualname__").unwrap_or_else(|| class.name().to_string());
    match text("__module__") {
        Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{name}"),
        _ => name,
    }
}

/// An exception as Python prints it.
fn format_exception(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let format = || {
        let traceback = vm.import("traceback", 0)?;
        let format = traceback.get_attr("format_exception", vm)?;
        let lines = format.call((exception.clone(),), vm)?;
        let joined = vm.call_method(vm.ctx.new_str("").as_object(), "join", (lines,))?;
        joined.str(vm)
    };
    if let Ok(text) = format() {
        return text.to_string_lossy().into_owned();
    }
    // The program may have broken `traceback`; RustPython's own printer needs none.
    let mut text = String::new();
    match vm.write_exception(&mut text, exception) {
        Ok(()) => text,
        Err(_) => format!("{}\n", exception.class().name()),
    }
}

fn exit_code(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> i32 {
    let Ok(code) = exception.as_object().get_attr("code", vm) else {
        return 1;
    };
    if vm.is_none(&code) {
        return 0;
    }
    match code.downcast_ref::<PyInt>() {
        // As `exit` of C: the lower bits, and -1 for what fits no `long`.
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the lower bits are asked for"
        )]
        Some(code) => code.as_bigint().to_i64().map_or(-1, |code| code as i32),
        None => 1,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path()
            && !path.is_empty()
        {
            write!(f, "{path}: ")?;
        }
        match self.exception_type() {
            Some(class) if self.message().is_empty() => f.write_str(class),
            Some(class) => write!(f, "{class}: {}", self.message()),
            None => f.write_str(self.message()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("exception_type", &self.0.exception_type)
            .field("message", &self.0.message)
            .field("path", &self.0.path)
            .field("exit_code", &self.0.exit_code)
            .field("traceback", &self.0.traceback)
            .finish()
    }
}

impl std::error::Error for Error {}
