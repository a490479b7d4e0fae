//! Which variables of code hold cells.

use rustpython_vm::bytecode::{CO_FAST_CELL, CO_FAST_FREE, CodeObject, Constant, Instruction};

use super::{Checked, ensure};

/// Which variables hold cells.
///
/// What an instruction that looks into a cell finds must be one. The compiler makes the cells at the
/// begin of the code. A comprehension within it puts one aside and back again.
pub(super) struct Cells<'c> {
    kinds: &'c [u8],
    made: Vec<bool>,
    put_aside: Vec<bool>,
}

impl<'c> Cells<'c> {
    pub(super) fn new<C: Constant>(code: &'c CodeObject<C>) -> Self {
        let kinds = &*code.localspluskinds;
        Self {
            kinds,
            made: vec![false; kinds.len()],
            put_aside: vec![false; kinds.len()],
        }
    }

    pub(super) fn step(&mut self, instruction: Instruction, operand: u32) -> Checked {
        use Instruction as I;
        let index = operand as usize;
        match instruction {
            I::CopyFreeVars { .. } => {
                for (made, kind) in self.made.iter_mut().zip(self.kinds) {
                    *made |= kind & CO_FAST_FREE != 0;
                }
            }
            I::MakeCell { .. } => {
                ensure(
                    self.kinds
                        .get(index)
                        .is_some_and(|kind| kind & CO_FAST_FREE == 0),
                    "a cell in the place of one from outside",
                )?;
                mark(&mut self.made, index);
            }
            I::LoadFastAndClear { .. } => mark(&mut self.put_aside, index),
            I::DeleteDeref { .. }
            | I::LoadDeref { .. }
            | I::LoadFromDictOrDeref { .. }
            | I::StoreDeref { .. } => ensure(
                self.made.get(index).is_some_and(|made| *made),
                "a variable is no cell",
            )?,
            I::DeleteFast { .. } => self.not_a_cell(index)?,
            I::StoreFast { .. } => self.stored(index)?,
            I::StoreFastLoadFast { .. } => self.stored(index >> 4)?,
            I::StoreFastStoreFast { .. } => {
                self.stored(index >> 4)?;
                self.stored(index & 15)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn stored(&self, index: usize) -> Checked {
        match self.put_aside.get(index) {
            Some(true) => Ok(()),
            _ => self.not_a_cell(index),
        }
    }

    fn not_a_cell(&self, index: usize) -> Checked {
        let cell = self
            .kinds
            .get(index)
            .is_some_and(|kind| kind & (CO_FAST_CELL | CO_FAST_FREE) != 0);
        ensure(!cell, "a cell is overwritten")
    }
}

fn mark(marks: &mut [bool], index: usize) {
    if let Some(mark) = marks.get_mut(index) {
        *mark = true;
    }
}
