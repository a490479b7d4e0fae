//! The texts of sources as Python's `linecache` has them, where tracebacks look.

use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyStr};

use super::rule::loaded_module;
use crate::unpickler::get_item_opt;

/// Puts a text there with no time of change, so that it stays.
pub(super) fn put(filename: &str, text: &str, vm: &VirtualMachine) -> PyResult<()> {
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

pub(super) fn remove(filename: &str, vm: &VirtualMachine) -> PyResult<()> {
    let filename = vm.ctx.new_str(filename);
    let removed = vm.call_method(&*cache(vm)?, "pop", (filename, vm.ctx.none()));
    removed.map(drop)
}

fn cache(vm: &VirtualMachine) -> PyResult {
    vm.import("linecache", 0)?.get_attr("cache", vm)
}

/// What linecache has, without making it look for the file.
pub(super) fn get(filename: &str, vm: &VirtualMachine) -> PyResult<Option<String>> {
    let Some(linecache) = loaded_module("linecache", vm)? else {
        return Ok(None);
    };
    let cache = linecache.get_attr("cache", vm)?;
    let Some(entry) = get_item_opt(&cache, vm.ctx.new_str(filename).as_object(), vm)? else {
        return Ok(None);
    };
    // An entry with one item is a promise to load the text.
    if entry.length(vm)? != 4 {
        return Ok(None);
    }
    let lines = entry.get_item(&2, vm)?;
    let text = vm.call_method(vm.ctx.new_str("").as_object(), "join", (lines,))?;
    let text = text
        .downcast_ref::<PyStr>()
        .map(|text| text.to_string_lossy().into_owned());
    Ok(text)
}
