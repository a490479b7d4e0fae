//! `Pickler.memo` and `Unpickler.memo`: the memos as Python code sees them.

use num_traits::ToPrimitive;
use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, Traverse,
    VirtualMachine,
    builtins::{PyDict, PyDictRef, PyInt, PyTuple, PyTupleRef, PyType},
    function::PySetterValue,
    pyclass,
};

use super::{class::class_of, pickler::PyPickler, unpickler::PyUnpickler};
use crate::{machine, pickler};

/// The memo of a Pickler, as `{id: (index, object)}`.
#[pyclass(
    module = "_pickle",
    name = "PicklerMemoProxy",
    unhashable = true,
    traverse
)]
#[derive(Debug)]
pub(super) struct PicklerMemoProxy {
    pickler: PyRef<PyPickler>,
}

impl PicklerMemoProxy {
    pub(super) fn new(pickler: PyRef<PyPickler>) -> Self {
        Self { pickler }
    }
}

impl PyPayload for PicklerMemoProxy {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl PicklerMemoProxy {
    /// Remove all entries.
    #[pymethod]
    fn clear(zelf: &Py<Self>) {
        drop(zelf.pickler.take_memo());
    }

    /// Return a dict of the entries.
    #[pymethod]
    fn copy(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyDictRef> {
        let copy = vm.ctx.new_dict();
        for (index, object) in zelf.pickler.memo_entries() {
            let id = vm.ctx.new_int(object.get_id());
            let entry = vm.ctx.new_tuple(vec![vm.ctx.new_int(index).into(), object]);
            copy.set_item(id.as_object(), entry.into(), vm)?;
        }
        Ok(copy)
    }

    /// Pickle it as a dict.
    #[pymethod]
    fn __reduce__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
        Ok(reduce_to_dict(Self::copy(zelf, vm)?, vm))
    }
}

/// The memo of an Unpickler, as `{index: object}`.
#[pyclass(
    module = "_pickle",
    name = "UnpicklerMemoProxy",
    unhashable = true,
    traverse
)]
#[derive(Debug)]
pub(super) struct UnpicklerMemoProxy {
    unpickler: PyRef<PyUnpickler>,
}

impl UnpicklerMemoProxy {
    pub(super) fn new(unpickler: PyRef<PyUnpickler>) -> Self {
        Self { unpickler }
    }
}

impl PyPayload for UnpicklerMemoProxy {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl UnpicklerMemoProxy {
    /// Remove all entries.
    #[pymethod]
    fn clear(zelf: &Py<Self>) {
        drop(zelf.unpickler.take_memo());
    }

    /// Return a dict of the entries.
    #[pymethod]
    fn copy(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyDictRef> {
        let copy = vm.ctx.new_dict();
        for (index, object) in zelf.unpickler.memo_entries() {
            copy.set_item(vm.ctx.new_int(index).as_object(), object, vm)?;
        }
        Ok(copy)
    }

    /// Pickle it as a dict.
    #[pymethod]
    fn __reduce__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
        Ok(reduce_to_dict(Self::copy(zelf, vm)?, vm))
    }
}

fn reduce_to_dict(entries: PyDictRef, vm: &VirtualMachine) -> PyTupleRef {
    let args = vm.ctx.new_tuple(vec![entries.into()]);
    let dict = vm.ctx.types.dict_type.to_owned();
    vm.ctx.new_tuple(vec![dict.into(), args.into()])
}

/// The memo that is assigned to `Pickler.memo` (CPython: `Pickler_set_memo`).
pub(super) fn pickler_memo(value: PySetterValue, vm: &VirtualMachine) -> PyResult<pickler::Memo> {
    let value = assigned(value, vm)?;
    let mut memo = pickler::Memo::default();
    if let Some(proxy) = value.downcast_ref::<PicklerMemoProxy>() {
        for (index, object) in proxy.pickler.memo_entries() {
            memo.insert(index, object);
        }
        return Ok(memo);
    }
    let Some(entries) = value.downcast_ref::<PyDict>() else {
        return Err(wrong_type("a PicklerMemoProxy", &value, vm));
    };
    for (_, entry) in entries.items_vec() {
        let Some([index, object]) = entry.downcast_ref::<PyTuple>().map(|pair| pair.as_slice())
        else {
            return Err(vm.new_type_error("'memo' values must be 2-item tuples"));
        };
        let index = memo_index(index, "an integer is required", vm)?;
        memo.insert(index, object.clone());
    }
    Ok(memo)
}

/// The memo that is assigned to `Unpickler.memo` (CPython: `Unpickler_set_memo`, which
/// however loses the entries of a dict).
pub(super) fn unpickler_memo(
    value: PySetterValue,
    vm: &VirtualMachine,
) -> PyResult<machine::Memo<PyObjectRef>> {
    let value = assigned(value, vm)?;
    let mut memo = machine::Memo::new();
    if let Some(proxy) = value.downcast_ref::<UnpicklerMemoProxy>() {
        for (index, object) in proxy.unpickler.memo_entries() {
            memo.put(index, object);
        }
        return Ok(memo);
    }
    let Some(entries) = value.downcast_ref::<PyDict>() else {
        return Err(wrong_type("an UnpicklerMemoProxy", &value, vm));
    };
    for (index, object) in entries.items_vec() {
        let index = memo_index(&index, "memo key must be integers", vm)?;
        memo.put(index, object);
    }
    Ok(memo)
}

fn assigned(value: PySetterValue, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    match value {
        PySetterValue::Assign(value) => Ok(value),
        PySetterValue::Delete => Err(vm.new_type_error("attribute deletion is not supported")),
    }
}

fn wrong_type(
    proxy: &str,
    value: &PyObject,
    vm: &VirtualMachine,
) -> rustpython_vm::builtins::PyBaseExceptionRef {
    vm.new_type_error(format!(
        "'memo' attribute must be {proxy} object or dict, not {}",
        value.class().slot_name()
    ))
}

fn memo_index(index: &PyObject, complaint: &str, vm: &VirtualMachine) -> PyResult<usize> {
    let Some(index) = index.downcast_ref::<PyInt>() else {
        return Err(vm.new_type_error(complaint.to_owned()));
    };
    let Some(index) = index.as_bigint().to_isize() else {
        return Err(vm.new_overflow_error("Python int too large to convert to C ssize_t"));
    };
    usize::try_from(index).map_err(|_| vm.new_value_error("memo key must be positive integers."))
}
