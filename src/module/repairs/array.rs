//! `array.array`, whose machine format codes RustPython writes the wrong way round.

use rustpython_vm::{
    Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyInt, PyModule, PyStr, PyType},
    common::static_cell,
    function::PyMethodDef,
};

use super::install::{Original, REDUCE_EX_DOC, definition, immortal, items, wrapper};

static_cell! {
    static ORIGINAL: PyObjectRef;
}

/// What a machine format code says of integers: one of these for each size, and in the next bit
/// down the byte order (CPython: `enum machine_format_code`).
const UNSIGNED: i32 = 0;
const SIGNED: i32 = 1;

/// `array.__reduce_ex__` (CPython: `array_array___reduce_ex___impl`).
///
/// RustPython takes capital type codes for signed ones here. `_array_reconstructor` knows the
/// codes as they are, so that only what is written has to be put right.
fn reduce_ex(array: PyObjectRef, protocol: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let reduced = Original(&ORIGINAL).call((array, protocol), vm)?;
    let Some([function, args, state]) = items(&reduced) else {
        return Ok(reduced);
    };
    let Some([class, typecode, code, content]) = items(args) else {
        return Ok(reduced);
    };
    let (Some(letter), Some(code)) = (
        typecode.downcast_ref::<PyStr>(),
        code.downcast_ref::<PyInt>(),
    ) else {
        return Ok(reduced);
    };
    let code = right_code(letter, code.try_to_primitive(vm)?);
    let code = vm.ctx.new_int(code).into();
    let args = vec![class.clone(), typecode.clone(), code, content.clone()];
    let args = vm.ctx.new_tuple(args).into();
    let parts = vec![function.clone(), args, state.clone()];
    Ok(vm.ctx.new_tuple(parts).into())
}

/// The code of the same size and byte order with the sign that the type code has.
fn right_code(letter: &PyStr, code: i32) -> i32 {
    let sign = match letter.as_bytes() {
        b"b" | b"h" | b"i" | b"l" | b"q" => SIGNED,
        b"B" | b"H" | b"I" | b"L" | b"Q" => UNSIGNED,
        _ => return code,
    };
    match code {
        0..=1 => sign,
        2..=13 => {
            let size = (code - 2) / 4 * 4 + 2;
            let big_endian = (code - 2) % 2;
            size + sign * 2 + big_endian
        }
        _ => code,
    }
}

const REDUCE_EX: &PyMethodDef = &definition("__reduce_ex__", reduce_ex, REDUCE_EX_DOC);

pub(super) fn repair(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    let class = module.get_attr("array", vm)?;
    if let Ok(class) = class.downcast::<PyType>() {
        wrapper(immortal(class), REDUCE_EX, &Original(&ORIGINAL), &vm.ctx);
    }
    Ok(())
}
