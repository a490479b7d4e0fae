//! Rust's values as Python's, and the other way round.

mod collections;
mod error;
mod number;
mod text;
mod time;
mod tuple;

pub use error::ConversionError;
pub use text::Bytes;
pub(super) use text::text as str_text;
pub(crate) use tuple::for_each_arity;

use std::path::Path;
use std::time::{Duration, SystemTime};

use rustpython_vm::{PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine};

use super::HostError;

/// A Rust value that Python can have.
///
/// | Rust | Python |
/// | --- | --- |
/// | `bool` | `bool` |
/// | integers up to 128 bits, [`BigInt`](malachite_bigint::BigInt) | `int` |
/// | `f32`, `f64` | `float` |
/// | `char`, `&str`, `String`, `Cow<str>`, paths | `str` |
/// | [`Bytes`] | `bytes` |
/// | `()`, `None` | `None` |
/// | `Vec`, `VecDeque`, slices, arrays | `list` |
/// | `HashMap`, `BTreeMap` | `dict` |
/// | `HashSet`, `BTreeSet` | `set` |
/// | tuples up to 12 | `tuple` |
/// | `Duration`, `SystemTime` | `datetime.timedelta`, `datetime.datetime` in UTC |
/// | `Ok(value)`, `Err(error)` | the value; the error is raised |
/// | [`PyObjectRef`], [`PyRef`] | the object itself |
///
/// References to these convert as well. With the feature `serde` everything that can be serialized
/// goes in a `Serde`.
///
/// ```
/// use rustpython_pickle::runtime::{Runtime, ToPython};
/// use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};
///
/// struct Point { x: f64, y: f64 }
///
/// impl ToPython for Point {
///     fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
///         (self.x, self.y).to_python(vm)
///     }
/// }
///
/// let runtime = Runtime::new()?;
/// runtime.set("corners", vec![Point { x: 0.0, y: 0.0 }, Point { x: 4.0, y: 3.0 }])?;
/// assert_eq!(runtime.eval::<f64>("corners[1][0] * corners[1][1]")?, 12.0);
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
pub trait ToPython {
    /// Whether making the object needs nothing of Python's beforehand, so that values of this type
    /// hold no Python object. `false`, the default, is always right; see
    /// [`HostFn`](super::HostFn#other-threads) for what `true` gives.
    const PLAIN: bool = false;

    /// The Python object for this value.
    ///
    /// # Errors
    /// An exception when there is none: a key of a dict that has no hash, or an error to raise.
    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef>;
}

/// A Rust value that can be had from a Python object.
///
/// The table at [`ToPython`] holds the other way round as well, and in addition:
///
/// - integers take whatever has `__index__`, and floats whatever has `__float__` or `__index__`;
///   a number that does not fit is an error, as is a `float` where an integer is asked for;
/// - sequences take a `list` or a `tuple`, maps a `dict`, sets a `set` or a `frozenset`, each with its
///   subclasses; nothing that may be endless, as iterators are, is ever collected;
/// - [`Bytes`] takes whatever has a buffer: `bytes`, `bytearray`, `memoryview`, `array.array`;
/// - paths take a `str`, `bytes` or `os.PathLike`;
/// - `String` takes a `str` without lone surrogates.
///
/// ```
/// use std::collections::BTreeMap;
/// use rustpython_pickle::runtime::Runtime;
///
/// let runtime = Runtime::new()?;
/// let ages: BTreeMap<String, Option<u8>> = runtime.eval("{'Ada': 36, 'Grace': None}")?;
/// assert_eq!(ages["Ada"], Some(36));
///
/// let error = runtime.eval::<BTreeMap<String, Vec<u8>>>("{'ok': [1], 'no': [1, 'x']}").unwrap_err();
/// assert_eq!(error.to_string(), "['no'][1]: expected int, got str");
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
pub trait FromPython: Sized {
    /// Whether values of this type hold no Python object. `false`, the default, is always right;
    /// see [`HostFn`](super::HostFn#other-threads) for what `true` gives.
    const PLAIN: bool = false;

