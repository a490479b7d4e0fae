//! Keys that meet in one place of a hash table.
//!
//! The hashes of ints, floats, tuples and frozensets have no secret in CPython, nor in RustPython:
//! anybody can compute them. An int's is its rest modulo 2**61 - 1. A tuple's is xxHash's round
//! (`tuplehash` in CPython's Objects/tupleobject.c), which can be solved for the last item.

use super::end::{FORBIDDEN, ITEMS, LOADED, STEPS};
use super::{Class, Collector};
use crate::asm::Asm;

/// What ints' hashes are taken modulo.
const MODULUS: i64 = (1 << 61) - 1;
/// How many keys a quadratic bomb has.
const KEYS: usize = 60_000;

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

/// The inverse of an odd number modulo 2**64, by Newton's method.
const fn inverse(number: u64) -> u64 {
    let mut inverse = number;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(number.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

fn round(hash: u64, item: u64) -> u64 {
    let hash = hash.wrapping_add(item.wrapping_mul(PRIME_2));
    hash.rotate_left(31).wrapping_mul(PRIME_1)
}

/// Pairs of ints that are their own hashes, whose tuple has this hash.
pub(super) fn pairs(hash: i64) -> impl Iterator<Item = (i64, i64)> {
    let end = (hash as u64).wrapping_sub(2 ^ PRIME_5 ^ 3_527_539);
    let before = end.wrapping_mul(inverse(PRIME_1)).rotate_right(31);
    (0..).filter_map(move |first: i64| {
        let after_first = round(PRIME_5, first as u64);
        let last = before
            .wrapping_sub(after_first)
            .wrapping_mul(inverse(PRIME_2)) as i64;
        (last > -MODULUS && last < MODULUS && last != -1).then_some((first, last))
    })
}

/// How RustPython 0.6 walks through a table of `mask + 1` places (`GenIndexes` in dict_inner.rs).
struct Places {
    index: i64,
    perturb: i64,
    mask: i64,
}

impl Places {
    fn new(hash: i64, mask: i64) -> Self {
        let hash = hash.wrapping_abs();
        Self {
            index: hash,
            perturb: hash,
            mask,
        }
    }
}

impl Iterator for Places {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let index = self.index;
        self.index = index
            .wrapping_mul(5)
            .wrapping_add(self.perturb)
            .wrapping_add(1);
        self.perturb >>= 5;
        Some((index & self.mask) as usize)
    }
}

/// Ints with different hashes, each of which walks along thousands of taken places.
///
/// Once `perturb` is used up, all walks are the same: from a place p to 5p + 1. The first keys take
/// the first places of that walk; each of the others begins on them, and goes to their end.
fn walking() -> Vec<i64> {
    const BITS: u32 = 17;
    const PLACES: usize = 1 << BITS;
    const MASK: i64 = PLACES as i64 - 1;
    // With more than two thirds of half the places, the table has this size.
    let first = PLACES / 3 + 400;
    let last = PLACES * 2 / 3 - 400;
    let mut number_of = vec![usize::MAX; PLACES];
    let mut place = 0;
    let mut walk = Vec::with_capacity(PLACES);
    for number in 0..PLACES {
        number_of[place] = number;
        walk.push(place as i64);
        place = (place * 5 + 1) & MASK as usize;
    }
    let mut keys = walk[..first].to_vec();
    let mut candidate = PLACES as i64;
    while keys.len() < last && candidate < 1 << 27 {
        // What does not end on a taken place before perturb is used up is of no use.
        let taken = keys.len();
        if Places::new(candidate, MASK)
            .take(7)
            .all(|place| number_of[place] < taken)
        {
            // A number and its negative walk alike.
            keys.extend([candidate, -candidate]);
        }
        candidate += 1;
    }
    keys
}

fn dict(keys: impl Iterator<Item = Asm>) -> Vec<u8> {
    let none = Asm::new().none();
    let items = keys.fold(Asm::new(), |asm, key| asm.then(&key).then(&none));
    Asm::new().dict_of(&items).stop()
}

fn set(keys: impl Iterator<Item = Asm>) -> Vec<u8> {
    let items = keys.fold(Asm::new(), |asm, key| asm.then(&key));
    Asm::new().set_of(&items).stop()
}

fn multiples() -> impl Iterator<Item = Asm> {
    (1..=KEYS as i128).map(|times| {
        let number = times * i128::from(MODULUS) + 7;
        Asm::new().long1(number.to_le_bytes())
    })
}

fn pair((first, last): (i64, i64)) -> Asm {
    Asm::new().int(first).int(last).tuple2()
}

/// Keys that fill all the places, among 32, where the walk of the hash -2**63 comes to.
///
/// `abs` leaves that hash as it is, so that `perturb` becomes -1 and never 0, and the walk a circle.
fn circle() -> impl Iterator<Item = i64> {
    let mut places: Vec<_> = Places::new(i64::MIN, 31).take(1000).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|place| place as i64)
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Collision);
    const ENDS: &[&str] = &[STEPS, ITEMS, LOADED];
    all.add("collide-ints-in-a-dict", ENDS, || dict(multiples()));
    all.add("collide-ints-in-a-set", ENDS, || set(multiples()));
    all.add("collide-ints-in-a-frozenset", ENDS, || {
        let items = multiples().fold(Asm::new().mark(), |asm, key| asm.then(&key));
        items.frozenset().stop()
    });
    all.add("collide-ints-of-text", ENDS, || {
        let none = Asm::new().none();
        let items = (1..=KEYS as i128).fold(Asm::new().mark(), |asm, times| {
            let number = times * i128::from(MODULUS);
            asm.long_text(format!("{number}L")).then(&none)
        });
        items.dict().stop()
    });
    all.add("collide-tuples-in-a-dict", ENDS, || {
        dict(pairs(1234).take(KEYS).map(pair))
    });
    all.add("collide-tuples-in-a-set", ENDS, || {
        set(pairs(-2).take(KEYS).map(pair))
    });
    all.add("collide-tuples-of-tuples", ENDS, || {
        // Equal hashes of the pairs make equal hashes of what holds them.
        dict(
            pairs(99)
                .take(KEYS)
                .map(|item| pair(item).tuple1().tuple1()),
        )
    });
    all.add("collide-frozensets", ENDS, || {
        dict(
            pairs(77)
                .take(KEYS / 2)
                .map(|item| Asm::new().mark().then(&pair(item)).frozenset()),
        )
    });
    all.add("collide-walking-ints", ENDS, || {
        dict(walking().into_iter().map(|key| Asm::new().int(key)))
    });
    all.add("collide-walking-ints-in-a-set", ENDS, || {
        set(walking().into_iter().map(|key| Asm::new().int(key)))
    });
    all.add("collide-walking-floats", ENDS, || {
        // A float that is an int has its hash.
        dict(
            walking()
                .into_iter()
                .map(|key| Asm::new().binfloat(key as f64)),
        )
    });
    all.add("collide-shifted-ints", ENDS, || {
        dict((1..KEYS as i64).map(|key| Asm::new().int(key << 40)))
    });
    all.add("collide-powers-of-two", ENDS, || {
        // Floats whose exponents differ by 61 have one hash: groups of some thirty.
        let groups = (1..2000_u64).flat_map(|odd| {
            (0..16).map(move |power| (2 * odd + 1) as f64 * 2_f64.powi(61 * power))
        });
        dict(groups.map(|key| Asm::new().binfloat(key)))
    });
    all.add("collide-equal-of-other-types", ENDS, || {
        let same = Asm::new()
            .int(1)
            .none()
            .binfloat(1.0)
            .none()
            .newtrue()
            .none();
        Asm::new().dict_of(&Asm::new().times(500_000, &same)).stop()
    });
    all.add(
        "collide-ints-in-a-Counter",
        &[FORBIDDEN, STEPS, ITEMS, LOADED],
        || {
            let items = multiples().fold(Asm::new().mark(), |asm, key| asm.then(&key));
            let counter = Asm::new().call1("collections", "Counter", &items.list());
            counter.stop()
        },
    );
    endless(all);
}

