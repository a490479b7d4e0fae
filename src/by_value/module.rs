//! Modules: by name if they can be imported, by value if they were made at run time.

use std::collections::HashSet;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyModule, PyStr, PyType},
    pymodule,
};

use super::{ByValue, constructor, loaded_modules, namespace};

/// `(_import_module, (name,))`, or
/// `(_make_module, (namespace[, class]), dict, None, None, _set_module)`.
pub(super) fn reduce(
    by_value: &mut ByValue,
    module: &Py<PyModule>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let ctx = &vm.ctx;
    if let Some(name) = by_value.rule.importable_name(module.as_object(), vm)? {
        let args = ctx.new_tuple(vec![ctx.new_str(name).into()]);
        let import = constructor("_import_module", vm)?;
        return Ok(Some(ctx.new_tuple(vec![import, args.into()]).into()));
    }
    let class = module.class();
    let is_plain = class.is(ctx.types.module_type);
    if !is_plain && has_reducer_of_its_own(class, vm) {
        return Ok(None);
    }
    let dict = module.dict();
    if by_value.rule.is_session_module(module.as_object()) {
        let name = vm.unwrap_or_none(dict.get_item_opt("__name__", vm)?);
        let args = ctx.new_tuple(vec![name]);
        let make = constructor("_make_session_module", vm)?;
        return Ok(Some(ctx.new_tuple(vec![make, args.into()]).into()));
    }
    let namespace = namespace::stand_in_for_module(&mut by_value.namespaces, &dict, vm);
    let mut args = vec![namespace];
    if !is_plain {
        args.push(class.to_owned().into());
    }
    let reduced = vec![
        constructor("_make_module", vm)?,
        ctx.new_tuple(args).into(),
        dict.into(),
        ctx.none(),
        ctx.none(),
        constructor("_set_module", vm)?,
    ];
    Ok(Some(ctx.new_tuple(reduced).into()))
}

fn has_reducer_of_its_own(class: &Py<PyType>, vm: &VirtualMachine) -> bool {
    ["__reduce_ex__", "__reduce__"].into_iter().any(|name| {
        let name = vm.ctx.intern_str(name);
        match (
            class.get_attr(name),
            vm.ctx.types.object_type.get_attr(name),
        ) {
            (Some(own), Some(inherited)) => !own.is(&inherited),
            _ => true,
        }
    })
}

/// The submodules that code reaches through packages, as far as they are loaded: importing a
/// package does not import them.
pub(super) fn submodules(
    by_value: &mut ByValue,
    reached: &[PyObjectRef],
    names: &HashSet<&'static str>,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    let mut submodules = Vec::new();
    for package in reached {
        let Some(package) = package.downcast_ref::<PyModule>() else {
            continue;
        };
        if !package.dict().contains_key("__path__", vm) {
            continue;
        }
        let Some(name) = by_value.rule.importable_name(package.as_object(), vm)? else {
            continue;
        };
        for (key, submodule) in loaded_modules(vm)? {
            let key = key.downcast_ref::<PyStr>().and_then(|key| key.to_str());
            let Some(rest) = key.and_then(|key| key.strip_prefix(&name)?.strip_prefix('.')) else {
                continue;
            };
            if rest.split('.').all(|part| names.contains(part))
                && by_value.is_importable_module(&submodule, vm)?
            {
                submodules.push(submodule);
            }
        }
    }
    Ok(submodules)
}

impl ByValue {
    fn is_importable_module(&mut self, module: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
        let exact = module.class().is(vm.ctx.types.module_type);
        Ok(exact && self.rule.importable_name(module, vm)?.is_some())
    }
}

#[pymodule(sub)]
pub(crate) mod modules {
    use rustpython_vm::{
        AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyModule, PyStr, PyStrRef, PyTypeRef},
        function::OptionalArg,
    };

    use crate::module::new_unpickling_error;
    use crate::unpickler::import_module;

    /// Import a module by its whole name and return it.
    #[pyfunction]
    fn _import_module(name: PyStrRef, vm: &VirtualMachine) -> PyResult {
        import_module(&name, vm)
    }

    /// Make a module with a dict as its own.
    #[pyfunction]
    fn _make_module(
        dict: PyDictRef,
        class: OptionalArg<PyTypeRef>,
        vm: &VirtualMachine,
    ) -> PyResult<PyRef<PyModule>> {
        let name = dict.get_item_opt("__name__", vm)?;
        let name = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>());
        let name = name
            .and_then(|name| name.to_str())
            .unwrap_or("?")
            .to_owned();
        let module = vm.new_module(&name, dict, None);
        if let OptionalArg::Present(class) = class {
            module.as_object().set_attr("__class__", class, vm)?;
        }
        Ok(module)
    }

    /// Make an empty module of a session.
    #[pyfunction]
    fn _make_session_module(name: PyStrRef, vm: &VirtualMachine) -> PyResult<PyRef<PyModule>> {
        match name.to_str() {
            Some(name) => Ok(vm.new_module(name, vm.ctx.new_dict(), None)),
            None => Err(new_unpickling_error(vm, "a module's name has surrogates")),
        }
    }

    /// Do nothing: by the time that a module's dict has been read, the module has it.
    #[pyfunction]
    fn _set_module(_module: PyObjectRef, _dict: PyObjectRef) {}
}
