//! The pickling memo: which objects were written, and at which index.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

use rustpython_vm::{AsObject, PyObject, PyObjectRef};

/// Spreads addresses, of which only the low bits are alike.
#[derive(Debug, Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte) ^ self.0 as usize);
        }
    }

    fn write_usize(&mut self, address: usize) {
        let spread = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}

type ByAddress<T> = HashMap<usize, T, BuildHasherDefault<AddressHasher>>;

/// Objects that were written, by identity. It keeps them alive, so that no
/// address is used twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    indexes: ByAddress<(usize, PyObjectRef)>,
}

impl Memo {
    pub(crate) fn len(&self) -> usize {
        self.indexes.len()
    }

    #[inline]
    pub(crate) fn get(&self, object: &PyObject) -> Option<usize> {
        self.indexes.get(&object.get_id()).map(|entry| entry.0)
    }

    /// Gives an object the next index; returns that index.
    #[inline]
    pub(crate) fn put(&mut self, object: PyObjectRef) -> usize {
        let index = self.indexes.len();
        self.insert(index, object);
        index
    }

    /// Gives an object an index of the caller's choice.
    pub(crate) fn insert(&mut self, index: usize, object: PyObjectRef) {
        // Replacing an entry replaces the object by itself: nothing is dropped.
        self.indexes.insert(object.get_id(), (index, object));
    }

    /// Takes out the entries with an index of at least `len`; the caller drops them.
    pub(crate) fn split_off(&mut self, len: usize) -> Vec<PyObjectRef> {
        self.indexes
            .extract_if(|_, entry| entry.0 >= len)
            .map(|(_, entry)| entry.1)
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &PyObjectRef)> {
        self.indexes.values().map(|entry| (entry.0, &entry.1))
    }

    /// The bytes that the memo itself occupies, without the objects.
    pub(crate) fn size_of(&self) -> usize {
        self.indexes.capacity() * size_of::<(usize, (usize, PyObjectRef))>()
    }
}
