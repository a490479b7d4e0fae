//! The source of code that came from no file.

use rustpython_vm::{
    PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyTuple},
};

/// Keeps the source of a file name, for tracebacks and for `inspect.getsource`.
///
/// It goes where `linecache` looks first, with no time of change, so that it stays.
pub(crate) fn register(vm: &VirtualMachine, filename: &str, text: &str) -> PyResult<()> {
    let lines = text.split_inclusive('\n').map(|line| {
        let mut line = line.to_owned();
        if !line.ends_with('\n') {
            line.push('\n');
        }
        PyObjectRef::from(vm.ctx.new_str(line))
    });
    let lines = vm.ctx.new_list(lines.collect());
    let entry = vm.ctx.new_tuple(vec![
        vm.ctx.new_int(text.len()).into(),
        vm.ctx.none(),
        lines.into(),
        vm.ctx.new_str(filename).into(),
    ]);
    let filename = vm.ctx.new_str(filename);
    cache(vm)?.set_item(&*filename, entry.into(), vm)
}

/// Forgets the source again.
pub(crate) fn forget(vm: &VirtualMachine, filename: &str) -> PyResult<()> {
    let filename = vm.ctx.new_str(filename);
    let forgotten = vm.call_method(&*cache(vm)?, "pop", (filename, vm.ctx.none()));
    forgotten.map(drop)
}

fn cache(vm: &VirtualMachine) -> PyResult {
    vm.import("linecache", 0)?.get_attr("cache", vm)
}

/// Whether functions, classes or generators may live on that come from this code.
pub(super) fn has_inner_code(code: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let constants = code.get_attr("co_consts", vm)?;
    let Some(constants) = constants.downcast_ref::<PyTuple>() else {
        return Ok(true);
    };
    let mut constants = constants.as_slice().iter();
    Ok(constants.any(|constant| constant.downcast_ref::<PyCode>().is_some()))
}
