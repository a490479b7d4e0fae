//! Why a Python object has no value of a Rust type.

use core::fmt;
use std::borrow::Cow;

use rustpython_vm::{
    AsObject as _, PyObject, VirtualMachine, builtins::PyBaseExceptionRef, builtins::PyStr,
};

/// Why a Python object has no value of a Rust type, and where in the object.
///
/// Implementations of [`FromPython`](super::FromPython) make one with [`expected`](Self::expected),
/// [`value`](Self::value), [`range`](Self::range) or [`exception`](Self::exception), and add where
/// they are with [`in_index`](Self::in_index), [`in_key`](Self::in_key) and
/// [`in_field`](Self::in_field) on its way out.
///
/// ```
/// use rustpython_pickle::runtime::{ConversionError, FromPython, Runtime};
/// use rustpython_vm::{PyObject, VirtualMachine};
///
/// #[derive(Debug)]
/// struct Even(u32);
///
/// impl FromPython for Even {
///     fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
///         match u32::from_python(object, vm)? {
///             odd if odd % 2 == 1 => Err(ConversionError::value(format!("{odd} is odd"))),
///             even => Ok(Self(even)),
///         }
///     }
/// }
///
/// let error = Runtime::new()?.eval::<Vec<Even>>("[2, 4, 7]").unwrap_err();
/// assert_eq!(error.to_string(), "[2]: 7 is odd");
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
pub struct ConversionError(Box<Inner>);

struct Inner {
    /// The innermost comes first.
    path: Vec<Step>,
    problem: Problem,
}

enum Step {
    Index(usize),
    Key(String),
    /// The key itself, not its value.
    InKey(String),
    Field(Cow<'static, str>),
    Item,
}

enum Problem {
    Type(String),
    Value(String),
    Range(String),
    Exception(String, PyBaseExceptionRef),
}

impl ConversionError {
    /// The object is of another type than `expected`, which is named as Python does.
    #[must_use]
    pub fn expected(expected: impl Into<Cow<'static, str>>, got: &PyObject) -> Self {
        let expected = expected.into();
        let got = got.class().slot_name();
        Self::new(Problem::Type(format!("expected {expected}, got {got}")))
    }

    /// The object's type is right but its value is not: a `ValueError`.
    #[must_use]
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(Problem::Value(message.into()))
    }

    /// A number does not fit: an `OverflowError`.
    #[must_use]
    pub fn range(message: impl Into<String>) -> Self {
        Self::new(Problem::Range(message.into()))
    }

    /// The object's type is wrong, in other words than [`expected`](Self::expected)'s.
    #[must_use]
    #[cfg(feature = "serde")]
    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        Self::new(Problem::Type(message.into()))
    }

    /// Python code that was asked for the value raised an exception.
    #[must_use]
    pub fn exception(exception: PyBaseExceptionRef) -> Self {
        // Only of a str is it certain that it is text without Python code running.
        let text = exception.args().first().cloned();
        let text = text.and_then(|text| text.downcast::<PyStr>().ok());
        let class = exception.class().slot_name().to_string();
        let message = match text {
            Some(text) => format!("{class}: {}", text.to_string_lossy()),
            None => class,
        };
        Self::new(Problem::Exception(message, exception))
    }

    /// The problem lies in the item of a sequence.
    #[must_use]
    pub fn in_index(self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The problem lies in the value of this key.
    #[must_use]
    pub fn in_key(self, key: &PyObject, vm: &VirtualMachine) -> Self {
        let key = short_repr(key, vm);
        self.step(Step::Key(key))
    }

    /// The problem is this key itself.
    #[must_use]
    pub(crate) fn at_key(self, key: &PyObject, vm: &VirtualMachine) -> Self {
        let key = short_repr(key, vm);
        self.step(Step::InKey(key))
    }

    /// The problem lies in an attribute or a field of a struct.
    #[must_use]
    pub fn in_field(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.step(Step::Field(name.into()))
    }

    /// The problem lies in an item of a set, which has no place.
    #[must_use]
    pub(crate) fn in_item(self) -> Self {
        self.step(Step::Item)
    }

    /// Where in the object the problem lies, in Python's terms: `['users'][2].name`.
    /// Empty if it is the object itself.
    #[must_use]
    pub fn path(&self) -> String {
        self.0.path.iter().rev().map(Step::to_string).collect()
    }

    /// What is wrong there.
    #[must_use]
    pub fn message(&self) -> &str {
        match &self.0.problem {
            Problem::Type(message)
            | Problem::Value(message)
            | Problem::Range(message)
            | Problem::Exception(message, _) => message,
        }
    }

    /// The exception to raise for it: a `TypeError`, `ValueError` or `OverflowError`, or the one
    /// that Python code raised.
    #[must_use]
    pub fn into_exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        self.into_exception_of(None, vm)
    }

    /// The same, naming what was converted.
    pub(crate) fn into_exception_of(
        self,
        what: Option<&str>,
        vm: &VirtualMachine,
    ) -> PyBaseExceptionRef {
        let path = self.path();
        let place = match what {
            Some(what) => format!("{what}{path}: "),
            None if path.is_empty() => String::new(),
            None => format!("{path}: "),
        };
        let exceptions = &vm.ctx.exceptions;
        let (class, message) = match self.0.problem {
            Problem::Type(message) => (exceptions.type_error, message),
            Problem::Value(message) => (exceptions.value_error, message),
            Problem::Range(message) => (exceptions.overflow_error, message),
            Problem::Exception(_, exception) => return exception,
        };
        vm.new_exception_msg(class.to_owned(), format!("{place}{message}").into())
    }

    /// The exception that Python code raised, if that is the problem.
    #[must_use]
    pub fn raised(&self) -> Option<&PyBaseExceptionRef> {
        match &self.0.problem {
            Problem::Exception(_, exception) => Some(exception),
            _ => None,
        }
    }

    fn new(problem: Problem) -> Self {
        Self(Box::new(Inner {
            path: Vec::new(),
            problem,
        }))
    }

    fn step(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }
}

/// The repr of a key, if it is of a type whose repr runs no Python code, and not too much of it.
fn short_repr(key: &PyObject, vm: &VirtualMachine) -> String {
    const MOST: usize = 60;
    let types = &vm.ctx.types;
    let simple = [
        types.str_type,
        types.int_type,
        types.float_type,
        types.bool_type,
        types.bytes_type,
        types.none_type,
    ];
    if !simple.iter().any(|class| key.class().is(*class)) {
        return format!("<{}>", key.class().slot_name());
    }
    let Ok(repr) = key.repr(vm) else {
        return "...".into();
    };
    let repr = repr.to_string_lossy();
    match repr.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", repr.get(..end).unwrap_or_default()),
        None => repr.into_owned(),
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{key}]"),
            Self::InKey(key) => write!(f, "<key {key}>"),
            Self::Field(name) => write!(f, ".{name}"),
            Self::Item => f.write_str("<item>"),
        }
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(self.message())
    }
}

impl fmt::Debug for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversionError")
            .field("path", &self.path())
            .field("message", &self.message())
            .finish()
    }
}

impl std::error::Error for ConversionError {}
