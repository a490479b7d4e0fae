//! Dicts of globals.
//!
//! A function holds the dict of its module's globals. A pickle has it in one of three ways: as the
//! dict of a module that is imported, as that of a module of the session, or as a new dict, which
//! gets the globals that the functions name. Functions that shared a dict share it afterwards.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, Traverse,
    VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyType},
    common::rc::PyRc,
    pyclass, pymodule,
};

use super::{
    Rule,
    code::{NamesUsed, names_used},
    constructor,
};
use crate::module::class_of;

/// The globals that a new dict has from the start, if they are strings: what the code does not
/// name, but those who ask where they are.
const FROM_THE_START: [&str; 3] = ["__name__", "__package__", "__file__"];

/// Stands for a dict of globals in the arguments of a function or module: where the dict itself
/// stands, it is data.
#[pyclass(module = "rustpython_pickle", name = "_Namespace", traverse)]
#[derive(Debug)]
pub(crate) struct PyNamespace {
    globals: PyDictRef,
    builtins: PyObjectRef,
}

impl PyPayload for PyNamespace {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(DISALLOW_INSTANTIATION))]
impl PyNamespace {}

/// What is remembered of dicts of globals and of code, as long as there is a memo.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {
    /// Dicts that are written as new ones, by identity.
    new: HashMap<usize, New>,
    /// What code objects name, by identity.
    used: HashMap<usize, (PyRef<PyCode>, PyRc<NamesUsed>)>,
    /// The number of the dump that is under way.
    dump: u64,
}

#[derive(Debug)]
struct New {
    /// Keeps the identity from being used again.
    globals: PyDictRef,
    /// The dump that has begun it.
    begun: u64,
    /// The dump that has all of it, and not only what functions name.
    whole: Option<u64>,
}

impl Namespaces {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.new
            .values()
            .for_each(|new| visit(new.globals.as_object()));
        self.used
            .values()
            .for_each(|(code, _)| visit(code.as_object()));
    }

    pub(super) fn begin(&mut self) {
        self.dump += 1;
    }

    /// Forgets what the dump has written that was begun last. What is dropped is returned.
    pub(super) fn roll_back(&mut self) -> Vec<PyObjectRef> {
        let dump = self.dump;
        for new in self.new.values_mut() {
            new.whole = new.whole.filter(|whole| *whole != dump);
        }
        let dropped = self.new.extract_if(|_, new| new.begun == dump);
        dropped.map(|(_, new)| new.globals.into()).collect()
    }

    pub(super) fn names_used(&mut self, code: &Py<PyCode>) -> PyRc<NamesUsed> {
        let entry = self.used.entry(code.get_id());
        let (_, used) = entry.or_insert_with(|| (code.to_owned(), PyRc::new(names_used(code))));
        used.clone()
    }

    /// Notes that all of a dict is being written; `false` if it is no new one or that is done.
    pub(crate) fn complete(&mut self, globals: &PyObject) -> bool {
        match self.new.get_mut(&globals.get_id()) {
            Some(new) => new.whole.replace(self.dump).is_none(),
            None => false,
        }
    }

    /// Whether the dump that is under way writes all of a dict.
    pub(super) fn is_whole(&self, globals: &PyObject) -> bool {
        let new = self.new.get(&globals.get_id());
        new.is_some_and(|new| new.whole == Some(self.dump))
    }

    fn add(&mut self, globals: &Py<PyDict>, whole: bool) {
        let dump = self.dump;
        let new = self.new.entry(globals.get_id()).or_insert_with(|| New {
            globals: globals.to_owned(),
            begun: dump,
            whole: None,
        });
        if whole {
            new.whole = Some(dump);
        }
    }
}

