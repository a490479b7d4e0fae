//! The modules that a program has registered for by-value, in each interpreter its own.

use rustpython_vm::{
    Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyModule, PySet, PyStr},
    pymodule,
};

use super::rule::loaded_module;

/// Where the Python module keeps the set of their names.
const ATTRIBUTE: &str = "_modules_by_value";

/// The names of the modules that are registered.
pub(crate) fn registered_modules(vm: &VirtualMachine) -> PyResult<Vec<String>> {
    let Some(set) = set(vm)? else {
        return Ok(Vec::new());
    };
    let names = set.elements();
    let names = names
        .iter()
        .filter_map(|name| name.downcast_ref::<PyStr>()?.to_str());
    Ok(names.map(str::to_owned).collect())
}

/// The set itself; `None` before the Python module has been imported.
fn set(vm: &VirtualMachine) -> PyResult<Option<PyRef<PySet>>> {
    let Some(module) = loaded_module("rustpython_pickle", vm)? else {
        return Ok(None);
    };
    let set = vm.get_attribute_opt(&module, ATTRIBUTE)?;
    Ok(set.and_then(|set| set.downcast::<PySet>().ok()))
}

fn set_for_change(vm: &VirtualMachine) -> PyResult<PyRef<PySet>> {
    set(vm)?.ok_or_else(|| vm.new_runtime_error("rustpython_pickle has lost its registry"))
}

/// The name of a module that may be registered.
fn name_of(module: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    let Some(module) = module.downcast_ref::<PyModule>() else {
        let class = module.class().name().to_string();
        return Err(vm.new_value_error(format!("a module is needed, not {class}")));
    };
    module.get_attr("__name__", vm)
}

pub(crate) fn init(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    module.set_attr(ATTRIBUTE, PySet::default().into_ref(&vm.ctx), vm)
}

#[pymodule(sub)]
pub(crate) mod registered {
    use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

    use super::{name_of, set_for_change};
    use crate::unpickler::get_item_opt;

    /// Pickle what lives in a module by value from now on, as if nobody could import it.
    ///
    /// The same goes for its submodules. This is of use where the other process has not got the
    /// module, or an older version of it.
    #[pyfunction]
    fn register_pickle_by_value(module: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let name = name_of(&module, vm)?;
        let modules = vm.sys_module.get_attr("modules", vm)?;
        if get_item_opt(&modules, &name, vm)?.is_none() {
            let module = module.repr(vm)?;
            let message = format!("{module} is not in sys.modules: has it been imported?");
            return Err(vm.new_value_error(message));
        }
        set_for_change(vm)?.add(name, vm)
    }

    /// Pickle what lives in a module by reference again.
    #[pyfunction]
    fn unregister_pickle_by_value(module: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let name = name_of(&module, vm)?;
        let set = set_for_change(vm)?;
        if !set.contains(&name, vm)? {
            let module = module.repr(vm)?;
            return Err(vm.new_value_error(format!("{module} is not registered for by-value")));
        }
        set.discard(name, vm)
    }

    /// Return the names of the modules that are registered for by-value, as a new set.
    #[pyfunction]
    fn list_registry_pickle_by_value(vm: &VirtualMachine) -> PyResult {
        vm.call_method(set_for_change(vm)?.as_object(), "copy", ())
    }
}
