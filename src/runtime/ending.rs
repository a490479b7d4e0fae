//! The end of an interpreter.

use rustpython_vm::{
    AsObject as _, Interpreter, VirtualMachine,
    builtins::{PyType, PyTypeRef, descriptor::PyMemberDescriptor},
    types::PyTypeFlags,
};

/// Ends an interpreter as `python` does at its exit, and lets go of what it leaves.
pub(super) fn end(interpreter: Interpreter) {
    let classes = interpreter.enter(classes_with_slots);
    #[cfg(feature = "threading")]
    let rest = interpreter.enter(VirtualMachine::new_thread);
    interpreter.finalize(None);
    // RustPython's collector does not see that the descriptor of a slot refers to its class, so that
    // such a class is never freed, and with it all that its methods refer to: their whole module.
    // Nobody needs the class any more when all modules have been cleared.
    clear(classes);
    // Without threads there is no other machine to collect with; the next runtime does it.
    #[cfg(feature = "threading")]
    rest.run(|vm| vm.state.gc.collect_force(2));
}

/// The classes of this interpreter that have `__slots__`.
fn classes_with_slots(vm: &VirtualMachine) -> Vec<PyTypeRef> {
    let objects = vm.state.gc.get_objects(None).into_iter();
    let classes = objects.filter_map(|object| object.downcast::<PyType>().ok());
    let classes = classes.filter(|class| class.slots().flags.has_feature(PyTypeFlags::HEAPTYPE));
    classes.filter(has_slots).collect()
}

/// Whether a class itself has them; its bases may be another's.
fn has_slots(class: &PyTypeRef) -> bool {
    let mut entries = class.attributes.entries().into_iter();
    entries.any(|(_, value)| {
        let slot = value.downcast_ref::<PyMemberDescriptor>();
        slot.is_some_and(|slot| slot.common.typ.is(class))
    })
}

fn clear(classes: Vec<PyTypeRef>) {
    for class in classes {
        // First, for there are caches that hold attributes without owning them.
        class.modified();
        if let Some(namespace) = class.attributes.as_dict() {
            namespace.clear();
        }
    }
}
