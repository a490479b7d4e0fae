//! How a type gets a method.

use rustpython_vm::{
    Context, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyTuple, PyType, PyTypeRef, descriptor::PyMethodDescriptor},
    common::static_cell::StaticCell,
    function::{IntoFuncArgs, IntoPyNativeFn, ItemDoc, PyMethodDef, PyMethodFlags},
};

pub(super) const REDUCE_DOC: &str =
    "__reduce__($self, /)\n--\n\nHow pickle and copy make the object again.";
pub(super) const REDUCE_EX_DOC: &str =
    "__reduce_ex__($self, protocol, /)\n--\n\nHow pickle and copy make the object again.";
pub(super) const GETSTATE_DOC: &str =
    "__getstate__($self, /)\n--\n\nWhat pickle and copy keep of the object.";
pub(super) const SETSTATE_DOC: &str =
    "__setstate__($self, state, /)\n--\n\nTakes what pickle or copy kept of an object.";
pub(super) const GETNEWARGS_DOC: &str =
    "__getnewargs__($self, /)\n--\n\nThe arguments of __new__ for pickle and copy.";

/// A method that one of our functions is. Its doc string tells it from RustPython's.
pub(super) const fn definition<Kind>(
    name: &'static str,
    function: impl IntoPyNativeFn<Kind>,
    doc: &'static str,
) -> PyMethodDef {
    PyMethodDef::new_const(
        name,
        function,
        PyMethodFlags::METHOD,
        ItemDoc::static_text(doc),
    )
}

/// Gives a type a method, in place of what it has under that name.
pub(super) fn method(class: &'static Py<PyType>, def: &'static PyMethodDef, ctx: &Context) {
    if has_method(class, def, ctx) {
        return;
    }
    let name = ctx.intern_str(def.name);
    keep(class.attributes.get(name));
    class.set_attr(name, def.build_method(ctx, class).into());
    class.modified();
}

/// Gives a type a method that calls the one that it had under that name.
pub(super) fn wrapper(
    class: &'static Py<PyType>,
    def: &'static PyMethodDef,
    original: &Original,
    ctx: &Context,
) {
    if has_method(class, def, ctx) {
        return;
    }
    if let Some(found) = class.attributes.get(ctx.intern_str(def.name)) {
        // If another interpreter is first, it has set the same one.
        let _ = original.0.set(found);
        method(class, def, ctx);
    }
}

/// Takes a method from a type.
pub(super) fn no_method(class: &Py<PyType>, name: &str, ctx: &Context) {
    let name = ctx.intern_str(name);
    if class.attributes.contains(name) {
        class.modified();
        keep(class.attributes.remove(name));
        class.modified();
    }
}

/// Lets a displaced method live on: another thread may have found it just now, and RustPython's
/// caches borrow what they hold.
fn keep(displaced: Option<PyObjectRef>) {
    core::mem::forget(displaced);
}

/// Whether a type has the method itself.
pub(super) fn has_method(class: &Py<PyType>, def: &'static PyMethodDef, ctx: &Context) -> bool {
    let found = class.attributes.get(ctx.intern_str(def.name));
    found
        .as_ref()
        .and_then(|found| found.downcast_ref::<PyMethodDescriptor>())
        .is_some_and(|found| found.method.doc == def.doc)
}

/// The method that a wrapper stands in for.
pub(super) struct Original(pub(super) &'static StaticCell<PyObjectRef>);

impl Original {
    pub(super) fn call(&self, args: impl IntoFuncArgs, vm: &VirtualMachine) -> PyResult {
        match self.0.get() {
            Some(original) => original.call(args, vm),
            None => Err(vm.new_system_error("a wrapper without what it wraps")),
        }
    }
}

/// A native type, which lives as long as the process anyway.
pub(super) fn immortal(class: PyTypeRef) -> &'static Py<PyType> {
    Box::leak(Box::new(class))
}

/// The items of a tuple that has `N` of them.
pub(super) fn items<const N: usize>(tuple: &PyObject) -> Option<&[PyObjectRef; N]> {
    let tuple = tuple.downcast_ref::<PyTuple>()?;
    tuple.as_slice().try_into().ok()
}

/// What an object's `__getstate__` returns (CPython: `_PyObject_GetState`).
pub(super) fn state_of(object: &PyObject, vm: &VirtualMachine) -> PyResult {
    object.get_attr("__getstate__", vm)?.call((), vm)
}
