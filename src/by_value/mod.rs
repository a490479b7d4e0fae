//! What CPython pickles by name or not at all, pickled by value: functions, classes, modules and
//! what they are made of; and handlers for objects that hold something of the process.
//!
//! A reducer here answers as `__reduce_ex__` does, with a tuple of a constructor, its arguments,
//! and a state with its setter. Constructors and setters are functions of the Python module
//! `rustpython_pickle`, so that plain `pickle.loads` reads such pickles back.

mod annotations;
pub(crate) mod cell;
pub(crate) mod class;
mod code;
mod digest;
pub(crate) mod function;
pub(crate) mod handlers;
pub(crate) mod hosted;
mod linecache;
pub(crate) mod lru_cache;
pub(crate) mod method;
pub(crate) mod module;
pub(crate) mod namespace;
mod order;
pub(crate) mod registry;
mod rule;
pub(crate) mod source;
#[cfg(all(test, feature = "stdlib"))]
mod tests;
mod text;

#[cfg(feature = "snapshot")]
pub(crate) use code::names_used;
pub(crate) use rule::{Rule, loaded_module, loaded_modules};

use std::collections::BTreeMap;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyTuple},
};

/// One of the functions of the Python module, which pickles name: a constructor or a setter.
pub(crate) fn constructor(name: &'static str, vm: &VirtualMachine) -> PyResult {
    // To import what is loaded takes ten times as long.
    let module = match loaded_module("rustpython_pickle", vm)? {
        Some(module) => module,
        None => vm.import("rustpython_pickle", 0)?,
    };
    module.get_attr(name, vm)
}

/// Whether two objects are of one class and equal; not if their class is one of a session's, of which another
/// session has another one.
pub(crate) fn is_equal(a: &PyObject, b: &PyObject, vm: &VirtualMachine) -> bool {
    a.class().is(b.class()) && vm.bool_eq(a, b).unwrap_or(false)
}

/// A state of two parts, of which the second is a dict.
fn pair<T: TryFromObject>(state: &PyTuple, vm: &VirtualMachine) -> PyResult<(T, PyDictRef)> {
    match state.as_slice() {
        [first, second] => Ok((
            first.clone().try_into_value(vm)?,
            second.clone().try_into_value(vm)?,
        )),
        _ => Err(vm.new_type_error("a state of two parts is needed")),
    }
}

/// What a by-value dump knows and remembers; one per memo.
#[derive(Debug, Default)]
pub(crate) struct ByValue {
    /// Which objects go by value.
    pub(crate) rule: Rule,
    /// The dicts of globals that functions have been written with.
    pub(crate) namespaces: namespace::Namespaces,
    /// The strings that have been written.
    pub(crate) texts: text::Texts,
    /// What the elements of sets are sorted by.
    digests: order::Digests,
    /// The sources of the code that has been written, if they are asked for.
    sources: Option<BTreeMap<String, String>>,
    /// The table of reducers by class that the dump has in place of copyreg's.
    dispatch_table: Option<PyObjectRef>,
    /// What is known of classes.
    pub(crate) classes: class::Classes,
    /// What handlers are told, and what they have done.
    pub(crate) handlers: handlers::Handlers,
}

impl ByValue {
    /// For a new memo, with the modules that are registered in this interpreter.
    pub(crate) fn new(vm: &VirtualMachine) -> PyResult<Self> {
        Ok(Self {
            rule: Rule::new(vm)?,
            ..Self::default()
        })
    }

    /// Visits each reference to an object once.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.rule.visit(visit);
        self.namespaces.visit(visit);
        self.texts.visit(visit);
        self.classes.visit(visit);
        self.digests.visit(visit);
        self.handlers.visit(visit);
        self.dispatch_table.iter().for_each(|table| visit(table));
    }

    /// Collects the sources of the code that is written from now on.
    pub(crate) fn with_sources(mut self) -> Self {
        self.sources.get_or_insert_default();
        self
    }

    /// The sources of the code that has been written, by the names of their files.
    pub(crate) fn sources(&self) -> BTreeMap<String, String> {
        self.sources.clone().unwrap_or_default()
    }

    fn note_source(&mut self, code: &Py<PyCode>, vm: &VirtualMachine) -> PyResult<()> {
        let Some(sources) = &mut self.sources else {
            return Ok(());
        };
        let filename = code.source_path().to_string_lossy().into_owned();
        if !sources.contains_key(&filename)
            && let Some(text) = source::lookup(&filename, vm)?
        {
            sources.insert(filename, text);
        }
        Ok(())
    }

    /// A dump begins, perhaps with a table of reducers of its own.
    pub(crate) fn begin(&mut self, dispatch_table: Option<PyObjectRef>) {
        self.dispatch_table = dispatch_table;
        self.namespaces.begin();
        self.classes.begin();
    }

    /// The dump that has begun last has failed. What is dropped is returned.
    pub(crate) fn roll_back(&mut self) -> Vec<PyObjectRef> {
        self.namespaces.roll_back()
    }

    /// The object that another one stands for, with how it is reduced.
    pub(crate) fn stand_in(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<(PyObjectRef, PyObjectRef)>> {
        let Some(namespace) = object.downcast_ref::<namespace::PyNamespace>() else {
            return Ok(None);
        };
        let (namespaces, rule) = (&mut self.namespaces, &mut self.rule);
        namespace::reduce_stand_in(namespaces, rule, namespace, vm).map(Some)
    }

    /// Reduces a dict that is a module's or a class's; `None` if it is data.
    pub(crate) fn reduce_dict(
        &mut self,
        dict: &Py<PyDict>,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        match namespace::reference(&mut self.rule, dict, vm)? {
            Some(module) => namespace::reduce_reference(module, vm).map(Some),
            None => class::reduce_namespace(self, dict, vm),
        }
    }

    /// The elements of a set in canonical order; with each there is where the pickle has it, if
    /// it has it already.
    pub(crate) fn in_order(
        &mut self,
        elements: Vec<(PyObjectRef, Option<usize>)>,
        vm: &VirtualMachine,
    ) -> PyResult<Vec<PyObjectRef>> {
        order::sort(elements, &mut self.digests, vm)
    }

    /// Reduces an object whose kind is pickled by name otherwise; `None` if it can be imported.
    pub(crate) fn reduce(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        if let Some(reduced) = function::reduce(self, object, vm)? {
            return Ok(Some(reduced));
        }
        if let Some(reduced) = class::reduce(self, object, vm)? {
            return Ok(Some(reduced));
        }
        order::reduce_set(object, &mut self.digests, vm)
    }

    /// Reduces an object that can't be pickled otherwise.
    pub(crate) fn handle(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        handlers::reduce(self, object, vm)
    }
}
