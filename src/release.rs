//! Dropping graphs of objects without recursion.

use rustpython_vm::{PyObject, PyObjectRef, builtins::PyFrozenSet};

/// Drops an object and all that only it holds, however deep, without recursion on the native stack.
///
/// RustPython drops the parts of some kinds of objects by recursion: ten thousand nested frozensets
/// overflow a stack of 2 MiB. An unlimited load can make such objects, and Python code can. Finalizers run
/// as they would.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// // A hundred thousand frozensets, each in the next.
/// let (marks, frozensets) = (b"(".repeat(100_000), b"\x91".repeat(100_000));
/// let pickle = [&marks[..], &frozensets, b"."].concat();
/// let object = rustpython_pickle::loads(&pickle, vm)?;
/// rustpython_pickle::release(object);
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// ```
pub fn release(object: PyObjectRef) {
    release_all(vec![object]);
}

pub(crate) fn release_all(mut objects: Vec<PyObjectRef>) {
    while let Some(object) = objects.pop() {
        // Parts that are held here outlive their whole, so that dropping it drops nothing else. What
        // others hold as well lives on, and so do its parts.
        if object.strong_count() == 1 {
            objects.extend(parts(&object));
        }
        drop(object);
    }
}

/// What an object holds: what the garbage collector is shown, and the items of a frozenset, which it is not.
pub(crate) fn parts(object: &PyObject) -> Vec<PyObjectRef> {
    let mut parts = object.gc_get_referents();
    if let Some(set) = object.downcast_ref::<PyFrozenSet>() {
        parts.extend(set.elements());
    }
    parts
}
