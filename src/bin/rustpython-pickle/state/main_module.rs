//! The module that a program runs in.

use rustpython_vm::builtins::{PyDictRef, PyModule};
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyResult, VirtualMachine};

/// The scope of the module that is `__main__` now.
pub(crate) fn main_scope(vm: &VirtualMachine) -> PyResult<Scope> {
    Ok(Scope::with_builtins(None, main_dict(vm)?, vm))
}

fn main_dict(vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let main = vm.import("__main__", 0)?;
    match main.downcast_ref::<PyModule>() {
        Some(main) => Ok(main.dict()),
        None => {
            let class = main.class().name().to_string();
            Err(vm.new_type_error(format!("__main__ is no module but a {class}")))
        }
    }
}

/// Makes `__main__` say of itself what a new one does. What a restored one says is about the program that was run
/// before.
pub(super) fn describe_anew(vm: &VirtualMachine) -> PyResult<()> {
    let main = main_dict(vm)?;
    for name in ["__file__", "__cached__", "__path__", "__loader__"] {
        if main.contains_key(name, vm) {
            main.del_item(name, vm)?;
        }
    }
    for name in ["__doc__", "__package__", "__spec__"] {
        main.set_item(name, vm.ctx.none(), vm)?;
    }
    // It sets the loader.
    vm.ensure_main_module().map(drop)
}
