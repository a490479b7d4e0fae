//! The kinds of objects on a stack.

use rustpython_pickle::wire::{Opcode, OpcodeInfo, StackItem};

/// A place on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    kind: StackItem,
    /// Whether it can be a key.
    hashable: bool,
}

impl Slot {
    /// An object of which nothing is known.
    pub(super) const ANY: Self = Self::of(StackItem::Any, true);
    const MARK: Self = Self::of(StackItem::Mark, false);

    const fn of(kind: StackItem, hashable: bool) -> Self {
        Self { kind, hashable }
    }

    fn is_mark(self) -> bool {
        self.kind == StackItem::Mark
    }

    /// Whether an opcode that takes `wanted` takes this.
    fn is(self, wanted: StackItem) -> bool {
        match wanted {
            _ if self.is_mark() => false,
            StackItem::Any => true,
            StackItem::Buffer => matches!(
                self.kind,
                StackItem::Buffer | StackItem::Bytes | StackItem::ByteArray
            ),
            wanted => self.kind == wanted,
        }
    }
}

/// A stack of kinds.
#[derive(Clone, Debug, Default)]
pub(super) struct Stack {
    slots: Vec<Slot>,
    marks: Vec<usize>,
}

impl Stack {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn marks(&self) -> usize {
        self.marks.len()
    }

    /// The topmost object, if no mark stands there.
    pub(super) fn top(&self) -> Option<Slot> {
        self.slots.last().copied().filter(|slot| !slot.is_mark())
    }

    pub(super) fn push(&mut self, slot: Slot) {
        if slot.is_mark() {
            self.marks.push(self.slots.len());
        }
        self.slots.push(slot);
    }

    /// Where what an opcode takes begins, if that is there.
    fn start(&self, info: &OpcodeInfo) -> Option<usize> {
        match info.pops.iter().position(|item| *item == StackItem::Mark) {
            Some(below) => self.marks.last()?.checked_sub(below),
            None => self.slots.len().checked_sub(info.pops.len()),
        }
    }

    /// The objects above the topmost mark.
    fn slice(&self) -> &[Slot] {
        match self.marks.last() {
            Some(mark) => &self.slots[mark + 1..],
            None => &[],
        }
    }

    /// Whether an opcode finds what it takes.
    pub(super) fn fits(&self, info: &OpcodeInfo) -> bool {
        let Some(start) = self.start(info) else {
            return false;
        };
        let items = info.pops.iter();
        let items = items.filter(|item| **item != StackItem::Slice);
        let found = items.enumerate().all(|(place, wanted)| {
            let slot = self.slots.get(start + place);
            slot.is_some_and(|slot| match wanted {
                StackItem::Mark => slot.is_mark(),
                wanted => slot.is(*wanted),
            })
        });
        found && self.keys_fit(info.opcode)
    }

    /// Whether what becomes a key can be one, and each has a value.
    fn keys_fit(&self, opcode: Opcode) -> bool {
        let slice = self.slice();
        match opcode {
            Opcode::Dict | Opcode::SetItems => {
                slice.len().is_multiple_of(2) && slice.iter().step_by(2).all(|key| key.hashable)
            }
            Opcode::FrozenSet | Opcode::AddItems => slice.iter().all(|key| key.hashable),
            Opcode::SetItem => {
                let key = self.slots.len().checked_sub(2);
                key.is_some_and(|key| self.slots[key].hashable)
            }
            _ => true,
        }
    }

    /// Does what an opcode does; as much of it as can be done, where it does not fit.
    pub(super) fn apply(&mut self, info: &OpcodeInfo) {
        if info.opcode == Opcode::Dup {
            self.slots.extend(self.top());
            return;
        }
        let start = self.start(info).unwrap_or(0).min(self.slots.len());
        let first = self.slots.get(start).copied();
        let all_hashable = self.slots[start..]
            .iter()
            .all(|slot| slot.hashable || slot.is_mark());
        self.slots.truncate(start);
        while self.marks.last().is_some_and(|mark| *mark >= start) {
            self.marks.pop();
        }
        for kind in info.pushes {
            let slot = match (kind, info.opcode) {
                (StackItem::Mark, _) => Slot::MARK,
                // What is given a state stays what it is.
                (_, Opcode::Build) => first.unwrap_or(Slot::ANY),
                (StackItem::Tuple, _) => Slot::of(*kind, all_hashable),
                (kind, _) => Slot::of(*kind, is_hashable(*kind)),
            };
            self.push(slot);
        }
    }
}

fn is_hashable(kind: StackItem) -> bool {
    !matches!(
        kind,
        StackItem::List | StackItem::Dict | StackItem::Set | StackItem::ByteArray
    )
}
