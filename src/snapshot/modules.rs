//! Which modules are the user's, and how they are made anew.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyModule, PyStr},
    common::wtf8::Wtf8Buf,
};

use super::contents::Description;
use crate::by_value::{loaded_module, loaded_modules};

/// Names in a module that its import has set, in the order of `ModuleType.__init__` and the import
/// system. They describe the module and are no globals of the user's.
pub(super) const DESCRIPTION: [&str; 9] = [
    "__name__",
    "__doc__",
    "__package__",
    "__loader__",
    "__spec__",
    "__path__",
    "__file__",
    "__cached__",
    "__builtins__",
];

/// A module to be saved.
#[derive(Clone, Debug)]
pub(super) struct UserModule {
    /// Its name in `sys.modules`.
    pub(super) name: String,
    pub(super) module: PyRef<PyModule>,
}

/// `sys.modules`.
pub(super) fn sys_modules(vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let modules = vm.sys_module.get_attr("modules", vm)?;
    modules
        .downcast::<PyDict>()
        .map_err(|_| vm.new_type_error("sys.modules is not a dict"))
}

/// What a caller says of modules, where it is not as [`is_library`] has it; by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) user: BTreeSet<String>,
    pub(super) library: BTreeSet<String>,
}

/// The entries of `sys.modules`.
#[derive(Debug, Default)]
pub(super) struct Division {
    /// The modules of the session, each once: `__main__` first, the others in the order of their import.
    pub(super) users: Vec<UserModule>,
    /// Further names of those, with their numbers.
    pub(super) aliases: Vec<(String, usize)>,
    /// Entries of the session's that are no modules.
    pub(super) others: Vec<(String, PyObjectRef)>,
    /// The names of the modules of the library, sorted.
    pub(super) library: Vec<String>,
    /// Those modules, in the order of their import.
    pub(super) library_modules: Vec<PyRef<PyModule>>,
}

impl Division {
    /// The names of the session's modules, with their numbers.
    pub(super) fn names(&self) -> impl Iterator<Item = (String, usize)> {
        let users = self.users.iter().enumerate();
        let names = users.map(|(number, user)| (user.name.clone(), number));
        names.chain(self.aliases.iter().cloned())
    }

    /// Every name in `sys.modules` that is of the session.
    pub(super) fn entries(&self) -> impl Iterator<Item = String> {
        let others = self.others.iter().map(|(name, _)| name.clone());
        self.names().map(|(name, _)| name).chain(others)
    }

    pub(super) fn is_library(&self, name: &str) -> bool {
        let names = &self.library;
        names
            .binary_search_by(|known| known.as_str().cmp(name))
            .is_ok()
    }

    /// What `sys.modules` has under a name of the library.
    pub(super) fn loaded(&self, name: &str, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
        match self.is_library(name) {
            true => loaded_module(name, vm),
            false => Ok(None),
        }
    }
}

