//! Limits on what a load may cost.
//!
//! [`Limits`] says how much of each resource a pickle may take; a [`Gauge`] counts while a
//! [`Machine`](crate::machine::Machine) loads it, and stops the load before more is spent than that.
//! What stopped it is a [`Limit`], with the number that was exceeded.
//!
//! Bytes of memory are estimates: what RustPython's objects of these kinds take on a 64-bit machine, with the allocator's
//! overhead. They are charged before the objects are made. What the bytes of a stream take while they are read is not
//! among them: a line is at most as long as a string may be, and a frame as long as the input.

mod gauge;

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use self::gauge::Gauge;
#[cfg(feature = "vm")]
pub(crate) use self::gauge::{Clock, Purse};

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
    /// How long a load may take; 10 seconds if untrusted. It is looked at between opcodes and between
    /// the keys that one hashes, so a call that takes long is not interrupted.
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

    /// Whether its host has cancelled the load.
    fn is_cancelled(&self) -> bool {
        let flag = self.cancel.as_ref();
        flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
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
}
