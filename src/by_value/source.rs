//! Where the source text of code comes from, and code from source text.
//!
//! Code objects name the file that they were compiled from. For a file that is none on disk, such
//! as a chunk of a session, its text is registered here, in each interpreter its own.

use std::collections::BTreeMap;

use rustpython_vm::{
    Py, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyModule, PyStr},
    function::FuncArgs,
    pymodule,
};

use super::linecache;
use crate::error::chained;
use crate::module::new_unpickling_error;

/// Where the Python module keeps the texts: a dict from file names.
const ATTRIBUTE: &str = "_sources";

pub(crate) fn init(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    module.set_attr(ATTRIBUTE, vm.ctx.new_dict(), vm)
}

/// Remembers the text that code with this file name has been, or will be, compiled from: for
/// tracebacks and `inspect.getsource`, and for snapshots.
pub(crate) fn register(filename: &str, text: &str, vm: &VirtualMachine) -> PyResult<()> {
    registry(vm)?.set_item(filename, vm.ctx.new_str(text).into(), vm)?;
    linecache::put(filename, text, vm)
}

/// Forgets a text again.
pub(crate) fn forget(filename: &str, vm: &VirtualMachine) -> PyResult<()> {
    let registry = registry(vm)?;
    if registry.contains_key(filename, vm) {
        registry.del_item(filename, vm)?;
    }
    linecache::remove(filename, vm)
}

/// A file name in angle brackets that no text is registered under: `<exec 3>`.
///
/// The numbers go on from `after`.
pub(crate) fn unused_filename(
    kind: &str,
    after: u64,
    vm: &VirtualMachine,
) -> PyResult<(u64, String)> {
    let registry = registry(vm)?;
    let mut number = after;
    loop {
        number += 1;
        let filename = format!("<{kind} {number}>");
        if !registry.contains_key(filename.as_str(), vm) {
            return Ok((number, filename));
        }
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
    if let Some(text) = linecache::get(filename, vm)? {
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
#[expect(clippy::needless_pass_by_value, reason = "Python hands over arguments")]
pub(crate) mod sources {
    use rustpython_vm::{PyResult, VirtualMachine, builtins::PyStrRef};

    use super::register;

    /// Remember the text that code of this file name is compiled from.
    ///
    /// A pickle names the file of each code object. Where its bytecode is of another version, the
    /// code is compiled again from what is registered here, from what linecache has, or from the
    /// file.
    #[pyfunction]
    fn register_source(filename: PyStrRef, text: PyStrRef, vm: &VirtualMachine) -> PyResult<()> {
        register(&filename.to_string_lossy(), &text.to_string_lossy(), vm)
    }
}
