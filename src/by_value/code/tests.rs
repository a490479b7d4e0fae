//! What `verify` refuses.

use rustpython_vm::bytecode::{CodeObject, CodeUnit, CodeUnits, Instruction, OpArgByte};
use rustpython_vm::{Interpreter, builtins::PyCode, compiler::Mode};

use super::verify;
use crate::InterpreterBuilderExt as _;

const SOURCE: &str = "
def f(a, *b, c=1, **d):
    x = [a for a in b if a]
    def inner():
        return x, c
    try:
        with open(a) as g:
            for y in d:
                yield y.z
    except (OSError, ValueError) as error:
        raise RuntimeError from error
    finally:
        print(f'{x!r}')
    match a:
        case {'k': [1, *_]}:
            return inner
    while b:
        global gone
        del gone
async def h(x):
    async with x as y:
        async for z in y:
            await z
";

/// Calls back with the code of each function.
fn each_code(check: impl Fn(&PyCode)) {
    let builder = Interpreter::builder(Default::default()).install_stdlib();
    builder.build().enter(|vm| {
        let module = vm
            .compile(SOURCE, Mode::Exec, "<test>")
            .expect("it compiles");
        let mut left = vec![module];
        let mut count = 0;
        while let Some(code) = left.pop() {
            left.extend(code.constants.iter().filter_map(|constant| {
                let constant: rustpython_vm::PyObjectRef = constant.clone().into();
                constant.downcast::<PyCode>().ok()
            }));
            check(&code);
            count += 1;
        }
        assert_eq!(count, 4);
    });
}

macro_rules! altered {
    ($code:expr, |$new:ident| $change:expr) => {{
        let mut $new = CodeObject::clone($code);
        $change;
        verify::code(&$new)
    }};
}

#[test]
fn what_the_compiler_makes_is_accepted() {
    each_code(|code| {
        assert_eq!(verify::code(code), Ok(()));
        let line = code.first_line_number.map_or(0, |line| line.get() as u32);
        assert_eq!(verify::lines(&code.linetable, line), Ok(()));
    });
}

#[test]
fn counts_that_do_not_fit_are_refused() {
    each_code(|code| {
        assert!(altered!(code, |new| new.arg_count = 100).is_err());
        assert!(altered!(code, |new| new.kwonlyarg_count = u32::MAX).is_err());
        assert!(altered!(code, |new| new.posonlyarg_count = new.arg_count + 1).is_err());
        assert!(altered!(code, |new| new.max_stackdepth = u32::MAX).is_err());
        assert!(altered!(code, |new| new.instructions = Vec::new().into()).is_err());
        assert!(altered!(code, |new| new.localspluskinds = vec![0; 50].into()).is_err());
        if code.max_stackdepth > 1 {
            assert!(altered!(code, |new| new.max_stackdepth -= 1).is_err());
        }
        if !code.names.is_empty() {
            assert!(altered!(code, |new| new.names = Box::default()).is_err());
        }
        let units = code.instructions.iter();
        if units
            .clone()
            .any(|unit| matches!(unit.op, Instruction::LoadConst { .. }))
        {
            assert!(altered!(code, |new| new.constants = core::iter::empty().collect()).is_err());
        }
    });
}

#[test]
fn instructions_that_lead_astray_are_refused() {
    let unit = |instruction: Instruction, operand: u8| {
        CodeUnit::new(instruction, OpArgByte::from(operand))
    };
    each_code(|code| {
        let first = || unit(code.instructions[0].op, code.instructions[0].arg.into());
        for units in [
            // No end.
            vec![first()],
            vec![unit(Instruction::ExtendedArg, 1)],
            // Nothing on the stack.
            vec![unit(Instruction::ReturnValue, 0)],
            vec![
                unit(Instruction::PopTop, 0),
                unit(Instruction::ReturnValue, 0),
            ],
            // The interpreter's own.
            vec![unit(Instruction::InstrumentedReturnValue, 0)],
            vec![
                unit(Instruction::Cache, 0),
                unit(Instruction::ReturnValue, 0),
            ],
            vec![unit(Instruction::EnterExecutor, 0)],
        ] {
            assert!(altered!(code, |new| new.instructions = units.clone().into()).is_err());
        }
    });
}

#[test]
fn tables_cut_short_or_damaged_end_in_an_answer() {
    each_code(|code| {
        let line = code.first_line_number.map_or(0, |line| line.get() as u32);
        let tables = [&code.linetable, &code.exceptiontable];
        for table in tables {
            for position in 0..table.len() {
                for byte in 0..=255 {
                    let mut damaged = table.to_vec();
                    damaged[position] = byte;
                    let _ = verify::lines(&damaged, line);
                    let damaged = damaged.into_boxed_slice();
                    let _ = altered!(code, |new| new.exceptiontable = damaged);
                }
                let cut = table[..position].into();
                let _ = altered!(code, |new| new.exceptiontable = cut);
            }
        }
        assert!(verify::lines(&[0x80 | 13 << 3, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f], 1).is_err());
        assert!(verify::lines(&[0], 1).is_err());
        assert!(verify::lines(&[], u32::MAX).is_err());
    });
}

#[test]
fn every_damaged_instruction_ends_in_an_answer() {
    each_code(|code| {
        let original = code.instructions.original_bytes();
        let mut refused = 0;
        for position in 0..original.len() {
            for byte in 0..=255 {
                let mut bytes = original.clone();
                bytes[position] = byte;
                let Some(units) = CodeUnits::try_from(bytes.as_slice()).ok() else {
                    refused += 1;
                    continue;
                };
                refused += u32::from(altered!(code, |new| new.instructions = units).is_err());
            }
        }
        assert!(refused as usize > original.len() * 100);
    });
}
