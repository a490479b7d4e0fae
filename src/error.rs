//! Why dumping or loading failed, as Rust programs see it.

use core::fmt;
use std::io;

use rustpython_vm::{
    AsObject, VirtualMachine, builtins::PyBaseExceptionRef, convert::ToPyException,
};

use crate::limits::Exceeded;
use crate::machine;
use crate::module::{pickling_error, unpickling_error};
use crate::policy::Forbidden;
use crate::unpickler::{LoadError, Refused, StreamFailure, denial, exception};
use crate::wire::{InputError, StrictError};

/// Why dumping or loading failed.
///
/// What kind of failure it is says [`kind`](Self::kind). When loading,
/// [`offset`](Self::offset) is where in the pickle it happened; when dumping,
/// [`path`](Self::path) is the way from the root to the object that could not be
/// dumped. Where Python code raised an exception, [`exception`](Self::exception) is it.
///
/// ```
/// # use rustpython_pickle::{InterpreterBuilderExt as _, ErrorKind};
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let error = rustpython_pickle::loads(b"K\x01K\x02", vm).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Eof);
/// assert_eq!(error.offset(), Some(4));
/// assert_eq!(error.to_string(), "Ran out of input at offset 4");
/// # });
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    offset: Option<u64>,
    path: Option<String>,
    exception: Option<PyBaseExceptionRef>,
    io: Option<io::Error>,
    forbidden: Option<Box<Forbidden>>,
    exceeded: Option<Exceeded>,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ends before the pickle does.
    Eof,
    /// The input is no pickle that can be loaded.
    Malformed,
    /// An object has no way to be pickled: dumping it raised a PicklingError, or a TypeError,
    /// as for a lock.
    Unpicklable,
    /// The reader or the writer failed; [`std::error::Error::source`] is its error.
    Io,
    /// Python code that the pickle or an object made run raised an exception.
    Python,
    /// An option has a value that does not go with the others or does not exist.
    Options,
    /// The pickle asked for what its policy refuses; [`Error::forbidden`] says what.
    Forbidden,
    /// The pickle would cost more than its limits allow; [`Error::exceeded`] says of what.
    LimitExceeded,
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// When loading: the offset of the opcode that failed, in bytes from where the
    /// pickle begins.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// When dumping: the way from the root to the object that could not be dumped,
    /// in Python's terms, for example `root['users'][3].socket`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The Python exception, where there was one.
    #[must_use]
    pub fn exception(&self) -> Option<&PyBaseExceptionRef> {
        self.0.exception.as_ref()
    }

    /// What a policy has refused ([`ErrorKind::Forbidden`]).
    #[must_use]
    pub fn forbidden(&self) -> Option<&Forbidden> {
        self.0.forbidden.as_deref()
    }

    /// Which limit was exceeded ([`ErrorKind::LimitExceeded`]).
    #[must_use]
    pub fn exceeded(&self) -> Option<Exceeded> {
        self.0.exceeded
    }

    /// The Python exception that `_pickle` raises in such a case, to be raised by the caller.
    #[must_use]
    pub fn into_exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        let inner = *self.0;
        if let Some(exception) = inner.exception {
            return exception;
        }
        match inner.kind {
            ErrorKind::Io => match inner.io {
                Some(error) => io_exception(&error, vm),
                None => vm.new_os_error(inner.message),
            },
            ErrorKind::Options => vm.new_value_error(inner.message),
            ErrorKind::Unpicklable => {
                vm.new_exception_msg(pickling_error(vm), inner.message.into())
            }
            _ => vm.new_exception_msg(unpickling_error(vm), inner.message.into()),
        }
    }

    pub(crate) fn options(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Options, message.into())
    }

    fn new(kind: ErrorKind, message: String) -> Self {
        Self(Box::new(Inner {
            kind,
            message,
            offset: None,
            path: None,
            exception: None,
            io: None,
            forbidden: None,
            exceeded: None,
        }))
    }

    /// A pickle that is not as strictly written as asked for.
    pub(crate) fn strict(error: StrictError) -> Self {
        // The offset is told by `Display`.
        let message = error.to_string();
        let place = format!(" at offset {}", error.offset);
        let message = message.strip_suffix(&place).unwrap_or(&message);
        let mut this = Self::new(ErrorKind::Malformed, message.to_owned());
        this.0.offset = Some(error.offset as u64);
        this
    }

    /// A limit that was found to be exceeded before the load began.
    pub(crate) fn limit(exceeded: Exceeded) -> Self {
        let mut this = Self::new(ErrorKind::LimitExceeded, exceeded.to_string());
        this.0.exceeded = Some(exceeded);
        this.0.offset = Some(0);
        this
    }

    /// The same of a pickle that begins at an offset of its own.
    pub(crate) fn behind(mut self, offset: u64) -> Self {
        self.0.offset = self.0.offset.map(|inner| inner + offset);
        self
    }

    pub(crate) fn io(error: io::Error) -> Self {
        let mut this = Self::new(ErrorKind::Io, error.to_string());
        this.0.io = Some(error);
        this
    }

    /// An exception that Python code raised, or that is ours.
    pub(crate) fn python(exception: PyBaseExceptionRef, vm: &VirtualMachine) -> Self {
        let kind = if exception.fast_isinstance(&pickling_error(vm)) {
            ErrorKind::Unpicklable
        } else if exception.fast_isinstance(&unpickling_error(vm)) {
            ErrorKind::Malformed
        } else {
            ErrorKind::Python
        };
        let text = match exception.as_object().str(vm) {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(_) => String::new(),
        };
        let class = exception.class().name().to_string();
        let message = match (kind, text.as_str()) {
            (_, "") => class,
            (ErrorKind::Python, text) => format!("{class}: {text}"),
            (_, text) => text.to_owned(),
        };
        let mut this = Self::new(kind, message);
        this.0.exception = Some(exception);
        this
    }

    /// A dump that failed; `io` if it was the writer.
    pub(crate) fn dump(
        failure: crate::pickler::DumpFailure,
        io: Option<io::Error>,
        vm: &VirtualMachine,
    ) -> Self {
        let mut this = match io {
            Some(error) => Self::io(error),
            None => {
                let type_error = failure
                    .exception
                    .fast_isinstance(vm.ctx.exceptions.type_error);
                let mut this = Self::python(failure.exception, vm);
                if type_error {
                    this.0.kind = ErrorKind::Unpicklable;
                }
                this
            }
        };
        this.0.path = Some(failure.path);
        this
    }

    /// A load that failed.
    pub(crate) fn load<S: StreamError>(error: LoadError<S>, vm: &VirtualMachine) -> Self {
        use machine::ErrorKind as Kind;
        let offset = Some(error.offset);
        let mut this = match error.kind {
            Kind::Model(Refused::Raised(exception)) => Self::python(exception, vm),
            Kind::Input(InputError::Stream(error)) => Self::io(error.into_io()),
            _ => Self::given_up(error, vm),
        };
        this.0.offset = offset;
        this
    }

    /// A load that our own code has ended.
    fn given_up<S: StreamError>(error: LoadError<S>, vm: &VirtualMachine) -> Self {
        use machine::ErrorKind as Kind;
        let mut this = match &error.kind {
            Kind::Model(Refused::Forbidden(forbidden)) => {
                let message = denial(forbidden, error.opcode);
                let mut this = Self::new(ErrorKind::Forbidden, message);
                this.0.forbidden = Some(forbidden.clone());
                this
            }
            Kind::Model(Refused::Limit(exceeded)) | Kind::Limit(exceeded) => {
                let mut this = Self::new(ErrorKind::LimitExceeded, exceeded.to_string());
                this.0.exceeded = Some(*exceeded);
                this
            }
            kind @ (Kind::Eof | Kind::Input(InputError::Truncated)) => {
                Self::new(ErrorKind::Eof, kind.to_string())
            }
            kind => Self::new(ErrorKind::Malformed, kind.to_string()),
        };
        this.0.exception = Some(exception(error, vm));
        this
    }
}

/// How the sources of Rust callers fail.
pub(crate) trait StreamError: StreamFailure {
    fn into_io(self) -> io::Error;
}

impl StreamError for io::Error {
    fn into_io(self) -> io::Error {
        self
    }
}

impl StreamError for core::convert::Infallible {
    fn into_io(self) -> io::Error {
        match self {}
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(offset) = self.0.offset {
            write!(f, " at offset {offset}")?;
        }
        if let Some(path) = &self.0.path {
            write!(f, " (when pickling {path})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("offset", &self.0.offset)
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let error = self.0.io.as_ref()?;
        Some(error)
    }
}

/// The OSError for an error of Rust's.
pub(crate) fn io_exception(error: &io::Error, vm: &VirtualMachine) -> PyBaseExceptionRef {
    error.to_pyexception(vm)
}

/// An exception that was raised while `cause` was handled.
pub(crate) fn chained(
    exception: PyBaseExceptionRef,
    cause: PyBaseExceptionRef,
) -> PyBaseExceptionRef {
    exception.set_context(Some(cause));
    exception
}
