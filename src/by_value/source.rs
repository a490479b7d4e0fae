//! Where the source text of code comes from, and code from source text.
//!
//! Code objects name the file that they were compiled from. For a file that is none on disk, such
//! as a chunk of a session, its text is registered here, in each interpreter its own.

use std::collections::BTreeMap;

use rustpython_vm::{
    AsObject, Py, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyModule, PyStr},
    function::FuncArgs,
    pymodule,
};

use super::rule::loaded_module;
use crate::error::chained;
use crate::module::new_unpickling_error;

/// Where the Python module keeps the texts: a dict from file names.
const ATTRIBUTE: &str = "_sources";

pub(crate) fn init(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    module.set_attr(ATTRIBUTE, vm.ctx.new_dict(), vm)
}

/// Remembers the text that code with this file name has been, or will be, compiled from; tracebacks
/// and `inspect` show it too.
pub(crate) fn register(filename: &str, text: &str, vm: &VirtualMachine) -> PyResult<()> {
    registry(vm)?.set_item(filename, vm.ctx.new_str(text).into(), vm)?;
    let Some(lines) = line_cache(vm)? else {
        return Ok(());
    };
    // Without a time of change, so that it stays.
    let entry = vm.ctx.new_tuple(vec![
        vm.ctx.new_int(text.len()).into(),
        vm.ctx.none(),
        vm.ctx.new_list(split_lines(text, vm)).into(),
        vm.ctx.new_str(filename).into(),
    ]);
    let filename = vm.ctx.new_str(filename);
    lines.set_item(&*filename, entry.into(), vm)
}

/// Forgets a text again that no code refers to any more.
#[cfg(feature = "stdlib")]
pub(crate) fn forget(filename: &str, vm: &VirtualMachine) -> PyResult<()> {
    let name = vm.ctx.new_str(filename);
    let none = vm.ctx.none();
    vm.call_method(
        registry(vm)?.as_object(),
        "pop",
        (name.clone(), none.clone()),
    )?;
    if let Some(lines) = line_cache(vm)? {
        vm.call_method(&lines, "pop", (name, none))?;
    }
    Ok(())
}

/// The lines as linecache has them, each with its end.
fn split_lines(text: &str, vm: &VirtualMachine) -> Vec<PyObjectRef> {
    let lines = text.split_inclusive('\n').map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        vm.ctx.new_str(format!("{line}\n")).into()
    });
    lines.collect()
}

/// The texts that linecache has; there is none without the standard library.
fn line_cache(vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    match vm.import("linecache", 0) {
        Ok(linecache) => linecache.get_attr("cache", vm).map(Some),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.module_not_found_error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`register`], for the texts that a snapshot brings along.
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
    /// Where its first expression begins; 0 if that is not known.
    pub(crate) column: u32,
}

impl Place {
    pub(super) fn of(code: &PyCode) -> Self {
        Self {
            filename: code.source_path().to_string_lossy().into_owned(),
            name: code.obj_name.to_string_lossy().into_owned(),
            qualname: code.qualname.to_string_lossy().into_owned(),
            line: code.first_line_number.map_or(0, |line| to_u32(line.get())),
            column: column(code),
        }
    }
}

/// Instructions that belong to the whole of a function are in the first column.
fn column(code: &PyCode) -> u32 {
    let starts = code.locations.iter().map(|(start, _)| start);
    let starts = starts.map(|start| (start.line, start.character_offset.get()));
    let first = starts.filter(|(_, column)| *column > 1).min();
    first.map_or(0, |(_, column)| to_u32(column))
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
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
    let mut found = find(module, place);
    if found.len() > 1 {
        // Lambdas on one line.
        found.retain(|code| column(code) == place.column);
    }
    match (found.pop(), found.is_empty()) {
        (Some(code), true) => Ok(code),
        (Some(_), false) => Err(lost("its source has several such functions")),
        (None, _) => Err(lost("its source has changed")),
    }
}

/// The code objects with the same names and line, among those inside of a module's.
fn find(module: PyRef<PyCode>, place: &Place) -> Vec<PyRef<PyCode>> {
    let mut found = Vec::new();
    let mut left = vec![module];
    while let Some(code) = left.pop() {
        let constants = code.constants.iter();
        left.extend(constants.filter_map(|constant| {
            let constant: PyObjectRef = constant.clone().into();
            constant.downcast::<PyCode>().ok()
        }));
        let here = Place::of(&code);
        if (&here.qualname, &here.name, here.line) == (&place.qualname, &place.name, place.line) {
            found.push(code);
        }
    }
    found
}

#[pymodule(sub)]
pub(crate) mod sources {
    use rustpython_vm::{PyResult, VirtualMachine, builtins::PyStrRef};

    use super::registry;

    /// Remember the text that code of this file name is compiled from.
    ///
    /// A pickle names the file of each code object. Where its bytecode is of another version, the
    /// code is compiled again from what is registered here, from what linecache has, or from the
    /// file.
    #[pyfunction]
    fn register_source(filename: PyStrRef, text: PyStrRef, vm: &VirtualMachine) -> PyResult<()> {
        registry(vm)?.set_item(&*filename, text.into(), vm)
    }
}
