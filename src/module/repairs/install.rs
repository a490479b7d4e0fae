//! How a type gets a method.

use rustpython_vm::{
    Context, Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyType, PyTypeRef, descriptor::PyMethodDescriptor},
    common::static_cell::StaticCell,
    function::{IntoFuncArgs, PyMethodDef},
};

/// Gives a type a method, in place of what it has under that name.
///
/// The definition has to be a static, whose address tells whether the type has the method.
pub(super) fn method(class: &'static Py<PyType>, def: &'static PyMethodDef, ctx: &Context) {
    if !has_method(class, def, ctx) {
        let method = def.build_method(ctx, class);
        class.set_attr(ctx.intern_str(def.name), method.into());
    }
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
        class.attributes.remove(name);
    }
}

/// Whether a type has the method itself.
pub(super) fn has_method(class: &Py<PyType>, def: &'static PyMethodDef, ctx: &Context) -> bool {
    let found = class.attributes.get(ctx.intern_str(def.name));
    found
        .as_ref()
        .and_then(|found| found.downcast_ref::<PyMethodDescriptor>())
        .is_some_and(|found| core::ptr::eq(found.method, def))
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

/// What an object's `__getstate__` returns (CPython: `_PyObject_GetState`).
pub(super) fn state_of(object: &rustpython_vm::PyObject, vm: &VirtualMachine) -> PyResult {
    object.get_attr("__getstate__", vm)?.call((), vm)
}
