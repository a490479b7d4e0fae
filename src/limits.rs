//! Limits on what a load may cost.
//!
//! [`Limits`] says how much of each resource a pickle may take; a [`Gauge`] counts while a
//! [`Machine`](crate::machine::Machine) loads it, and stops the load before more is spent than that.
//! What stopped it is a [`Limit`], with the number that was exceeded.
//!
//! Bytes of memory are estimates: what RustPython's objects of these kinds take on a 64-bit machine, with the allocator's
//! overhead. They are charged before the objects are made. What the bytes of a stream take while they are read is not
//! among them: a line is at most as long as a string may be, and a frame as long as the input.

use core::cell::Cell;
use core::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::machine::{Meter, Progress};
use crate::wire::{OPCODES, Opcode, StackItem};

/// A resource that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of the pickle.
    InputBytes,
    /// Bytes of one string, bytes object or line of text.
    StringBytes,
    /// Entries of the memo.
    MemoEntries,
    /// Objects on the stack.
    StackDepth,
    /// Marks on the stack.
    MarkDepth,
    /// Containers within containers.
    NestingDepth,
    /// Objects made.
    Objects,
    /// Bytes of memory, as estimated.
    AllocatedBytes,
    /// Decimal digits of one integer.
    IntDigits,
    /// Bytes of one integer.
    LongBytes,
    /// Opcodes carried out.
    Opcodes,
    /// Calls of callables, classes and persistent ids.
    Calls,
    /// Items of one container.
    ContainerItems,
    /// Steps of hashing and of comparing keys.
    HashSteps,
    /// Time, in milliseconds.
    Time,
    /// The load was cancelled by its host.
    Cancelled,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InputBytes => "input bytes",
            Self::StringBytes => "bytes of one string",
            Self::MemoEntries => "memo entries",
            Self::StackDepth => "stack depth",
            Self::MarkDepth => "mark depth",
            Self::NestingDepth => "nesting depth",
            Self::Objects => "objects",
            Self::AllocatedBytes => "allocated bytes",
            Self::IntDigits => "digits of one integer",
            Self::LongBytes => "bytes of one integer",
            Self::Opcodes => "opcodes",
            Self::Calls => "calls",
            Self::ContainerItems => "items of one container",
            Self::HashSteps => "steps of hashing and comparing",
            Self::Time => "milliseconds",
            Self::Cancelled => "cancelled",
        })
    }
}

/// A limit, and how much it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Which limit.
    pub which: Limit,
    /// How much it allows; 0 for [`Limit::Cancelled`].
    pub limit: u64,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.which {
            Limit::Cancelled => f.write_str("the load was cancelled"),
            which => write!(f, "limit exceeded: {which} (at most {})", self.limit),
        }
    }
}

impl core::error::Error for Exceeded {}

macro_rules! limits {
    ($($field:ident: $which:ident = $untrusted:expr, $doc:literal;)*) => {
        /// How much of each resource a load may take.
        ///
        /// [`Limits::unlimited`] is for pickles that are trusted, [`Limits::untrusted`] for all others.
        /// Each limit has a method that changes it.
        ///
        /// ```
        /// use rustpython_pickle::limits::{Limit, Limits};
        ///
        /// let limits = Limits::untrusted().nesting_depth(50);
        /// assert_eq!(limits.of(Limit::NestingDepth), Some(50));
        /// assert_eq!(Limits::unlimited().of(Limit::NestingDepth), None);
        /// ```
        #[derive(Clone, Debug)]
        pub struct Limits {
            $($field: u64,)*
            time: Option<Duration>,
            cancel: Option<Arc<AtomicBool>>,
        }

        impl Limits {
            /// No limits.
            #[must_use]
            pub fn unlimited() -> Self {
                Self {
                    $($field: u64::MAX,)*
                    time: None,
                    cancel: None,
                }
            }

            /// What a pickle of unknown origin may cost: 128 MiB of memory as estimated, which is less than 256 MiB as
            /// it is, and some seconds, on a thread with a stack of 2 MiB. The pickle itself is not a part of that.
            #[must_use]
            pub fn untrusted() -> Self {
                Self {
                    $($field: $untrusted,)*
                    time: Some(Duration::from_secs(10)),
                    cancel: None,
                }
            }

            $(
                #[doc = $doc]
                #[must_use]
                pub fn $field(mut self, most: u64) -> Self {
                    self.$field = most;
                    self
                }
            )*

            /// How much of a resource may be taken; `None` if that is not limited.
            #[must_use]
            pub fn of(&self, which: Limit) -> Option<u64> {
                let limit = match which {
                    $(Limit::$which => self.$field,)*
                    Limit::Time => match self.time {
                        Some(time) => u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
                        None => u64::MAX,
                    },
                    Limit::Cancelled => u64::MAX,
                };
                (limit != u64::MAX).then_some(limit)
            }
        }
    };
}

