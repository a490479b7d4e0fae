//! `collections.namedtuple`, whose classes have a `__getnewargs__` and a `__new__` in Python.

use rustpython_vm::{
    AsObject as _, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyTuple, PyType},
    bytecode::CodeFlags,
    function::FuncArgs,
};

use super::{code_of, function_of, is_standard};

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
    // Where `namedtuple` has put its `_make` there is its `__new__` as well, unless a program has put another one there.
    let of = class
        .mro_map_collect(ToOwned::to_owned)
        .into_iter()
        .find(|base| {
            let make = base.attributes.get(vm.ctx.intern_str("_make"));
            make.is_some_and(|make| {
                is_standard(&make, "collections", "namedtuple.<locals>._make", vm)
            })
        })?;
    let new = find(class, "__new__")?;
    let own = of.attributes.get(vm.ctx.intern_str("__new__"))?;
    if !new.is(&own) {
        return None;
    }
    // It is made of a text, with globals of its own.
    let code = code_of(&new, vm)?;
    let function = function_of(&new, vm)?;
    let attribute = |name| function.get_attr(name, vm).ok();
    let doc = attribute("__doc__")?.downcast::<PyStr>().ok()?;
    let globals = attribute("__globals__")?.downcast::<PyDict>().ok()?;
    let tuple_new = globals.get_item_opt("_tuple_new", vm).ok()??;
    let is_generated = matches!(&code.names[..], [name] if name.as_bytes() == b"_tuple_new")
        && doc.as_bytes().starts_with(b"Create new instance of ")
        && code.qualname.as_bytes() == b"<lambda>"
        && code.source_path().as_str() == "<string>"
        && !code
            .flags
            .intersects(CodeFlags::VARARGS | CodeFlags::VARKEYWORDS)
        && code.kwonlyarg_count == 0
        && tuple_new.is(&find(tuple, "__new__")?);
    let arguments = usize::try_from(code.arg_count).ok()?;
    is_generated.then_some(arguments.checked_sub(1)?)
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