/// A dict of 19 keys, in which RustPython 0.6 searches for ever.
fn endless(all: &mut Collector) {
    const ENDS: &[&str] = &[STEPS, LOADED];
    let smallest = || pairs(i64::MIN).next().unwrap_or_default();
    all.add("endless-tuple-in-a-dict", ENDS, move || {
        let keys = circle().map(|key| Asm::new().int(key));
        dict(keys.chain([pair(smallest())]))
    });
    all.add("endless-tuple-in-a-set", ENDS, move || {
        let keys = circle().map(|key| Asm::new().int(key));
        set(keys.chain([pair(smallest())]))
    });
    all.add("endless-tuple-in-a-frozenset", ENDS, move || {
        let keys = circle().fold(Asm::new().mark(), |asm, key| asm.int(key));
        keys.then(&pair(smallest())).frozenset().stop()
    });
    all.add("endless-tuple-first", ENDS, move || {
        // The table grows around it.
        let keys = circle().map(|key| Asm::new().int(key));
        dict(
            [pair(smallest())]
                .into_iter()
                .chain(keys)
                .chain([pair((0, 0))]),
        )
    });
    all.add("endless-complex", &[FORBIDDEN, STEPS, LOADED], || {
        // hash(real) + 1000003 * hash(imag), without a check of overflow: exactly 2**63.
        let imag = (1_u64 << 63) / 1_000_003;
        let real = (1_u64 << 63) - 1_000_003 * imag;
        let [real, imag] = [real, imag].map(|part| Asm::new().binfloat(part as f64));
        let complex = Asm::new().call2("builtins", "complex", &real, &imag);
        dict(circle().map(|key| Asm::new().int(key)).chain([complex]))
    });
    all.add("endless-nested-tuple", ENDS, move || {
        // The inner tuple's hash takes the first item's place.
        let keys = circle().map(|key| Asm::new().int(key));
        let found = (0..64).find_map(|number: i64| {
            let inner = round(round(PRIME_5, number as u64), 1);
            let inner = inner.wrapping_add(2 ^ PRIME_5 ^ 3_527_539);
            let end = (i64::MIN as u64).wrapping_sub(2 ^ PRIME_5 ^ 3_527_539);
            let before = end.wrapping_mul(inverse(PRIME_1)).rotate_right(31);
            let last = before.wrapping_sub(round(PRIME_5, inner));
            let last = last.wrapping_mul(inverse(PRIME_2)) as i64;
            (last > -MODULUS && last < MODULUS && last != -1).then_some((number, last))
        });
        let (number, last) = found.unwrap_or_default();
        dict(keys.chain([pair((number, 1)).int(last).tuple2()]))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_the_hash_that_cpython_computes() {
        // `hash((17, -865057678463223283))` is -2**63 in CPython 3.8 to 3.14.
        assert_eq!(pairs(i64::MIN).next(), Some((17, -865_057_678_463_223_283)));
    }

    #[test]
    fn the_circle_has_no_free_place() {
        let keys: Vec<_> = circle().collect();
        // A table of 32 holds so many.
        assert!(keys.len() * 3 <= 64 && keys.len() > 10, "{}", keys.len());
        let taken = |place: usize| keys.contains(&(place as i64));
        assert!(Places::new(i64::MIN, 31).take(100_000).all(taken));
    }

    #[test]
    fn walks_are_long() {
        const MASK: i64 = (1 << 17) - 1;
        let keys = walking();
        assert!(keys.len() > 70_000, "{}", keys.len());
        let mut taken = vec![false; 1 << 17];
        let mut steps = 0_u64;
        // Those before come to the table when it grows.
        for (number, key) in keys.iter().enumerate() {
            let mut places = Places::new(*key, MASK);
            let free = places.by_ref().find(|place| {
                steps += u64::from(number >= (1 << 17) / 3);
                !taken[*place]
            });
            taken[free.unwrap()] = true;
        }
        assert!(steps > 400_000_000, "{steps}");
    }
}
