//! Functions, and which of the other kinds around them is whose.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyFunction, PyModule, PyStr, PyTuple},
    pymodule,
};

use super::{ByValue, annotations, cell, code, constructor, lru_cache, method, module, namespace};

pub(super) fn reduce(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let class = object.class();
    let types = &vm.ctx.types;
    if let Some(function) = object.downcast_ref_if_exact::<PyFunction>(vm) {
        if by_value.rule.is_importable(object, vm)? {
            return Ok(None);
        }
        return reduce_function(by_value, function, vm).map(Some);
    }
    if let Some(code) = object.downcast_ref_if_exact::<PyCode>(vm) {
        by_value.note_source(code, vm)?;
        return code::reduce(code, vm).map(Some);
    }
    if class.is(types.cell_type) {
        return cell::reduce(object, vm).map(Some);
    }
    if let Some(module) = object.downcast_ref::<PyModule>() {
        return module::reduce(by_value, module, vm);
    }
    if class.is(types.bound_method_type) {
        return method::reduce_bound(object, vm).map(Some);
    }
    lru_cache::reduce(by_value, object, vm)
}

/// `(_make_function, (code, namespace, closure), (dict, attributes), None, None, _set_function)`.
fn reduce_function(
    by_value: &mut ByValue,
    function: &Py<PyFunction>,
    vm: &VirtualMachine,
) -> PyResult {
    let ctx = &vm.ctx;
    let function = function.as_object();
    let get = |name: &'static str| function.get_attr(name, vm);
    let given = |name: &'static str| get(name).map(|value| Some(value).filter(|v| !vm.is_none(v)));

    let code = get("__code__")?;
    let globals = get("__globals__")?;
    let (Some(code_object), Some(globals)) = (
        code.downcast_ref::<PyCode>(),
        globals.downcast_ref::<PyDict>(),
    ) else {
        return Err(vm.new_type_error("a function without code or globals"));
    };
    let closure = get("__closure__")?;
    let evaluated = annotations::evaluated(function, vm)?;
    let annotate = given("__annotate__")?;

    let attributes = ctx.new_dict();
    let set = |name: &'static str, value: Option<PyObjectRef>| match value {
        Some(value) => attributes.set_item(name, value, vm),
        None => Ok(()),
    };
    let name = get("__name__")?;
    if !same_text(&name, code_object.obj_name.as_object()) {
        set("__name__", Some(name))?;
    }
    let qualname = get("__qualname__")?;
    if !same_text(&qualname, code_object.qualname.as_object()) {
        set("__qualname__", Some(qualname))?;
    }
    let module = get("__module__")?;
    // A new dict of globals has a name from the start if that is a string.
    let module_of_globals = globals.inner_getitem_opt("__name__", vm)?;
    let module_of_globals = module_of_globals.filter(|name| name.class().is(vm.ctx.types.str_type));
    let module_of_globals = vm.unwrap_or_none(module_of_globals);
    if !same_text(&module, &module_of_globals) {
        set("__module__", Some(module))?;
    }
    let doc = get("__doc__")?;
    if !doc.is(&doc_of_code(code_object, vm)) {
        set("__doc__", Some(doc))?;
    }
    set("__defaults__", given("__defaults__")?)?;
    set("__kwdefaults__", given("__kwdefaults__")?)?;
    let type_params = get("__type_params__")?;
    if type_params.length(vm)? > 0 {
        set("__type_params__", Some(type_params))?;
    }

    let mut args = vec![
        code.clone(),
        namespace::stand_in(globals, get("__builtins__")?, vm),
        closure.clone(),
    ];
    match (annotate, evaluated) {
        // To set one takes the other away.
        (Some(annotate), Some(evaluated)) => args.extend([annotate, evaluated]),
        (annotate, evaluated) => {
            set("__annotate__", annotate)?;
            set("__annotations__", evaluated)?;
        }
    }

    let (named, submodules) = globals_named(by_value, code_object, globals, &closure, vm)?;
    set("__globals__", named.map(Into::into))?;
    if !submodules.is_empty() {
        set("__submodules__", Some(ctx.new_list(submodules).into()))?;
    }

    let dict = get("__dict__")?;
    let dict = match dict.length(vm)? {
        0 => ctx.none(),
        _ => dict,
    };
    let mut reduced = vec![
        constructor("_make_function", vm)?,
        ctx.new_tuple(args).into(),
    ];
    if !vm.is_none(&dict) || !attributes.is_empty() {
        let state = ctx.new_tuple(vec![dict, attributes.clone().into()]);
        reduced.extend([
            state.into(),
            ctx.none(),
            ctx.none(),
            constructor("_set_function", vm)?,
        ]);
    }
    Ok(ctx.new_tuple(reduced).into())
}

