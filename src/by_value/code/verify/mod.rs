//! Whether a code object can be run without the interpreter reading beyond what there is.
//!
//! The interpreter trusts its compiler: it does not check the operands of instructions. Here each
//! index is checked against what it is an index of, each jump against the instructions, and the
//! stack's depth on each way through the code against its size. What kinds of objects are on the
//! stack is not checked: code that was made up with intent can still confuse the interpreter, as
//! code made with `types.CodeType` can.

mod cells;
mod lines;
mod operand;

use rustpython_vm::bytecode::{
    CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL, CodeFlags, CodeObject, Constant, Instruction, Opcode,
};

use cells::Cells;
pub(super) use lines::lines;
use operand::operand;

/// A frame's stack is taken from the heap before anything is on it.
const MAX_STACK: u32 = 1 << 20;

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
