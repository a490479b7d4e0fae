//! A canonical order for the elements of sets: that of their values, whatever order the set has.
//!
//! Numbers and strings are sorted as such. Everything else is sorted by a digest of its value: of
//! all of it where it can't change and can't lead back to itself, of what is next to it otherwise,
//! and of more and more around it where elements can't be told apart by that. Those that can't be told
//! apart at all stay in the set's order, which is that in which they were added.
//!
//! What an element is made from is asked of its `__reduce_ex__`, and once more when it is written: a
//! method that counts its calls, or answers differently each time, is not what a pickle is made with.

mod digests;

use malachite_bigint::BigInt;
use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBool, PyBytes, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyStr, PyTuple},
};

use super::digest::Digest;
pub(crate) use digests::Digests;
use digests::Range;

/// One after the other, as long as there are elements that have the same digest.
const RANGES: [Range; 4] = [
    Range {
        depth: 3,
        items: 32,
    },
    Range {
        depth: 8,
        items: 128,
    },
    Range {
        depth: 24,
        items: 1024,
    },
    Range {
        depth: 96,
        items: 8192,
    },
];

/// If more objects than this were looked at, the next range would be too much.
///
/// How many it were does not depend on the set's order, so neither does where this ends.
const ENOUGH: usize = 1 << 14;

/// Sorts the elements of a set; with each there is where the pickle has it, if it has it already.
pub(super) fn sort(
    elements: Vec<(PyObjectRef, Option<usize>)>,
    digests: &mut Digests,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    let keyed = keyed(elements, digests, vm);
    digests.forget();
    Ok(keyed?.into_iter().map(|keyed| keyed.element).collect())
}

/// An element with what it is sorted by.
struct Keyed {
    key: Key,
    written: usize,
    element: PyObjectRef,
}

impl Keyed {
    fn order(&self) -> (&Key, usize) {
        (&self.key, self.written)
    }
}

fn keyed(
    elements: Vec<(PyObjectRef, Option<usize>)>,
    digests: &mut Digests,
    vm: &VirtualMachine,
) -> PyResult<Vec<Keyed>> {
    let mut keyed: Vec<Keyed> = elements
        .into_iter()
        .map(|(element, written)| Keyed {
            key: Key::of_value(&element, vm).unwrap_or(Key::Digest(vec![])),
            written: written.unwrap_or(usize::MAX),
            element,
        })
        .collect();
    let mut before = 0;
    for range in RANGES {
        digests.begin(range);
        let mut alike = false;
        // What has the same key so far is in a row.
        keyed.sort_by(|a, b| a.order().cmp(&b.order()));
        let orders = |index: usize| keyed.get(index).map(Keyed::order);
        let same: Vec<bool> = (0..keyed.len())
            .map(|index| {
                let order = orders(index);
                order == orders(index + 1) || index > 0 && order == orders(index - 1)
            })
            .collect();
        for (keyed, same) in keyed.iter_mut().zip(same) {
            if let Key::Digest(key) = &mut keyed.key
                && (same || key.is_empty())
            {
                key.push(digests.digest(&keyed.element, vm)?);
                alike = true;
            }
        }
        if !alike || digests.looked_at > ENOUGH || digests.looked_at == before {
            break;
        }
        before = digests.looked_at;
    }
    keyed.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(keyed)
}

/// As [`sort`], for what is no set but has no order either, such as weak sets.
pub(super) fn sorted(
    elements: Vec<PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    let elements = elements.into_iter().map(|element| (element, None));
    sort(elements.collect(), &mut Digests::default(), vm)
}

/// What elements are sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    None,
    Bool(bool),
    Int(BigInt),
    /// The bits of a float, so that larger floats have larger ones.
    Float(i64),
    Str(Box<[u8]>),
    Bytes(Box<[u8]>),
    /// One for each range that it took.
    Digest(Vec<u64>),
}

impl Key {
    fn of_value(element: &PyObject, vm: &VirtualMachine) -> Option<Self> {
        if vm.is_none(element) {
            Some(Self::None)
        } else if let Some(value) = element.downcast_ref_if_exact::<PyBool>(vm) {
            Some(Self::Bool(value.is(&vm.ctx.true_value)))
        } else if let Some(value) = element.downcast_ref_if_exact::<PyInt>(vm) {
            Some(Self::Int(value.as_bigint().clone()))
        } else if let Some(value) = element.downcast_ref_if_exact::<PyFloat>(vm) {
            let bits = value.to_f64().to_bits().cast_signed();
            Some(Self::Float(if bits < 0 { bits ^ i64::MAX } else { bits }))
        } else if let Some(value) = element.downcast_ref_if_exact::<PyStr>(vm) {
            Some(Self::Str(value.as_bytes().into()))
        } else {
            let bytes = element.downcast_ref_if_exact::<PyBytes>(vm);
            bytes.map(|bytes| Self::Bytes(bytes.as_bytes().into()))
        }
    }

    fn add_to(&self, digest: &mut Digest) {
        match self {
            Self::None => digest.text(b"None"),
            Self::Bool(value) => digest.text(&[b'?', (*value).into()]),
            Self::Int(value) => {
                digest.text(b"int");
                digest.text(&value.to_signed_bytes_le());
            }
            Self::Float(value) => {
                digest.text(b"float");
                digest.text(&value.to_le_bytes());
            }
            Self::Str(value) => {
                digest.text(b"str");
                digest.text(value);
            }
            Self::Bytes(value) => {
                digest.text(b"bytes");
                digest.text(value);
            }
            Self::Digest(values) => values.iter().for_each(|value| digest.number(*value)),
        }
    }
}

/// Reduces what is a set, but no plain one, with its elements in canonical order.
pub(super) fn reduce_set(
    object: &PyObject,
    digests: &mut Digests,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if !object.downcastable::<PySet>() && !object.downcastable::<PyFrozenSet>() {
        return Ok(None);
    }
    let reduced = vm.call_method(object, "__reduce_ex__", (4,))?;
    let Some(tuple) = reduced.downcast_ref::<PyTuple>() else {
        return Ok(Some(reduced));
    };
    let mut parts = tuple.as_slice().to_vec();
    if let [_, args, ..] = parts.as_mut_slice()
        && let Some([list]) = args.downcast_ref::<PyTuple>().map(|args| args.as_slice())
        && let Some(list) = list.downcast_ref_if_exact::<PyList>(vm)
    {
        let elements = list
            .borrow_vec()
            .iter()
            .map(|element| (element.clone(), None))
            .collect();
        let elements = sort(elements, digests, vm)?;
        let list = vm.ctx.new_list(elements);
        *args = vm.ctx.new_tuple(vec![list.into()]).into();
    }
    Ok(Some(vm.ctx.new_tuple(parts).into()))
}
