//! Which objects go by value: those that nobody could import.

use std::collections::{HashMap, HashSet};

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyModule, PyStr, PyStrInterned},
};

use super::registry::registered_modules;
use crate::pickler::{own_name, which_module};
use crate::unpickler::get_item_opt;

/// The modules that each process has for itself.
const MAIN_MODULES: [&str; 2] = ["__main__", "__mp_main__"];

/// By reference when the same object can be imported, by value when it lives in `__main__`, in a
/// module made at run time, or in a module registered for by-value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    /// Modules registered for by-value, by name; their submodules with them.
    pub(crate) registered: HashSet<String>,
    /// The modules of a session, by name: what lives in them goes by value, and their dicts stay
    /// theirs.
    sessions: HashMap<String, PyObjectRef>,
    /// A key that the dicts of modules have, and others do not.
    spec: Option<&'static PyStrInterned>,
    /// Which modules can be imported, by name, as far as that has been asked.
    known: HashMap<String, Known>,
}

#[derive(Clone, Debug)]
struct Known {
    module: PyObjectRef,
    importable: bool,
}

impl Rule {
    /// The rule with the modules that are registered in this interpreter.
    pub(crate) fn new(vm: &VirtualMachine) -> PyResult<Self> {
        Ok(Self {
            registered: registered_modules(vm)?.into_iter().collect(),
            ..Self::default()
        })
    }

    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.sessions.values().for_each(|module| visit(module));
        self.known.values().for_each(|known| visit(&known.module));
    }

    /// Makes a module one of a session: functions and classes that live in it go by value, its
    /// dict is referred to through it, and it itself is written as an empty module.
    pub(crate) fn add_session_module(&mut self, name: &str, module: PyObjectRef) {
        self.sessions.insert(name.to_owned(), module);
    }

    /// Whether an object is a module of the session.
    pub(crate) fn is_session_module(&self, module: &PyObject) -> bool {
        self.sessions.values().any(|session| session.is(module))
    }

    /// The module of the session whose dict this is.
    pub(crate) fn session_of_dict(&self, dict: &Py<PyDict>) -> Option<PyObjectRef> {
        let mut sessions = self.sessions.values();
        let session = sessions.find(|session| is_dict_of(session, dict));
        session.cloned()
    }

    /// Whether importing a name gives this very function or class, in a process that has not made
    /// it itself.
    pub(crate) fn is_importable(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<bool> {
        match self.find(object, vm) {
            Ok(importable) => Ok(importable),
            // A module's own `__getattr__` may raise anything; then the object is not found there.
            Err(error) if error.fast_isinstance(vm.ctx.exceptions.exception_type) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn find(&mut self, object: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
        let name = own_name(object, vm)?;
        if name
            .as_bytes()
            .split(|byte| *byte == b'.')
            .any(|part| part == b"<locals>")
        {
            return Ok(false);
        }
        // Without a module of its own an object is looked for in all of them.
        if let Some(own) = vm.get_attribute_opt(object, "__module__")?
            && !vm.is_none(&own)
        {
            let Some(own) = own.downcast_ref::<PyStr>().and_then(|own| own.to_str()) else {
                return Ok(false);
            };
            if self.goes_by_value(own) {
                return Ok(false);
            }
            // What is not there yet is not imported for this question.
            let Some(module) = loaded_module(own, vm)? else {
                return Ok(false);
            };
            if !self.is_module_importable(own, &module, vm)? {
                return Ok(false);
            }
            return Ok(which_module(object, &name, vm).is_ok());
        }
        let found = which_module(object, &name, vm)?;
        let Some(found) = found.to_str().filter(|found| !self.goes_by_value(found)) else {
            return Ok(false);
        };
        match loaded_module(found, vm)? {
            Some(module) => self.is_module_importable(found, &module, vm),
            None => Ok(false),
        }
    }

    /// Whether what lives in a module goes by value, because the module is `__main__`, registered,
    /// or of a session.
    pub(super) fn goes_by_value(&self, module: &str) -> bool {
        MAIN_MODULES.contains(&module)
            || self.sessions.contains_key(module)
            || self.is_registered(module)
    }

    fn is_registered(&self, module: &str) -> bool {
        let mut name = module;
        loop {
            if self.registered.contains(name) {
                return true;
            }
            match name.rsplit_once('.') {
                Some((parent, _)) => name = parent,
                None => return false,
            }
        }
    }

    /// The name under which a module can be imported; `None` if it goes by value.
    ///
    /// `__main__` is there under its name in every process, although not with the same content.
    pub(crate) fn importable_name(
        &mut self,
        module: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<String>> {
        if self.is_session_module(module) {
            return Ok(None);
        }
        let own = module
            .downcast_ref::<PyModule>()
            .map(|module| module.dict());
        let own = own.map_or(Ok(None), |dict| dict.get_item_opt("__name__", vm))?;
        let own = own.as_ref().and_then(|name| name.downcast_ref::<PyStr>());
        let own = own.and_then(|name| name.to_str());
        if let Some(name) = own
            && let Some(found) = loaded_module(name, vm)?
            && found.is(module)
        {
            return self.check_module_name(name, module, vm);
        }
        // It may have another name there than it says.
        for (name, found) in loaded_modules(vm)? {
            if found.is(module)
                && let Some(name) = name.downcast_ref::<PyStr>().and_then(|name| name.to_str())
            {
                return self.check_module_name(name, module, vm);
            }
        }
        Ok(None)
    }

    fn check_module_name(
        &mut self,
        name: &str,
        module: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<String>> {
        let importable = !self.is_registered(name)
            && (MAIN_MODULES.contains(&name) || self.is_module_importable(name, module, vm)?);
        Ok(importable.then(|| name.to_owned()))
    }

    /// Whether a dict may be that of a module that has been imported.
    pub(super) fn has_spec(&mut self, dict: &Py<PyDict>, vm: &VirtualMachine) -> bool {
        let spec = self
            .spec
            .get_or_insert_with(|| vm.ctx.intern_str("__spec__"));
        dict.contains_key(*spec, vm)
    }

    /// The name of the module whose dict this is, if what lives in it can be imported: such a dict
    /// is that module's in any process.
    pub(crate) fn importable_name_of_dict(
        &mut self,
        dict: &Py<PyDict>,
        vm: &VirtualMachine,
    ) -> PyResult<Option<String>> {
        let name = dict.get_item_opt("__name__", vm)?;
        let Some(name) = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>()) else {
            return Ok(None);
        };
        let Some(name) = name.to_str().filter(|name| !self.goes_by_value(name)) else {
            return Ok(None);
        };
        let Some(module) = loaded_module(name, vm)? else {
            return Ok(None);
        };
        let live = is_dict_of(&module, dict) && self.is_module_importable(name, &module, vm)?;
        Ok(live.then(|| name.to_owned()))
    }

    /// Whether a module that is loaded under a name could be imported under it elsewhere.
    pub(super) fn is_module_importable(
        &mut self,
        name: &str,
        module: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<bool> {
        if let Some(known) = self.known.get(name)
            && known.module.is(module)
        {
            return Ok(known.importable);
        }
        let importable = match can_be_found(name, module, vm) {
            Err(error) if !error.fast_isinstance(vm.ctx.exceptions.exception_type) => {
                return Err(error);
            }
            found => found.unwrap_or(false),
        };
        let known = Known {
            module: module.to_owned(),
            importable,
        };
        self.known.insert(name.to_owned(), known);
        Ok(importable)
    }
}

/// Whether the import system finds a module that is loaded under a name.
fn can_be_found(name: &str, module: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    if let Some(module) = module.downcast_ref::<PyModule>() {
        if module.def.is_some() {
            return Ok(true);
        }
        // The import system sets it; a module made at run time has none.
        let spec = module.dict().get_item_opt("__spec__", vm)?;
        if spec.is_none_or(|spec| vm.is_none(&spec)) {
            return Ok(false);
        }
    }
    if let Some(real) = name_in_spec(module, vm)?
        && real != name
    {
        // Another module puts it there: its parent, as `collections` does with `collections.abc`,
        // or one that it takes the place of, as `decimal` does with `_pydecimal`.
        let there = loaded_module(&real, vm)?.is_some_and(|found| found.is(module));
        if !there || !can_be_found(&real, module, vm)? {
            return Ok(false);
        }
        return match name.rsplit_once('.') {
            Some((parent, _)) => match loaded_module(parent, vm)? {
                Some(module) => can_be_found(parent, &module, vm),
                None => Ok(false),
            },
            None => is_found(name, vm.ctx.none(), vm),
        };
    }
    let path = match name.rsplit_once('.') {
        Some((parent, _)) => match loaded_module(parent, vm)? {
            Some(parent) => parent.get_attr("__path__", vm)?,
            None => return Ok(false),
        },
        None => vm.ctx.none(),
    };
    is_found(name, path, vm)
}

/// Whether a finder has a module of a name, on the path of a package or on `sys.path`.
fn is_found(name: &str, path: PyObjectRef, vm: &VirtualMachine) -> PyResult<bool> {
    let finders = vm.import("_frozen_importlib", 0)?;
    // importlib.util.find_spec() would only return the spec that the loaded module has.
    let find_spec = finders.get_attr("_find_spec", vm)?;
    let spec = find_spec.call((name, path), vm)?;
    Ok(!vm.is_none(&spec))
}

/// The name under which the import system has found a module.
fn name_in_spec(module: &PyObject, vm: &VirtualMachine) -> PyResult<Option<String>> {
    let Some(module) = module.downcast_ref::<PyModule>() else {
        return Ok(None);
    };
    let Some(spec) = module.dict().get_item_opt("__spec__", vm)? else {
        return Ok(None);
    };
    let name = vm.get_attribute_opt(&spec, "name")?;
    let name = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>());
    Ok(name.and_then(|name| name.to_str()).map(str::to_owned))
}

fn is_dict_of(module: &PyObject, dict: &Py<PyDict>) -> bool {
    let module = module.downcast_ref::<PyModule>();
    module.is_some_and(|module| module.dict().is(dict))
}

/// What `sys.modules` has under a name.
pub(crate) fn loaded_module(name: &str, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let modules = vm.sys_module.get_attr("modules", vm)?;
    let found = get_item_opt(&modules, vm.ctx.new_str(name).as_object(), vm)?;
    Ok(found.filter(|found| !vm.is_none(found)))
}

/// A copy of `sys.modules`.
pub(crate) fn loaded_modules(vm: &VirtualMachine) -> PyResult<Vec<(PyObjectRef, PyObjectRef)>> {
    let modules = vm.sys_module.get_attr("modules", vm)?;
    if let Some(modules) = modules.downcast_ref::<PyDict>() {
        return Ok(modules.items_vec());
    }
    let copy = vm.ctx.new_dict();
    copy.merge_object(modules, vm)?;
    Ok(copy.items_vec())
}
