//! Whether a code object can be run without the interpreter reading beyond what there is.
//!
//! The interpreter trusts its compiler: it does not check the operands of instructions. Here each
//! index is checked against what it is an index of, each jump against the instructions, and the
//! stack's depth on each way through the code against its size. What kinds of objects are on the
//! stack is not checked: code that was made up with intent can still confuse the interpreter, as
//! code made with `types.CodeType` can.

use rustpython_vm::bytecode::{
    CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL, CodeFlags, CodeObject, Constant, Instruction, Opcode,
};

/// A frame's stack is taken from the heap before anything is on it.
const MAX_STACK: u32 = 1 << 20;

/// Lines and columns beyond this are not from a source.
const MAX_LINE: i64 = 1 << 30;

/// The flags of code whose frame is left and gone on with.
const RESUMED: CodeFlags = CodeFlags::GENERATOR
    .union(CodeFlags::COROUTINE)
    .union(CodeFlags::ASYNC_GENERATOR)
    .union(CodeFlags::ITERABLE_COROUTINE);

type Checked<T = ()> = Result<T, &'static str>;

fn ensure(condition: bool, complaint: &'static str) -> Checked {
    if condition { Ok(()) } else { Err(complaint) }
}

/// One instruction with its operand.
#[derive(Clone, Copy, Debug)]
struct Step {
    opcode: Opcode,
    operand: u32,
    /// Where the next one begins.
    next: usize,
}

/// What protects a range of instructions.
#[derive(Clone, Copy, Debug)]
struct Handler {
    start: usize,
    end: usize,
    target: usize,
    depth: u32,
    push_lasti: bool,
}

pub(super) fn code<C: Constant>(code: &CodeObject<C>) -> Checked {
    variables(code)?;
    ensure(code.max_stackdepth <= MAX_STACK, "the stack is too large")?;
    ensure(
        code.constants.len() <= u32::MAX as usize,
        "too many constants",
    )?;
    let steps = steps(code)?;
    let handlers = handlers(&code.exceptiontable, &steps)?;
    depths(code.max_stackdepth, &steps, &handlers)
}

/// The variables, and how the arguments are spread over them.
fn variables<C: Constant>(code: &CodeObject<C>) -> Checked {
    let flags = [CodeFlags::VARARGS, CodeFlags::VARKEYWORDS];
    let collecting = flags
        .into_iter()
        .filter(|flag| code.flags.contains(*flag))
        .count();
    let args = u64::from(code.arg_count) + u64::from(code.kwonlyarg_count) + collecting as u64;
    ensure(
        args <= code.varnames.len() as u64,
        "more arguments than variables",
    )?;
    ensure(
        code.posonlyarg_count <= code.arg_count,
        "more positional-only arguments than arguments",
    )?;

    let is_local = |name: &C::Name| {
        code.varnames
            .iter()
            .any(|local| local.as_ref() == name.as_ref())
    };
    let cells = code.cellvars.iter().filter(|name| !is_local(name)).count();
    let (locals, free) = (code.varnames.len(), code.freevars.len());
    let kinds = &code.localspluskinds;
    ensure(
        kinds.len() == locals + cells + free,
        "kinds and variables differ in number",
    )?;
    for (index, kind) in kinds.iter().enumerate() {
        let expected = match index {
            index if index < locals => CO_FAST_LOCAL,
            index if index < locals + cells => CO_FAST_CELL,
            _ => CO_FAST_FREE,
        };
        ensure(
            kind & expected != 0,
            "a variable is of another kind than its place",
        )?;
    }
    Ok(())
}

/// Takes the instructions apart; `None` where none begins.
fn steps<C: Constant>(code: &CodeObject<C>) -> Checked<Vec<Option<Step>>> {
    let units = &code.instructions;
    let mut steps = vec![None; units.len()];
    let mut cells = Cells::new(code);
    let mut index = 0;
    while index < units.len() {
        let begin = index;
        let mut operand: u32 = 0;
        let instruction = loop {
            let Some(unit) = units.get(index) else {
                return Err("the last instruction has no end");
            };
            operand = operand << 8 | u32::from(u8::from(unit.arg));
            index += 1;
            if !matches!(unit.op, Instruction::ExtendedArg) {
                break unit.op;
            }
            ensure(operand >> 24 == 0, "an operand is too large")?;
        };
        let opcode = instruction.as_opcode();
        ensure(
            opcode.deoptimize() == opcode,
            "an instruction of the interpreter's own",
        )?;
        let caches = opcode.cache_entries();
        for cache in units.iter().skip(index).take(caches) {
            ensure(matches!(cache.op, Instruction::Cache), "a cache is missing")?;
        }
        index += caches;
        ensure(index <= units.len(), "a cache is missing")?;
        self::operand(code, instruction, operand)?;
        cells.step(instruction, operand)?;
        if let Some(step) = steps.get_mut(begin) {
            *step = Some(Step {
                opcode,
                operand,
                next: index,
            });
        }
    }
    Ok(steps)
}