    /// The value of an object.
    ///
    /// # Errors
    /// When the object is of another type or its value does not fit.
    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError>;

    /// The value of an argument that is left out, if it may be.
    #[doc(hidden)]
    fn absent() -> Option<Self> {
        None
    }
}

/// Converts what lies one level deeper, as far as the native stack goes.
///
/// Rust's own types nest only so far, but those of a host may be recursive.
pub(super) fn nested<T>(
    vm: &VirtualMachine,
    convert: impl FnOnce() -> Result<T, ConversionError>,
) -> Result<T, ConversionError> {
    vm.with_recursion("while converting a Python object", || Ok(convert()))
        .unwrap_or_else(|error| Err(ConversionError::exception(error)))
}

/// The same for the other way.
pub(super) fn nesting<T>(
    vm: &VirtualMachine,
    convert: impl FnOnce() -> PyResult<T>,
) -> PyResult<T> {
    vm.with_recursion("while making a Python object", convert)
}

impl ToPython for PyObjectRef {
    fn to_python(self, _vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(self)
    }
}

impl ToPython for &PyObjectRef {
    fn to_python(self, _vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(self.clone())
    }
}

impl ToPython for &PyObject {
    fn to_python(self, _vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(self.to_owned())
    }
}

impl<T: PyPayload> ToPython for &PyRef<T> {
    fn to_python(self, _vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(self.clone().into())
    }
}

impl<T: PyPayload> ToPython for PyRef<T> {
    fn to_python(self, _vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(self.into())
    }
}

impl FromPython for PyObjectRef {
    fn from_python(object: &PyObject, _vm: &VirtualMachine) -> Result<Self, ConversionError> {
        Ok(object.to_owned())
    }
}

impl<T: PyPayload> FromPython for PyRef<T> {
    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        match object.to_owned().downcast() {
            Ok(object) => Ok(object),
            Err(object) => {
                let expected = T::class(&vm.ctx).name().to_string();
                Err(ConversionError::expected(expected, &object))
            }
        }
    }
}

impl ToPython for () {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.none())
    }
}

impl FromPython for () {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if vm.is_none(object) {
            Ok(())
        } else {
            Err(ConversionError::expected("None", object))
        }
    }
}

impl<T: ToPython> ToPython for Option<T> {
    const PLAIN: bool = T::PLAIN;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        match self {
            Some(value) => value.to_python(vm),
            None => Ok(vm.ctx.none()),
        }
    }
}

impl<T: FromPython> FromPython for Option<T> {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if vm.is_none(object) {
            return Ok(None);
        }
        T::from_python(object, vm).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: ToPython> ToPython for Box<T> {
    const PLAIN: bool = T::PLAIN;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        nesting(vm, || (*self).to_python(vm))
    }
}

impl<T: FromPython> FromPython for Box<T> {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        nested(vm, || T::from_python(object, vm).map(Self::new))
    }
}

impl<'a, T> ToPython for &'a Option<T>
where
    &'a T: ToPython,
{
    const PLAIN: bool = <&T>::PLAIN;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        self.as_ref().to_python(vm)
    }
}

impl<'a, T> ToPython for &'a Box<T>
where
    &'a T: ToPython,
{
    const PLAIN: bool = <&T>::PLAIN;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        nesting(vm, || (&**self).to_python(vm))
    }
}

/// Of what is copied, what containers hand out references to.
macro_rules! copied {
    ($($value:ty)*) => {$(
        impl ToPython for &$value {
            const PLAIN: bool = true;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                (*self).to_python(vm)
            }
        }
    )*};
}

copied! {
    () bool char f32 f64 &str &Path Duration SystemTime
    i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize
}

impl<T: ToPython, E: Into<HostError>> ToPython for Result<T, E> {
    const PLAIN: bool = T::PLAIN;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        match self {
            Ok(value) => value.to_python(vm),
            Err(error) => Err(error.into().into_exception(vm)),
        }
    }
}
