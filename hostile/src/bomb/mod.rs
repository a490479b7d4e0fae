//! Pickles that cost far more time or memory than their size says.

mod archives;
mod calls;
mod collisions;
mod costly;
mod depth;
mod digits;
mod growth;
mod sharing;
mod sizes;
mod streams;

use std::fmt;

/// The most bytes that a bomb has.
pub const MOST_BYTES: usize = 16 << 20;

/// What a bomb is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Lengths that say more than there is.
    Size,
    /// Indexes and entries of the memo.
    Memo,
    /// Objects and marks on the stack.
    Stack,
    /// Objects in objects in objects.
    Depth,
    /// Objects that are in themselves many times, on many levels.
    Sharing,
    /// Keys whose hashes or whose comparison take long.
    Hash,
    /// Keys that collide in a table.
    Collision,
    /// Numbers of many digits.
    Digits,
    /// Containers that grow.
    Growth,
    /// Many opcodes, frames or pickles.
    Opcodes,
    /// Calls of what an allow list of data types may hold.
    Calls,
    /// Archives and compressed streams, for what opens them.
    Unpacking,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Size,
        Self::Memo,
        Self::Stack,
        Self::Depth,
        Self::Sharing,
        Self::Hash,
        Self::Collision,
        Self::Digits,
        Self::Growth,
        Self::Opcodes,
        Self::Calls,
        Self::Unpacking,
    ];
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "declared sizes",
            Self::Memo => "the memo",
            Self::Stack => "stack and marks",
            Self::Depth => "nesting depth",
            Self::Sharing => "sharing",
            Self::Hash => "hashing and comparing",
            Self::Collision => "hash collisions",
            Self::Digits => "digits",
            Self::Growth => "growing containers",
            Self::Opcodes => "floods of opcodes",
            Self::Calls => "calls of listed callables",
            Self::Unpacking => "archives and compression",
        })
    }
}

/// Kinds of ends that [`Bomb::ends`] names.
pub mod end {
    /// It breaks the format: the stream ends early, or an argument is none.
    pub const MALFORMED: &str = "malformed";
    /// It names a global that the policy does not list.
    pub const FORBIDDEN: &str = "forbidden";
    /// It loads: whatever walks over the result has to know what is shared.
    pub const LOADED: &str = "loaded";
    /// More input than allowed.
    pub const INPUT: &str = "input";
    /// One string, bytes or line is too long.
    pub const STRING: &str = "string";
    /// A memo index or the number of entries.
    pub const MEMO: &str = "memo";
    /// Objects on the stack.
    pub const STACK: &str = "stack";
    /// Marks on the stack.
    pub const MARKS: &str = "marks";
    /// Nesting depth.
    pub const DEPTH: &str = "depth";
    /// Objects in total.
    pub const OBJECTS: &str = "objects";
    /// Allocated bytes.
    pub const MEMORY: &str = "memory";
    /// Digits or bytes of an integer, or digits of a float.
    pub const DIGITS: &str = "digits";
    /// Opcodes in total.
    pub const OPCODES: &str = "opcodes";
    /// Calls in total.
    pub const CALLS: &str = "calls";
    /// Items of one container.
    pub const ITEMS: &str = "items";
    /// Steps of hashing and comparing.
    pub const STEPS: &str = "steps";
    /// What comes out of an archive or a compressed stream, or how many members it has.
    pub const UNPACKED: &str = "unpacked";
    /// An argument that the check of a listed callable refuses.
    pub const ARGUMENT: &str = "argument";
}

/// A pickle that costs too much.
pub struct Bomb {
    /// A unique name of `a-z`, `A-Z`, `0-9`, `.`, `_` and `-`.
    pub name: String,
    /// What it is about.
    pub class: Class,
    /// How a load with limits may end: one of these ([`end`]). Besides, any load may end with a
    /// limit of its input, opcodes, memory or time.
    pub ends: &'static [&'static str],
    /// How it may end under a list that has the standard library's data types, where that is not [`ends`](Self::ends): what
    /// it is about is reached there, and a denial is no answer.
    pub listed: Option<&'static [&'static str]>,
    make: Box<dyn Fn() -> Vec<u8> + Send + Sync>,
}

impl Bomb {
    /// The file: at most [`MOST_BYTES`], made anew.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        (self.make)()
    }

    /// Whether it needs an allow list that has the standard library's data types.
    #[must_use]
    pub fn calls(&self) -> bool {
        self.ends.contains(&end::FORBIDDEN)
    }
}

impl fmt::Debug for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, class, ends, ..
        } = self;
        let mut shown = f.debug_struct("Bomb");
        shown
            .field("name", name)
            .field("class", class)
            .field("ends", ends);
        shown.finish_non_exhaustive()
    }
}

/// Collects bombs of one class after the other.
struct Collector {
    class: Class,
    bombs: Vec<Bomb>,
}

impl Collector {
    fn class(&mut self, class: Class) {
        self.class = class;
    }

    fn add(
        &mut self,
        name: impl Into<String>,
        ends: &'static [&'static str],
        make: impl Fn() -> Vec<u8> + Send + Sync + 'static,
    ) {
        self.bombs.push(Bomb {
            name: name.into(),
            class: self.class,
            ends,
            listed: None,
            make: Box::new(make),
        });
    }

    /// A bomb of calls that the standard library's list allows, and how it ends there. Elsewhere it is forbidden.
    fn add_listed(
        &mut self,
        name: impl Into<String>,
        listed: &'static [&'static str],
        make: impl Fn() -> Vec<u8> + Send + Sync + 'static,
    ) {
        self.add(name, &[end::FORBIDDEN, end::STEPS], make);
        if let Some(bomb) = self.bombs.last_mut() {
            bomb.listed = Some(listed);
        }
    }
}

/// All bombs. None is made yet: [`Bomb::bytes`] does that.
#[must_use]
pub fn bombs() -> Vec<Bomb> {
    let mut all = Collector {
        class: Class::Size,
        bombs: Vec::new(),
    };
    sizes::collect(&mut all);
    streams::collect(&mut all);
    depth::collect(&mut all);
    sharing::collect(&mut all);
    collisions::collect(&mut all);
    digits::collect(&mut all);
    costly::collect(&mut all);
    growth::collect(&mut all);
    archives::collect(&mut all);
    all.bombs
}