const MIB: u64 = 1 << 20;

limits! {
    input_bytes: InputBytes = 64 * MIB, "Bytes of the pickle; 64 MiB if untrusted.";
    string_bytes: StringBytes = 32 * MIB, "Bytes of one string, bytes object or line of text; 32 MiB if untrusted.";
    memo_entries: MemoEntries = 2_000_000, "Entries of the memo; 2,000,000 if untrusted.";
    stack_depth: StackDepth = 1_000_000, "Objects on the stack; 1,000,000 if untrusted.";
    mark_depth: MarkDepth = 10_000, "Marks on the stack; 10,000 if untrusted.";
    nesting_depth: NestingDepth = 500, "Containers within containers; 500 if untrusted.

RustPython releases some kinds of nested objects by recursion on the native stack: a result much deeper
than that must not be dropped on a small stack, except with [`release`](crate::release()).";
    objects: Objects = 2_000_000, "Objects made; 2,000,000 if untrusted.";
    allocated_bytes: AllocatedBytes = 128 * MIB, "Bytes of memory, as estimated; 128 MiB if untrusted.";
    int_digits: IntDigits = 4300, "Decimal digits of one integer that is written as text; 4,300 if untrusted, which is
Python's own limit (`sys.set_int_max_str_digits`).";
    long_bytes: LongBytes = 64 << 10, "Bytes of one integer; 64 KiB if untrusted.";
    opcodes: Opcodes = 20_000_000, "Opcodes carried out; 20,000,000 if untrusted.";
    calls: Calls = 200_000, "Calls of callables and classes, states, and persistent ids; 200,000 if untrusted. A call that takes long
counts as several ([`Entry::weight`](crate::policy::Entry::weight)).";
    container_items: ContainerItems = 1_000_000, "Items that one container is given; 1,000,000 if untrusted.";
    hash_steps: HashSteps = 50_000_000, "Steps of hashing and comparing, of about ten nanoseconds; 50,000,000 if untrusted.

For each key: one step for each object in it, as often as it is in it, one more for each 32 bytes of
a string, bytes or an integer, 512 or more for an object whose class has a hash of its own, and one for each entry that the search
for it passes; for each of those with the same hash, as many as for the key. What a call hashes is charged before the call, what is in
an object of another load or of a persistent id as well.";
}

impl Limits {
    /// How long a load may take; 10 seconds if untrusted. It is looked at between opcodes, so a call
    /// that takes long is not interrupted.
    #[must_use]
    pub fn time(mut self, most: Option<Duration>) -> Self {
        self.time = most;
        self
    }

    /// A flag through which another thread can end the load.
    #[must_use]
    pub fn cancel(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancel = Some(flag);
        self
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        let Self { time, cancel, .. } = self;
        time.is_none()
            && cancel.is_none()
            && Limit::COUNTED.iter().all(|which| self.of(*which).is_none())
    }

    fn exceeded(&self, which: Limit) -> Exceeded {
        Exceeded {
            which,
            limit: self.of(which).unwrap_or(0),
        }
    }
}

impl Limit {
    /// All that a number limits.
    pub const COUNTED: &'static [Self] = &[
        Self::InputBytes,
        Self::StringBytes,
        Self::MemoEntries,
        Self::StackDepth,
        Self::MarkDepth,
        Self::NestingDepth,
        Self::Objects,
        Self::AllocatedBytes,
        Self::IntDigits,
        Self::LongBytes,
        Self::Opcodes,
        Self::Calls,
        Self::ContainerItems,
        Self::HashSteps,
    ];
}

