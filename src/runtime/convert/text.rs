//! Strings, paths and bytes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBytes, PyStr},
    convert::TryFromBorrowedObject as _,
    function::FsPath,
    protocol::PyBuffer,
};

use super::{ConversionError, FromPython, ToPython};

/// Bytes, as `bytes` in Python; a `Vec<u8>` alone is a list of integers.
///
/// ```
/// use rustpython_pickle::runtime::{Bytes, Runtime};
///
/// let runtime = Runtime::new()?;
/// runtime.set("data", Bytes(b"abc"))?;
/// let Bytes(data) = runtime.eval::<Bytes>("data[::-1]")?;
/// assert_eq!(data, b"cba");
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes<T = Vec<u8>>(pub T);

impl<T: AsRef<[u8]>> ToPython for Bytes<T> {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_bytes(self.0.as_ref().to_vec()).into())
    }
}

impl<T: AsRef<[u8]>> ToPython for &Bytes<T> {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Bytes(self.0.as_ref()).to_python(vm)
    }
}

impl FromPython for Bytes {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if let Some(bytes) = object.downcast_ref::<PyBytes>() {
            return Ok(Self(bytes.as_bytes().to_vec()));
        }
        if !object.check_buffer() {
            return Err(ConversionError::expected("bytes", object));
        }
        let buffer = PyBuffer::try_from_borrowed_object(vm, object);
        let buffer = buffer.map_err(ConversionError::exception)?;
        Ok(Self(buffer.contiguous_or_collect(<[u8]>::to_vec)))
    }
}

impl ToPython for &str {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_str(self).into())
    }
}

impl ToPython for String {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_str(self).into())
    }
}

impl ToPython for &String {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        self.as_str().to_python(vm)
    }
}

impl ToPython for Cow<'_, str> {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        self.into_owned().to_python(vm)
    }
}

impl ToPython for char {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        String::from(self).to_python(vm)
    }
}

/// The text of a `str`.
pub(in crate::runtime) fn text(object: &PyObject) -> Result<&str, ConversionError> {
    let Some(text) = object.downcast_ref::<PyStr>() else {
        return Err(ConversionError::expected("str", object));
    };
    text.to_str()
        .ok_or_else(|| ConversionError::value("a str with lone surrogates is no Unicode text"))
}

impl FromPython for String {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, _vm: &VirtualMachine) -> Result<Self, ConversionError> {
        text(object).map(str::to_owned)
    }
}

impl FromPython for Cow<'static, str> {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        String::from_python(object, vm).map(Cow::Owned)
    }
}

impl FromPython for char {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, _vm: &VirtualMachine) -> Result<Self, ConversionError> {
        let mut chars = text(object)?.chars();
        match (chars.next(), chars.next()) {
            (Some(char), None) => Ok(char),
            _ => Err(ConversionError::value("expected one character")),
        }
    }
}

impl ToPython for &Path {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.fsdecode(self).into())
    }
}

impl ToPython for PathBuf {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.fsdecode(self).into())
    }
}

impl ToPython for &PathBuf {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        self.as_path().to_python(vm)
    }
}

impl FromPython for PathBuf {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        let path = FsPath::try_from_path_like(object.to_owned(), true, vm).map_err(|error| {
            if error.fast_isinstance(vm.ctx.exceptions.type_error) {
                ConversionError::expected("str, bytes or os.PathLike", object)
            } else {
                ConversionError::exception(error)
            }
        })?;
        let path = path.as_os_str(vm).map_err(ConversionError::exception)?;
        Ok(Self::from(path.into_owned()))
    }
}
