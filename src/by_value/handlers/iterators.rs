//! Iterators of built-in types whose own `__reduce__` does not do.

use rustpython_vm::{
    PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyList, PyTuple},
    pymodule,
};

use super::answer::{Answer, refuse};
use super::shown::{Shown, read_shown};

/// The iterator over a set. Its `__reduce__` leaves items out once others have been removed.
pub(super) fn of_set(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let reduced = vm.call_method(object, "__reduce__", ())?;
    let hint: usize = vm
        .call_method(object, "__length_hint__", ())?
        .try_into_value(vm)?;
    match items(&reduced).as_deref() {
        Some([list]) => match list.downcast_ref::<PyList>() {
            Some(list) if list.borrow_vec().len() == hint => Ok(Answer::given(reduced)),
            _ => refuse(object, "the set has been changed", vm),
        },
        _ => refuse(object, "its state can't be read", vm),
    }
}

/// The iterators over a list. If the list's items lead to its iterator, it has no items yet when
/// the iterator is loaded, and `__setstate__` goes no further than to its end.
pub(super) fn of_list(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let reduced = vm.call_method(object, "__reduce__", ())?;
    match reduced
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice())
    {
        Some([function, args, position]) => {
            let args: Vec<PyObjectRef> = args.clone().try_into_value(vm)?;
            let parts = [function.clone(), position.clone()].into_iter();
            Answer::ours("_list_iterator", parts.chain(args).collect(), vm)
        }
        _ => Ok(Answer::given(reduced)),
    }
}

/// The iterator over a memoryview, which can't be told its position.
pub(super) fn of_memory(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let reduced = vm.call_method(object, "__reduce__", ())?;
    match reduced
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice())
    {
        Some([iter, args, position]) => {
            let parts = vec![iter.clone(), args.clone(), position.clone()];
            Answer::ours("_advanced", parts, vm)
        }
        _ => Ok(Answer::given(reduced)),
    }
}

/// The reversed iterator over a deque, whose class has no name in a module.
pub(super) fn of_reversed_deque(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let reduced = vm.call_method(object, "__reduce__", ())?;
    match items(&reduced) {
        Some(args) => Answer::ours("_reversed_deque", args, vm),
        None => refuse(object, "its state can't be read", vm),
    }
}

/// The arguments in what `__reduce__` returns.
fn items(reduced: &PyObject) -> Option<Vec<PyObjectRef>> {
    let [_, args] = reduced.downcast_ref::<PyTuple>()?.as_slice() else {
        return None;
    };
    Some(args.downcast_ref::<PyTuple>()?.as_slice().to_vec())
}

/// What `functools.cmp_to_key` returns, with or without an object.
pub(super) fn key_wrapper(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let (compare, wrapped) = read_shown(object, vm, |shown| {
        let compare = shown.between("PyKeyWrapper { cmp: ", Shown::object, ", object: ")?;
        let wrapped = shown.in_lock(|shown| shown.option(Shown::object))?;
        shown.text(" }")?;
        Some((compare, wrapped))
    })?;
    let mut args = vec![compare];
    args.extend(wrapped);
    Answer::ours("_key_wrapper", args, vm)
}

#[pymodule(sub)]
pub(crate) mod iterating {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine, builtins::PyListRef, function::OptionalArg,
    };

    /// So many items a list may lack where its iterator is loaded before them: 32 MiB of room.
    ///
    /// The room is needed because an iterator can't be set to a place beyond its list's end.
    const MISSING: usize = 1 << 22;

    /// Make an iterator over a list that may not have all of its items yet.
    #[pyfunction]
    fn _list_iterator(
        function: PyObjectRef,
        position: usize,
        list: PyListRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let iterator = function.call((list.clone(),), vm)?;
        let length = list.borrow_vec().len();
        if position > length {
            let mut items = list.borrow_vec_mut();
            let missing = position - length;
            if missing > MISSING {
                let message = format!("a list's iterator is {missing} items beyond its end");
                return Err(vm.new_value_error(message));
            }
            let room = items.try_reserve(missing);
            room.map_err(|_| vm.new_memory_error("a list iterator's position is too large"))?;
            items.resize(position, vm.ctx.none());
        }
        let set = vm.call_method(&iterator, "__setstate__", (position,));
        if position > length {
            list.borrow_vec_mut().truncate(length);
        }
        set.map(|_| iterator)
    }

    /// Make the reversed iterator over a deque, some items from its end.
    #[pyfunction]
    fn _reversed_deque(deque: PyObjectRef, index: isize, vm: &VirtualMachine) -> PyResult {
        let module = vm.import("_collections", 0)?;
        let class = module.get_attr("_deque_reverse_iterator", vm)?;
        class.call((deque, index), vm)
    }

    /// Make a key out of a function that compares.
    #[pyfunction]
    fn _key_wrapper(
        compare: PyObjectRef,
        wrapped: OptionalArg<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let make = vm.import("functools", 0)?.get_attr("cmp_to_key", vm)?;
        let key = make.call((compare,), vm)?;
        match wrapped {
            OptionalArg::Present(wrapped) => key.call((wrapped,), vm),
            OptionalArg::Missing => Ok(key),
        }
    }
}
