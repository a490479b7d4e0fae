//! Digests of objects by their values, for a canonical order.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{
        PyByteArray, PyCode, PyComplex, PyDict, PyFrozenSet, PyFunction, PyList, PyModule, PySet,
        PyStr, PyTuple, PyType,
    },
    protocol::{PyIter, PyIterReturn},
};

use super::Key;
use crate::by_value::digest::Digest;

/// How far a digest goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    /// How many steps from an element, through objects that may change.
    pub(super) depth: u8,
    /// How many items of a list or dict.
    pub(super) items: usize,
}

/// The digests of objects.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    /// Of tuples and frozensets that can't change.
    lasting: HashMap<usize, (PyObjectRef, u64)>,
    /// Of other objects, so many steps into them, in the range that one set is sorted with.
    changing: HashMap<(usize, u8), (PyObjectRef, u64)>,
    /// What they are made from, while one set is sorted: each is asked once.
    made_from: HashMap<usize, (PyObjectRef, Vec<PyObjectRef>)>,
    range: Range,
    /// How many objects were begun in this range.
    pub(super) looked_at: usize,
}

impl Default for Range {
    fn default() -> Self {
        super::RANGES[0]
    }
}

/// A digest under way. There is a stack of these instead of recursion.
enum Task {
    Visit(PyObjectRef, u8),
    /// Combine the digests of so many parts, which are the last ones made.
    Combine {
        object: PyObjectRef,
        depth: u8,
        digest: Digest,
        parts: usize,
        /// The parts are those of a set.
        unordered: bool,
        /// The object itself can't change.
        lasting: bool,
    },
}

/// A digest, and whether it is that of a value that can't change.
#[derive(Clone, Copy, Debug)]
struct Done {
    digest: u64,
    lasting: bool,
}

impl Digests {
    pub(in crate::by_value) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.lasting.values().for_each(|(object, _)| visit(object));
        self.changing.values().for_each(|(object, _)| visit(object));
        for (object, parts) in self.made_from.values() {
            visit(object);
            parts.iter().for_each(|part| visit(part));
        }
    }

    pub(super) fn begin(&mut self, range: Range) {
        self.range = range;
        self.looked_at = 0;
        self.changing.clear();
    }

    /// A set is sorted: objects may change from now on.
    pub(super) fn forget(&mut self) {
        self.changing.clear();
        self.made_from.clear();
    }

    pub(super) fn digest(&mut self, object: &PyObject, vm: &VirtualMachine) -> PyResult<u64> {
        let mut tasks = vec![Task::Visit(object.to_owned(), self.range.depth)];
        let mut done: Vec<Done> = Vec::new();
        while let Some(task) = tasks.pop() {
            match task {
                Task::Visit(object, depth) => match self.known(&object, depth, vm) {
                    Some(known) => done.push(known),
                    None => self.open(object, depth, &mut tasks, vm)?,
                },
                Task::Combine {
                    object,
                    depth,
                    mut digest,
                    parts,
                    unordered,
                    mut lasting,
                } => {
                    let mut parts = done.split_off(done.len().saturating_sub(parts));
                    if unordered {
                        parts.sort_unstable_by_key(|part| part.digest);
                    }
                    digest.number(parts.len() as u64);
                    for part in parts {
                        digest.number(part.digest);
                        lasting &= part.lasting;
                    }
                    let digest = digest.finish();
                    if lasting {
                        self.lasting.insert(object.get_id(), (object, digest));
                    } else {
                        self.changing
                            .insert((object.get_id(), depth), (object, digest));
                    }
                    done.push(Done { digest, lasting });
                }
            }
        }
        Ok(done.pop().map_or(0, |done| done.digest))
    }

    /// The digest of an object without parts, or of one that has been met.
    fn known(&self, object: &PyObject, depth: u8, vm: &VirtualMachine) -> Option<Done> {
        if let Some(key) = Key::of_value(object, vm) {
            let mut digest = Digest::default();
            key.add_to(&mut digest);
            return Some(Done {
                digest: digest.finish(),
                lasting: true,
            });
        }
        let id = object.get_id();
        let lasting = self.lasting.get(&id).map(|(_, digest)| (*digest, true));
        let known = lasting.or_else(|| {
            let changing = self.changing.get(&(id, depth));
            changing.map(|(_, digest)| (*digest, false))
        });
        known.map(|(digest, lasting)| Done { digest, lasting })
    }

    /// Puts the parts of an object on the stack, and before them that they are to be combined.
    fn open(
        &mut self,
        object: PyObjectRef,
        depth: u8,
        tasks: &mut Vec<Task>,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        self.looked_at += 1;
        let most = self.range.items;
        let mut digest = Digest::default();
        digest.text(type_name(&object, vm).as_bytes());
        let mut inner = depth;
        let (mut unordered, mut lasting) = (false, false);
        let mut parts: Vec<PyObjectRef> = Vec::new();
        if let Some(tuple) = object.downcast_ref_if_exact::<PyTuple>(vm) {
            lasting = true;
            parts.extend_from_slice(tuple.as_slice());
        } else if let Some(set) = object.downcast_ref_if_exact::<PyFrozenSet>(vm) {
            (lasting, unordered) = (true, true);
            parts = set.elements();
        } else if let Some(value) = object.downcast_ref_if_exact::<PyComplex>(vm) {
            let value = value.to_complex64();
            digest.number(value.re.to_bits());
            digest.number(value.im.to_bits());
        } else if !add_name(&object, &mut digest, vm)? && depth > 0 {
            inner = depth - 1;
            if let Some(list) = object.downcast_ref_if_exact::<PyList>(vm) {
                let list = list.borrow_vec();
                digest.number(list.len() as u64);
                parts.extend(list.iter().take(most).cloned());
            } else if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
                digest.number(dict.__len__() as u64);
                let items = dict.items_vec().into_iter().take(most);
                parts.extend(items.flat_map(|(key, value)| [key, value]));
            } else if let Some(set) = object.downcast_ref_if_exact::<PySet>(vm) {
                unordered = true;
                parts = set.elements();
            } else if let Some(bytes) = object.downcast_ref_if_exact::<PyByteArray>(vm) {
                digest.text(&bytes.borrow_buf());
            } else {
                parts = self.made_from(&object, vm)?;
            }
        }
        tasks.push(Task::Combine {
            object,
            depth,
            digest,
            parts: parts.len(),
            unordered,
            lasting,
        });
        let parts = parts.into_iter().rev();
        tasks.extend(parts.map(|part| Task::Visit(part, inner)));
        Ok(())
    }

    fn made_from(&mut self, object: &PyObject, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        if let Some((_, parts)) = self.made_from.get(&object.get_id()) {
            return Ok(parts.clone());
        }
        let parts = reduced(object, vm)?;
        let known = (object.to_owned(), parts.clone());
        self.made_from.insert(object.get_id(), known);
        Ok(parts)
    }
}

