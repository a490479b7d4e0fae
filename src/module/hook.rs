//! Methods that a subclass may override and an instance may replace.

use rustpython_vm::{AsObject, Py, PyObject, VirtualMachine, builtins::PyType};

/// Whether an object may answer to `name` with something else than the method of `base`.
pub(super) fn may_be_overridden(
    object: &PyObject,
    base: &Py<PyType>,
    name: &'static str,
    vm: &VirtualMachine,
) -> bool {
    let class = object.class();
    if class.is(base) {
        return false;
    }
    // A `__getattribute__` or `__getattr__` of the subclass's own can answer anything.
    match (class.slots().getattro.load(), base.slots().getattro.load()) {
        (Some(own), Some(inherited)) if core::ptr::fn_addr_eq(own, inherited) => {}
        _ => return true,
    }
    let name = vm.ctx.intern_str(name);
    match (class.get_attr(name), base.get_attr(name)) {
        (Some(own), Some(inherited)) if own.is(&inherited) => {}
        (None, None) => {}
        _ => return true,
    }
    object
        .dict()
        .is_some_and(|attributes| attributes.contains_key(name, vm))
}
