//! Numbers and truth values.

use core::fmt::Display;

use malachite_bigint::BigInt;
use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyFloat, PyInt, PyIntRef},
};

use super::{ConversionError, FromPython, ToPython};

/// The `int` of an object, or of its `__index__`.
fn index(object: &PyObject, vm: &VirtualMachine) -> Result<PyIntRef, ConversionError> {
    match object.try_index_opt(vm) {
        Some(index) => index.map_err(ConversionError::exception),
        None => Err(ConversionError::expected("int", object)),
    }
}

/// An `int` that does not fit; its digits are not shown, for there may be millions.
fn out_of_range(int: &PyInt, least: &dyn Display, most: &dyn Display) -> ConversionError {
    let bits = int.as_bigint().bits();
    let what = if bits <= 128 {
        int.as_bigint().to_string()
    } else {
        format!("an int of {bits} bits")
    };
    ConversionError::range(format!("{what} is not in {least}..={most}"))
}

macro_rules! integers {
    ($($int:ty, $to:ident;)*) => {$(
        impl ToPython for $int {
            const PLAIN: bool = true;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                Ok(vm.ctx.new_int(self).into())
            }
        }

        impl FromPython for $int {
            const PLAIN: bool = true;

            fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
                let int = index(object, vm)?;
                let value = int.as_bigint().$to();
                value.ok_or_else(|| out_of_range(&int, &<$int>::MIN, &<$int>::MAX))
            }
        }
    )*};
}

integers! {
    i8, to_i8;
    i16, to_i16;
    i32, to_i32;
    i64, to_i64;
    i128, to_i128;
    isize, to_isize;
    u8, to_u8;
    u16, to_u16;
    u32, to_u32;
    u64, to_u64;
    u128, to_u128;
    usize, to_usize;
}

impl ToPython for BigInt {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_int(self).into())
    }
}

impl ToPython for &BigInt {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_bigint(self).into())
    }
}

impl FromPython for BigInt {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        Ok(index(object, vm)?.as_bigint().clone())
    }
}

impl ToPython for f64 {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_float(self).into())
    }
}

impl FromPython for f64 {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if let Some(float) = object.downcast_ref::<PyFloat>() {
            return Ok(float.to_f64());
        }
        if let Some(int) = object.downcast_ref::<PyInt>() {
            // Too large an int becomes infinite here and is refused by Python.
            return match int.as_bigint().to_f64() {
                Some(float) if float.is_finite() => Ok(float),
                _ => Err(ConversionError::range("int too large to be a float")),
            };
        }
        match object.try_float_opt(vm) {
            Some(float) => Ok(float.map_err(ConversionError::exception)?.to_f64()),
            None => Err(ConversionError::expected("float", object)),
        }
    }
}

impl ToPython for f32 {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        f64::from(self).to_python(vm)
    }
}

impl FromPython for f32 {
    const PLAIN: bool = true;

    /// The nearest `f32`, which is infinite only for an infinite float.
    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        let double = f64::from_python(object, vm)?;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "rounding is what is asked for"
        )]
        let single = double as Self;
        if single.is_infinite() && double.is_finite() {
            return Err(ConversionError::range(format!(
                "{double} is too large for an f32"
            )));
        }
        Ok(single)
    }
}

impl ToPython for bool {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        Ok(vm.ctx.new_bool(self).into())
    }
}

impl FromPython for bool {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if object.is(&vm.ctx.true_value) {
            Ok(true)
        } else if object.is(&vm.ctx.false_value) {
            Ok(false)
        } else {
            Err(ConversionError::expected("bool", object))
        }
    }
}
