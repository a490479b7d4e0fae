//! `product`, `permutations`, `combinations` and `combinations_with_replacement`.
//!
//! They can't be told where to go on, but how far they have come follows from their indices: they
//! are made anew and led that far.

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

use super::answer::Answer;
use super::itertools::advanced;
use super::shown::{Shown, read_shown};

type Reduced = PyResult<Answer>;

pub(super) fn product(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (pools, indices, stopped) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsProduct { pools: ")?;
        let pools = shown.list(|shown| shown.list(Shown::object))?;
        shown.text(", idxs: ")?;
        let indices = shown.in_lock(|shown| shown.list(Shown::number))?;
        shown.text(", cur: ")?;
        shown.in_cell(Shown::number)?;
        shown.text(", stop: ")?;
        let stopped = shown.in_cell(Shown::bool)?;
        shown.text(" }")?;
        Some((pools, indices, stopped))
    })?;
    if stopped {
        let nothing = vm.ctx.empty_tuple.clone().into();
        return Ok(Answer::of_class(object, vec![nothing]));
    }
    let steps = pools
        .iter()
        .zip(indices)
        .fold(0, |steps: u64, (pool, index)| {
            let steps = steps.saturating_mul(pool.len() as u64);
            steps.saturating_add(index as u64)
        });
    let pools = pools.into_iter();
    let pools = pools.map(|pool| vm.ctx.new_tuple(pool).into()).collect();
    advanced(object, pools, steps, vm)
}

pub(super) fn permutations(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (pool, cycles, begun, length, exhausted) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsPermutations { pool: ")?;
        let pool = shown.list(Shown::object)?;
        shown.text(", indices: ")?;
        shown.in_lock(|shown| shown.list(Shown::number))?;
        shown.text(", cycles: ")?;
        let cycles = shown.in_lock(|shown| shown.list(Shown::number))?;
        shown.text(", result: ")?;
        let result = shown.in_lock(|shown| shown.option(|shown| shown.list(Shown::number)))?;
        let (length, exhausted) = ending(shown)?;
        Some((pool, cycles, result.is_some(), length, exhausted))
    })?;
    // Each cycle counts down from the number of items that its place could take.
    let places = (1..=pool.len()).rev();
    let done = places.zip(cycles).fold(0, |done: u64, (places, cycle)| {
        let done = done.saturating_mul(places as u64);
        done.saturating_add(places.saturating_sub(cycle) as u64)
    });
    led(
        object,
        pool,
        length,
        done.saturating_add(begun.into()),
        exhausted,
        vm,
    )
}

pub(super) fn combinations(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (pool, indices, begun, length, exhausted) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsCombinations { pool: ")?;
        let pool = shown.list(Shown::object)?;
        shown.text(", indices: ")?;
        let indices = shown.in_lock(|shown| shown.list(Shown::number))?;
        shown.text(", result: ")?;
        let result = shown.in_lock(|shown| shown.option(|shown| shown.list(Shown::object)))?;
        let (length, exhausted) = ending(shown)?;
        Some((pool, indices, result.is_some(), length, exhausted))
    })?;
    // Those that come before have a smaller index at some place, and any larger ones behind it.
    let mut done: u64 = begun.into();
    let mut least = 0;
    for (place, &index) in indices.iter().enumerate().filter(|_| !exhausted) {
        for smaller in least..index {
            let behind = pool.len().saturating_sub(smaller + 1);
            let places = indices.len() - place - 1;
            done = done.saturating_add(choose(behind as u64, places as u64));
        }
        least = index + 1;
    }
    led(object, pool, length, done, exhausted, vm)
}

pub(super) fn combinations_with_replacement(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (pool, indices, length, exhausted) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsCombinationsWithReplacement { pool: ")?;
        let pool = shown.list(Shown::object)?;
        shown.text(", indices: ")?;
        let indices = shown.in_lock(|shown| shown.list(Shown::number))?;
        let (length, exhausted) = ending(shown)?;
        Some((pool, indices, length, exhausted))
    })?;
    // As above, but what is behind may have the same index. The indices are those of the next one.
    let mut done: u64 = 0;
    let mut least = 0;
    for (place, &index) in indices.iter().enumerate().filter(|_| !exhausted) {
        for smaller in least..index {
            let behind = pool.len().saturating_sub(smaller);
            let places = indices.len() - place - 1;
            let ways = choose((behind + places).saturating_sub(1) as u64, places as u64);
            done = done.saturating_add(ways);
        }
        least = index;
    }
    led(object, pool, length, done, exhausted, vm)
}

/// The fields in which three of them end.
fn ending(shown: &mut Shown<'_>) -> Option<(usize, bool)> {
    shown.text(", r: ")?;
    let length = shown.in_cell(Shown::number)?;
    shown.text(", exhausted: ")?;
    let exhausted = shown.in_cell(Shown::bool)?;
    shown.text(" }")?;
    Some((length, exhausted))
}

fn led(
    object: &PyObject,
    pool: Vec<PyObjectRef>,
    length: usize,
    steps: u64,
    exhausted: bool,
    vm: &VirtualMachine,
) -> Reduced {
    let args = |pool: Vec<PyObjectRef>, length: usize| {
        vec![vm.ctx.new_tuple(pool).into(), vm.ctx.new_int(length).into()]
    };
    match exhausted {
        // There is no way to take one from nothing.
        true => Ok(Answer::of_class(object, args(vec![], 1))),
        false => advanced(object, args(pool, length), steps, vm),
    }
}

/// In how many ways `k` of `n` can be taken, or a number beyond all that matter.
fn choose(n: u64, k: u64) -> u64 {
    if k > n {
        return 0;
    }
    let k = k.min(n - k);
    let mut ways: u128 = 1;
    for i in 0..k {
        // What is divided is a product of i + 1 numbers in a row.
        ways = ways * u128::from(n - i) / u128::from(i + 1);
        if ways > u128::from(u64::MAX) {
            return u64::MAX;
        }
    }
    ways as u64
}
