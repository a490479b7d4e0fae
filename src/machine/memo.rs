//! The unpickling memo.

use std::collections::HashMap;

/// Indexes this far beyond the number of entries are still kept in the vector.
const SLACK: usize = 64;

/// Objects by memo index.
///
/// Indexes that a pickler writes are consecutive and live in a vector; an index
/// far beyond the number of entries lives in a hash map, so that memory grows
/// with the number of entries and not with the largest index.
///
/// ```
/// use rustpython_pickle::machine::Memo;
///
/// let mut memo = Memo::new();
/// memo.put(4_294_967_295, "far");
/// assert_eq!(memo.len(), 1);
/// assert_eq!(memo.get(4_294_967_295), Some(&"far"));
/// ```
#[derive(Clone, Debug)]
pub struct Memo<T> {
    dense: Vec<Option<T>>,
    sparse: HashMap<usize, T>,
    entries: usize,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Memo<T> {
    /// An empty memo.
    #[must_use]
    pub fn new() -> Self {
        Self {
            dense: Vec::new(),
            sparse: HashMap::new(),
            entries: 0,
        }
    }

    /// The number of entries; also the index that `MEMOIZE` uses next.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The object at an index.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        match self.dense.get(index) {
            Some(Some(object)) => Some(object),
            _ => self.sparse.get(&index),
        }
    }

    /// Stores an object; returns the one that was there before.
    ///
    /// The caller drops that one when dropping it can do no harm.
    #[inline]
    pub fn put(&mut self, index: usize, object: T) -> Option<T> {
        if index == self.dense.len() && self.sparse.is_empty() {
            self.dense.push(Some(object));
            self.entries += 1;
            return None;
        }
        self.put_anywhere(index, object)
    }

    /// Gives the next index to an object that nobody will ask for.
    #[inline]
    pub(super) fn pass(&mut self) {
        self.dense.push(None);
        self.entries += 1;
    }

    /// Whether the entries are those of the first indexes, so that the next one has the number of entries as its index.
    pub(super) fn is_in_order(&self) -> bool {
        self.sparse.is_empty() && self.dense.len() == self.entries
    }

    /// Whether an index is far beyond the number of entries, so that its entry takes more memory than others.
    #[inline]
    #[must_use]
    pub fn is_far(&self, index: usize) -> bool {
        index >= self.dense.len() && index > 2 * self.entries + SLACK
    }

    fn put_anywhere(&mut self, index: usize, object: T) -> Option<T> {
        let old = if !self.is_far(index) {
            if index >= self.dense.len() {
                self.dense.resize_with(index + 1, || None);
            }
            let old = self.dense[index].replace(object);
            // The index may have been stored while it was far beyond the others.
            old.or_else(|| self.sparse.remove(&index))
        } else {
            self.sparse.insert(index, object)
        };
        self.entries += usize::from(old.is_none());
        old
    }

    /// The same memo with what becomes of each object.
    #[must_use]
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Memo<U> {
        let dense = self.dense.into_iter();
        let sparse = self.sparse.into_iter();
        Memo {
            dense: dense.map(|slot| slot.map(&mut change)).collect(),
            entries: self.entries,
            sparse: sparse
                .map(|(index, object)| (index, change(object)))
                .collect(),
        }
    }

    /// All objects, in no particular order.
    pub fn into_objects(self) -> impl Iterator<Item = T> {
        let dense = self.dense.into_iter().flatten();
        dense.chain(self.sparse.into_values())
    }

    /// Entries in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let dense = self.dense.iter().enumerate();
        dense
            .filter_map(|(index, slot)| slot.as_ref().map(|object| (index, object)))
            .chain(self.sparse.iter().map(|(index, object)| (*index, object)))
    }

    /// The bytes that the memo itself occupies, without the objects.
    #[must_use]
    pub fn size_of(&self) -> usize {
        self.dense.capacity() * size_of::<Option<T>>()
            + self.sparse.capacity() * size_of::<(usize, T)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_indexes_cost_no_memory() {
        let mut memo = Memo::new();
        for index in (0..64).map(|shift| 1usize << shift) {
            assert_eq!(memo.put(index, index), None);
        }
        assert_eq!(memo.len(), 64);
        assert!(memo.size_of() < 16 * 1024, "{}", memo.size_of());
        for index in (0..64).map(|shift| 1usize << shift) {
            assert_eq!(memo.get(index), Some(&index));
        }
    }

    #[test]
    fn a_memo_of_other_objects_has_the_same_indexes() {
        let mut memo = Memo::new();
        for index in [0, 1, 5, 1_000_000] {
            memo.put(index, index);
        }
        let memo = memo.map(|object| object.to_string());
        assert_eq!(memo.len(), 4);
        assert_eq!(memo.get(5).map(String::as_str), Some("5"));
        assert_eq!(memo.get(1_000_000).map(String::as_str), Some("1000000"));
        assert_eq!(memo.get(2), None);
    }

    #[test]
    fn an_index_counts_once_wherever_it_lives() {
        let mut memo = Memo::new();
        assert_eq!(memo.put(150, 'a'), None);
        assert_eq!(memo.sparse.len(), 1);
        for index in 0..150 {
            memo.put(index, 'b');
        }
        assert_eq!(memo.put(150, 'c'), Some('a'));
        assert_eq!(memo.len(), 151);
        assert_eq!(memo.get(150), Some(&'c'));
        assert_eq!(memo.iter().count(), 151);
    }
}
