//! Which globals each global needs while it is made again.
//!
//! To make a dict or a set, keys are hashed; to make an instance, its class may be asked to set its state. Such code
//! is the session's own, and finds globals of the session, or does not. What it finds cannot be known without running
//! it: every name in the code of every class and function that is a part of a global counts.

use std::collections::{BTreeSet, HashMap};

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, VirtualMachine,
    builtins::{PyCode, PyDict, PyFunction, PyModule, PyType, PyWeak},
    common::wtf8::Wtf8Buf,
};

use super::SnapshotError;
use super::modules::{Division, text};
use super::order::{Needs, order};
use super::watch::Watch;
use crate::by_address::ByAddress;
use crate::by_value::names_used;

/// How many objects are looked at between two reports of progress.
const STEP: u64 = 1 << 16;

/// A global: the number of its module, its position there, and its value.
#[derive(Clone, Debug)]
pub(super) struct Global {
    pub(super) module: usize,
    pub(super) position: usize,
    pub(super) name: Wtf8Buf,
    pub(super) value: PyObjectRef,
}

/// Puts globals in an order in which they can be made.
pub(super) fn sort(
    globals: Vec<Global>,
    modules: &Division,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<Vec<Global>, SnapshotError> {
    let (mut nodes, data): (Vec<_>, Vec<_>) = globals
        .into_iter()
        .partition(|global| is_code(&global.value));
    let code = nodes.len();
    nodes.extend(data);
    let mut search = Search::new(&nodes, modules, watch, vm);
    let mut needs = Needs::with_capacity(nodes.len());
    for (number, node) in nodes.iter().enumerate() {
        needs.push(search.of(number, &node.value)?);
    }
    let ordered = order(&needs, code);
    let mut nodes: Vec<_> = nodes.into_iter().map(Some).collect();
    let ordered = ordered.into_iter().filter_map(|node| nodes[node].take());
    Ok(ordered.collect())
}

fn is_code(value: &PyObject) -> bool {
    value.downcastable::<PyFunction>()
        || value.downcastable::<PyType>()
        || value.downcastable::<PyModule>()
}

struct Search<'a, 'w, 'o, 'vm> {
    vm: &'vm VirtualMachine,
    watch: &'a Watch<'w, 'o>,
    division: &'a Division,
    /// The numbers of the globals of each module, by name.
    globals: Vec<HashMap<Vec<u8>, usize>>,
    /// The modules of the session and their dicts, by identity.
    modules: ByAddress<usize>,
    dicts: ByAddress<usize>,
    /// The dicts of modules of the library.
    library: ByAddress<()>,
    /// The names of the modules of the session.
    names: HashMap<String, usize>,
    /// Which global an object has been met in first.
    owners: ByAddress<usize>,
    met: u64,
}

impl<'a, 'w, 'o, 'vm> Search<'a, 'w, 'o, 'vm> {
    fn new(
        nodes: &[Global],
        division: &'a Division,
        watch: &'a Watch<'w, 'o>,
        vm: &'vm VirtualMachine,
    ) -> Self {
        let users = division.users.iter().enumerate();
        let mut this = Self {
            vm,
            watch,
            division,
            globals: vec![HashMap::new(); division.users.len()],
            modules: ByAddress::default(),
            dicts: ByAddress::default(),
            library: ByAddress::default(),
            names: division.names().collect(),
            owners: ByAddress::default(),
            met: 0,
        };
        for (number, user) in users {
            this.modules.insert(user.module.get_id(), number);
            this.dicts.insert(user.module.dict().get_id(), number);
        }
        for module in &division.library_modules {
            this.library.insert(module.dict().get_id(), ());
        }
        for (number, node) in nodes.iter().enumerate() {
            let name = node.name.as_bytes().to_vec();
            this.globals[node.module].insert(name, number);
        }
        this
    }

    /// The globals that one needs.
    fn of(&mut self, number: usize, value: &PyObject) -> Result<Vec<usize>, SnapshotError> {
        let mut needed = BTreeSet::new();
        let mut left: Vec<PyObjectRef> = vec![value.to_owned()];
        while let Some(object) = left.pop() {
            self.met += 1;
            if self.met.is_multiple_of(STEP) && !self.watch.tell(0, 0) {
                self.watch.check()?;
            }
            if self.is_end(&object) {
                continue;
            }
            if let Some(weak) = object.downcast_ref::<PyWeak>() {
                left.extend(weak.upgrade());
                continue;
            }
            let parts = object.gc_get_referents();
            let class = object.class();
            if parts.is_empty() && class.heaptype_ext.is_none() {
                continue;
            }
            if let Some(owner) = self.owners.get(&object.get_id()) {
                needed.insert(*owner);
                continue;
            }
            self.owners.insert(object.get_id(), number);
            if class.heaptype_ext.is_some() {
                left.push(class.to_owned().into());
            }
            if object.downcastable::<PyFunction>() {
                self.names(&object, &mut needed);
            }
            let of_class = object.downcastable::<PyType>();
            // A class knows its subclasses by weak references.
            let parts = parts.into_iter();
            left.extend(parts.filter(|part| !(of_class && part.downcastable::<PyWeak>())));
        }
        needed.remove(&number);
        Ok(needed.into_iter().collect())
    }

    /// Whether what is behind an object is of no interest.
    fn is_end(&self, object: &PyObject) -> bool {
        let types = &self.vm.ctx.types;
        let class = object.class();
        let atoms = [
            types.str_type,
            types.int_type,
            types.float_type,
            types.bytes_type,
        ];
        if atoms.into_iter().any(|atom| class.is(atom)) {
            return true;
        }
        if object.downcastable::<PyCode>() || object.downcastable::<PyModule>() {
            return true;
        }
        if let Some(dict) = object.downcast_ref::<PyDict>() {
            let id = dict.get_id();
            return self.dicts.contains_key(&id) || self.library.contains_key(&id);
        }
        object
            .downcast_ref::<PyType>()
            .is_some_and(|class| self.is_of_library(class))
    }

    fn is_of_library(&self, class: &Py<PyType>) -> bool {
        if class.heaptype_ext.is_none() {
            return true;
        }
        let module = class.get_attr(self.vm.ctx.intern_str("__module__"));
        text(module).is_some_and(|module| self.division.is_library(&module))
    }

    /// The globals that a function's code names: as such, or as attributes of modules of the session.
    fn names(&self, function: &PyObject, needed: &mut BTreeSet<usize>) {
        let get = |name: &'static str| function.get_attr(name, self.vm).ok();
        let globals = get("__globals__").map(|globals| globals.get_id());
        let module = globals.and_then(|globals| self.dicts.get(&globals));
        let code = get("__code__");
        if let Some(code) = code.as_ref().and_then(|code| code.downcast_ref::<PyCode>()) {
            let used = names_used(code);
            let mut named: BTreeSet<&usize> = BTreeSet::new();
            if let Some(module) = module {
                let globals = &self.globals[*module];
                let dict = self.division.users[*module].module.dict();
                for name in &used.globals {
                    needed.extend(globals.get(name.as_bytes()));
                    let value = dict.get_item_opt(*name, self.vm).ok().flatten();
                    named.extend(value.and_then(|value| self.modules.get(&value.get_id())));
                }
            }
            // Code can import them, too.
            named.extend(used.all.iter().filter_map(|name| self.names.get(*name)));
            for globals in named.into_iter().map(|module| &self.globals[*module]) {
                let attributes = used.all.iter();
                needed.extend(attributes.filter_map(|name| globals.get(name.as_bytes())));
            }
        }
    }
}
