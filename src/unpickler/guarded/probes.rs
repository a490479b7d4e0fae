//! How many entries a search for a key passes.
//!
//! The hashes of strings and bytes have a secret key; those of numbers and tuples don't, so a pickle can choose
//! keys that collide. RustPython's table (`dict_inner.rs`: open addressing, five times the place
//! plus what is left of the hash) is followed step by step, so that the cost of such keys is known
//! before it is paid. Keys that ascend densely from zero or above, as most sets of numbers have,
//! cannot collide and are not followed.

use core::ops::Range;

/// The keys of one dict or set whose hashes a pickle can choose.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// As long as each key is the one after that before it: all of them.
    run: Range<i64>,
    /// Else their hashes.
    hashes: Vec<i64>,
    /// The most that it costs to compare one of them with another key.
    cost: u32,
    /// How many keys came before, which were few and cheap: any other may have the hash of all of them.
    before: u32,
    /// Places in the table: 0 is free, other numbers are that of a key plus one. Empty as long as the keys are dense.
    table: Vec<u32>,
}

/// A table that small costs nothing to speak of, whatever is in it.
const SMALL: usize = 16;

/// The hash for which RustPython's table searches without end: it has no absolute value.
pub(super) const ENDLESS: i64 = i64::MIN;

impl Probes {
    /// For keys that come after so many others.
    pub(super) fn after(before: usize) -> Self {
        Self {
            before: u32::try_from(before).unwrap_or(u32::MAX),
            ..Self::default()
        }
    }

    /// What it costs to compare a key of this cost with any other of its hash.
    pub(super) fn comparison(&mut self, cost: u32) -> u32 {
        self.cost = self.cost.max(cost);
        self.cost
    }

    /// How many keys have the same hash for all that is known.
    pub(super) fn unknown(&self) -> u64 {
        self.before.into()
    }

    /// Adds keys as long as each is the one after that before it; returns how many these are.
    #[inline]
    pub(super) fn add_run(&mut self, mut hashes: impl Iterator<Item = i64> + Clone) -> usize {
        if !self.hashes.is_empty() {
            return 0;
        }
        if self.run.is_empty() {
            match hashes.clone().next() {
                Some(first) if (0..i64::MAX).contains(&first) => self.run = first..first,
                _ => return 0,
            }
        }
        let start = self.run.end;
        let is_next = |end: &mut i64, hash| {
            let is_next = hash == *end && hash < i64::MAX;
            *end += i64::from(is_next);
            is_next
        };
        let mut end = start;
        while hashes.next().is_some_and(|hash| is_next(&mut end, hash)) {}
        self.run.end = end;
        (end - start) as usize
    }

    /// Adds keys as long as they are dense; returns how many these are. Searches for them pass nothing.
    #[inline]
    pub(super) fn add_dense(&mut self, hashes: impl Iterator<Item = i64>) -> usize {
        if !self.table.is_empty() {
            return 0;
        }
        let mut added = 0;
        for hash in hashes {
            if !self.add_next(hash) {
                if !self.run.is_empty() {
                    self.write_down();
                }
                if !self.is_dense(hash) {
                    break;
                }
                self.hashes.push(hash);
            }
            added += 1;
        }
        added
    }

    /// Adds the key that comes right after the others, if all of them have come one after the other.
    #[inline]
    fn add_next(&mut self, hash: i64) -> bool {
        if !self.hashes.is_empty() {
            return false;
        }
        if self.run.is_empty() && (0..i64::MAX).contains(&hash) {
            self.run = hash..hash;
        }
        let is_next = hash == self.run.end && (0..i64::MAX).contains(&hash);
        self.run.end += i64::from(is_next);
        is_next
    }

    /// Writes down the hashes of keys that came one after the other.
    #[cold]
    fn write_down(&mut self) {
        self.hashes.extend(core::mem::take(&mut self.run));
    }

    /// Whether a key goes on with those that ascend densely.
    #[inline]
    fn is_dense(&self, hash: i64) -> bool {
        let first = self.hashes.first().copied().unwrap_or(hash);
        let last = self.hashes.last().copied();
        // The table has at least one and a half times as many places as keys.
        let reach = self.hashes.len() as i64 + self.hashes.len() as i64 / 4 + 4;
        hash >= 0 && last.is_none_or(|last| hash > last) && hash.saturating_sub(first) <= reach
    }

