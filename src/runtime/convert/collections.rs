//! Sequences, maps and sets.

use core::hash::{BuildHasher, Hash};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use rustpython_vm::{
    PyObject, PyObjectRef, PyPayload as _, PyResult, VirtualMachine,
    builtins::{PyDict, PyFrozenSet, PyList, PySet, PyTuple},
};

use super::{ConversionError, FromPython, ToPython, nested, nesting};

/// The items of a list or a tuple.
pub(in crate::runtime) fn items(object: &PyObject) -> Result<Vec<PyObjectRef>, ConversionError> {
    if let Some(list) = object.downcast_ref::<PyList>() {
        // Copied, for converting an item may run Python code that changes the list.
        return Ok(list.borrow_vec().to_vec());
    }
    if let Some(tuple) = object.downcast_ref::<PyTuple>() {
        return Ok(tuple.as_slice().to_vec());
    }
    Err(ConversionError::expected("list or tuple", object))
}

/// The value of the item with this index.
pub(super) fn item<T: FromPython>(
    items: &[PyObjectRef],
    index: usize,
    vm: &VirtualMachine,
) -> Result<T, ConversionError> {
    let Some(item) = items.get(index) else {
        return Err(ConversionError::value("missing").in_index(index));
    };
    nested(vm, || T::from_python(item, vm)).map_err(|error| error.in_index(index))
}

fn sequence<T: FromPython, C: FromIterator<T>>(
    object: &PyObject,
    vm: &VirtualMachine,
) -> Result<C, ConversionError> {
    let items = items(object)?;
    (0..items.len())
        .map(|index| item(&items, index, vm))
        .collect()
}

fn list<T: ToPython>(
    items: impl IntoIterator<Item = T>,
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    let items: PyResult<Vec<_>> = nesting(vm, || {
        items.into_iter().map(|item| item.to_python(vm)).collect()
    });
    Ok(vm.ctx.new_list(items?).into())
}

impl<T: FromPython> FromPython for Vec<T> {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        sequence(object, vm)
    }
}

impl<T: FromPython> FromPython for VecDeque<T> {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        sequence(object, vm)
    }
}

impl<T: FromPython, const N: usize> FromPython for [T; N] {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        let items = items(object)?;
        if items.len() != N {
            let got = items.len();
            return Err(ConversionError::value(format!(
                "expected {N} items, got {got}"
            )));
        }
        let values: Result<Vec<T>, _> = (0..N).map(|index| item(&items, index, vm)).collect();
        let values = Self::try_from(values?);
        values.map_err(|_| ConversionError::value(format!("expected {N} items")))
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $sequence:ty, $item:ty;)*) => {$(
        impl<$($generics)*> ToPython for $sequence
        where
            $item: ToPython,
        {
            const PLAIN: bool = <$item>::PLAIN;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                list(self, vm)
            }
        }
    )*};
}

lists! {
    [T] Vec<T>, T;
    [T] VecDeque<T>, T;
    [T, const N: usize] [T; N], T;
    ['a, T] &'a Vec<T>, &'a T;
    ['a, T] &'a VecDeque<T>, &'a T;
    ['a, T] &'a [T], &'a T;
    ['a, T, const N: usize] &'a [T; N], &'a T;
}

/// The keys and values of a dict.
fn entries<K: FromPython, V: FromPython, C: FromIterator<(K, V)>>(
    object: &PyObject,
    vm: &VirtualMachine,
) -> Result<C, ConversionError> {
    let Some(dict) = object.downcast_ref::<PyDict>() else {
        return Err(ConversionError::expected("dict", object));
    };
    let entries: Vec<_> = dict.into_iter().collect();
    let entries = entries.into_iter().map(|(key, value)| {
        let name = nested(vm, || K::from_python(&key, vm));
        let name = name.map_err(|error| error.at_key(&key, vm))?;
        let value = nested(vm, || V::from_python(&value, vm));
        let value = value.map_err(|error| error.in_key(&key, vm))?;
        Ok((name, value))
    });
    entries.collect()
}

fn dict<K: ToPython, V: ToPython>(
    entries: impl IntoIterator<Item = (K, V)>,
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    let dict = vm.ctx.new_dict();
    nesting(vm, || {
        for (key, value) in entries {
            let (key, value) = (key.to_python(vm)?, value.to_python(vm)?);
            dict.set_item(&*key, value, vm)?;
        }
        Ok(())
    })?;
    Ok(dict.into())
}

impl<K: FromPython + Eq + Hash, V: FromPython, S: BuildHasher + Default> FromPython
    for HashMap<K, V, S>
{
    const PLAIN: bool = K::PLAIN && V::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        entries(object, vm)
    }
}

impl<K: FromPython + Ord, V: FromPython> FromPython for BTreeMap<K, V> {
    const PLAIN: bool = K::PLAIN && V::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        entries(object, vm)
    }
}

macro_rules! dicts {
    ($([$($generics:tt)*] $map:ty, $key:ty, $value:ty;)*) => {$(
        impl<$($generics)*> ToPython for $map
        where
            $key: ToPython,
            $value: ToPython,
        {
            const PLAIN: bool = <$key>::PLAIN && <$value>::PLAIN;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                dict(self, vm)
            }
        }
    )*};
}

dicts! {
    [K, V, S] HashMap<K, V, S>, K, V;
    [K, V] BTreeMap<K, V>, K, V;
    ['a, K, V, S] &'a HashMap<K, V, S>, &'a K, &'a V;
    ['a, K, V] &'a BTreeMap<K, V>, &'a K, &'a V;
}

/// The items of a set.
fn members<T: FromPython, C: FromIterator<T>>(
    object: &PyObject,
    vm: &VirtualMachine,
) -> Result<C, ConversionError> {
    let members = if let Some(set) = object.downcast_ref::<PySet>() {
        set.elements()
    } else if let Some(set) = object.downcast_ref::<PyFrozenSet>() {
        set.elements()
    } else {
        return Err(ConversionError::expected("set or frozenset", object));
    };
    let members = members
        .iter()
        .map(|member| nested(vm, || T::from_python(member, vm)).map_err(ConversionError::in_item));
    members.collect()
}

fn set<T: ToPython>(
    members: impl IntoIterator<Item = T>,
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    let set = PySet::default().into_ref(&vm.ctx);
    nesting(vm, || {
        for member in members {
            set.add(member.to_python(vm)?, vm)?;
        }
        Ok(())
    })?;
    Ok(set.into())
}

impl<T: FromPython + Eq + Hash, S: BuildHasher + Default> FromPython for HashSet<T, S> {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        members(object, vm)
    }
}

impl<T: FromPython + Ord> FromPython for BTreeSet<T> {
    const PLAIN: bool = T::PLAIN;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        members(object, vm)
    }
}

macro_rules! sets {
    ($([$($generics:tt)*] $set:ty, $item:ty;)*) => {$(
        impl<$($generics)*> ToPython for $set
        where
            $item: ToPython,
        {
            const PLAIN: bool = <$item>::PLAIN;

            fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                set(self, vm)
            }
        }
    )*};
}

sets! {
    [T, S] HashSet<T, S>, T;
    [T] BTreeSet<T>, T;
    ['a, T, S] &'a HashSet<T, S>, &'a T;
    ['a, T] &'a BTreeSet<T>, &'a T;
}