fn type_name(object: &PyObject, vm: &VirtualMachine) -> String {
    let class = object.class();
    let name = class.fully_qualified_name(vm);
    name.unwrap_or_else(|_| class.name().to_string())
}

/// Adds the name of a class, function or module, and says whether it is one.
fn add_name(object: &PyObject, digest: &mut Digest, vm: &VirtualMachine) -> PyResult<bool> {
    let function = object.downcast_ref::<PyFunction>();
    let names = match () {
        () if object.downcastable::<PyType>() || function.is_some() => {
            ["__module__", "__qualname__"]
        }
        () if object.downcastable::<PyModule>() => ["__name__"; 2],
        () if object.downcastable::<PyCode>() => ["co_filename", "co_qualname"],
        () => return Ok(false),
    };
    for name in names {
        let name = or_nothing(vm.get_attribute_opt(object, name), vm)?.flatten();
        if let Some(name) = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>()) {
            digest.text(name.as_bytes());
        }
    }
    if function.is_some() {
        let code = object.get_attr("__code__", vm)?;
        if let Some(code) = code.downcast_ref::<PyCode>() {
            digest.text(&code.instructions.original_bytes());
            digest.text(&code.linetable);
        }
    }
    Ok(true)
}

/// How many items of those that an object is filled with count in a digest.
const MOST_ITEMS: usize = 1024;

/// What `__reduce_ex__` returns: the parts that an object is made from.
///
/// An object that can't be reduced, or is reduced by a handler, is known by its type alone. If it
/// is to be an error, the dump itself will say so.
fn reduced(object: &PyObject, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
    let Some(reduced) = or_nothing(vm.call_method(object, "__reduce_ex__", (4,)), vm)? else {
        return Ok(Vec::new());
    };
    let Some(tuple) = reduced.downcast_ref::<PyTuple>() else {
        return Ok(vec![reduced]);
    };
    let mut parts = Vec::new();
    for (index, part) in tuple.as_slice().iter().enumerate() {
        if !(3..5).contains(&index) || vm.is_none(part) {
            parts.push(part.clone());
            continue;
        }
        let items = PyIter::new(part.clone());
        for _ in 0..MOST_ITEMS {
            match or_nothing(items.next(vm), vm)? {
                Some(PyIterReturn::Return(item)) => parts.push(item),
                _ => break,
            }
        }
    }
    Ok(parts)
}

/// Nothing in place of an exception, unless it is one that ends the program.
fn or_nothing<T>(result: PyResult<T>, vm: &VirtualMachine) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.exception_type) => Ok(None),
        Err(error) => Err(error),
    }
}