/// Which variables hold cells.
///
/// What an instruction that looks into a cell finds must be one. The compiler makes the cells at the
/// begin of the code. A comprehension within it puts one aside and back again.
struct Cells<'c> {
    kinds: &'c [u8],
    made: Vec<bool>,
    put_aside: Vec<bool>,
}

impl<'c> Cells<'c> {
    fn new<C: Constant>(code: &'c CodeObject<C>) -> Self {
        let kinds = &*code.localspluskinds;
        Self {
            kinds,
            made: vec![false; kinds.len()],
            put_aside: vec![false; kinds.len()],
        }
    }

    fn step(&mut self, instruction: Instruction, operand: u32) -> Checked {
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

/// An operand against what it is an index of, or one of.
fn operand<C: Constant>(code: &CodeObject<C>, instruction: Instruction, operand: u32) -> Checked {
    use Instruction as I;
    let arg = operand.into();
    let index = operand as usize;
    let name = |index: usize| index < code.names.len();
    let variable = |index: usize| index < code.localspluskinds.len();
    let fits = match instruction {
        I::Cache | I::Reserved | I::EnterExecutor | I::InterpreterExit | I::ExitInitCheck => false,
        I::LoadConst { .. } => index < code.constants.len(),
        I::LoadAttr { .. } | I::LoadGlobal { .. } => name(index >> 1),
        I::LoadSuperAttr { .. } => name(index >> 2),
        I::DeleteAttr { .. }
        | I::DeleteGlobal { .. }
        | I::DeleteName { .. }
        | I::ImportFrom { .. }
        | I::ImportName { .. }
        | I::LoadFromDictOrGlobals { .. }
        | I::LoadName { .. }
        | I::StoreAttr { .. }
        | I::StoreGlobal { .. }
        | I::StoreName { .. } => name(index),
        I::DeleteDeref { .. }
        | I::DeleteFast { .. }
        | I::LoadDeref { .. }
        | I::LoadFast { .. }
        | I::LoadFastAndClear { .. }
        | I::LoadFastBorrow { .. }
        | I::LoadFastCheck { .. }
        | I::LoadFromDictOrDeref { .. }
        | I::MakeCell { .. }
        | I::StoreDeref { .. }
        | I::StoreFast { .. } => variable(index),
        I::LoadFastBorrowLoadFastBorrow { .. }
        | I::LoadFastLoadFast { .. }
        | I::StoreFastLoadFast { .. }
        | I::StoreFastStoreFast { .. } => {
            variable(index >> 4) && variable(index & 15) && index < 256
        }
        I::CopyFreeVars { .. } => index == code.freevars.len(),
        I::BinaryOp { op } => op.try_get(arg).is_ok(),
        I::BuildSlice { argc } => argc.try_get(arg).is_ok(),
        I::CallIntrinsic1 { func } => func.try_get(arg).is_ok(),
        I::CallIntrinsic2 { func } => func.try_get(arg).is_ok(),
        I::CompareOp { opname } => opname.try_get(arg).is_ok(),
        I::ContainsOp { invert } | I::IsOp { invert } => invert.try_get(arg).is_ok(),
        I::ConvertValue { oparg } => oparg.try_get(arg).is_ok(),
        I::LoadCommonConstant { idx } => idx.try_get(arg).is_ok(),
        I::LoadSpecial { method } => method.try_get(arg).is_ok(),
        I::RaiseVarargs { argc } => argc.try_get(arg).is_ok(),
        I::Resume { context } => context.try_get(arg).is_ok(),
        I::SetFunctionAttribute { flag } => flag.try_get(arg).is_ok(),
        // They count from the top of the stack, which is 1.
        I::Copy { .. }
        | I::DictMerge { .. }
        | I::DictUpdate { .. }
        | I::ListAppend { .. }
        | I::ListExtend { .. }
        | I::MapAdd { .. }
        | I::SetAdd { .. }
        | I::SetUpdate { .. } => (1..=MAX_STACK).contains(&operand),
        I::Swap { .. } => (2..=MAX_STACK).contains(&operand),
        // A frame that nobody goes on with has nowhere to yield to.
        I::YieldValue { .. } | I::ReturnGenerator | I::Send { .. } => {
            operand <= MAX_STACK && code.flags.intersects(RESUMED)
        }
        // As many objects as it takes from the stack or puts there, which `depths` looks at.
        _ => operand <= MAX_STACK,
    };
    ensure(fits, "an operand refers to nothing")
}

/// The exception table: varints, each of which is in bounds.
fn handlers(table: &[u8], steps: &[Option<Step>]) -> Checked<Vec<Handler>> {
    let mut bytes = table.iter().copied().peekable();
    let mut handlers = Vec::new();
    while bytes.peek().is_some() {
        let mut varint = |first: bool| -> Checked<u32> {
            let mut value: u32 = 0;
            let mut start = first;
            loop {
                let Some(byte) = bytes.next() else {
                    return Err("an exception table is cut off");
                };
                ensure(
                    (byte & 0x80 != 0) == start,
                    "an exception table without order",
                )?;
                start = false;
                ensure(
                    value >> 26 == 0,
                    "an exception table with too large numbers",
                )?;
                value = value << 6 | u32::from(byte & 0x3f);
                if byte & 0x40 == 0 {
                    return Ok(value);
                }
            }
        };
        let (start, size, target) = (varint(true)?, varint(false)?, varint(false)?);
        let depth = varint(false)?;
        let (start, target) = (start as usize, target as usize);
        let end = start.saturating_add(size as usize);
        ensure(
            end <= steps.len(),
            "an exception handler of no instructions",
        )?;
        ensure(
            matches!(steps.get(target), Some(Some(_))),
            "an exception handler is missing",
        )?;
        ensure(
            depth >> 1 <= u32::from(u16::MAX),
            "an exception handler below the stack",
        )?;
        handlers.push(Handler {
            start,
            end,
            target,
            depth: depth >> 1,
            push_lasti: depth & 1 != 0,
        });
    }
    Ok(handlers)
}

/// Follows every way through the code, with the stack's depth.
fn depths(size: u32, steps: &[Option<Step>], handlers: &[Handler]) -> Checked {
    let mut depths: Vec<Option<u32>> = vec![None; steps.len()];
    let mut ways = vec![(0, 0)];
    // What is protected is entered by reaching it, so a handler is followed with its first one.
    let mut entered = vec![false; handlers.len()];
    while let Some((index, depth)) = ways.pop() {
        let Some(Some(step)) = steps.get(index) else {
            return Err("a way leads out of the code");
        };
        let Some(known) = depths.get_mut(index) else {
            return Err("a way leads out of the code");
        };
        match known {
            Some(known) => {
                ensure(*known == depth, "ways meet with stacks of different depth")?;
                continue;
            }
            None => *known = Some(depth),
        }
        for (handler, entered) in handlers.iter().zip(&mut entered) {
            if handler.start <= index && index < handler.end {
                ensure(
                    handler.depth <= depth,
                    "an exception handler below the stack",
                )?;
                if !core::mem::replace(entered, true) {
                    let depth = handler.depth + u32::from(handler.push_lasti) + 1;
                    ensure(depth <= size, "the stack is too small")?;
                    ways.push((handler.target, depth));
                }
            }
        }
        let effect = step.opcode.stack_effect_info(step.operand);
        let Some(kept) = depth.checked_sub(effect.popped()) else {
            return Err("more is taken from the stack than there is");
        };
        let after = kept.saturating_add(effect.pushed());
        ensure(after <= size.max(1), "the stack is too small")?;
        if let Some(target) = jump_target(step)? {
            ways.push((target, after));
        }
        if !step.opcode.is_no_fallthrough() {
            ways.push((step.next, after));
        }
    }
    Ok(())
}

/// Where an instruction may jump to; backwards or forwards from the next one.
fn jump_target(step: &Step) -> Checked<Option<usize>> {
    // This one only says where the loop was entered.
    if !step.opcode.has_jump() || step.opcode == Opcode::EndAsyncFor {
        return Ok(None);
    }
    let distance = step.operand as usize;
    let target = match step.opcode {
        Opcode::JumpBackward | Opcode::JumpBackwardNoInterrupt => step.next.checked_sub(distance),
        _ => step.next.checked_add(distance),
    };
    target.map(Some).ok_or("a way leads out of the code")
}

/// The line table: entries that begin as such, with varints that fit, and lines that are some.
pub(super) fn lines(table: &[u8], first_line: u32) -> Checked {
    let mut line = i64::from(first_line);
    ensure(line <= MAX_LINE, "a line beyond any source")?;
    let mut bytes = table.iter().copied().peekable();
    while let Some(first) = bytes.next() {
        ensure(first & 0x80 != 0, "a line table without order")?;
        let mut plain = |count: usize| -> Checked {
            for _ in 0..count {
                let byte = bytes.next().ok_or("a line table is cut off")?;
                ensure(byte & 0x80 == 0, "a line table without order")?;
            }
            Ok(())
        };
        match (first >> 3) & 15 {
            15 => {}
            kind @ (13 | 14) => {
                let mut varint = || -> Checked<i64> {
                    let (mut value, mut shift) = (0, 0);
                    loop {
                        let byte = bytes.next().ok_or("a line table is cut off")?;
                        ensure(byte & 0x80 == 0, "a line table without order")?;
                        ensure(shift <= 24, "a line table with too large numbers")?;
                        value |= i64::from(byte & 0x3f) << shift;
                        shift += 6;
                        if byte & 0x40 == 0 {
                            return Ok(value);
                        }
                    }
                };
                let delta = varint()?;
                line += if delta & 1 == 1 {
                    -(delta >> 1)
                } else {
                    delta >> 1
                };
                if kind == 14 {
                    let (end, _, _) = (varint()?, varint()?, varint()?);
                    ensure(line + end <= MAX_LINE, "a line beyond any source")?;
                }
            }
            kind @ 10..=12 => {
                line += i64::from(kind - 10);
                plain(2)?;
            }
            _ => plain(1)?,
        }
        ensure(
            (-MAX_LINE..=MAX_LINE).contains(&line),
            "a line beyond any source",
        )?;
    }
    Ok(())
}
