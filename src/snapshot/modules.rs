//! Which modules are the user's, and how they are made anew.

use std::collections::BTreeSet;
use std::path::Path;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyModule, PyStr},
};

use crate::by_value::{loaded_module, loaded_modules};
use crate::unpickler::get_item_opt;

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

/// The modules that there are.
#[derive(Debug)]
pub(super) struct Division {
    /// Those of the session: `__main__` first, the others in the order of their import.
    pub(super) users: Vec<UserModule>,
    /// The names of those of the library.
    pub(super) library: Vec<String>,
}

impl Choice {
    /// Whether a module is one of the session's.
    pub(super) fn is_user(
        &self,
        name: &str,
        module: &Py<PyModule>,
        vm: &VirtualMachine,
    ) -> PyResult<bool> {
        Ok(name == "__main__"
            || !self.library.contains(name)
                && (self.user.contains(name) || !is_library(module.as_object(), vm)?))
    }

    pub(super) fn divide(&self, vm: &VirtualMachine) -> PyResult<Division> {
        let (mut users, mut library) = (Vec::new(), Vec::new());
        for (key, value) in loaded_modules(vm)? {
            let Some(name) = text(Some(key)) else {
                continue;
            };
            let Ok(module) = value.downcast::<PyModule>() else {
                continue;
            };
            if !self.is_user(&name, &module, vm)? {
                library.push(name);
            } else if name == "__main__" {
                users.insert(0, UserModule { name, module });
            } else {
                users.push(UserModule { name, module });
            }
        }
        library.sort_unstable();
        Ok(Division { users, library })
    }
}

/// Whether a module comes with Python or from an installed package: built in, frozen, or from
/// the folders of the standard library or `site-packages`.
fn is_library(module: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let Some(dict) = module.dict() else {
        return Ok(true);
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

/// What is needed to make an empty module like this one: plain values by name.
pub(super) fn describe(module: &UserModule, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let description = vm.ctx.new_dict();
    let own = module.module.dict();
    for name in DESCRIPTION {
        let value = match name {
            "__builtins__" | "__loader__" | "__cached__" => continue,
            "__spec__" => match own.get_item_opt(name, vm)? {
                Some(spec) if !vm.is_none(&spec) => vm.ctx.new_str("spec").into(),
                _ => continue,
            },
            "__path__" => match own.get_item_opt(name, vm)? {
                // A namespace package's is no list.
                Some(path) => {
                    let path = path.try_to_value::<Vec<PyObjectRef>>(vm)?;
                    let path = path
                        .into_iter()
                        .filter(|folder| folder.downcastable::<PyStr>());
                    vm.ctx.new_list(path.collect()).into()
                }
                None => continue,
            },
            _ => match own.get_item_opt(name, vm)? {
                Some(value) if value.class().is(vm.ctx.types.str_type) => value,
                _ => continue,
            },
        };
        description.set_item(name, value, vm)?;
    }
    Ok(description)
}

/// An empty module from its description.
pub(super) fn make(
    name: &str,
    description: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<PyRef<PyModule>> {
    let get = |key: &'static str| {
        let key = vm.ctx.new_str(key);
        get_item_opt(description, key.as_object(), vm)
    };
    let dict = vm.ctx.new_dict();
    let own_name = text(get("__name__")?).unwrap_or_else(|| name.to_owned());
    let module = vm.new_module(&own_name, dict.clone(), None);
    for key in ["__doc__", "__package__", "__path__", "__file__"] {
        if let Some(value) = get(key)? {
            dict.set_item(key, value, vm)?;
        }
    }
    dict.set_item("__builtins__", vm.builtins.clone().into(), vm)?;
    if get("__spec__")?.is_some() {
        let machinery = vm.import("importlib.machinery", 0)?;
        let machinery = machinery.get_attr("machinery", vm)?;
        let spec = match get("__file__")? {
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
        if let Some(path) = get("__path__")? {
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
