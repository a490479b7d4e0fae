//! Handlers: how objects that hold something of the process, or that have no pickle of their own,
//! are saved all the same.
//!
//! A handler is asked about objects of exactly its class; subclasses go their normal way.

mod answer;
mod combinatorics;
mod context;
mod deferral;
mod descriptors;
mod exceptions;
mod files;
mod generators;
mod groupby;
mod host;
mod iterators;
mod itertools;
mod library;
mod locks;
mod logs;
mod memory;
mod resumed;
mod scanner;
mod settings;
mod shared;
mod shown;
mod singletons;
mod standard_streams;
mod subclass;
mod tee;
mod text;
mod views;
mod weak;

use std::collections::{BTreeMap, HashMap};

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyType, PyTypeRef},
    pymodule,
};

#[cfg(feature = "snapshot")]
pub(crate) use self::deferral::Deferral;
pub use self::host::{Handler, register_handler};
pub use self::settings::{Files, MissingFiles};
pub(crate) use self::settings::{MissingFilesScope, Settings};

use self::answer::Answer;
use super::{ByValue, Rule};
use crate::pickler::type_name;
use crate::unpickler::get_item_opt;

/// What handlers are told, and what they have done; one per memo.
#[derive(Debug, Default)]
pub(crate) struct Handlers {
    pub(crate) settings: Settings,
    host: host::HostHandlers,
    shared: shared::Shared,
    handled: BTreeMap<(String, String), usize>,
    /// Which handler is for a class that is written in Python. The class is kept alive, so that no
    /// address is used twice.
    of_classes: HashMap<usize, (PyTypeRef, Option<Handle>)>,
}

type Plain = fn(&PyObject, &VirtualMachine) -> PyResult<Answer>;

/// Saves objects of a class.
#[derive(Clone, Copy, Debug)]
enum Handle {
    Plain(Plain),
    /// One that needs to be told something.
    Told(fn(&PyObject, &Settings, &VirtualMachine) -> PyResult<Answer>),
}

/// Objects that handlers have saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handled {
    /// Their type, for example `_thread.lock`.
    pub(crate) type_name: String,
    /// What becomes of them, for example `fresh`; empty if they come back as they are.
    pub(crate) note: String,
    pub(crate) count: usize,
}

impl Handlers {
    /// What has been handled since this was asked last, by type.
    pub(crate) fn take_handled(&mut self) -> Vec<Handled> {
        let handled = core::mem::take(&mut self.handled).into_iter();
        let handled = handled.map(|((type_name, note), count)| Handled {
            type_name,
            note,
            count,
        });
        handled.collect()
    }

    fn reduce(
        &mut self,
        rule: &mut Rule,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        let mut answer = self.host.reduce(object, vm)?;
        if answer.is_none() {
            answer = self.built_in(rule, object, vm)?;
        }
        let Some(answer) = answer else {
            return Ok(None);
        };
        let (reduced, note) = answer.into_reduced(vm);
        if let Some(note) = note {
            let key = (type_name(object, vm), note);
            *self.handled.entry(key).or_default() += 1;
        }
        Ok(Some(reduced))
    }

    fn built_in(
        &mut self,
        rule: &mut Rule,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<Answer>> {
        let class = object.class();
        if class.fast_issubclass(vm.ctx.exceptions.base_exception_type) {
            return exceptions::exception(object, vm);
        }
        let handle = match class.heaptype_ext {
            None => of_native_class(&class.slot_name()),
            Some(_) => self.of_class(class, vm)?,
        };
        let Some(handle) = handle else {
            return Ok(None);
        };
        if let Some(answer) = self.shared.reduce(rule, object, vm)? {
            return Ok(Some(answer));
        }
        match handle {
            Handle::Plain(handle) => handle(object, vm).map(Some),
            Handle::Told(handle) => handle(object, &self.settings, vm).map(Some),
        }
    }

    /// Visits each reference to an object once.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        for (class, _) in self.of_classes.values() {
            visit(class.as_object());
        }
    }

    fn of_class(&mut self, class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<Option<Handle>> {
        if let Some((_, handle)) = self.of_classes.get(&class.get_id()) {
            return Ok(*handle);
        }
        let handle = of_python_class(class, vm)?;
        let known = (class.to_owned(), handle);
        self.of_classes.insert(class.get_id(), known);
        Ok(handle)
    }
}

/// Whether instances of a class that is written in Python are saved by a handler for its bases.
pub(super) fn is_handled(class: &Py<PyType>, vm: &VirtualMachine) -> bool {
    subclass::is_handled(class, vm)
}

