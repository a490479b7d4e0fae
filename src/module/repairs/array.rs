//! `array.array`, whose machine format codes RustPython writes the wrong way round.

use rustpython_vm::{
    Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyInt, PyModule, PyStr, PyTuple, PyType},
    common::static_cell,
    function::{ItemDoc, PyMethodDef, PyMethodFlags},
};

use super::install::{Original, immortal, wrapper};

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
    let Some(parts) = reduced
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice())
    else {
        return Ok(reduced);
    };
    let [function, args, state] = parts else {
        return Ok(reduced);
    };
    let Some([class, typecode, code, items]) =
        args.downcast_ref::<PyTuple>().map(|args| args.as_slice())
    else {
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
    let args = vec![class.clone(), typecode.clone(), code, items.clone()];
    let args = vm.ctx.new_tuple(args).into();
    Ok(vm
        .ctx
        .new_tuple(vec![function.clone(), args, state.clone()])
        .into())
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

static REDUCE_EX: PyMethodDef = PyMethodDef::new_const(
    "__reduce_ex__",
    reduce_ex,
    PyMethodFlags::METHOD,
    ItemDoc::NONE,
);

pub(super) fn repair(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    let class = module.get_attr("array", vm)?;
    if let Ok(class) = class.downcast::<PyType>() {
        wrapper(immortal(class), &REDUCE_EX, &Original(&ORIGINAL), &vm.ctx);
    }
    Ok(())
}
