//! How a list's rules see live objects.

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, PyObjectRef,
    builtins::{PyBytes, PyDict, PyFloat, PyInt, PyList, PyStr, PyTuple},
};

use super::Guarded;
use crate::policy::{Seen, View, is_callable_class};

/// The objects of a guarded load.
pub(super) struct LiveView<'g, 'a, 'vm>(pub(super) &'g Guarded<'a, 'vm>);

/// More items than rules have to look at.
const MANY: usize = 64;

impl View for LiveView<'_, '_, '_> {
    type Object = PyObjectRef;

    fn see<'o>(&'o self, object: &'o PyObjectRef) -> Seen<'o, PyObjectRef> {
        let vm = self.0.vm();
        if let Some(grant) = self.0.grant_of(object) {
            return Seen::Listed {
                callable: is_callable_class(&grant),
            };
        }
        if vm.is_none(object) {
            Seen::None
        } else if object.is(&vm.ctx.true_value) || object.is(&vm.ctx.false_value) {
            Seen::Bool
        } else if let Some(int) = object.downcast_ref_if_exact::<PyInt>(vm) {
            match int.as_bigint().to_i64() {
                Some(value) => Seen::Int(value),
                None => Seen::LongInt(int.as_bigint().bits()),
            }
        } else if object.downcast_ref_if_exact::<PyFloat>(vm).is_some() {
            Seen::Float
        } else if let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) {
            Seen::Str(text.to_str().map(Into::into))
        } else if let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) {
            Seen::Bytes {
                length: bytes.as_bytes().len(),
                content: Some(bytes.as_bytes().into()),
            }
        } else if let Some(tuple) = object.downcast_ref_if_exact::<PyTuple>(vm) {
            Seen::Tuple(tuple.as_slice().to_vec())
        } else if object.downcast_ref_if_exact::<PyList>(vm).is_some() {
            Seen::List
        } else if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
            Seen::Dict((dict.__len__() <= MANY).then(|| dict.items_vec()))
        } else {
            Seen::Other
        }
    }

    fn items(&self, object: &PyObjectRef) -> Option<Vec<PyObjectRef>> {
        let list = object.downcast_ref_if_exact::<PyList>(self.0.vm())?;
        Some(list.borrow_vec().to_vec())
    }
}
