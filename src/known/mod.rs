//! Classes that the standard library has in Python, whose code is known: what it comes to is done here.
//!
//! To call it for each object takes many times as long. Whoever keeps what these modules say of a class keeps the class's
//! version as well: a program may give it methods of its own.

pub(crate) mod decimal;
pub(crate) mod namedtuple;

use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyRef, VirtualMachine, builtins::PyCode,
};

/// A function, or the one that a static or a class method wraps: nothing else, which might run code of its own when it is
/// asked.
fn function_of(object: &PyObject, vm: &VirtualMachine) -> Option<PyObjectRef> {
    let types = &vm.ctx.types;
    let class = object.class();
    let function = if class.is(types.staticmethod_type) || class.is(types.classmethod_type) {
        object.get_attr("__func__", vm).ok()?
    } else {
        object.to_owned()
    };
    function.class().is(types.function_type).then_some(function)
}

/// The code of a function, or of what a method wraps.
fn code_of(object: &PyObject, vm: &VirtualMachine) -> Option<PyRef<PyCode>> {
    let code = function_of(object, vm)?.get_attr("__code__", vm);
    code.ok()?.downcast().ok()
}

/// Whether a function, or what a method wraps, is the one of this name in a module of the standard library.
fn is_standard(function: &PyObject, module: &str, qualname: &str, vm: &VirtualMachine) -> bool {
    code_of(function, vm).is_some_and(|code| {
        let file = code.source_path().as_str();
        // Frozen, it is the module's name.
        let name = file.strip_suffix(".py").unwrap_or(file);
        let mut parts = name.rsplit(['/', '\\']);
        let is_file_of = match parts.next() {
            Some("__init__") => parts.next() == Some(module),
            last => last == Some(module),
        };
        is_file_of && code.qualname.as_bytes() == qualname.as_bytes()
    })
}
