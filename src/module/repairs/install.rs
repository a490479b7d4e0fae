//! How a type gets a method.

use rustpython_vm::{
    Context, Py,
    builtins::{PyType, PyTypeRef, descriptor::PyMethodDescriptor},
    function::PyMethodDef,
};

/// Gives a type a method, in place of what it has under that name.
///
/// The definition has to be a static, whose address tells whether the type has the method.
pub(super) fn method(class: &'static Py<PyType>, def: &'static PyMethodDef, ctx: &Context) {
    let name = ctx.intern_str(def.name);
    if !has_method(class, def, ctx) {
        class.set_attr(name, def.build_method(ctx, class).into());
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

/// A native type, which lives as long as the process anyway.
pub(super) fn immortal(class: PyTypeRef) -> &'static Py<PyType> {
    Box::leak(Box::new(class))
}