/// The handler for a class that is written in Rust.
fn of_native_class(name: &str) -> Option<Handle> {
    Some(Handle::Plain(
        match name.strip_prefix("builtins.").unwrap_or(name) {
            "_contextvars.Context" => context::context,
            "_contextvars.ContextVar" => context::variable,
            "_queue.SimpleQueue" => locks::simple_queue,
            "_sre.SRE_Scanner" => scanner::scanner,
            "_struct.Struct" => library::structure,
            "_thread.RLock" | "_thread.lock" => locks::lock,
            "_thread._ThreadHandle" => locks::thread_handle,
            "_thread._local" => locks::local,
            "async_generator" | "coroutine" | "generator" => generators::generator,
            "classmethod_descriptor" => descriptors::class_method,
            "collections._deque_reverse_iterator" => iterators::of_reversed_deque,
            "dict_items" | "dict_keys" | "dict_values" => views::of_dict,
            "functools.KeyWrapper" => iterators::key_wrapper,
            "itertools._grouper" => groupby::group,
            "itertools._tee" => tee::tee,
            "itertools._tee_dataobject" => tee::store,
            "itertools.accumulate" => itertools::accumulate,
            "itertools.batched" => itertools::batched,
            "itertools.chain" => itertools::chain,
            "itertools.combinations" => combinatorics::combinations,
            "itertools.combinations_with_replacement" => {
                combinatorics::combinations_with_replacement
            }
            "itertools.compress" => itertools::compress,
            "itertools.count" => itertools::count,
            "itertools.cycle" => itertools::cycle,
            "itertools.dropwhile" => itertools::dropwhile,
            "itertools.filterfalse" => itertools::filterfalse,
            "itertools.groupby" => groupby::groupby,
            "itertools.islice" => itertools::islice,
            "itertools.pairwise" => itertools::pairwise,
            "itertools.permutations" => combinatorics::permutations,
            "itertools.product" => combinatorics::product,
            "itertools.repeat" => itertools::repeat,
            "itertools.starmap" => itertools::starmap,
            "itertools.takewhile" => itertools::takewhile,
            "itertools.zip_longest" => itertools::zip_longest,
            "list_iterator" | "list_reverseiterator" => iterators::of_list,
            "mappingproxy" => views::mapping_proxy,
            "memory_iterator" => iterators::of_memory,
            "memoryview" => memory::view,
            "odict_items" | "odict_keys" | "odict_values" => views::of_dict,
            "re.Match" => library::regex_match,
            "set_iterator" => iterators::of_set,
            "super" => descriptors::super_object,
            "types.SimpleNamespace" => singletons::namespace,
            "weakref.ReferenceType" => weak::reference,
            "weakref.weakcallableproxy" | "weakref.weakproxy" => weak::proxy,
            name if name.starts_with("sys.") => singletons::of_sys,
            "_io.BufferedRandom" | "_io.BufferedReader" | "_io.BufferedWriter" => {
                return Some(Handle::Told(files::buffered));
            }
            "_io.FileIO" => return Some(Handle::Told(files::raw)),
            "_io.TextIOWrapper" => return Some(Handle::Told(text::text)),
            _ => return None,
        },
    ))
}

/// The classes written in Python that have a handler, by module and name.
const PYTHON_CLASSES: [(&str, &str, Plain); 15] = [
    ("_weakrefset", "WeakSet", weak::set),
    ("collections", "Counter", library::counter),
    ("functools", "partialmethod", descriptors::partial_method),
    ("os", "_Environ", singletons::environment),
    ("random", "Random", singletons::random),
    ("random", "SystemRandom", library::system_random),
    ("tempfile", "_TemporaryFileWrapper", files::temporary),
    ("threading", "Barrier", locks::barrier),
    ("threading", "Condition", locks::condition),
    ("threading", "_MainThread", locks::main_thread),
    ("weakref", "KeyedRef", weak::keyed_reference),
    ("weakref", "WeakKeyDictionary", weak::dictionary),
    ("weakref", "WeakMethod", weak::method),
    ("weakref", "WeakValueDictionary", weak::dictionary),
    ("weakref", "finalize", weak::finalizer),
];

/// The handler for a class that is written in Python.
fn of_python_class(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<Option<Handle>> {
    let name = class.name().to_string();
    for (module, _, handle) in PYTHON_CLASSES.iter().filter(|known| known.1 == name) {
        // Another class may have the same name, in a module of the same name.
        let modules = vm.sys_module.get_attr("modules", vm)?;
        let module = get_item_opt(&modules, vm.ctx.new_str(*module).as_object(), vm)?;
        let Some(module) = module else { continue };
        let found = vm.get_attribute_opt(&module, &vm.ctx.new_str(name.as_str()))?;
        if found.is_some_and(|found| found.is(class)) {
            return Ok(Some(Handle::Plain(*handle)));
        }
    }
    Ok(subclass::of_class(class, vm).or_else(|| subclass::of_family(class, vm)))
}

pub(super) fn reduce(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let ByValue { rule, handlers, .. } = by_value;
    handlers.reduce(rule, object, vm)
}

#[pymodule(
    sub,
    with(
        context::contexts,
        exceptions::raised,
        files::filing,
        generators::finished,
        groupby::groups,
        host::hosted,
        iterators::iterating,
        library::of_library,
        itertools::stepping,
        locks::queues,
        logs::logging,
        memory::memory_views,
        scanner::scanning,
        singletons::of_modules,
        standard_streams::streams,
        tee::tees,
        text::texts,
        views::viewing,
        weak::weak_references
    )
)]
pub(crate) mod handled {
    use rustpython_vm::{PyPayload as _, VirtualMachine, builtins::PyTypeRef};

    use super::resumed::Resumed;

    #[pyattr(name = "_Resumed")]
    fn resumed(vm: &VirtualMachine) -> PyTypeRef {
        Resumed::class(&vm.ctx).to_owned()
    }
}
