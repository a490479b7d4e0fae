//! The pickling memo: which objects were written, and at which index.

use rustpython_vm::{AsObject, PyObject, PyObjectRef};

use crate::by_address::ByAddress;

/// Objects that were written, by identity. It keeps them alive, so that no
/// address is used twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    entries: ByAddress<Entry>,
    /// The number of the dump that is under way.
    dump: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    index: usize,
    object: PyObjectRef,
    /// The dump that has written it; 0 if none has, because the user has put it there.
    dump: u32,
}

impl Memo {
    #[inline]
    pub(crate) fn get(&self, object: &PyObject) -> Option<usize> {
        self.entries.get(&object.get_id()).map(|entry| entry.index)
    }

    /// Gives an object the next index; returns that index.
    #[inline]
    pub(crate) fn put(&mut self, object: PyObjectRef) -> usize {
        let index = self.entries.len();
        self.add(index, object, self.dump);
        index
    }

    /// Gives an object an index of the caller's choice.
    pub(crate) fn insert(&mut self, index: usize, object: PyObjectRef) {
        self.add(index, object, 0);
    }

    fn add(&mut self, index: usize, object: PyObjectRef, dump: u32) {
        let entry = Entry {
            index,
            object,
            dump,
        };
        // Replacing an entry replaces the object by itself: nothing is dropped.
        self.entries.insert(entry.object.get_id(), entry);
    }

    /// A dump begins.
    pub(crate) fn begin(&mut self) {
        self.dump = match self.dump.checked_add(1) {
            Some(dump) => dump,
            None => {
                self.entries.values_mut().for_each(|entry| entry.dump = 0);
                1
            }
        };
    }

    /// Takes out the entries of the dump that has begun last; the caller drops them.
    pub(crate) fn roll_back(&mut self) -> Vec<PyObjectRef> {
        let dump = self.dump;
        self.entries
            .extract_if(|_, entry| entry.dump == dump)
            .map(|(_, entry)| entry.object)
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &PyObjectRef)> {
        let entries = self.entries.values();
        entries.map(|entry| (entry.index, &entry.object))
    }

    /// How many objects it holds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes that the memo itself occupies, without the objects.
    pub(crate) fn size_of(&self) -> usize {
        self.entries.capacity() * size_of::<(usize, Entry)>()
    }
}
