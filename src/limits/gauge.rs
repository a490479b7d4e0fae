//! Counting what a load costs.
//!
//! What each opcode costs is added to one word, the [tally](Account), and the word says when that has to be looked at:
//! so late that no limit can have been exceeded before. The nearer a limit is, the sooner that is,
//! and next to it after each opcode; so limits hold exactly, and far from them an opcode costs an addition.

use core::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use super::{Exceeded, Limit, Limits};
use crate::machine::{Meter, Progress};
use crate::wire::{OPCODES, Opcode, StackItem};

/// What a load has spent of what models spend too, which know of costs that the machine does not see.
#[derive(Debug, Default)]
struct Account {
    /// What opcodes have cost since it was last looked at, in fields of one word; from the lowest: [`BYTES`],
    /// [`OBJECTS`], [`CALLS`] and [`UNITS`]. It is time to look when there is something above these.
    tally: Cell<u64>,
    /// The bytes before that.
    bytes: Cell<u64>,
    /// The calls before that.
    calls: Cell<u64>,
}

/// A field of the tally.
#[derive(Clone, Copy)]
struct Field {
    shift: u32,
    bits: u32,
}

impl Field {
    const fn of(self, tally: u64) -> u64 {
        (tally >> self.shift) & ((1 << self.bits) - 1)
    }

    const fn times(self, count: u64) -> u64 {
        count << self.shift
    }
}

const BYTES: Field = Field { shift: 0, bits: 32 };
const OBJECTS: Field = Field {
    shift: 32,
    bits: 12,
};
const CALLS: Field = Field { shift: 44, bits: 6 };
/// One for each opcode, and more for a call, which may take as long as many opcodes.
const UNITS: Field = Field {
    shift: 50,
    bits: 12,
};
/// A tally of so much, or more, is to be looked at. The units begin so high that they get here when they are spent; a
/// charge may set the bit before.
const DUE: u64 = 1 << 62;

/// The clock and the flag are looked at once in that many units.
const LOOK_EVERY: u64 = 1024;
/// The units of a call.
const CALL: u64 = 64;

/// So many bytes an opcode reads at most, or is looked at itself: a line or two, or a length and what is so long.
const MOST_READ: u64 = 2 * (SMALL + 1) + 1;
/// So many bytes of memory an opcode takes at most, or is looked at itself.
const MOST_BYTES: u64 = MOST_COST + FAR + SMALL + FEW * 64;
/// So many of these are an opcode's own.
const MOST_COST: u64 = 288;
/// What an entry of the memo takes more whose index is far beyond the others.
const FAR: u64 = 96;
/// A payload of so many bytes is small.
const SMALL: u64 = 1023;
/// So many items are few.
const FEW: u64 = 32;
/// Where more bytes than that are left, all units fit in.
const ROOM: u64 = (LOOK_EVERY + CALL) * MOST_BYTES;
/// So many calls at most are made before the tally is looked at.
const MOST_CALLS: u64 = LOOK_EVERY / CALL + 1;

// The fields don't run into each other.
const _: () = {
    let most = LOOK_EVERY + CALL;
    assert!(most < 1 << OBJECTS.bits);
    assert!(MOST_CALLS < 1 << CALLS.bits);
    assert!(2 * most < 1 << UNITS.bits);
    assert!(most * MOST_BYTES < 1 << BYTES.bits);
    assert!(UNITS.shift + UNITS.bits == DUE.trailing_zeros());
    let mut opcode = 0;
    while opcode < COSTS.len() {
        assert!(BYTES.of(COSTS[opcode]) <= MOST_COST);
        opcode += 1;
    }
};

impl Account {
    /// Has the tally looked at before the next opcode.
    fn hasten(&self) {
        self.tally.set(self.tally.get() | DUE);
    }

    /// Adds to the bytes, before they are spent.
    #[inline]
    fn charge_bytes(&self, more: u64, most: u64) -> Result<(), Exceeded> {
        self.charge(Limit::AllocatedBytes, &self.bytes, BYTES, more, most, ROOM)
    }

    /// Adds to the calls, before they are made.
    #[cfg(any(feature = "vm", test))]
    #[inline]
    fn charge_calls(&self, more: u64, most: u64) -> Result<(), Exceeded> {
        self.charge(Limit::Calls, &self.calls, CALLS, more, most, MOST_CALLS)
    }