/// The docstring that a new function gets from its code.
fn doc_of_code(code: &PyCode, vm: &VirtualMachine) -> PyObjectRef {
    use rustpython_vm::bytecode::CodeFlags;
    let has_doc = code.flags.contains(CodeFlags::HAS_DOCSTRING);
    let first = code.constants.first().filter(|_| has_doc);
    first.map_or_else(|| vm.ctx.none(), |first| first.clone().into())
}

/// Whether two objects are equal strings, or the same.
fn same_text(a: &PyObject, b: &PyObject) -> bool {
    match (a.downcast_ref::<PyStr>(), b.downcast_ref::<PyStr>()) {
        (Some(a), Some(b)) => a.class().is(b.class()) && a.as_bytes() == b.as_bytes(),
        _ => a.is(b),
    }
}

/// The globals that a function's code names, as far as there are such, in a dict of their own;
/// and the submodules that it reaches through a package among them.
fn globals_named(
    by_value: &mut ByValue,
    code: &Py<PyCode>,
    globals: &Py<PyDict>,
    closure: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<(Option<PyDictRef>, Vec<PyObjectRef>)> {
    let used = by_value.namespaces.names_used(code);
    let named = vm.ctx.new_dict();
    let mut reached = Vec::new();
    let own = by_value.namespaces.is_whole(globals.as_object())
        || namespace::reference(&mut by_value.rule, globals, vm)?.is_some();
    for name in &used.globals {
        // What a subclass of dict does about missing names is for the code that runs.
        if let Some(value) = globals.inner_getitem_opt(*name, vm)? {
            reached.push(value.clone());
            if !own {
                named.set_item(*name, value, vm)?;
            }
        }
    }
    if let Some(cells) = closure.downcast_ref::<PyTuple>() {
        for cell in cells.as_slice() {
            reached.extend(cell.get_attr("cell_contents", vm).ok());
        }
    }
    let submodules = module::submodules(by_value, &reached, &used.all, vm)?;
    Ok((Some(named).filter(|named| !named.is_empty()), submodules))
}

#[pymodule(sub)]
pub(crate) mod functions {
    use rustpython_vm::{
        AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
        builtins::{PyCode, PyDictRef, PyFunction, PyStr, PyTupleRef},
        function::{FuncArgs, OptionalArg},
    };

    use super::super::{annotations, code, pair};
    use crate::module::new_unpickling_error;

    /// What a state may set; the rest is made with the function.
    const ATTRIBUTES: [&str; 9] = [
        "__annotate__",
        "__annotations__",
        "__defaults__",
        "__doc__",
        "__kwdefaults__",
        "__module__",
        "__name__",
        "__qualname__",
        "__type_params__",
    ];

    /// Make a code object, from source if its bytecode is of another version.
    #[pyfunction]
    fn _make_code(args: code::CodeArgs, vm: &VirtualMachine) -> PyResult<PyRef<PyCode>> {
        code::make(args, vm)
    }

    /// Make a function without defaults and attributes.
    #[pyfunction]
    fn _make_function(
        code: PyRef<PyCode>,
        globals: PyDictRef,
        closure: Option<PyTupleRef>,
        annotate: OptionalArg<PyObjectRef>,
        evaluated: OptionalArg<PyDictRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let function_type = vm.ctx.types.function_type.as_object();
        let mut args = FuncArgs::from(vec![code.into(), globals.into()]);
        if let Some(closure) = closure {
            args.kwargs.insert("closure".into(), closure.into());
        }
        let function = function_type.call(args, vm)?;
        if let (OptionalArg::Present(annotate), OptionalArg::Present(evaluated)) =
            (annotate, evaluated)
        {
            annotations::set_both(&function, annotate, evaluated, vm)?;
        }
        Ok(function)
    }

    /// Give a function its globals, attributes and defaults.
    #[pyfunction]
    fn _set_function(
        function: PyRef<PyFunction>,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let (dict, attributes) = pair::<Option<PyDictRef>>(&state, vm)?;
        let function = function.as_object();
        if let Some(dict) = dict {
            let own = function.get_attr("__dict__", vm)?;
            vm.call_method(&own, "update", (dict,))?;
        }
        for (name, value) in attributes.items_vec() {
            let Some(name) = name.downcast_ref::<PyStr>() else {
                return Err(new_unpickling_error(
                    vm,
                    "a function's attribute without a name",
                ));
            };
            match name.to_str() {
                Some("__globals__") => {
                    let globals = function.get_attr("__globals__", vm)?;
                    vm.call_method(&globals, "update", (value,))?;
                }
                // It is enough that they have been imported.
                Some("__submodules__") => {}
                Some(known) if ATTRIBUTES.contains(&known) => function.set_attr(name, value, vm)?,
                _ => {
                    let message = format!("a function has no {}", name.to_string_lossy());
                    return Err(new_unpickling_error(vm, message));
                }
            }
        }
        Ok(())
    }
}
