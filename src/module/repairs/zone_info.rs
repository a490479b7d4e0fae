//! `zoneinfo.ZoneInfo`, which says with a number whether it comes from the cache.

use rustpython_vm::{
    Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyModule, PyType},
    common::static_cell,
    function::PyMethodDef,
};

use super::install::{Original, REDUCE_DOC, definition, immortal, items, wrapper};

static_cell! {
    static ORIGINAL: PyObjectRef;
}

/// `ZoneInfo.__reduce__` (CPython: `zoneinfo_ZoneInfo___reduce___impl`), whose last argument is
/// no bool there.
fn reduce(zone: PyObjectRef, vm: &VirtualMachine) -> PyResult {
    let reduced = Original(&ORIGINAL).call((zone,), vm)?;
    let Some([function, args]) = items(&reduced) else {
        return Ok(reduced);
    };
    let Some([key, from_cache]) = items(args) else {
        return Ok(reduced);
    };
    let from_cache = vm
        .ctx
        .new_int(i32::from(from_cache.clone().try_to_bool(vm)?));
    let args = vm.ctx.new_tuple(vec![key.clone(), from_cache.into()]);
    Ok(vm.ctx.new_tuple(vec![function.clone(), args.into()]).into())
}

const REDUCE: &PyMethodDef = &definition("__reduce__", reduce, REDUCE_DOC);

pub(super) fn repair(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    let class = module.get_attr("ZoneInfo", vm)?;
    if let Ok(class) = class.downcast::<PyType>() {
        wrapper(immortal(class), REDUCE, &Original(&ORIGINAL), &vm.ctx);
    }
    Ok(())
}
