//! Objects that each process has one of: by reference.

use rustpython_vm::{AsObject, PyObject, PyResult, VirtualMachine, pymodule};

use super::answer::Answer;

const OF_THE_PROCESS: &str = "that of the process";

/// `os.environ` and `os.environb`.
pub(super) fn environment(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let os = vm.import("os", 0)?;
    for name in ["environ", "environb"] {
        let found = vm.get_attribute_opt(&os, name)?;
        if found.is_some_and(|found| found.is(object)) {
            return of_module("os", name, vm);
        }
    }
    own_way(object, vm)
}

/// `sys.implementation`; others of its class go their own way.
pub(super) fn namespace(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let implementation = vm.sys_module.get_attr("implementation", vm)?;
    match implementation.is(object) {
        true => of_module("sys", "implementation", vm),
        false => own_way(object, vm),
    }
}

/// `sys.flags`, `sys.version_info` and the like.
pub(super) fn of_sys(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.class().to_owned();
    let name = class.slot_name().rsplit('.').next().map(str::to_owned);
    if let Some(name) = name {
        let found =
            vm.get_attribute_opt(vm.sys_module.as_object(), &vm.ctx.new_str(name.as_str()))?;
        if found.is_some_and(|found| found.is(object)) {
            return of_module("sys", &name, vm);
        }
    }
    own_way(object, vm)
}

/// The generator behind the functions of the module random; others go their own way.
pub(super) fn random(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let own = vm.import("random", 0)?.get_attr("_inst", vm)?;
    match own.is(object) {
        true => of_module("random", "_inst", vm),
        false => own_way(object, vm),
    }
}

fn of_module(module: &str, name: &str, vm: &VirtualMachine) -> PyResult<Answer> {
    let args = [module, name].map(|name| vm.ctx.new_str(name).into());
    Ok(Answer::ours("_of_module", args.into(), vm)?.with_note(OF_THE_PROCESS))
}

fn own_way(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let reduced = vm.call_method(object, "__reduce_ex__", (4,))?;
    Ok(Answer::given(reduced).unrecorded())
}

#[pymodule(sub)]
pub(crate) mod of_modules {
    use rustpython_vm::{PyResult, VirtualMachine, builtins::PyStrRef};

    /// Return an attribute of a module.
    #[pyfunction]
    fn _of_module(module: PyStrRef, name: PyStrRef, vm: &VirtualMachine) -> PyResult {
        vm.import(&*module, 0)?.get_attr(&*name, vm)
    }
}
