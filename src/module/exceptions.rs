//! The exceptions.
//!
//! Their types are static, as RustPython's own are: interpreters share them, and none owns them.

use rustpython_vm::{
    VirtualMachine,
    builtins::{PyBaseExceptionRef, PyException, PyTypeRef},
    common::wtf8::Wtf8Buf,
    pyclass, pyexception,
    types::Constructor,
};

use super::class::class_of;

#[pyexception(name = "PickleError", module = "_pickle", base = PyException)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyPickleError(PyException);

#[pyexception]
impl PyPickleError {}

#[pyexception(name = "PicklingError", module = "_pickle", base = PyPickleError)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyPicklingError(PyPickleError);

#[pyexception]
impl PyPicklingError {}

#[pyexception(name = "UnpicklingError", module = "_pickle", base = PyPickleError)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyUnpicklingError(PyPickleError);

#[pyexception]
impl PyUnpicklingError {}

#[pyexception(name = "ForbiddenError", module = "rustpython_pickle", base = PyUnpicklingError)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyForbiddenError(PyUnpicklingError);

#[pyexception]
impl PyForbiddenError {}

#[pyexception(name = "LimitError", module = "rustpython_pickle", base = PyUnpicklingError)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyLimitError(PyUnpicklingError);

#[pyexception]
impl PyLimitError {}

/// The base of the two others.
pub(crate) fn pickle_error(_vm: &VirtualMachine) -> PyTypeRef {
    class_of::<PyPickleError>().to_owned()
}

/// What is raised when an object can't be pickled.
pub(crate) fn pickling_error(_vm: &VirtualMachine) -> PyTypeRef {
    class_of::<PyPickleError>();
    class_of::<PyPicklingError>().to_owned()
}

/// What is raised when a pickle can't be loaded.
pub(crate) fn unpickling_error(_vm: &VirtualMachine) -> PyTypeRef {
    class_of::<PyPickleError>();
    class_of::<PyUnpicklingError>().to_owned()
}

/// What is raised when a policy refuses something.
pub(crate) fn forbidden_error(vm: &VirtualMachine) -> PyTypeRef {
    unpickling_error(vm);
    class_of::<PyForbiddenError>().to_owned()
}

/// What is raised when a limit is exceeded.
pub(crate) fn limit_error(vm: &VirtualMachine) -> PyTypeRef {
    unpickling_error(vm);
    class_of::<PyLimitError>().to_owned()
}

/// A `PicklingError`.
pub(crate) fn new_pickling_error(
    vm: &VirtualMachine,
    message: impl Into<Wtf8Buf>,
) -> PyBaseExceptionRef {
    vm.new_exception_msg(pickling_error(vm), message.into())
}

/// An `UnpicklingError`.
pub(crate) fn new_unpickling_error(
    vm: &VirtualMachine,
    message: impl Into<Wtf8Buf>,
) -> PyBaseExceptionRef {
    vm.new_exception_msg(unpickling_error(vm), message.into())
}
