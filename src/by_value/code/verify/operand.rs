//! The operands of instructions.

use rustpython_vm::bytecode::{CodeFlags, CodeObject, Constant, Instruction};

use super::{Checked, MAX_STACK, ensure};

/// The flags of code whose frame is left and gone on with.
const RESUMED: CodeFlags = CodeFlags::GENERATOR
    .union(CodeFlags::COROUTINE)
    .union(CodeFlags::ASYNC_GENERATOR)
    .union(CodeFlags::ITERABLE_COROUTINE);

/// An operand against what it is an index of, or one of.
pub(super) fn operand<C: Constant>(
    code: &CodeObject<C>,
    instruction: Instruction,
    operand: u32,
) -> Checked {
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
