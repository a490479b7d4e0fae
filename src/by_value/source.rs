//! Where the source text of code comes from, and code from source text.
//!
//! Code objects name the file that they were compiled from. For a file that is none on disk, such
//! as a chunk of a session, its text is registered here, in each interpreter its own.

use std::collections::{BTreeMap, HashMap};

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyModule, PyStr, PyTuple},
    function::FuncArgs,
    pymodule,
};

use super::linecache;
use crate::error::chained;
use crate::module::new_unpickling_error;

/// Where the Python module keeps the texts: a dict from file names.
const ATTRIBUTE: &str = "_sources";
/// Where it keeps what was compiled last: the file name, the text, the code.
const COMPILED: &str = "_compiled";

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

/// As [`register`], for the texts that a snapshot brings along. Says what was there, for [`take_back`].
pub(crate) fn provide(
    sources: &BTreeMap<String, String>,
    vm: &VirtualMachine,
) -> PyResult<Provided> {
    let mut provided = Provided::new();
    let registry = registry(vm)?;
    for (filename, text) in sources {
        let before = registry.get_item_opt(filename.as_str(), vm)?;
        let before = before.and_then(|text| Some(text.downcast_ref::<PyStr>()?.to_owned()));
        provided.push((filename.clone(), before));
        if let Err(error) = register(filename, text, vm) {
            return take_back(provided, vm).and(Err(error));
        }
    }
    Ok(provided)
}

/// File names, and the texts that were registered under them.
pub(crate) type Provided = Vec<(String, Option<PyRef<PyStr>>)>;

/// Registers what was registered before [`provide`].
pub(crate) fn take_back(provided: Provided, vm: &VirtualMachine) -> PyResult<()> {
    let mut result = Ok(());
    for (filename, before) in provided {
        result = result.and(match before {
            Some(text) => register(&filename, &text.to_string_lossy(), vm),
            None => forget(&filename, vm),
        });
    }
    result
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
        let library = frozen(filename, vm).ok_or(NOT_KNOWN);
        return library.and_then(|module| module.find(place)).map_err(lost);
    };
    let module = match compile_once(&text, filename, vm) {
        Ok(module) => module,
        Err(error) => return Err(chained(lost(DOES_NOT_COMPILE), error)),
    };
    module.find(place).map_err(lost)
}

const NOT_KNOWN: &str = "its source is not known";
const DOES_NOT_COMPILE: &str = "its source does not compile";

/// A module, compiled.
struct Module {
    code: PyRef<PyCode>,
    /// Functions may stand on other lines.
    moved: bool,
}

fn compile(text: &str, filename: &str, vm: &VirtualMachine) -> PyResult<Module> {
    let compile = vm.builtins.get_attr("compile", vm)?;
    let mut args = FuncArgs::from(vec![
        vm.ctx.new_str(text).into(),
        vm.ctx.new_str(filename).into(),
        vm.ctx.new_str("exec").into(),
    ]);
    // The caller's `from __future__` imports are none of the source's.
    args.kwargs
        .insert("dont_inherit".into(), vm.ctx.new_bool(true).into());
    let code = compile.call(args, vm)?.downcast::<PyCode>();
    let code = code.map_err(|_| vm.new_type_error("compile() did not return a code object"))?;
    Ok(Module { code, moved: false })
}

/// As [`compile`], which it has to do once for functions of one file that follow each other.
fn compile_once(text: &str, filename: &str, vm: &VirtualMachine) -> PyResult<Module> {
    let ours = vm.import("rustpython_pickle", 0)?;
    let last = vm.get_attribute_opt(&ours, COMPILED)?;
    if let Some(last) = last
        .as_ref()
        .and_then(|last| last.downcast_ref::<PyTuple>())
        && let [last_filename, last_text, code] = last.as_slice()
        && is_text(last_filename, filename)
        && is_text(last_text, text)
        && let Ok(code) = code.clone().downcast::<PyCode>()
    {
        return Ok(Module { code, moved: false });
    }
    let module = compile(text, filename, vm)?;
    let last = vm.ctx.new_tuple(vec![
        vm.ctx.new_str(filename).into(),
        vm.ctx.new_str(text).into(),
        module.code.clone().into(),
    ]);
    ours.set_attr(COMPILED, last, vm)?;
    Ok(module)
}

fn is_text(object: &PyObject, text: &str) -> bool {
    let string = object.downcast_ref::<PyStr>();
    string.is_some_and(|string| string.as_bytes() == text.as_bytes())
}

/// A module of the library that is part of the interpreter, which has no source of it. Its code names the module in
/// the place of a file.
fn frozen(filename: &str, vm: &VirtualMachine) -> Option<Module> {
    let module = vm.state.frozen.get(filename)?;
    let code = PyCode::new_ref_from_frozen(vm, module.code);
    Some(Module { code, moved: true })
}

/// Tells which code could be compiled again; each source is compiled once.
pub(crate) struct Finder<'a> {
    /// Sources that come before what is registered.
    texts: &'a BTreeMap<String, String>,
    modules: HashMap<String, Result<Module, &'static str>>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(texts: &'a BTreeMap<String, String>) -> Self {
        Self {
            texts,
            modules: HashMap::new(),
        }
    }

    /// Why code can't be compiled again; `None` if it can be.
    pub(crate) fn lost(
        &mut self,
        place: &Place,
        vm: &VirtualMachine,
    ) -> PyResult<Option<&'static str>> {
        let filename = &place.filename;
        if !self.modules.contains_key(filename) {
            let text = match self.texts.get(filename) {
                Some(text) => Some(text.clone()),
                None => lookup(filename, vm)?,
            };
            let module = match text.map(|text| compile(&text, filename, vm)) {
                None => frozen(filename, vm).ok_or(NOT_KNOWN),
                Some(Ok(module)) => Ok(module),
                Some(Err(error)) if error.fast_isinstance(vm.ctx.exceptions.exception_type) => {
                    Err(DOES_NOT_COMPILE)
                }
                Some(Err(error)) => return Err(error),
            };
            self.modules.insert(filename.clone(), module);
        }
        Ok(match self.modules.get(filename) {
            Some(Ok(module)) => module.find(place).err(),
            Some(Err(why)) => Some(why),
            None => Some(NOT_KNOWN),
        })
    }
}

impl Module {
    /// The one code object inside of it that stands at a place; or why there is none.
    fn find(&self, place: &Place) -> Result<PyRef<PyCode>, &'static str> {
        let mut found = self.candidates(place);
        if !self.moved || found.len() > 1 {
            found.retain(|(here, _)| here.line == place.line);
        }
        if found.len() > 1 {
            // Lambdas on one line.
            found.retain(|(here, _)| here.column == place.column);
        }
        match (found.pop(), found.is_empty()) {
            (Some((_, code)), true) => Ok(code),
            (Some(_), false) => Err("its source has several such functions"),
            (None, _) => Err("its source has changed"),
        }
    }

    /// The code objects with the same names.
    fn candidates(&self, place: &Place) -> Vec<(Place, PyRef<PyCode>)> {
        let mut found = Vec::new();
        let mut left = vec![self.code.clone()];
        while let Some(code) = left.pop() {
            let constants = code.constants.iter();
            left.extend(constants.filter_map(|constant| {
                let constant: PyObjectRef = constant.clone().into();
                constant.downcast::<PyCode>().ok()
            }));
            if code.qualname.to_string_lossy() == place.qualname {
                let here = Place::of(&code);
                if here.name == place.name {
                    found.push((here, code));
                }
            }
        }
        found
    }
}

#[pymodule(sub)]
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
