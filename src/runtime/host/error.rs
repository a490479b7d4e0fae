//! The exceptions that host functions raise.

use core::fmt;
use std::error::Error as StdError;
use std::io;

use rustpython_vm::{
    AsObject as _, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyType, PyTypeRef},
    convert::ToPyException as _,
};

use super::super::ConversionError;

/// The exception that a host function raises: what a host function's `Result` has as its error.
///
/// Every [`std::error::Error`] becomes one with `?`: a `RuntimeError` with its text and those of its
/// sources, an `OSError` for [`std::io::Error`]. It is not itself a [`std::error::Error`],
/// for the same reason as `anyhow::Error`.
///
/// ```
/// use rustpython_pickle::runtime::{HostError, Runtime};
///
/// let runtime = Runtime::builder()
///     .function("parse", |text: String| text.trim().parse::<i64>())
///     .function("root", |square: f64| {
///         if square < 0.0 {
///             return Err(HostError::new("ValueError", "negative"));
///         }
///         Ok(square.sqrt())
///     })
///     .build()?;
/// let error = runtime.eval::<i64>("parse('many')").unwrap_err();
/// assert_eq!(error.to_string(), "RuntimeError: invalid digit found in string");
/// let error = runtime.eval::<f64>("root(-1.0)").unwrap_err();
/// assert_eq!(error.to_string(), "ValueError: negative");
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
pub struct HostError(Inner);

enum Inner {
    Named { class: String, message: String },
    Exception(PyBaseExceptionRef),
    Conversion(ConversionError),
    Io(io::Error),
}

impl HostError {
    /// An exception of a type, which is a built-in one as `"ValueError"`, or one in a module as
    /// `"json.JSONDecodeError"`, which is imported.
    ///
    /// Where there is no such type it is a `RuntimeError` that names it.
    #[must_use]
    pub fn new(exception_type: impl Into<String>, message: impl fmt::Display) -> Self {
        Self(Inner::Named {
            class: exception_type.into(),
            message: message.to_string(),
        })
    }

    /// A `RuntimeError` with a text.
    #[must_use]
    pub fn msg(message: impl fmt::Display) -> Self {
        Self::new("RuntimeError", message)
    }

    /// An exception that is there already, as from a function of RustPython's that failed.
    #[must_use]
    pub fn exception(exception: PyBaseExceptionRef) -> Self {
        Self(Inner::Exception(exception))
    }

    /// The exception, to be raised.
    #[must_use]
    pub fn into_exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        match self.0 {
            Inner::Named { class, message } => named(&class, message, vm),
            Inner::Exception(exception) => exception,
            Inner::Conversion(error) => error.into_exception(vm),
            Inner::Io(error) => error.to_pyexception(vm),
        }
    }
}

impl<E: StdError + 'static> From<E> for HostError {
    fn from(error: E) -> Self {
        let error: Box<dyn StdError> = Box::new(error);
        let error = match error.downcast::<ConversionError>() {
            Ok(error) => return Self(Inner::Conversion(*error)),
            Err(error) => error,
        };
        let error = match error.downcast::<io::Error>() {
            Ok(error) => return Self(Inner::Io(*error)),
            Err(error) => error,
        };
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let text = error.to_string();
            // Many errors have the text of their source in their own.
            if !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            source = error.source();
        }
        Self::msg(message)
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Named { class, message } => write!(f, "HostError({class}: {message})"),
            Inner::Exception(exception) => write!(f, "HostError({})", exception.class().name()),
            Inner::Conversion(error) => write!(f, "HostError({error})"),
            Inner::Io(error) => write!(f, "HostError({error})"),
        }
    }
}

/// An exception of the type with this name.
fn named(class: &str, message: String, vm: &VirtualMachine) -> PyBaseExceptionRef {
    let Some(class_object) = exception_type(class, vm) else {
        return vm.new_runtime_error(format!("{class}: {message}"));
    };
    // Where the type takes other arguments, its complaint is raised.
    vm.invoke_exception(&class_object, vec![vm.ctx.new_str(message).into()])
        .unwrap_or_else(|complaint| complaint)
}

fn exception_type(name: &str, vm: &VirtualMachine) -> Option<PyTypeRef> {
    let found = match name.rsplit_once('.') {
        Some((module, name)) => {
            let module = super::super::lookup::import(module, vm).ok()?;
            module.get_attr(&vm.ctx.new_str(name), vm).ok()?
        }
        None => vm.builtins.get_attr(&vm.ctx.new_str(name), vm).ok()?,
    };
    let class = found.downcast::<PyType>().ok()?;
    class
        .fast_issubclass(vm.ctx.exceptions.base_exception_type)
        .then_some(class)
}
