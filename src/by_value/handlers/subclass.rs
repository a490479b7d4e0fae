//! Instances of subclasses of native classes: as the native class is saved, and then their own
//! attributes. Their `__init__` is not called.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyType,
};

use super::answer::Answer;
use super::{Handle, of_native_class};

/// The native classes for whose subclasses that does.
const BASES: [&str; 14] = [
    "_queue.SimpleQueue",
    "_thread.RLock",
    "_thread._local",
    "itertools.batched",
    "itertools.chain",
    "itertools.compress",
    "itertools.cycle",
    "itertools.dropwhile",
    "itertools.filterfalse",
    "itertools.islice",
    "itertools.repeat",
    "itertools.starmap",
    "itertools.takewhile",
    "weakref.ReferenceType",
];

/// The handler for instances of a class that is written in Python over one of these, unless it has
/// a way of its own to be pickled.
pub(super) fn of_class(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Handle> {
    if has_own_way(class, vm) {
        return None;
    }
    native_base(class).map(|_| Handle::Plain(instance))
}

fn native_base(class: &Py<PyType>) -> Option<rustpython_vm::builtins::PyTypeRef> {
    let bases = class.mro.read();
    let native = bases.iter().find(|base| base.heaptype_ext.is_none())?;
    BASES
        .contains(&&*native.slot_name())
        .then(|| native.clone())
}

/// Whether a class has another way to be pickled than `object` has.
pub(super) fn has_own_way(class: &Py<PyType>, vm: &VirtualMachine) -> bool {
    let names = ["__reduce__", "__reduce_ex__", "__getstate__"];
    names.into_iter().any(|name| {
        let name = vm.ctx.intern_str(name);
        let default = vm.ctx.types.object_type.attributes.get(name);
        match (class.get_attr(name), default) {
            (Some(own), Some(default)) => !own.is(&default),
            _ => false,
        }
    })
}

fn instance(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.class();
    let base = native_base(class);
    let handle = base
        .as_ref()
        .and_then(|base| of_native_class(&base.slot_name()));
    let (Some(base), Some(Handle::Plain(handle))) = (base, handle) else {
        return Err(vm.new_type_error("a class has another base than before"));
    };
    let answer = handle(object, vm)?;
    // `functools.partial(base.__new__, class)` in the place of the class.
    let new = base.as_object().get_attr("__new__", vm)?;
    let partial = vm.import("functools", 0)?.get_attr("partial", vm)?;
    let make = partial.call((new, class.to_owned()), vm)?;
    answer.of_subclass(object, make, state(object, vm)?, vm)
}

/// Attributes and slots, as `object.__getstate__` gives them.
fn state(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let state = vm.call_method(object, "__getstate__", ())?;
    Ok((!vm.is_none(&state)).then_some(state))
}
