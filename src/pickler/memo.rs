//! The pickling memo: which objects were written, and at which index.
//!
//! Most that is asked of it is to take one more object. So the entries stand in the order in which they came, and a table of
//! open addressing beside them has their numbers: an entry costs a write behind the last one, and one into the table.
//!
//! An object that nobody but its container has can't come again, unless somebody gets at it first. So it has no place in the
//! table until foreign code is about to run.

use rustpython_vm::{AsObject, PyObject, PyObjectRef};

/// Objects that were written, by identity. It keeps them alive, so that no
/// address is used twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    entries: Vec<Entry>,
    /// By the hash of the address, the number of an entry: a power of two places, at most half of them taken.
    table: Vec<Slot>,
    /// How many places are taken.
    taken: usize,
    /// So many of the first entries have their places.
    settled: usize,
    /// The number of the dump that is under way.
    dump: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    index: usize,
    /// `None` if nobody but the pickle has the object, so that it is never sought.
    object: Option<PyObjectRef>,
    /// The dump that has written it; 0 if none has, because the user has put it there.
    dump: u32,
    /// Whether it has a place in the table.
    placed: bool,
}

/// A place of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    /// Half of the hash, so that an entry is looked at only where it is the one that is sought.
    tag: u32,
    /// The number of the entry plus one; 0 if the place is free.
    entry: u32,
}

impl Entry {
    #[inline]
    fn address(&self) -> Option<usize> {
        self.object.as_ref().map(|object| object.get_id())
    }
}

/// How many places the first table has.
const LEAST: usize = 64;