    /// Adds to a sum, part of which is a field of the tally. Where less than `room` is left, the tally is looked at.
    #[inline]
    fn charge(
        &self,
        which: Limit,
        sum: &Cell<u64>,
        field: Field,
        more: u64,
        most: u64,
        room: u64,
    ) -> Result<(), Exceeded> {
        sum.set(sum.get().saturating_add(more));
        let spent = sum.get().saturating_add(field.of(self.tally.get()));
        if spent > most {
            return Err(Exceeded { which, limit: most });
        }
        if most - spent < room {
            self.hasten();
        }
        Ok(())
    }
}

/// What is left of the bytes or of the calls that a load may take: for models, which know of costs that the machine does
/// not see.
#[cfg(feature = "vm")]
#[derive(Clone, Debug)]
pub(crate) struct Purse {
    account: Rc<Account>,
    most: u64,
    of: Sum,
}

/// What a purse is about.
#[cfg(feature = "vm")]
#[derive(Clone, Copy, Debug)]
enum Sum {
    Bytes,
    Calls,
}

#[cfg(feature = "vm")]
impl Purse {
    /// Adds to the sum, before that is spent.
    #[inline]
    pub(crate) fn charge(&self, more: u64) -> Result<(), Exceeded> {
        match self.of {
            Sum::Bytes => self.account.charge_bytes(more, self.most),
            Sum::Calls => self.account.charge_calls(more, self.most),
        }
    }
}

/// When a load has to end.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    deadline: Option<Instant>,
    limits: Limits,
}

impl Clock {
    fn new(limits: Limits) -> Self {
        let deadline = limits
            .time
            .and_then(|time| Instant::now().checked_add(time));
        Self { deadline, limits }
    }

    /// Whether it may go on.
    pub(crate) fn look(&self) -> Result<(), Exceeded> {
        if self.limits.is_cancelled() {
            return Err(self.limits.exceeded(Limit::Cancelled));
        }
        let deadline = self.deadline;
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(self.limits.exceeded(Limit::Time));
        }
        Ok(())
    }
}

/// Counts what a load costs, and stops it at its [`Limits`].
///
/// ```
/// use rustpython_pickle::limits::{Gauge, Limits};
/// use rustpython_pickle::machine::{Meter as _, Progress};
/// use rustpython_pickle::wire::Opcode;
///
/// let mut gauge = Gauge::new(Limits::unlimited().opcodes(1));
/// assert!(gauge.step(Opcode::None, Progress::default).is_ok());
/// let error = gauge.step(Opcode::None, Progress::default).unwrap_err();
/// assert_eq!(error.to_string(), "limit exceeded: opcodes (at most 1)");
/// ```
#[derive(Debug)]
pub struct Gauge {
    clock: Clock,
    account: Rc<Account>,
    /// What the tally was when it was last looked at.
    start: u64,
    opcodes: u64,
    objects: u64,
    /// Payloads shorter than that need no look at.
    small: usize,
    /// And so many items.
    few: usize,
}

