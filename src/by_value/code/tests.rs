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
def cells(a, b):
    def inner():
        nonlocal a
        a += 1
        return a, b
    made = [lambda: (item, a) for item in b]
    class C:
        x: a
        y = [(lambda: k) for k in b if a]
        def method(self):
            return super().method(), made
    del b
    return inner, {k: (lambda: k) for k in made}, C
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
        assert_eq!(count, 12);
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

/// The code of a function, with each instruction of a kind changed.
fn changed(
    source: &str,
    change: impl Fn(CodeUnit) -> Option<CodeUnit>,
    check: impl Fn(Result<(), &'static str>),
) {
    let builder = Interpreter::builder(Default::default()).install_stdlib();
    builder.build().enter(|vm| {
        let code = vm
            .compile(source, Mode::Exec, "<test>")
            .expect("it compiles");
        let mut constants = code.constants.iter();
        let function = constants.find_map(|constant| {
            let constant: rustpython_vm::PyObjectRef = constant.clone().into();
            constant.downcast::<PyCode>().ok()
        });
        let function = function.expect("a function");
        assert_eq!(verify::code(&function), Ok(()));
        let units: Vec<CodeUnit> = function.instructions.iter().copied().collect();
        let new = units.iter().map(|unit| change(*unit).unwrap_or(*unit));
        let new: Vec<CodeUnit> = new.collect();
        assert!(
            units.iter().any(|unit| change(*unit).is_some()),
            "no such instruction in {source}"
        );
        check(altered!(&function, |code| code.instructions = new.into()));
    });
}

#[test]
fn places_beyond_the_top_of_the_stack_are_refused() {
    macro_rules! with_operand {
        ($($source:literal $instruction:ident $operand:literal)*) => {$(
            changed(
                $source,
                |unit| matches!(unit.op, Instruction::$instruction { .. })
                    .then(|| CodeUnit::new(unit.op, OpArgByte::from($operand))),
                |checked| assert!(checked.is_err(), "{} {}", stringify!($instruction), $operand),
            );
        )*};
    }
    with_operand! {
        "def f(a):\n while a < 1 < a: pass" Copy 0
        "def f(a):\n while a < 1 < a: pass" Swap 0
        "def f(a):\n while a < 1 < a: pass" Swap 1
        "def f(a):\n return [i for i in a]" ListAppend 0
        "def f(a):\n return {i for i in a}" SetAdd 0
        "def f(a):\n return {i: i for i in a}" MapAdd 0
        "def f(a):\n return {**a}" DictUpdate 0
        "def f(a):\n return f(**a, **a)" DictMerge 0
        "def f(a):\n return [*a]" ListExtend 0
        "def f(a):\n return {*a}" SetUpdate 0
    }
}

#[test]
fn cells_are_looked_into_where_there_are_some() {
    // A variable that is no cell, in place of one that is.
    changed(
        "def f(a, b):\n def g(): return a\n return a",
        |unit| {
            matches!(unit.op, Instruction::LoadDeref { .. })
                .then(|| CodeUnit::new(unit.op, OpArgByte::from(1)))
        },
        |checked| assert!(checked.is_err()),
    );
    // One that would be a cell, and is not made.
    changed(
        "def f(a):\n def g(): return a\n return a",
        |unit| {
            matches!(unit.op, Instruction::MakeCell { .. })
                .then(|| CodeUnit::new(Instruction::Nop, OpArgByte::from(0)))
        },
        |checked| assert!(checked.is_err()),
    );
    // Another object in its place.
    changed(
        "def f(a):\n def g(): return a\n b = 1\n return a",
        |unit| {
            matches!(unit.op, Instruction::StoreFast { .. })
                .then(|| CodeUnit::new(unit.op, OpArgByte::from(0)))
        },
        |checked| assert!(checked.is_err()),
    );
}

#[test]
fn what_yields_is_a_generator() {
    use rustpython_vm::bytecode::CodeFlags;
    let generators = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;
    each_code(|code| {
        if code.flags.intersects(generators) {
            assert!(altered!(code, |new| new.flags -= generators).is_err());
        }
    });
}

/// What is accepted is run: the process must be there afterwards.
#[test]
fn what_is_accepted_can_be_run() {
    use rustpython_vm::{AsObject as _, PyObjectRef, PyRef};
    const SOURCE: &str = "
def f(a, b):
    x = [i for i in a if i]
    def g():
        return x, b
    a, b, c = *x, g
    x += [*x, {**{}}, {1: 2 for y in x}, {1 for y in x}]
    del c
    return 1 < len(x) < 5, b
";
    let builder = Interpreter::builder(Default::default()).install_stdlib();
    builder.build().enter(|vm| {
        let module = vm
            .compile(SOURCE, Mode::Exec, "<test>")
            .expect("it compiles");
        let mut constants = module.constants.iter();
        let code = constants.find_map(|constant| {
            let constant: PyObjectRef = constant.clone().into();
            constant.downcast::<PyCode>().ok()
        });
        let code = code.expect("a function");
        let mut accepted = 0;
        for index in 0..code.instructions.len() {
            let unit = code.instructions[index];
            // Other objects on the stack than the compiler's are beyond what is checked; here only
            // operands change that say where on the stack, or which variable.
            let looks = matches!(
                unit.op,
                Instruction::Copy { .. }
                    | Instruction::DeleteFast { .. }
                    | Instruction::LoadDeref { .. }
                    | Instruction::StoreDeref { .. }
                    | Instruction::StoreFast { .. }
                    | Instruction::MakeCell { .. }
            );
            if !looks {
                continue;
            }
            for operand in 0..=8 {
                let mut new = CodeObject::clone(&code);
                let mut units: Vec<CodeUnit> = code.instructions.iter().copied().collect();
                units[index] = CodeUnit::new(unit.op, OpArgByte::from(operand));
                new.instructions = units.into();
                if verify::code(&new).is_err() {
                    continue;
                }
                accepted += 1;
                let new: PyRef<PyCode> = vm.ctx.new_pyref(PyCode::new(new));
                let function = vm.ctx.types.function_type.as_object();
                let function = function
                    .call((new, vm.ctx.new_dict()), vm)
                    .expect("a function");
                let one = || PyObjectRef::from(vm.ctx.new_int(1));
                let list = vm.ctx.new_list(vec![one(), one()]);
                // With whatever result.
                drop(function.call((list, one()), vm));
            }
        }
        assert!(accepted > 0);
    });
}
