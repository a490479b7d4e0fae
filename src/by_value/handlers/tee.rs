//! `tee`: iterators that share what one of them has taken from their source.

use rustpython_vm::{PyObject, PyResult, VirtualMachine, pymodule};

use super::answer::Answer;
use super::resumed::source;
use super::shown::{Shown, read_shown};

/// One of the iterators: the store, and how far it is in it.
pub(super) fn tee(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let (store, index) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsTee { tee_data: ")?;
        let store = shown.typed_object()?;
        shown.text(", index: ")?;
        let index = shown.in_cell(Shown::number)?;
        shown.text(", advancing: ")?;
        shown.bool()?;
        shown.text(" }")?;
        Some((store, index))
    })?;
    let index = vm.ctx.new_int(index).into();
    Answer::ours("_tee", vec![store, index], vm)
}

/// What they share. No code can make one alone: in its place stands an iterator at its begin.
pub(super) fn store(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let (iterator, values) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsTeeData { iterable: ")?;
        let iterator = shown.iterator()?;
        shown.text(", values: ")?;
        let values = shown.in_mutex(|shown| shown.list(Shown::object))?;
        shown.text(", running: ")?;
        shown.bool()?;
        shown.text(" }")?;
        Some((iterator, values))
    })?;
    let values = vm.ctx.new_list(values).into();
    Answer::ours("_tee_store", vec![source(iterator, vm), values], vm)
}

#[pymodule(sub)]
pub(crate) mod tees {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, builtins::PyListRef};

    use super::super::itertools::stepping::advance;
    use super::super::resumed::resume;

    /// Make a tee iterator that has values in store.
    #[pyfunction]
    fn _tee_store(iterator: PyObjectRef, values: PyListRef, vm: &VirtualMachine) -> PyResult {
        let values = values.borrow_vec().to_vec();
        let count = values.len() as u64;
        let iterator = resume(values, 0, iterator, vm);
        let class = vm.import("itertools", 0)?.get_attr("_tee", vm)?;
        let first = class.call((iterator,), vm)?;
        let ahead = vm.call_method(&first, "__copy__", ())?;
        advance(&ahead, count, vm)?;
        Ok(first)
    }

    /// Make a tee iterator that shares the store of another and has come further in it.
    #[pyfunction]
    fn _tee(first: PyObjectRef, index: u64, vm: &VirtualMachine) -> PyResult {
        let iterator = vm.call_method(&first, "__copy__", ())?;
        advance(&iterator, index, vm)?;
        Ok(iterator)
    }
}