impl Gauge {
    /// A gauge at zero. The time begins now.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let account = Account::default();
        account.tally.set(DUE);
        Self {
            clock: Clock::new(limits),
            account: Rc::new(account),
            start: DUE,
            opcodes: 0,
            objects: 0,
            small: 0,
            few: 0,
        }
    }

    /// What it holds loads to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.clock.limits
    }

    #[cfg(feature = "vm")]
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    #[cfg(feature = "vm")]
    pub(crate) fn purse(&self) -> Purse {
        Purse {
            account: self.account.clone(),
            most: self.limits().allocated_bytes,
            of: Sum::Bytes,
        }
    }

    #[cfg(feature = "vm")]
    pub(crate) fn calls(&self) -> Purse {
        Purse {
            account: self.account.clone(),
            most: self.limits().calls,
            of: Sum::Calls,
        }
    }

    /// Looks at what was spent, and works out when that has to be done next.
    #[cold]
    #[inline(never)]
    fn look(&mut self, machine: &Progress) -> Result<(), Exceeded> {
        let account = &*self.account;
        let tally = account.tally.get().wrapping_sub(self.start);
        // Whatever comes of it, nothing is counted twice.
        self.start = DUE;
        account.tally.set(DUE);
        let calls = CALLS.of(tally);
        let bytes = account.bytes.get().saturating_add(BYTES.of(tally));
        account.bytes.set(bytes);
        let all_calls = account.calls.get().saturating_add(calls);
        account.calls.set(all_calls);
        self.objects += OBJECTS.of(tally);
        self.opcodes += UNITS.of(tally) - calls * (CALL - 1);
        let limits = &self.clock.limits;
        let which = [
            (Limit::Calls, all_calls, limits.calls),
            (Limit::InputBytes, machine.offset, limits.input_bytes),
            (Limit::StackDepth, machine.stack as u64, limits.stack_depth),
            (Limit::MarkDepth, machine.marks as u64, limits.mark_depth),
            (Limit::MemoEntries, machine.memo as u64, limits.memo_entries),
            (Limit::Opcodes, self.opcodes, limits.opcodes),
            (Limit::Objects, self.objects, limits.objects),
            (Limit::AllocatedBytes, bytes, limits.allocated_bytes),
        ];
        if let Some((which, ..)) = which.iter().find(|(_, used, most)| used > most) {
            return Err(limits.exceeded(*which));
        }
        self.clock.look()?;
        // What remains of each, and how much of it a unit takes at most.
        let units = which
            .iter()
            .map(|(which, used, most)| {
                let left = most - used;
                match which {
                    Limit::InputBytes => left / MOST_READ,
                    Limit::AllocatedBytes => left / MOST_BYTES,
                    Limit::Calls => left.saturating_add(1).saturating_mul(CALL),
                    _ => left.saturating_add(1),
                }
            })
            .fold(LOOK_EVERY, u64::min);
        let payload = limits.string_bytes.min(limits.long_bytes);
        let payload = payload.min(limits.int_digits);
        // So near a limit each opcode is looked at, and all that it takes.
        let near = units == 0;
        self.small = if near {
            0
        } else {
            payload.min(SMALL) as usize + 1
        };
        self.few = if near {
            0
        } else {
            limits.container_items.min(FEW) as usize
        };
        self.start = DUE - UNITS.times(units.max(1));
        account.tally.set(self.start);
        Ok(())
    }

    /// A payload that is long, or near a limit.
    #[inline(never)]
    fn look_at_payload(
        &mut self,
        opcode: Opcode,
        offset: u64,
        length: u64,
    ) -> Result<(), Exceeded> {
        let limits = &self.clock.limits;
        let (which, most) = match opcode {
            Opcode::Long1 | Opcode::Long4 => (Limit::LongBytes, limits.long_bytes),
            Opcode::Long | Opcode::Int => (Limit::IntDigits, limits.int_digits),
            _ => (Limit::StringBytes, limits.string_bytes),
        };
        if length > most {
            return Err(limits.exceeded(which));
        }
        let left = limits
            .input_bytes
            .checked_sub(offset.saturating_add(length));
        match left {
            None => return Err(limits.exceeded(Limit::InputBytes)),
            // Less is left than when units were worked out.
            Some(left) if left < LOOK_EVERY * MOST_READ => self.account.hasten(),
            Some(_) => {}
        }
        self.account.charge_bytes(length, limits.allocated_bytes)
    }

    /// Many items, or near a limit.
    #[inline(never)]
    fn look_at_items(&mut self, opcode: Opcode, count: u64) -> Result<(), Exceeded> {
        if count > self.limits().container_items {
            return Err(self.limits().exceeded(Limit::ContainerItems));
        }
        let bytes = count.saturating_mul(each(opcode));
        self.account
            .charge_bytes(bytes, self.limits().allocated_bytes)
    }
}

impl Meter for Gauge {
    type Exceeded = Exceeded;

    #[inline(always)]
    fn step(
        &mut self,
        opcode: Opcode,
        progress: impl FnOnce() -> Progress,
    ) -> Result<(), Exceeded> {
        let tally = self.account.tally.get() + COST_OF[usize::from(opcode.byte())];
        self.account.tally.set(tally);
        if tally >= DUE {
            return self.look(&progress());
        }
        Ok(())
    }

