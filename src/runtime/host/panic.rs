//! Panics of host code, as Python exceptions.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rustpython_vm::{
    Py, PyResult, VirtualMachine,
    builtins::{PyBaseException, PyBaseExceptionRef, PyType},
    class::{PyClassImpl as _, StaticType as _},
    pyclass, pyexception,
    types::Constructor,
    vm::thread::get_current_frame,
};

/// What a host function that panicked raises. No `except Exception` catches it, for a panic is a
/// bug of the host's and not a condition that programs deal with.
#[pyexception(name = "HostPanic", module = "rustpython_pickle", base = PyBaseException)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyHostPanic(PyBaseException);

#[pyexception]
impl PyHostPanic {}

/// The type of the exception.
pub(in crate::runtime) fn host_panic() -> &'static Py<PyType> {
    match PyHostPanic::static_cell().get() {
        Some(class) => class,
        None => {
            drop(PyHostPanic::make_static_type());
            PyHostPanic::static_type()
        }
    }
}

/// Runs host code that Python called; a panic becomes an exception.
///
/// It ends at the innermost call from Python, so that no frame of the interpreter is unwound.
pub(in crate::runtime) fn catch<R>(
    name: &str,
    vm: &VirtualMachine,
    run: impl FnOnce() -> PyResult<R>,
) -> PyResult<R> {
    let frame = get_current_frame();
    // The host's state may be half changed, as in any function that may be called again after a
    // panic; the interpreter's is not, if it was not in the middle of anything.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        if get_current_frame() != frame {
            // RustPython has panicked in Python code that the host called in turn, which `Runtime` has
            // to deal with.
            resume_unwind(panic);
        }
        Err(raised(name, &*panic, vm))
    })
}

fn raised(name: &str, panic: &(dyn Any + Send), vm: &VirtualMachine) -> PyBaseExceptionRef {
    let message = format!("{name} panicked: {}", message(panic));
    vm.new_exception_msg(host_panic().to_owned(), message.into())
}

/// The text of a panic.
pub(in crate::runtime) fn message(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "with something that is no text"
    }
}