/// Spreads addresses, of which only the low bits are alike.
#[inline]
fn hash(address: usize) -> u64 {
    (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Memo {
    #[inline]
    pub(crate) fn get(&self, object: &PyObject) -> Option<usize> {
        let address = object.get_id();
        let hash = hash(address);
        let mask = self.table.len().checked_sub(1)?;
        let mut place = (hash >> 32) as usize & mask;
        loop {
            let slot = self.table.get(place)?;
            if slot.tag == hash as u32
                && let Some(entry) = self.entries.get((slot.entry as usize).wrapping_sub(1))
                && entry.address() == Some(address)
            {
                return Some(entry.index);
            }
            if slot.entry == 0 {
                return None;
            }
            place = (place + 1) & mask;
        }
    }

    /// Gives an object the next index; returns that index.
    #[inline]
    pub(crate) fn put(&mut self, object: PyObjectRef) -> usize {
        let index = self.entries.len();
        self.add(index, object, self.dump);
        index
    }

    /// Gives the next index to an object that is there only in the pickle; returns that index.
    pub(crate) fn put_unnamed(&mut self) -> usize {
        self.push(None)
    }

    /// Gives the next index to an object that nobody but its container has; returns that index.
    #[inline]
    pub(crate) fn put_sole(&mut self, object: PyObjectRef) -> usize {
        self.push(Some(object))
    }

    #[inline]
    fn push(&mut self, object: Option<PyObjectRef>) -> usize {
        let index = self.entries.len();
        self.entries.push(Entry {
            index,
            object,
            dump: self.dump,
            placed: false,
        });
        index
    }

    /// To be called before foreign code runs: from here on every object may come again.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if self.settled < self.entries.len() {
            self.place_all();
        }
    }

    #[cold]
    fn place_all(&mut self) {
        for number in self.settled..self.entries.len() {
            let entry = &self.entries[number];
            if let Some(address) = entry.address()
                && !entry.placed
            {
                self.make_room();
                // An object that has got an entry meanwhile keeps that.
                if let (place, None) = self.find(address) {
                    self.place(place, number);
                }
            }
        }
        self.settled = self.entries.len();
    }

    /// Makes the table large enough for one more.
    #[inline]
    fn make_room(&mut self) {
        if 2 * (self.taken + 1) > self.table.len() {
            self.rebuild((4 * self.taken).next_power_of_two().max(LEAST));
        }
    }

    /// Gives an entry a free place.
    #[inline]
    fn place(&mut self, place: usize, number: usize) {
        let entry = &mut self.entries[number];
        // Beyond four thousand million, which take far more memory than there is, objects are not found again.
        if let Some(address) = entry.address()
            && let Ok(number) = u32::try_from(number + 1)
        {
            let tag = hash(address) as u32;
            self.table[place] = Slot { tag, entry: number };
            entry.placed = true;
            self.taken += 1;
        }
    }

    /// Gives an object an index of the caller's choice.
    pub(crate) fn insert(&mut self, index: usize, object: PyObjectRef) {
        self.add(index, object, 0);
    }

    #[inline]
    fn add(&mut self, index: usize, object: PyObjectRef, dump: u32) {
        self.make_room();
        let (place, found) = self.find(object.get_id());
        if let Some(entry) = found {
            // The same object: nothing is dropped but a second reference to it.
            let entry = &mut self.entries[entry];
            (entry.index, entry.dump) = (index, dump);
            return;
        }
        self.entries.push(Entry {
            index,
            object: Some(object),
            dump,
            placed: false,
        });
        self.place(place, self.entries.len() - 1);
    }

    /// The place of an object in the table, which must not be empty, and its entry; or the place that is free for it.
    #[inline]
    fn find(&self, address: usize) -> (usize, Option<usize>) {
        let hash = hash(address);
        let mask = self.table.len() - 1;
        let mut place = (hash >> 32) as usize & mask;
        loop {
            let slot = self.table[place];
            let Some(entry) = (slot.entry as usize).checked_sub(1) else {
                return (place, None);
            };
            if slot.tag == hash as u32 && self.entries[entry].address() == Some(address) {
                return (place, Some(entry));
            }
            place = (place + 1) & mask;
        }
    }

    /// Makes a table of so many places.
    #[cold]
    fn rebuild(&mut self, places: usize) {
        self.table.clear();
        self.table.resize(places, Slot::default());
        self.taken = 0;
        let mask = places - 1;
        for number in 0..self.entries.len() {
            let entry = &self.entries[number];
            let Some(address) = entry.address().filter(|_| entry.placed) else {
                continue;
            };
            let mut place = (hash(address) >> 32) as usize & mask;
            while self.table[place].entry != 0 {
                place = (place + 1) & mask;
            }
            self.place(place, number);
        }
    }

    /// A dump begins.
    pub(crate) fn begin(&mut self) {
        self.settle();
        self.dump = match self.dump.checked_add(1) {
            Some(dump) => dump,
            None => {
                self.entries.iter_mut().for_each(|entry| entry.dump = 0);
                1
            }
        };
    }

    /// Takes out the entries of the dump that has begun last; the caller drops them.
    pub(crate) fn roll_back(&mut self) -> Vec<PyObjectRef> {
        let dump = self.dump;
        let before = self.entries.len();
        let of_dump = self.entries.extract_if(.., |entry| entry.dump == dump);
        let objects: Vec<_> = of_dump.filter_map(|entry| entry.object).collect();
        if self.entries.len() < before {
            self.settled = 0;
            if !self.table.is_empty() {
                self.rebuild(self.table.len());
            }
        }
        objects
    }

    /// Takes out all but the first entries, so many of which there are; the caller drops them.
    pub(crate) fn take_back(&mut self, length: usize) -> Vec<PyObjectRef> {
        let mut objects = Vec::new();
        while self.entries.len() > length
            && let Some(entry) = self.entries.last()
        {
            if let Some(address) = entry.address().filter(|_| entry.placed) {
                // Nothing has been put into the table since, so that no other entry's place depends on this one's.
                let (place, _) = self.find(address);
                self.table[place] = Slot::default();
                self.taken -= 1;
            }
            objects.extend(self.entries.pop().and_then(|entry| entry.object));
        }
        self.settled = self.settled.min(length);
        objects
    }

    /// In the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &PyObjectRef)> {
        let entries = self.entries.iter();
        entries.filter_map(|entry| Some((entry.index, entry.object.as_ref()?)))
    }

    /// How many objects it holds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes that the memo itself occupies, without the objects.
    pub(crate) fn size_of(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.table.capacity() * size_of::<Slot>()
    }
}

