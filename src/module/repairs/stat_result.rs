//! `os.stat_result`, whose `st_rdev` RustPython lacks.

use rustpython_vm::{
    Py, PyPayload, PyResult, VirtualMachine,
    builtins::{PyTuple, PyType, PyTypeRef},
    function::FuncArgs,
    types::struct_sequence_new,
};

use super::struct_sequence::{hidden_names, visible_len};

const NAME: &str = "st_rdev";

/// Where CPython has it: after the fields that both have.
const RDEV: usize = 18;

/// The positions of the times in whole seconds, and how far the same ones as floats are.
const SECONDS: core::ops::RangeInclusive<usize> = 7..=9;
const TO_FLOAT: usize = 3;

/// `stat_result.__new__` (CPython: `statresult_new`), for all the fields that there are now.
fn new(class: PyTypeRef, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    let names = hidden_names(&class, visible_len(&class, vm)?);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let args = args.bind_for(vm, "stat_result")?;
    let made = struct_sequence_new(class.clone(), args, &names, vm)?;
    let Some(tuple) = made.downcast_ref::<PyTuple>() else {
        return Ok(made);
    };
    let mut fields = tuple.as_slice().to_vec();
    for index in SECONDS {
        let seconds = fields.get(index).cloned();
        if let (Some(seconds), Some(float)) = (seconds, fields.get_mut(index + TO_FLOAT))
            && vm.is_none(float)
        {
            *float = seconds;
        }
    }
    let tuple = PyTuple::new_unchecked(fields.into_boxed_slice());
    Ok(tuple.into_ref_with_type(vm, class)?.into())
}

/// What only results that were made from a pickle have: `os.stat` leaves it out.
fn rdev(result: &Py<PyTuple>, vm: &VirtualMachine) -> PyResult {
    match result.as_slice().get(RDEV) {
        Some(rdev) => Ok(rdev.clone()),
        None => Err(vm.new_attribute_error(format!("this stat_result has no {NAME}"))),
    }
}

/// The name of the field that a type got here.
pub(super) fn added_name(class: &Py<PyType>) -> Option<String> {
    let slot = class.slots.new.load()?;
    let repaired: fn(PyTypeRef, FuncArgs, &VirtualMachine) -> PyResult = new;
    core::ptr::fn_addr_eq(slot, repaired).then(|| NAME.to_owned())
}

pub(super) fn repair(class: &'static Py<PyType>, vm: &VirtualMachine) -> PyResult<()> {
    let (name, ctx) = (vm.ctx.intern_str(NAME), &vm.ctx);
    let n_fields = ctx.intern_str("n_fields");
    let known = class.attributes.get(n_fields);
    let known = known
        .map(|known| known.try_into_value::<usize>(vm))
        .transpose()?;
    // Some platforms have other fields in that place.
    if known == Some(RDEV) && !class.attributes.contains(name) {
        class.set_attr(name, ctx.new_readonly_getset(NAME, class, rdev).into());
        class.set_attr(n_fields, ctx.new_int(RDEV + 1).into());
        class.slots.new.store(Some(new));
    }
    Ok(())
}
