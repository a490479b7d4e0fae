//! Functions that a host gives to `__main__`. Pickles name them: the host of the runtime that loads has its own.

use rustpython_vm::{
    Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyModule},
    pymodule,
};

/// Where the Python module keeps them: a dict from names.
const ATTRIBUTE: &str = "_host_functions";

/// Where it keeps all that the host has put into `__main__`, functions and values: another dict from names.
const GLOBALS: &str = "_host_globals";

pub(crate) fn init(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    module.set_attr(ATTRIBUTE, vm.ctx.new_dict(), vm)?;
    module.set_attr(GLOBALS, vm.ctx.new_dict(), vm)
}

/// Remembers a function that the host has given to `__main__`.
#[cfg_attr(
    not(feature = "stdlib"),
    expect(dead_code, reason = "only runtimes have such functions")
)]
pub(crate) fn register(name: &str, function: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    functions(vm)?.set_item(name, function, vm)
}

/// Remembers something that the host has put into `__main__`.
#[cfg_attr(
    not(feature = "stdlib"),
    expect(dead_code, reason = "only runtimes have such globals")
)]
pub(crate) fn register_global(name: &str, value: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    dict(GLOBALS, vm)?.set_item(name, value, vm)
}

/// Puts into a new `__main__` what the host has put into the one before, where it has nothing of that name.
#[cfg_attr(
    not(feature = "snapshot"),
    expect(dead_code, reason = "only snapshots replace modules")
)]
pub(crate) fn put_back(main: &PyDictRef, vm: &VirtualMachine) -> PyResult<()> {
    for (name, value) in dict(GLOBALS, vm)?.items_vec() {
        if !main.contains_key(&*name, vm) {
            main.set_item(&*name, value, vm)?;
        }
    }
    Ok(())
}

fn functions(vm: &VirtualMachine) -> PyResult<PyDictRef> {
    dict(ATTRIBUTE, vm)
}

fn dict(name: &'static str, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let found = vm.import("rustpython_pickle", 0)?.get_attr(name, vm)?;
    found
        .downcast::<PyDict>()
        .map_err(|_| vm.new_runtime_error("rustpython_pickle has lost the host's functions"))
}

#[pymodule(sub)]
pub(crate) mod host_functions {
    use rustpython_vm::{PyResult, VirtualMachine, builtins::PyStrRef};

    /// Return the function that the host has given to `__main__` under a name.
    #[pyfunction]
    fn _host_function(name: PyStrRef, vm: &VirtualMachine) -> PyResult {
        match super::functions(vm)?.get_item_opt(&*name, vm)? {
            Some(function) => Ok(function),
            None => {
                let name = name.to_string_lossy();
                Err(vm.new_lookup_error(format!("the host has no function {name}()")))
            }
        }
    }
}
