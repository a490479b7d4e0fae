//! Where the source text of code comes from, and code from source text.
//!
//! Code objects name the file that they were compiled from. For a file that is none on disk, such
//! as a chunk of a session, its text is registered here, in each interpreter its own.

use std::collections::BTreeMap;

use rustpython_vm::{
    AsObject, Py, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyModule, PyStr},
    compiler::core::OneIndexed,
    function::FuncArgs,
};

use super::rule::loaded_module;
use crate::error::chained;
use crate::module::new_unpickling_error;

/// Where the Python module keeps the texts: a dict from file names.
const ATTRIBUTE: &str = "_sources";

pub(crate) fn init(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    module.set_attr(ATTRIBUTE, vm.ctx.new_dict(), vm)
}

/// Remembers the text that code with this file name has been, or will be, compiled from.
pub(crate) fn register(filename: &str, text: &str, vm: &VirtualMachine) -> PyResult<()> {
    registry(vm)?.set_item(filename, vm.ctx.new_str(text).into(), vm)
}

/// As [`register`], for the texts that a snapshot brings along.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "snapshots are to bring sources")
)]
pub(crate) fn provide(sources: &BTreeMap<String, String>, vm: &VirtualMachine) -> PyResult<()> {
    for (filename, text) in sources {
        register(filename, text, vm)?;
    }
    Ok(())
}

fn registry(vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let sources = vm.import("rustpython_pickle", 0)?.get_attr(ATTRIBUTE, vm)?;
    let sources = sources.downcast::<PyDict>();
    sources.map_err(|_| vm.new_runtime_error("rustpython_pickle has lost its sources"))
}

/// The text of a source: one that is registered, one that linecache knows, or the file on disk.
pub(crate) fn lookup(filename: &str, vm: &VirtualMachine) -> PyResult<Option<String>> {
    if let Some(text) = registry(vm)?.get_item_opt(filename, vm)?
        && let Some(text) = text.downcast_ref::<PyStr>()
    {
        return Ok(Some(text.to_string_lossy().into_owned()));
    }
    if let Some(text) = in_linecache(filename, vm)? {
        return Ok(Some(text));
    }
    // A name in angle brackets is that of no file.
    if filename.starts_with('<') {
        return Ok(None);
    }
    match std::fs::read_to_string(filename) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Ok(None),
    }
}

/// What linecache has, without making it look for the file.
fn in_linecache(filename: &str, vm: &VirtualMachine) -> PyResult<Option<String>> {
    let Some(linecache) = loaded_module("linecache", vm)? else {
        return Ok(None);
    };
    let cache = linecache.get_attr("cache", vm)?;
    let Some(entry) =
        crate::unpickler::get_item_opt(&cache, vm.ctx.new_str(filename).as_object(), vm)?
    else {
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

/// Where code stands in its source.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) filename: String,
    pub(crate) name: String,
    pub(crate) qualname: String,
    /// From 1; 0 if there is none.
    pub(crate) line: u32,
}

/// Compiles a code object again from its source, because the pickle's is of another version of
/// the bytecode.
pub(super) fn recompile(
    place: &Place,
    version: u16,
    vm: &VirtualMachine,
) -> PyResult<PyRef<PyCode>> {
    let Place {
        filename,
        qualname,
        line,
        ..
    } = place;
    let lost = |why: &str| {
        let message = format!(
            "the bytecode of {qualname} ({filename}, line {line}) is of version {version}, which \
             this interpreter can't run, and {why}"
        );
        new_unpickling_error(vm, message)
    };
    let Some(text) = lookup(filename, vm)? else {
        return Err(lost("its source is not known"));
    };
    let compile = vm.builtins.get_attr("compile", vm)?;
    let mut args = FuncArgs::from(vec![
        vm.ctx.new_str(text).into(),
        vm.ctx.new_str(filename.as_str()).into(),
        vm.ctx.new_str("exec").into(),
    ]);
    // The caller's `from __future__` imports are none of the source's.
    args.kwargs
        .insert("dont_inherit".into(), vm.ctx.new_bool(true).into());
    let module = match compile.call(args, vm) {
        Ok(module) => module,
        Err(error) => return Err(chained(lost("its source does not compile"), error)),
    };
    let Ok(module) = module.downcast::<PyCode>() else {
        return Err(vm.new_type_error("compile() did not return a code object"));
    };
    find(module, place).ok_or_else(|| lost("its source has changed"))
}

/// The code object at a place, among those inside of a module's.
fn find(module: PyRef<PyCode>, place: &Place) -> Option<PyRef<PyCode>> {
    let mut left = vec![module];
    while let Some(code) = left.pop() {
        let line = code.first_line_number.map_or(0, OneIndexed::get);
        if code.qualname.to_str() == Some(&place.qualname)
            && code.obj_name.to_str() == Some(&place.name)
            && line == place.line as usize
        {
            return Some(code);
        }
        let inner = code.constants.iter().rev();
        left.extend(inner.filter_map(|constant| {
            let constant: PyObjectRef = constant.clone().into();
            constant.downcast::<PyCode>().ok()
        }));
    }
    None
}