/// What is left of something that a load may take: for models, which know of costs that the machine
/// does not see.
#[derive(Clone, Debug)]
pub(crate) struct Purse {
    spent: Rc<Cell<u64>>,
    most: u64,
    which: Limit,
}

impl Purse {
    fn new(which: Limit, most: u64) -> Self {
        Self {
            spent: Rc::default(),
            most,
            which,
        }
    }

    #[inline]
    pub(crate) fn charge(&self, more: u64) -> Result<(), Exceeded> {
        let spent = self.spent.get().saturating_add(more);
        self.spent.set(spent);
        if spent > self.most {
            return Err(Exceeded {
                which: self.which,
                limit: self.most,
            });
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
/// assert!(gauge.step(Opcode::None, &Progress::default()).is_ok());
/// let error = gauge.step(Opcode::None, &Progress::default()).unwrap_err();
/// assert_eq!(error.to_string(), "limit exceeded: opcodes (at most 1)");
/// ```
#[derive(Debug)]
pub struct Gauge {
    limits: Limits,
    deadline: Option<Instant>,
    opcodes: u64,
    objects: u64,
    purse: Purse,
    calls: Purse,
    /// The number of opcodes at which the clock is looked at next.
    next_look: u64,
    caps: Caps,
}

/// The limits that each step is held to, none so large that a difference could pass for a negative one.
#[derive(Clone, Copy, Debug)]
struct Caps {
    offset: u64,
    stack: u64,
    marks: u64,
    memo: u64,
    objects: u64,
    bytes: u64,
}

/// The clock and the flag are looked at once in that many opcodes.
const LOOK_EVERY: u64 = 1024;
/// Or once in that many calls.
const CALLS: u64 = 16;

impl Gauge {
    /// A gauge at zero. The time begins now.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let cap = |limit: u64| limit.min(i64::MAX.unsigned_abs());
        let caps = Caps {
            offset: cap(limits.input_bytes),
            stack: cap(limits.stack_depth),
            marks: cap(limits.mark_depth),
            memo: cap(limits.memo_entries),
            objects: cap(limits.objects),
            bytes: cap(limits.allocated_bytes),
        };
        Self {
            deadline: limits
                .time
                .and_then(|time| Instant::now().checked_add(time)),
            purse: Purse::new(Limit::AllocatedBytes, limits.allocated_bytes),
            calls: Purse::new(Limit::Calls, limits.calls),
            limits,
            opcodes: 0,
            objects: 0,
            next_look: 0,
            caps,
        }
    }

    /// What it holds loads to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    #[cfg(feature = "vm")]
    pub(crate) fn purse(&self) -> Purse {
        self.purse.clone()
    }

    #[cfg(feature = "vm")]
    pub(crate) fn calls(&self) -> Purse {
        self.calls.clone()
    }

    /// Counts a call.
    fn call(&mut self) -> Result<(), Exceeded> {
        // It may take as long as many opcodes.
        self.next_look = self.next_look.saturating_sub(LOOK_EVERY / CALLS);
        self.calls.charge(1)
    }

    #[cold]
    fn look(&mut self) -> Result<(), Exceeded> {
        // Never beyond the last opcode.
        let next = self.opcodes.saturating_add(LOOK_EVERY);
        self.next_look = next.min(self.limits.opcodes);
        let cancel = self.limits.cancel.as_ref();
        if cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(self.limits.exceeded(Limit::Cancelled));
        }
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err(self.limits.exceeded(Limit::Time));
        }
        Ok(())
    }

    /// A limit is exceeded, or it is time for a look at the clock.
    #[cold]
    fn over(&mut self, machine: &Progress) -> Result<(), Exceeded> {
        let limits = &self.limits;
        let which = [
            (Limit::InputBytes, machine.offset, limits.input_bytes),
            (Limit::StackDepth, machine.stack as u64, limits.stack_depth),
            (Limit::MarkDepth, machine.marks as u64, limits.mark_depth),
            (Limit::MemoEntries, machine.memo as u64, limits.memo_entries),
            (Limit::Opcodes, self.opcodes, limits.opcodes),
            (Limit::Objects, self.objects, limits.objects),
            (
                Limit::AllocatedBytes,
                self.purse.spent.get(),
                limits.allocated_bytes,
            ),
        ];
        match which.iter().find(|(_, used, most)| used > most) {
            Some((which, ..)) => Err(limits.exceeded(*which)),
            None => self.look(),
        }
    }
}

