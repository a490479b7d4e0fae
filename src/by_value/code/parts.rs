//! What a pickle has of a code object, but for its constants.

use rustpython_vm::{
    Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBytes, PyBytesRef, PyCode, PyInt, PyStr, PyStrInterned, PyTuple, PyTupleRef},
    bytecode::{CodeFlags, CodeObject, CodeUnits},
    compiler::core::{OneIndexed, marshal::linetable_to_locations},
};

use num_traits::ToPrimitive;

use super::super::{digest::Digest, source::Place};
use super::{damaged, verify};

type Names = Box<[&'static PyStrInterned]>;

/// The parts, as they are pickled.
pub(super) struct Parts {
    /// File, name, qualified name, first line, column.
    pub(super) place: PyTupleRef,
    /// Arguments, positional-only ones, keyword-only ones, size of the stack, flags.
    pub(super) numbers: PyTupleRef,
    /// Names, local variables, cell variables, free variables.
    pub(super) variables: PyTupleRef,
    pub(super) instructions: PyBytesRef,
    /// Kinds of variables, lines and columns, exception handlers.
    pub(super) tables: PyTupleRef,
}

impl Parts {
    pub(super) fn of(code: &Py<PyCode>, vm: &VirtualMachine) -> Self {
        let ctx = &vm.ctx;
        let names = |names: &[&'static PyStrInterned]| -> PyObjectRef {
            let names = names.iter().map(|name| (*name).to_owned().into());
            ctx.new_tuple(names.collect()).into()
        };
        let numbers = [
            code.arg_count,
            code.posonlyarg_count,
            code.kwonlyarg_count,
            code.max_stackdepth,
            code.flags.bits(),
        ];
        let place = Place::of(code);
        Self {
            place: ctx.new_tuple(vec![
                ctx.new_str(place.filename).into(),
                ctx.new_str(place.name).into(),
                ctx.new_str(place.qualname).into(),
                ctx.new_int(place.line).into(),
                ctx.new_int(place.column).into(),
            ]),
            numbers: ctx.new_tuple(numbers.map(|number| ctx.new_int(number).into()).into()),
            variables: ctx.new_tuple(vec![
                names(&code.names),
                names(&code.varnames),
                names(&code.cellvars),
                names(&code.freevars),
            ]),
            instructions: ctx.new_bytes(code.instructions.original_bytes()),
            tables: ctx.new_tuple(
                [&code.localspluskinds, &code.linetable, &code.exceptiontable]
                    .map(|table| ctx.new_bytes(table.to_vec()).into())
                    .into(),
            ),
        }
    }

    /// A digest of all the parts.
    pub(super) fn digest(&self, vm: &VirtualMachine) -> PyResult<u32> {
        let mut digest = Digest::default();
        for tuple in [&self.place, &self.numbers, &self.variables, &self.tables] {
            digest_tuple(tuple, &mut digest, vm)?;
        }
        digest.text(self.instructions.as_bytes());
        let digest = digest.finish();
        Ok((digest ^ (digest >> 32)) as u32)
    }

    /// Where the code stands in its source.
    pub(super) fn place(&self, vm: &VirtualMachine) -> PyResult<Place> {
        let [filename, name, qualname, line, column] = items(&self.place, "place", vm)?;
        Ok(Place {
            filename: text(filename, vm)?.to_owned(),
            name: text(name, vm)?.to_owned(),
            qualname: text(qualname, vm)?.to_owned(),
            line: number(line, vm)?,
            column: number(column, vm)?,
        })
    }

    /// Makes the code object, once everything has been found to fit together.
    pub(super) fn make(
        &self,
        constants: &Py<PyTuple>,
        vm: &VirtualMachine,
    ) -> PyResult<PyRef<PyCode>> {
        let place = self.place(vm)?;
        let numbers = items::<5>(&self.numbers, "numbers", vm)?;
        let [
            arg_count,
            posonlyarg_count,
            kwonlyarg_count,
            max_stackdepth,
            flags,
        ] = numbers.each_ref().map(|item| number(item, vm));
        let [names, varnames, cellvars, freevars] = items(&self.variables, "variables", vm)?;
        let [kinds, linetable, exceptiontable] = items(&self.tables, "tables", vm)?;
        let Ok(instructions) = CodeUnits::try_from(self.instructions.as_bytes()) else {
            return Err(damaged("unknown instructions", vm));
        };
        let linetable = table(linetable, vm)?;
        if let Err(complaint) = verify::lines(&linetable, place.line) {
            return Err(damaged(complaint, vm));
        }
        let line = i32::try_from(place.line).unwrap_or(0);
        let constants = constants.as_slice().iter().cloned();
        let code = CodeObject {
            locations: linetable_to_locations(&linetable, line, instructions.len()),
            instructions,
            flags: CodeFlags::from_bits_truncate(flags?),
            posonlyarg_count: posonlyarg_count?,
            arg_count: arg_count?,
            kwonlyarg_count: kwonlyarg_count?,
            source_path: vm.ctx.intern_str(place.filename),
            first_line_number: OneIndexed::new(place.line as usize),
            max_stackdepth: max_stackdepth?,
            obj_name: vm.ctx.intern_str(place.name),
            qualname: vm.ctx.intern_str(place.qualname),
            constants: constants.map(Into::into).collect(),
            names: interned(names, vm)?,
            varnames: interned(varnames, vm)?,
            cellvars: interned(cellvars, vm)?,
            freevars: interned(freevars, vm)?,
            localspluskinds: table(kinds, vm)?,
            linetable,
            exceptiontable: table(exceptiontable, vm)?,
        };
        if let Err(complaint) = verify::code(&code) {
            return Err(damaged(complaint, vm));
        }
        Ok(PyCode::new_ref_with_bag(vm, code))
    }
}

fn digest_tuple(tuple: &PyTuple, digest: &mut Digest, vm: &VirtualMachine) -> PyResult<()> {
    digest.number(tuple.as_slice().len() as u64);
    for item in tuple.as_slice() {
        if let Some(text) = item.downcast_ref::<PyStr>() {
            digest.text(text.as_bytes());
        } else if let Some(bytes) = item.downcast_ref::<PyBytes>() {
            digest.text(bytes.as_bytes());
        } else if let Some(names) = item.downcast_ref::<PyTuple>() {
            digest.number(names.as_slice().len() as u64);
            for name in names.as_slice() {
                digest.text(text(name, vm)?.as_bytes());
            }
        } else {
            digest.number(number(item, vm)?.into());
        }
    }
    Ok(())
}

fn items<'t, const N: usize>(
    tuple: &'t PyTuple,
    what: &str,
    vm: &VirtualMachine,
) -> PyResult<&'t [PyObjectRef; N]> {
    let items = tuple.as_slice().try_into();
    items.map_err(|_| damaged(&format!("wrong number of {what}"), vm))
}

fn number(item: &PyObject, vm: &VirtualMachine) -> PyResult<u32> {
    let number = item.downcast_ref::<PyInt>();
    let number = number.and_then(|number| number.as_bigint().to_u32());
    number.ok_or_else(|| damaged("a number was expected", vm))
}

fn text<'t>(item: &'t PyObject, vm: &VirtualMachine) -> PyResult<&'t str> {
    let text = item.downcast_ref::<PyStr>().and_then(|text| text.to_str());
    text.ok_or_else(|| damaged("a name was expected", vm))
}

fn table(item: &PyObject, vm: &VirtualMachine) -> PyResult<Box<[u8]>> {
    match item.downcast_ref::<PyBytes>() {
        Some(bytes) => Ok(bytes.as_bytes().into()),
        None => Err(damaged("bytes were expected", vm)),
    }
}

fn interned(item: &PyObject, vm: &VirtualMachine) -> PyResult<Names> {
    let Some(names) = item.downcast_ref::<PyTuple>() else {
        return Err(damaged("a tuple was expected", vm));
    };
    let names = names.as_slice().iter();
    names
        .map(|name| Ok(vm.ctx.intern_str(text(name, vm)?)))
        .collect()
}
