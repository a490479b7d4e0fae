//! The types of our payloads.

use rustpython_vm::{
    Py,
    builtins::PyType,
    class::{PyClassImpl, StaticType},
};

/// The type of a payload, made when it is first asked for.
///
/// The types that RustPython's derive makes exist only once their module has been
/// imported; Rust programs pickle without that.
#[inline]
pub(crate) fn class_of<T: PyClassImpl + StaticType>() -> &'static Py<PyType> {
    match T::static_cell().get() {
        Some(class) => class,
        None => {
            drop(T::make_static_type());
            T::static_type()
        }
    }
}
