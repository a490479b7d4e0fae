//! What there is to make.

use malachite_bigint::BigInt;
use rustpython_vm::{
    PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyStrInterned, PyType},
    common::vendored::ascii::AsciiStr,
    common::wtf8::Wtf8,
    function::PySetterValue,
};

/// An object to make.
pub(super) enum Plan {
    /// One that is there: `None`, a class, an interned character, an out-of-band buffer.
    Given(PyObjectRef),
    Int(i64),
    BigInt(Box<BigInt>),
    Float(f64),
    Ascii(Box<AsciiStr>),
    Text(Box<Wtf8>),
    Bytes(Box<[u8]>),
    List(Box<[Plan]>),
    Tuple(Box<[Plan]>),
    Set(Box<[Plan]>),
    Dict(Box<[(Plan, Plan)]>),
    Instance(Box<Instance>),
    Slots(Box<Slots>),
    /// A class whose `__new__` is called.
    New(PyRef<PyType>, Box<[Plan]>),
    Call(PyObjectRef, Box<[Plan]>),
    /// An object that is referred to again, by this number.
    Share(usize, Box<Plan>),
    /// That object.
    Shared(usize),
}

/// An instance that has its attributes in a dict.
pub(super) struct Instance {
    pub(super) class: PyRef<PyType>,
    pub(super) attributes: Box<[(&'static PyStrInterned, Plan)]>,
}

/// An instance that has its attributes in slots.
pub(super) struct Slots {
    pub(super) class: PyRef<PyType>,
    pub(super) slots: Box<[(Slot, Plan)]>,
}

/// A slot, by its descriptor.
pub(super) struct Slot {
    pub(super) descriptor: PyObjectRef,
    pub(super) set: SetSlot,
}

/// How a descriptor of a certain type sets.
pub(super) type SetSlot =
    fn(&PyObject, PyObjectRef, PySetterValue, &VirtualMachine) -> PyResult<()>;