#[cfg(all(test, feature = "stdlib"))]
mod tests {
    use std::collections::HashMap;

    use rustpython_vm::{Interpreter, Settings};

    use crate::InterpreterBuilderExt as _;

    use super::*;

    #[test]
    fn sole_objects_are_found_once_they_are_settled() {
        Interpreter::builder(Settings::default())
            .install_stdlib()
            .build()
            .enter(|vm| {
                let objects: Vec<PyObjectRef> = (0..1000)
                    .map(|_| vm.ctx.new_list(Vec::new()).into())
                    .collect();
                let mut memo = Memo::default();
                memo.begin();
                // Every third is shared, every third sole, and every third nobody's.
                let put =
                    |memo: &mut Memo, (number, object): (usize, &PyObjectRef)| match number % 3 {
                        0 => memo.put(object.clone()),
                        1 => memo.put_sole(object.clone()),
                        _ => memo.put_unnamed(),
                    };
                let all = || objects.iter().enumerate();
                for (number, object) in all().take(600) {
                    assert_eq!(put(&mut memo, (number, object)), number);
                }
                let found = |memo: &Memo| -> Vec<_> {
                    objects.iter().map(|object| memo.get(object)).collect()
                };
                let expected = |count: usize, settled: usize| -> Vec<_> {
                    let has = |number| match number % 3 {
                        0 => number < count,
                        1 => number < settled,
                        _ => false,
                    };
                    (0..1000)
                        .map(|number| has(number).then_some(number))
                        .collect()
                };
                assert_eq!(found(&memo), expected(600, 0));
                assert_eq!(memo.take_back(500).len(), 66);
                assert_eq!(found(&memo), expected(500, 0));
                memo.settle();
                assert_eq!(found(&memo), expected(500, 500));
                for entry in all().skip(500) {
                    put(&mut memo, entry);
                }
                assert_eq!(found(&memo), expected(1000, 500));
                assert_eq!(memo.take_back(700).len(), 200);
                memo.begin();
                assert_eq!(found(&memo), expected(700, 700));
                for entry in all().skip(700) {
                    put(&mut memo, entry);
                }
                assert_eq!(memo.roll_back().len(), 200);
                assert_eq!(found(&memo), expected(700, 700));
                assert_eq!(memo.len(), 700);
            });
    }

    #[test]
    fn objects_are_found_by_identity() {
        Interpreter::builder(Settings::default())
            .install_stdlib()
            .build()
            .enter(|vm| {
                let objects: Vec<PyObjectRef> = (0..3000)
                    .map(|_| vm.ctx.new_list(Vec::new()).into())
                    .collect();
                let mut memo = Memo::default();
                let mut naive = HashMap::new();
                let agree = |memo: &Memo, naive: &HashMap<usize, usize>| {
                    assert_eq!(memo.len(), naive.len());
                    for object in &objects {
                        assert_eq!(memo.get(object), naive.get(&object.get_id()).copied());
                    }
                };
                agree(&memo, &naive);
                memo.begin();
                for object in &objects[..1000] {
                    naive.insert(object.get_id(), memo.put(object.clone()));
                }
                // The index is the caller's, and an object has one entry.
                for (index, object) in objects[500..1500].iter().enumerate() {
                    memo.insert(7 * index, object.clone());
                    naive.insert(object.get_id(), 7 * index);
                }
                agree(&memo, &naive);
                memo.begin();
                for object in &objects[1400..] {
                    memo.put(object.clone());
                }
                // Those that were there before have gone as well: the dump that failed has written them anew.
                assert_eq!(memo.roll_back().len(), 1600);
                for object in &objects[1400..1500] {
                    naive.remove(&object.get_id());
                }
                agree(&memo, &naive);
                let order: Vec<usize> = memo.iter().map(|(_, object)| object.get_id()).collect();
                let expected: Vec<usize> = objects[..1400]
                    .iter()
                    .map(|object| object.get_id())
                    .collect();
                assert_eq!(order, expected);
            });
    }
}
