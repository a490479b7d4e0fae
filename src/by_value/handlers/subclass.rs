//! Subclasses that are saved as their base is.
//!
//! Instances of those of native classes get their own attributes after that; their `__init__` is
//! not called.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyStr, PyType, PyTypeRef},
};

use super::answer::Answer;
use super::{Handle, descriptors, library, logs, of_native_class, weak};

/// The native classes for whose subclasses that does.
const BASES: [&str; 15] = [
    "_queue.SimpleQueue",
    "_struct.Struct",
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

/// Whether instances of a class that is written in Python have one of these handlers.
pub(super) fn is_handled(class: &Py<PyType>, vm: &VirtualMachine) -> bool {
    of_class(class, vm).is_some() || of_family(class, vm).is_some()
}

/// The handler for instances of a class that is written in Python over one of these, unless it has
/// a way of its own to be pickled.
pub(super) fn of_class(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Handle> {
    if has_own_way(class, vm) {
        return None;
    }
    native_base(class).map(|_| Handle::Plain(instance))
}

fn native_base(class: &Py<PyType>) -> Option<PyTypeRef> {
    let bases = class.mro.read();
    let native = bases.iter().find(|base| base.heaptype_ext.is_none())?;
    BASES
        .contains(&&*native.slot_name())
        .then(|| native.clone())
}

/// The handler for a class written in Python and its subclasses, unless they have a way of their
/// own to be pickled.
pub(super) fn of_family(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Handle> {
    let bases = class.mro.read().clone();
    for base in bases.iter().filter(|base| base.heaptype_ext.is_some()) {
        let module = base.get_attr(vm.ctx.intern_str("__module__"));
        let module = module
            .as_ref()
            .and_then(|module| module.downcast_ref::<PyStr>());
        let module = module
            .and_then(|module| module.to_str())
            .unwrap_or_default();
        let handle = match (module, &*base.name()) {
            // This one has a way of its own.
            ("logging", "Logger") => return Some(Handle::Told(logs::logger)),
            ("functools", "partialmethod") => descriptors::subclass_of_partial_method,
            ("logging", "Handler") => logs::handler,
            ("weakref", "finalize") => weak::subclass_of_finalizer,
            ("json.decoder", "JSONDecoder") => library::json_decoder,
            _ => continue,
        };
        return (!has_own_way(class, vm)).then_some(Handle::Plain(handle));
    }
    None
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

/// An instance without attributes of a class written in Python, past a `__new__` that is as well.
pub(super) fn new_object(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.class();
    let new = class.get_attr(vm.ctx.intern_str("__new__"));
    let default = vm
        .ctx
        .types
        .object_type
        .get_attr(vm.ctx.intern_str("__new__"));
    let args = vec![class.to_owned().into()];
    match (new, default) {
        (Some(new), Some(default)) if new.is(&default) => {
            let new_object = vm.import("copyreg", 0)?.get_attr("__newobj__", vm)?;
            Ok(Answer::call(new_object, args))
        }
        _ => Answer::ours("_make_object", args, vm),
    }
}
