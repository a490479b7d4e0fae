//! Cells, in which functions share a variable.

use rustpython_vm::{AsObject, PyObject, PyResult, VirtualMachine, pymodule};

use super::constructor;

/// `(_make_cell, (), (None, {"cell_contents": contents}))`; an empty cell has no state.
pub(super) fn reduce(cell: &PyObject, vm: &VirtualMachine) -> PyResult {
    let make = constructor("_make_cell", vm)?;
    let no_args = vm.ctx.empty_tuple.clone().into();
    let mut reduced = vec![make, no_args];
    match cell.get_attr("cell_contents", vm) {
        Ok(contents) => {
            let slots = vm.ctx.new_dict();
            slots.set_item("cell_contents", contents, vm)?;
            reduced.push(vm.ctx.new_tuple(vec![vm.ctx.none(), slots.into()]).into());
        }
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.value_error) => {}
        Err(error) => return Err(error),
    }
    Ok(vm.ctx.new_tuple(reduced).into())
}

#[pymodule(sub)]
pub(crate) mod cells {
    use rustpython_vm::{AsObject, PyResult, VirtualMachine};

    /// Make an empty cell.
    #[pyfunction]
    fn _make_cell(vm: &VirtualMachine) -> PyResult {
        vm.ctx.types.cell_type.as_object().call((), vm)
    }
}
