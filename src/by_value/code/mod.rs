//! Code objects.
//!
//! A pickle has the parts of a code object as they are: the instructions and the tables as bytes,
//! the names and the constants as objects, so that what many functions have in common is written
//! once. It begins with the bytecode's version and with where in which source the code stands.

mod names;
mod parts;
#[cfg(all(test, feature = "stdlib"))]
mod tests;
mod verify;

pub(super) use names::NamesUsed;
pub(crate) use names::names_used;

use rustpython_vm::{
    FromArgs, Py, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBytesRef, PyCode, PyTupleRef},
    version::PYC_MAGIC_NUMBER,
};

use self::parts::Parts;
use super::{constructor, source};
use crate::module::new_unpickling_error;

/// `(_make_code, (version, place, numbers, variables, instructions, tables, constants, digest))`.
pub(super) fn reduce(code: &Py<PyCode>, vm: &VirtualMachine) -> PyResult {
    let ctx = &vm.ctx;
    let parts = Parts::of(code, vm);
    let constants = code
        .constants
        .iter()
        .map(|constant| constant.clone().into());
    let args: Vec<PyObjectRef> = vec![
        ctx.new_int(PYC_MAGIC_NUMBER).into(),
        parts.place.clone().into(),
        parts.numbers.clone().into(),
        parts.variables.clone().into(),
        parts.instructions.clone().into(),
        parts.tables.clone().into(),
        ctx.new_tuple(constants.collect()).into(),
        ctx.new_int(parts.digest(vm)?).into(),
    ];
    let make = constructor("_make_code", vm)?;
    Ok(ctx.new_tuple(vec![make, ctx.new_tuple(args).into()]).into())
}

/// The arguments of `_make_code`.
#[derive(FromArgs)]
pub(crate) struct CodeArgs {
    #[pyarg(positional)]
    version: u16,
    #[pyarg(positional)]
    place: PyTupleRef,
    #[pyarg(positional)]
    numbers: PyTupleRef,
    #[pyarg(positional)]
    variables: PyTupleRef,
    #[pyarg(positional)]
    instructions: PyBytesRef,
    #[pyarg(positional)]
    tables: PyTupleRef,
    #[pyarg(positional)]
    constants: PyTupleRef,
    #[pyarg(positional)]
    digest: u32,
}

pub(crate) fn make(args: CodeArgs, vm: &VirtualMachine) -> PyResult<PyRef<PyCode>> {
    let parts = Parts {
        place: args.place,
        numbers: args.numbers,
        variables: args.variables,
        instructions: args.instructions,
        tables: args.tables,
    };
    if args.version != PYC_MAGIC_NUMBER {
        return source::recompile(&parts.place(vm)?, args.version, vm);
    }
    if parts.digest(vm)? != args.digest {
        return Err(damaged("its digest differs", vm));
    }
    parts.make(&args.constants, vm)
}

/// The error for a code object whose parts do not fit together.
fn damaged(what: &str, vm: &VirtualMachine) -> rustpython_vm::builtins::PyBaseExceptionRef {
    new_unpickling_error(vm, format!("damaged code object: {what}"))
}
