//! Objects that each process has one of: by reference.

use rustpython_vm::{AsObject, PyObject, PyResult, VirtualMachine};

use super::answer::Answer;

const OF_THE_PROCESS: &str = "that of the process";

/// `os.environ` and `os.environb`.
pub(super) fn environment(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let os = vm.import("os", 0)?;
    for name in ["environ", "environb"] {
        let found = vm.get_attribute_opt(&os, name)?;
        if found.is_some_and(|found| found.is(object)) {
            return Ok(Answer::by_name(name).with_note(OF_THE_PROCESS));
        }
    }
    own_way(object, vm)
}

/// `sys.flags`, `sys.version_info` and the like.
pub(super) fn of_sys(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.class().to_owned();
    let name = class.slot_name().rsplit('.').next().map(str::to_owned);
    if let Some(name) = name {
        let found =
            vm.get_attribute_opt(vm.sys_module.as_object(), &vm.ctx.new_str(name.as_str()))?;
        if found.is_some_and(|found| found.is(object)) {
            return Ok(Answer::by_name(name).with_note(OF_THE_PROCESS));
        }
    }
    own_way(object, vm)
}

fn own_way(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let reduced = vm.call_method(object, "__reduce_ex__", (4,))?;
    Ok(Answer::given(reduced))
}