/// The dict of a module that is referred to by that module.
pub(super) fn reference(
    rule: &mut Rule,
    globals: &Py<PyDict>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if let Some(session) = rule.session_of_dict(globals) {
        return Ok(Some(session));
    }
    if !rule.has_spec(globals, vm) {
        return Ok(None);
    }
    match rule.importable_name_of_dict(globals, vm)? {
        Some(name) => super::rule::loaded_module(&name, vm),
        None => Ok(None),
    }
}

/// What stands for a function's globals.
pub(super) fn stand_in(
    globals: &Py<PyDict>,
    builtins: PyObjectRef,
    vm: &VirtualMachine,
) -> PyObjectRef {
    let namespace = PyNamespace {
        globals: globals.to_owned(),
        builtins,
    };
    namespace.into_ref(&vm.ctx).into()
}

/// The dict that an object stands for, with how it is made.
pub(super) fn reduce_stand_in(
    namespaces: &mut Namespaces,
    rule: &mut Rule,
    namespace: &PyNamespace,
    vm: &VirtualMachine,
) -> PyResult<(PyObjectRef, PyObjectRef)> {
    let globals = &namespace.globals;
    let reduced = match reference(rule, globals, vm)? {
        Some(module) => reduce_reference(module, vm)?,
        None => {
            namespaces.add(globals, false);
            reduce_new(globals, &namespace.builtins, vm)?
        }
    };
    Ok((globals.clone().into(), reduced))
}

/// `(_module_namespace, (module,))`.
pub(super) fn reduce_reference(module: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let args = vm.ctx.new_tuple(vec![module]);
    let namespace = constructor("_module_namespace", vm)?;
    Ok(vm.ctx.new_tuple(vec![namespace, args.into()]).into())
}

/// `(_make_namespace, (dict,))`; builtins that are not the interpreter's are in the dict.
fn reduce_new(globals: &Py<PyDict>, builtins: &PyObject, vm: &VirtualMachine) -> PyResult {
    let start = vm.ctx.new_dict();
    for name in FROM_THE_START {
        if let Some(value) = globals.inner_getitem_opt(name, vm)?
            && value.class().is(vm.ctx.types.str_type)
        {
            start.set_item(name, value, vm)?;
        }
    }
    if !is_standard(builtins, vm) {
        start.set_item("__builtins__", builtins.to_owned(), vm)?;
    }
    let args = vm.ctx.new_tuple(vec![start.into()]);
    let make = constructor("_make_namespace", vm)?;
    Ok(vm.ctx.new_tuple(vec![make, args.into()]).into())
}

/// Whether these are the builtins that any interpreter has.
fn is_standard(builtins: &PyObject, vm: &VirtualMachine) -> bool {
    builtins.is(&vm.builtins) || builtins.is(&vm.builtins.dict())
}

/// Notes that a module by value is being written, whose dict has everything in the end.
pub(super) fn stand_in_for_module(
    namespaces: &mut Namespaces,
    globals: &Py<PyDict>,
    vm: &VirtualMachine,
) -> PyObjectRef {
    namespaces.add(globals, false);
    stand_in(globals, vm.builtins.dict().into(), vm)
}

#[pymodule(sub)]
pub(crate) mod namespaces {
    use rustpython_vm::{
        PyRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyModule, PyStr},
    };

    /// Make a dict of globals from what it has from the start.
    #[pyfunction]
    fn _make_namespace(globals: PyDictRef, vm: &VirtualMachine) -> PyResult<PyDictRef> {
        if !globals.contains_key("__builtins__", vm) {
            let name = globals.get_item_opt("__name__", vm)?;
            let name = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>());
            let builtins = match name.map(|name| name.as_bytes()) {
                Some(b"__main__") => vm.builtins.clone().into(),
                _ => vm.builtins.dict().into(),
            };
            globals.set_item("__builtins__", builtins, vm)?;
        }
        Ok(globals)
    }

    /// Return the dict of a module's globals.
    #[pyfunction]
    fn _module_namespace(module: PyRef<PyModule>) -> PyDictRef {
        module.dict()
    }
}
