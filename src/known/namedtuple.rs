//! `collections.namedtuple`, whose classes have a `__getnewargs__` and a `__new__` in Python.

use rustpython_vm::{
    AsObject as _, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyTuple, PyType},
    bytecode::CodeFlags,
    function::FuncArgs,
};

use super::{code_of, is_standard};

/// Whether what a `__getnewargs__` returns is the items of the tuple.
pub(crate) fn are_items(class: &Py<PyType>, new_args: &PyObject, vm: &VirtualMachine) -> bool {
    let tuple = vm.ctx.types.tuple_type;
    let iter = vm.ctx.intern_str("__iter__");
    class.fast_issubclass(tuple)
        && matches!((class.get_attr(iter), tuple.get_attr(iter)), (Some(own), Some(tuples)) if own.is(&tuples))
        && is_standard(
            new_args,
            "collections",
            "namedtuple.<locals>.__getnewargs__",
            vm,
        )
}

/// How many fields a named tuple has, if its `__new__` makes a tuple of just as many arguments.
pub(crate) fn fields(class: &Py<PyType>, vm: &VirtualMachine) -> Option<usize> {
    let tuple = vm.ctx.types.tuple_type;
    let find = |class: &Py<PyType>, name| class.get_attr(vm.ctx.intern_str(name));
    if !class.class().is(vm.ctx.types.type_type) || !class.fast_issubclass(tuple) {
        return None;
    }
    let make = find(class, "_make")?;
    if !is_standard(&make, "collections", "namedtuple.<locals>._make", vm) {
        return None;
    }
    // `namedtuple` makes it of a text, with globals of its own.
    let new = find(class, "__new__")?;
    let code = code_of(&new, vm)?;
    let [name] = &code.names[..] else {
        return None;
    };
    let is_generated = name.as_bytes() == b"_tuple_new"
        && code.qualname.as_bytes() == b"<lambda>"
        && code.source_path().as_str() == "<string>"
        && !code
            .flags
            .intersects(CodeFlags::VARARGS | CodeFlags::VARKEYWORDS)
        && code.kwonlyarg_count == 0;
    let globals = || -> PyResult { new.get_attr("__func__", vm)?.get_attr("__globals__", vm) };
    let globals = globals().ok()?;
    let tuple_new = globals
        .downcast_ref::<PyDict>()?
        .get_item_opt("_tuple_new", vm)
        .ok()??;
    (is_generated && tuple_new.is(&find(tuple, "__new__")?))
        .then_some(usize::try_from(code.arg_count).ok()?.checked_sub(1)?)
}

/// One of a class that [`fields`] knows, of as many items as it has fields.
pub(crate) fn make(
    class: &Py<PyType>,
    items: &Py<PyTuple>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let Some(new) = vm.ctx.types.tuple_type.slots().new.load() else {
        return Ok(None);
    };
    let args = FuncArgs::from(vec![items.to_owned().into()]);
    new(class.to_owned(), args, vm).map(Some)
}