impl Meter for Gauge {
    type Exceeded = Exceeded;

    #[inline]
    fn step(&mut self, opcode: Opcode, machine: &Progress) -> Result<(), Exceeded> {
        let cost = COSTS[usize::from(opcode.byte())];
        self.opcodes += 1;
        self.objects += u64::from(cost.objects);
        let spent = self.purse.spent.get().saturating_add(cost.bytes.into());
        self.purse.spent.set(spent);
        if cost.calls {
            self.call()?;
        }
        // One branch for all: the highest bit is set in what is below zero.
        let caps = &self.caps;
        let left = caps.offset.wrapping_sub(machine.offset)
            | caps.stack.wrapping_sub(machine.stack as u64)
            | caps.marks.wrapping_sub(machine.marks as u64)
            | caps.memo.wrapping_sub(machine.memo as u64)
            | caps.objects.wrapping_sub(self.objects)
            | caps.bytes.wrapping_sub(spent)
            | self.next_look.wrapping_sub(self.opcodes);
        if left >> 63 != 0 {
            return self.over(machine);
        }
        Ok(())
    }

    #[inline]
    fn payload(&mut self, opcode: Opcode, offset: u64, length: usize) -> Result<(), Exceeded> {
        let limits = &self.limits;
        let length = length as u64;
        let (which, most) = match opcode {
            Opcode::Long1 | Opcode::Long4 => (Limit::LongBytes, limits.long_bytes),
            Opcode::Long | Opcode::Int => (Limit::IntDigits, limits.int_digits),
            _ => (Limit::StringBytes, limits.string_bytes),
        };
        if length > most {
            return Err(limits.exceeded(which));
        }
        if offset.saturating_add(length) > limits.input_bytes {
            return Err(limits.exceeded(Limit::InputBytes));
        }
        self.purse.charge(length)
    }

    #[inline]
    fn items(&mut self, opcode: Opcode, count: usize) -> Result<(), Exceeded> {
        let count = count as u64;
        if count > self.limits.container_items {
            return Err(self.limits.exceeded(Limit::ContainerItems));
        }
        // Lists grow by more than they need; an entry of a dict or a set has a hash and an index,
        // and their tables have free places.
        let each = match opcode {
            Opcode::SetItem | Opcode::SetItems | Opcode::Dict => 40,
            Opcode::AddItems | Opcode::FrozenSet => 64,
            Opcode::Append | Opcode::Appends => 16,
            _ => 8,
        };
        self.purse.charge(count * each)
    }
}

/// What an opcode costs without its payload.
#[derive(Clone, Copy)]
struct Cost {
    bytes: u16,
    objects: u8,
    calls: bool,
}

static COSTS: [Cost; 256] = {
    let mut costs = [Cost {
        bytes: 0,
        objects: 0,
        calls: false,
    }; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        costs[OPCODES[row].opcode as usize] = cost(row);
        row += 1;
    }
    costs
};

const fn cost(row: usize) -> Cost {
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
    Cost {
        bytes,
        objects: object as u8,
        calls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_can_be_set_and_is_off_when_unlimited() {
        assert!(Limits::unlimited().is_unlimited());
        assert!(!Limits::unlimited().calls(3).is_unlimited());
        assert!(
            !Limits::unlimited()
                .time(Some(Duration::ZERO))
                .is_unlimited()
        );
        let untrusted = Limits::untrusted();
        for which in Limit::COUNTED {
            assert!(untrusted.of(*which).is_some(), "{which}");
            assert_eq!(Limits::unlimited().of(*which), None, "{which}");
        }
        assert_eq!(untrusted.of(Limit::Time), Some(10_000));
    }

    #[test]
    fn a_cancelled_load_stops_at_the_next_look() {
        let flag = Arc::new(AtomicBool::new(false));
        let mut gauge = Gauge::new(Limits::unlimited().cancel(flag.clone()));
        let mut step = || gauge.step(Opcode::None, &Progress::default());
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
        let error = gauge.step(Opcode::None, &Progress::default()).unwrap_err();
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
}