    #[inline(always)]
    fn payload(&mut self, opcode: Opcode, offset: u64, length: usize) -> Result<(), Exceeded> {
        if length >= self.small {
            return self.look_at_payload(opcode, offset, length as u64);
        }
        let tally = &self.account.tally;
        tally.set(tally.get() + length as u64);
        Ok(())
    }

    fn far(&mut self) -> Result<(), Exceeded> {
        let most = self.limits().allocated_bytes;
        self.account.charge_bytes(FAR, most)
    }

    #[inline(always)]
    fn items(&mut self, opcode: Opcode, count: usize) -> Result<(), Exceeded> {
        if count > self.few {
            return self.look_at_items(opcode, count as u64);
        }
        let tally = &self.account.tally;
        tally.set(tally.get() + count as u64 * each(opcode));
        Ok(())
    }
}

/// The bytes that an item of a container takes in it. Lists grow by more than they need; an entry of a dict or a set has a hash and
/// an index, and their tables have free places.
#[inline(always)]
fn each(opcode: Opcode) -> u64 {
    match opcode {
        Opcode::SetItem | Opcode::SetItems | Opcode::Dict => 40,
        Opcode::AddItems | Opcode::FrozenSet => 64,
        Opcode::Append | Opcode::Appends => 16,
        _ => 8,
    }
}

/// What each opcode costs without its payload, as it is added to a tally.
const COSTS: [u64; 256] = {
    let mut costs = [0; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        costs[OPCODES[row].opcode as usize] = cost(row);
        row += 1;
    }
    costs
};

static COST_OF: [u64; 256] = COSTS;