    /// Adds a key; returns how many entries the search for it passes, and how many of them have the same hash.
    pub(super) fn add(&mut self, hash: i64) -> (u64, u64) {
        if self.table.is_empty() {
            if self.add_next(hash) {
                return (0, 0);
            }
            self.write_down();
            if self.is_dense(hash) {
                self.hashes.push(hash);
                return (0, 0);
            }
            let equal = self.hashes.iter().filter(|other| **other == hash).count() as u64;
            self.hashes.push(hash);
            if self.hashes.len() < SMALL {
                return (0, equal);
            }
            return (self.rebuild(), equal);
        }
        let (place, passed, equal) = self.search(hash);
        self.hashes.push(hash);
        self.table[place] = u32::try_from(self.hashes.len()).unwrap_or(u32::MAX);
        let mut steps = passed;
        if self.hashes.len() * 3 > self.table.len() * 2 {
            steps += self.rebuild();
        }
        (steps, equal)
    }

    /// The free place for a hash, how many entries come before it, and how many of those have the same hash.
    fn search(&self, hash: i64) -> (usize, u64, u64) {
        let mask = self.table.len() - 1;
        let (mut index, mut perturb) = (hash.unsigned_abs(), hash.unsigned_abs());
        let (mut passed, mut equal) = (0, 0);
        loop {
            let place = (index as usize) & mask;
            match self.table[place] {
                0 => return (place, passed, equal),
                key => equal += u64::from(self.hashes[key as usize - 1] == hash),
            }
            passed += 1;
            index = index.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1);
            perturb >>= 5;
        }
    }

    /// A table for twice as many keys, as RustPython's; returns how many entries are passed to fill it.
    fn rebuild(&mut self) -> u64 {
        let size = (self.hashes.len() * 2).next_power_of_two().max(8);
        self.table = vec![0; size];
        let mut steps = 0;
        for key in 0..self.hashes.len() {
            let (place, passed, _) = self.search(self.hashes[key]);
            self.table[place] = u32::try_from(key + 1).unwrap_or(u32::MAX);
            steps += passed;
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(hashes: impl Iterator<Item = i64>) -> (u64, u64) {
        let mut probes = Probes::default();
        hashes.fold((0, 0), |(steps, equal), hash| {
            let (passed, same) = probes.add(hash);
            (steps + passed, equal + same)
        })
    }

    #[test]
    fn dense_keys_cost_nothing_and_are_not_followed() {
        assert_eq!(steps(0..100_000), (0, 0));
        assert_eq!(steps((0..100_000).map(|key| 1000 + key)), (0, 0));
        let mut probes = Probes::default();
        for key in 0..1000 {
            probes.add(key);
        }
        assert!(probes.table.is_empty() && probes.hashes.is_empty());
    }

    #[test]
    fn keys_one_after_the_other_are_remembered() {
        // 0 to 99, and then the same again, by whichever way.
        let mut probes = Probes::default();
        assert_eq!(probes.add_dense(0..100), 100);
        let (_, equal) = probes.add(42);
        assert_eq!(equal, 1);
        let mut probes = Probes::default();
        assert_eq!(probes.add_dense([5, 6, 7, 9, 10, 10].into_iter()), 5);
        assert_eq!(probes.add(7).1, 1);
        assert_eq!(probes.add(8).1, 0);
        let mut probes = Probes::default();
        assert_eq!(probes.add_dense([i64::MAX, 0].into_iter()), 1);
        assert_eq!(probes.add_dense([-1].into_iter()), 0);
        let mut probes = Probes::default();
        assert_eq!(probes.add_run([-1, 0].into_iter()), 0);
        assert_eq!(probes.add_run([i64::MAX].into_iter()), 0);
        assert_eq!(probes.add_run(3..50), 47);
        assert_eq!(probes.add_run(3..50), 0);
        assert_eq!(probes.add_run([50, 51, 53].into_iter()), 2);
        assert_eq!(probes.add_dense([53].into_iter()), 1);
        assert_eq!(probes.add_run([54].into_iter()), 0);
        assert_eq!((probes.add(53).1, probes.add(3).1), (1, 1));
    }

    #[test]
    fn ordinary_keys_cost_a_few_steps_each() {
        let scattered =
            (0..10_000i64).map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64));
        assert!(steps(scattered).0 < 60_000);
        assert!(steps((0..10_000).rev()).0 < 60_000);
    }

    #[test]
    fn equal_hashes_cost_the_square() {
        let (steps, equal) = steps(std::iter::repeat_n(7, 1000));
        assert!(steps > 490_000, "{steps}");
        assert!(equal > 480_000, "{equal}");
    }

    #[test]
    fn in_a_small_table_equal_hashes_are_counted() {
        assert_eq!(steps(std::iter::repeat_n(7, 10)), (0, 45));
        assert_eq!(steps([3, 3, 4, 3].into_iter()), (0, 3));
    }

    #[test]
    fn hashes_that_differ_in_their_high_bits_alone_collide() {
        let (high, _) = steps((0..4096).map(|key| key << 40));
        let (low, _) = steps((0..4096).map(|key| key * 3 + 1));
        assert!(high > 4 * low.max(4096), "{high} {low}");
    }
}