impl Choice {
    /// Whether an entry of `sys.modules` is one of the session's.
    pub(super) fn is_user(
        &self,
        name: &str,
        entry: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<bool> {
        Ok(name == "__main__"
            || !self.library.contains(name)
                && (self.user.contains(name) || !is_library(entry, vm)?))
    }

    pub(super) fn divide(&self, vm: &VirtualMachine) -> PyResult<Division> {
        let mut division = Division::default();
        let mut found: Vec<(String, PyRef<PyModule>)> = Vec::new();
        for (key, value) in loaded_modules(vm)? {
            let Some(name) = text(Some(key)) else {
                continue;
            };
            let is_user = self.is_user(&name, &value, vm)?;
            match value.downcast::<PyModule>() {
                Ok(module) if !is_user => {
                    division.library.push(name);
                    division.library_modules.push(module);
                }
                Ok(module) if name == "__main__" => found.insert(0, (name, module)),
                Ok(module) => found.push((name, module)),
                Err(value) if is_user => division.others.push((name, value)),
                Err(_) => division.library.push(name),
            }
        }
        division.library.sort_unstable();
        // A module with several names goes by its own, if that is one of them.
        let mut chosen: HashMap<usize, usize> = HashMap::new();
        for (at, (name, module)) in found.iter().enumerate() {
            let best = chosen.entry(module.get_id()).or_insert(at);
            let own = text(module.dict().get_item_opt("__name__", vm)?);
            if found[*best].0 != "__main__" && own.as_ref() == Some(name) {
                *best = at;
            }
        }
        let mut numbers = HashMap::new();
        let mut aliases = Vec::new();
        for (at, (name, module)) in found.into_iter().enumerate() {
            let id = module.get_id();
            if chosen.get(&id) == Some(&at) {
                numbers.insert(id, division.users.len());
                division.users.push(UserModule { name, module });
            } else {
                aliases.push((name, id));
            }
        }
        let aliases = aliases.into_iter();
        let aliases = aliases.filter_map(|(name, id)| Some((name, *numbers.get(&id)?)));
        division.aliases = aliases.collect();
        Ok(division)
    }
}

/// Whether a module, or what stands for one, comes with Python or from an installed package: built in, frozen, or from
/// the folders of the standard library or `site-packages`.
fn is_library(module: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let Some(dict) = module.dict() else {
        return Ok(false);
    };
    if module
        .downcast_ref::<PyModule>()
        .is_some_and(|module| module.def.is_some())
    {
        return Ok(true);
    }
    let file = text(dict.get_item_opt("__file__", vm)?);
    if let Some(file) = file {
        return Ok(is_library_file(&file, vm));
    }
    let spec = dict.get_item_opt("__spec__", vm)?;
    let Some(spec) = spec.filter(|spec| !vm.is_none(spec)) else {
        // Made at run time.
        return Ok(false);
    };
    let origin = text(vm.get_attribute_opt(&spec, "origin")?);
    if matches!(origin.as_deref(), Some("frozen" | "built-in")) {
        return Ok(true);
    }
    // A module of the host's that has no source is made by the host again.
    let loader = spec.get_attr("loader", vm)?;
    let source = vm.get_attribute_opt(&loader, "source")?;
    Ok(source.is_some_and(|source| vm.is_none(&source)))
}

fn is_library_file(file: &str, vm: &VirtualMachine) -> bool {
    let path = Path::new(file);
    let installed = path.components().any(|part| {
        let part = part.as_os_str();
        part == "site-packages" || part == "dist-packages"
    });
    installed || stdlib_folder(vm).is_some_and(|folder| path.starts_with(folder))
}

/// The folder of a standard library that is read from disk.
fn stdlib_folder(vm: &VirtualMachine) -> Option<String> {
    let os = loaded_module("os", vm).ok()??;
    let file = text(os.dict()?.get_item_opt("__file__", vm).ok()?)?;
    let folder = Path::new(&file).parent()?;
    Some(folder.to_str()?.to_owned())
}

pub(super) fn text(object: Option<PyObjectRef>) -> Option<String> {
    let object = object?;
    let text = object.downcast_ref::<PyStr>()?;
    Some(text.to_str()?.to_owned())
}

/// What is needed to make an empty module like this one.
pub(super) fn describe(module: &UserModule, vm: &VirtualMachine) -> PyResult<Description> {
    let own = module.module.dict();
    let mut description = Description::default();
    for name in TEXTS {
        let value = own.get_item_opt(name, vm)?;
        if let Some(value) = value.as_ref().and_then(wtf8) {
            description.texts.insert(name.to_owned(), value);
        }
    }
    if let Some(path) = own.get_item_opt("__path__", vm)? {
        // A namespace package's is no list.
        let path = path.try_to_value::<Vec<PyObjectRef>>(vm)?;
        description.path = Some(path.iter().filter_map(wtf8).collect());
    }
    let spec = own.get_item_opt("__spec__", vm)?;
    description.spec = spec.is_some_and(|spec| !vm.is_none(&spec));
    Ok(description)
}

/// Those of the names that describe a module whose values are strings.
const TEXTS: [&str; 4] = ["__name__", "__doc__", "__package__", "__file__"];

fn wtf8(object: &PyObjectRef) -> Option<Wtf8Buf> {
    let text = object.downcast_ref::<PyStr>()?;
    Some(text.as_wtf8().to_owned())
}

/// An empty module from its description.
pub(super) fn make(
    name: &str,
    description: &Description,
    vm: &VirtualMachine,
) -> PyResult<PyRef<PyModule>> {
    let get = |key: &str| -> Option<PyObjectRef> {
        let text = description.texts.get(key)?;
        Some(vm.ctx.new_str(text.clone()).into())
    };
    let path = description.path.as_ref().map(|path| {
        let path = path.iter().cloned();
        let path = path.map(|folder| vm.ctx.new_str(folder).into());
        PyObjectRef::from(vm.ctx.new_list(path.collect()))
    });
    let dict = vm.ctx.new_dict();
    let own_name = text(get("__name__")).unwrap_or_else(|| name.to_owned());
    let module = vm.new_module(&own_name, dict.clone(), None);
    for key in ["__doc__", "__package__"] {
        if let Some(value) = get(key) {
            dict.set_item(key, value, vm)?;
        }
    }
    if let Some(path) = &path {
        dict.set_item("__path__", path.clone(), vm)?;
    }
    if let Some(file) = get("__file__") {
        dict.set_item("__file__", file, vm)?;
    }
    dict.set_item("__builtins__", vm.builtins.clone().into(), vm)?;
    if description.spec {
        let machinery = vm.import("importlib.machinery", 0)?;
        let machinery = machinery.get_attr("machinery", vm)?;
        let spec = match get("__file__") {
            // With a loader, so that `importlib.reload` works.
            Some(file) => {
                let loader = vm.call_method(
                    &machinery,
                    "SourceFileLoader",
                    (own_name.clone(), file.clone()),
                )?;
                let spec = vm.call_method(&machinery, "ModuleSpec", (own_name, loader.clone()))?;
                spec.set_attr("origin", file, vm)?;
                spec.set_attr("has_location", vm.ctx.new_bool(true), vm)?;
                dict.set_item("__loader__", loader, vm)?;
                spec
            }
            None => match find_spec(&own_name, vm)? {
                Some(spec) => {
                    dict.set_item("__loader__", spec.get_attr("loader", vm)?, vm)?;
                    spec
                }
                None => vm.call_method(&machinery, "ModuleSpec", (own_name, vm.ctx.none()))?,
            },
        };
        if let Some(path) = path {
            spec.set_attr("submodule_search_locations", path, vm)?;
        }
        dict.set_item("__spec__", spec, vm)?;
    }
    Ok(module)
}

/// Where the import system would find a module of the top level now.
fn find_spec(name: &str, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let bootstrap = vm.import("_frozen_importlib", 0)?;
    let spec = vm.call_method(&bootstrap, "_find_spec", (name.to_owned(), vm.ctx.none()))?;
    Ok((!vm.is_none(&spec)).then_some(spec))
}