const fn cost(row: usize) -> u64 {
    let info = &OPCODES[row];
    let calls = matches!(
        info.opcode,
        Opcode::Reduce
            | Opcode::NewObj
            | Opcode::NewObjEx
            | Opcode::Obj
            | Opcode::Inst
            | Opcode::Build
            | Opcode::PersId
            | Opcode::BinPersId
    );
    // What is put on the stack as it was before is no new object; nor are None and the booleans.
    let object = match info.opcode {
        Opcode::Append
        | Opcode::Appends
        | Opcode::SetItem
        | Opcode::SetItems
        | Opcode::AddItems
        | Opcode::Dup
        | Opcode::Get
        | Opcode::BinGet
        | Opcode::LongBinGet
        | Opcode::Put
        | Opcode::BinPut
        | Opcode::LongBinPut
        | Opcode::Memoize
        | Opcode::Mark
        | Opcode::Build
        | Opcode::None
        | Opcode::NewTrue
        | Opcode::NewFalse => false,
        _ => !info.pushes.is_empty(),
    };
    let bytes = match info.opcode {
        // The memo's entry, and that of a far index.
        Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => 32,
        _ if !object => 8,
        _ => match info.pushes[0] {
            _ if matches!(info.opcode, Opcode::Long | Opcode::Long1 | Opcode::Long4) => 144,
            StackItem::Int | StackItem::IntOrBool => 96,
            StackItem::Float => 64,
            StackItem::Dict => 256,
            StackItem::Set | StackItem::FrozenSet => 288,
            StackItem::List | StackItem::Tuple => 112,
            StackItem::Any => 184,
            StackItem::ByteArray | StackItem::Bytes => 136,
            _ => 144,
        },
    };
    BYTES.times(bytes)
        + OBJECTS.times(object as u64)
        + CALLS.times(calls as u64)
        + UNITS.times(if calls { CALL } else { 1 })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_cancelled_load_stops_at_the_next_look() {
        let flag = Arc::new(AtomicBool::new(false));
        let mut gauge = Gauge::new(Limits::unlimited().cancel(flag.clone()));
        let mut step = || gauge.step(Opcode::None, Progress::default);
        for _ in 0..10 {
            assert_eq!(step(), Ok(()));
        }
        flag.store(true, Ordering::Relaxed);
        let stopped = (0..=LOOK_EVERY).find_map(|_| step().err());
        assert_eq!(stopped.map(|error| error.which), Some(Limit::Cancelled));
    }

    #[test]
    fn a_deadline_that_has_passed_stops_the_first_step() {
        let mut gauge = Gauge::new(Limits::unlimited().time(Some(Duration::ZERO)));
        let error = gauge.step(Opcode::None, Progress::default).unwrap_err();
        assert_eq!((error.which, error.limit), (Limit::Time, 0));
    }

    #[test]
    fn sums_do_not_wrap() {
        let mut gauge = Gauge::new(Limits::unlimited());
        for _ in 0..3 {
            assert_eq!(
                gauge.payload(Opcode::BinBytes8, u64::MAX, usize::MAX),
                Ok(())
            );
        }
        let mut gauge = Gauge::new(Limits::unlimited().allocated_bytes(u64::MAX - 1));
        assert!(gauge.payload(Opcode::BinBytes8, 0, usize::MAX).is_err());
    }

    /// What one step of a load asks.
    struct Step {
        opcode: Opcode,
        progress: Progress,
        payload: Option<usize>,
        items: Option<usize>,
        charges: [u64; 2],
    }

    /// Sums that are compared with each limit after each addition.
    #[derive(Default)]
    struct Naive {
        opcodes: u64,
        objects: u64,
        calls: u64,
        bytes: u64,
    }

    impl Naive {
        fn step(&mut self, step: &Step, limits: &Limits) -> Option<Limit> {
            let cost = COSTS[usize::from(step.opcode.byte())];
            let Progress {
                offset,
                stack,
                marks,
                memo,
                ..
            } = step.progress;
            self.opcodes += 1;
            self.objects += OBJECTS.of(cost);
            self.calls += CALLS.of(cost);
            self.bytes += BYTES.of(cost);
            let over = |limits: &Limits, used: &[(Limit, u64)]| {
                let over = |(which, used): &&(Limit, u64)| Some(*used) > limits.of(*which);
                let over = used
                    .iter()
                    .find(|one| limits.of(one.0).is_some() && over(one));
                over.map(|(which, _)| *which)
            };
            let all = [
                (Limit::Calls, self.calls),
                (Limit::InputBytes, offset),
                (Limit::StackDepth, stack as u64),
                (Limit::MarkDepth, marks as u64),
                (Limit::MemoEntries, memo as u64),
                (Limit::Opcodes, self.opcodes),
                (Limit::Objects, self.objects),
                (Limit::AllocatedBytes, self.bytes),
            ];
            let mut first = over(limits, &all);
            if let (None, Some(length)) = (first, step.payload) {
                let length = length as u64;
                self.bytes += length;
                let all = [
                    (Limit::StringBytes, length),
                    (Limit::InputBytes, offset + 5 + length),
                    (Limit::AllocatedBytes, self.bytes),
                ];
                first = over(limits, &all);
            }
            if let (None, Some(count)) = (first, step.items) {
                let count = count as u64;
                self.bytes += count * each(step.opcode);
                let all = [
                    (Limit::ContainerItems, count),
                    (Limit::AllocatedBytes, self.bytes),
                ];
                first = over(limits, &all);
            }
            if first.is_none() {
                let [bytes, calls] = step.charges;
                self.bytes += bytes;
                self.calls += calls;
                first = over(
                    limits,
                    &[
                        (Limit::AllocatedBytes, self.bytes),
                        (Limit::Calls, self.calls),
                    ],
                );
            }
            first
        }
    }

    fn ask(gauge: &mut Gauge, step: &Step) -> Result<(), Exceeded> {
        gauge.step(step.opcode, || step.progress)?;
        if let Some(length) = step.payload {
            gauge.payload(step.opcode, step.progress.offset + 5, length)?;
        }
        if let Some(count) = step.items {
            gauge.items(step.opcode, count)?;
        }
        let [bytes, calls] = step.charges;
        let limits = gauge.limits();
        let (most_bytes, most_calls) = (limits.allocated_bytes, limits.calls);
        if bytes > 0 {
            gauge.account.charge_bytes(bytes, most_bytes)?;
        }
        if calls > 0 {
            gauge.account.charge_calls(calls, most_calls)?;
        }
        Ok(())
    }

    /// Numbers that look random (xorshift64).
    fn random(state: &mut u64, below: u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % below
    }

    /// One step after another; what each may do to the progress is what a machine can.
    fn next(state: &mut u64, progress: &mut Progress, heavy: bool) -> Step {
        const OF: [Opcode; 8] = [
            Opcode::BinInt1,
            Opcode::BinUnicode,
            Opcode::SetItems,
            Opcode::Memoize,
            Opcode::Mark,
            Opcode::Reduce,
            Opcode::None,
            Opcode::Pop,
        ];
        let opcode = match heavy {
            true => Opcode::BinUnicode,
            false => OF[random(state, 8) as usize],
        };
        let sizes = [3, 40, 1100, 5000];
        let mut size = || {
            if heavy {
                // As much as is not looked at, and now and then far more.
                return match random(state, 60) {
                    0 => random(state, 1_500_000) as usize,
                    _ => SMALL as usize,
                };
            }
            let most = sizes[random(state, 40).min(3) as usize / (1 + random(state, 3) as usize)];
            random(state, most) as usize
        };
        let payload = (opcode == Opcode::BinUnicode).then(&mut size);
        let items = (opcode == Opcode::SetItems).then(&mut size);
        let charges = match opcode {
            Opcode::Reduce => [random(state, 400), random(state, 30) / 27],
            _ => [0, 0],
        };
        let step = Step {
            opcode,
            progress: *progress,
            payload,
            items,
            charges,
        };
        progress.offset += 1 + payload.map_or(0, |length| 4 + length as u64);
        match opcode {
            Opcode::Memoize => progress.memo += 1,
            Opcode::Mark => progress.marks += 1,
            Opcode::Pop => progress.stack = progress.stack.saturating_sub(1),
            Opcode::SetItems => progress.marks = progress.marks.saturating_sub(1),
            _ => progress.stack += 1,
        }
        step
    }

    #[test]
    fn limits_hold_exactly() {
        let mut met = std::collections::HashMap::new();
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for round in 0..4000 {
            let mut limits = Limits::unlimited();
            let heavy = round % 8 == 0;
            if heavy {
                let most = 1_000_000 + random(&mut state, 4_000_000);
                limits = match random(&mut state, 2) {
                    0 => limits.input_bytes(most),
                    _ => limits.allocated_bytes(most),
                };
            }
            // One limit or two, near or far.
            for _ in 0..if heavy { 0 } else { 1 + round % 2 } {
                let most = [10, 300, 3000, 30_000][random(&mut state, 4) as usize];
                let most = random(&mut state, most);
                limits = match random(&mut state, 10) {
                    0 => limits.calls(most / 8),
                    1 => limits.input_bytes(most * 20),
                    2 => limits.stack_depth(most / 4),
                    3 => limits.mark_depth(most / 20),
                    4 => limits.memo_entries(most / 8),
                    5 => limits.opcodes(most),
                    6 => limits.objects(most / 2),
                    7 => limits.string_bytes(most / 10),
                    8 => limits.container_items(most / 10),
                    _ => limits.allocated_bytes(most * 300),
                };
            }
            let (mut gauge, mut naive) = (Gauge::new(limits.clone()), Naive::default());
            let mut progress = Progress::default();
            for count in 0..40_000 {
                let step = next(&mut state, &mut progress, heavy);
                let expected = naive.step(&step, &limits);
                let stopped = ask(&mut gauge, &step).err().map(|error| error.which);
                assert_eq!(stopped, expected, "round {round}, step {count}: {limits:?}");
                if let Some(which) = stopped {
                    *met.entry(which).or_insert(0) += 1;
                    break;
                }
            }
        }
        assert_eq!(met.len(), 10, "{met:?}");
        assert!(met.values().all(|count| *count > 50), "{met:?}");
    }

    #[test]
    fn what_was_counted_is_not_counted_again() {
        let flag = Arc::new(AtomicBool::new(true));
        let mut gauge = Gauge::new(Limits::unlimited().cancel(flag.clone()));
        for _ in 0..50 {
            assert!(gauge.step(Opcode::Reduce, Progress::default).is_err());
        }
        flag.store(false, Ordering::Relaxed);
        assert!(gauge.step(Opcode::None, Progress::default).is_ok());
        assert_eq!((gauge.opcodes, gauge.account.calls.get()), (51, 50));
    }
}
