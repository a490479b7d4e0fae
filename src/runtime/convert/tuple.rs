//! Tuples.

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyTuple};

use super::collections::item;
use super::{ConversionError, FromPython, ToPython, nesting};

/// Calls a macro with the types and indices of each tuple, from one item to twelve.
macro_rules! for_each_arity {
    ($tuple:ident) => {
        $tuple! { A 0 }
        $tuple! { A 0, B 1 }
        $tuple! { A 0, B 1, C 2 }
        $tuple! { A 0, B 1, C 2, D 3 }
        $tuple! { A 0, B 1, C 2, D 3, E 4 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5, G 6 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10 }
        $tuple! { A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11 }
    };
}
pub(crate) use for_each_arity;

macro_rules! tuple {
    ($($T:ident $index:tt),*) => {
        impl<$($T: ToPython),*> ToPython for ($($T,)*) {
            const PLAIN: bool = true $(&& $T::PLAIN)*;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                let items = nesting(vm, || Ok(vec![$(self.$index.to_python(vm)?),*]))?;
                Ok(vm.ctx.new_tuple(items).into())
            }
        }

        impl<'a, $($T),*> ToPython for &'a ($($T,)*)
        where
            $(&'a $T: ToPython,)*
        {
            const PLAIN: bool = true $(&& <&$T>::PLAIN)*;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                let items = nesting(vm, || Ok(vec![$((&self.$index).to_python(vm)?),*]))?;
                Ok(vm.ctx.new_tuple(items).into())
            }
        }

        impl<$($T: FromPython),*> FromPython for ($($T,)*) {
            const PLAIN: bool = true $(&& $T::PLAIN)*;

            fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
                const LENGTH: usize = [$($index),*].len();
                let Some(tuple) = object.downcast_ref::<PyTuple>() else {
                    return Err(ConversionError::expected("tuple", object));
                };
                let items = tuple.as_slice();
                if items.len() != LENGTH {
                    let got = items.len();
                    let message = format!("expected a tuple of {LENGTH}, got one of {got}");
                    return Err(ConversionError::value(message));
                }
                Ok(($(item::<$T>(items, $index, vm)?,)*))
            }
        }
    };
}

for_each_arity!(tuple);
