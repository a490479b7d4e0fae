//! Exceptions that were raised because of others, which their own `__reduce_ex__` leaves out.

use rustpython_vm::{
    PyObject, PyResult, VirtualMachine,
    builtins::{PyBaseException, PyTuple},
    pymodule,
};

use super::answer::Answer;
use crate::by_value::constructor;

/// The protocol that `__reduce_ex__` is asked for.
const PROTOCOL: u8 = 4;

/// An exception with a cause or a context; `None` for others, and for such as have a way of their
/// own to take their state. Tracebacks stay behind.
pub(super) fn exception(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<Answer>> {
    let Some(exception) = object.downcast_ref::<PyBaseException>() else {
        return Ok(None);
    };
    let (cause, context) = (exception.__cause__(), exception.__context__());
    if cause.is_none() && context.is_none() {
        return Ok(None);
    }
    let reduced = vm.call_method(object, "__reduce_ex__", (PROTOCOL,))?;
    let parts = reduced
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice());
    let Some([callable, args, rest @ ..]) = parts.filter(|parts| parts.len() <= 5) else {
        return Ok(None);
    };
    let suppress = object.get_attr("__suppress_context__", vm)?;
    let none = || vm.ctx.none();
    let part = |index: usize| rest.get(index).cloned().unwrap_or_else(none);
    let state = vm.ctx.new_tuple(vec![
        part(0),
        cause.map_or_else(none, Into::into),
        context.map_or_else(none, Into::into),
        suppress,
    ]);
    let setter = constructor("_set_exception", vm)?;
    let parts = [
        callable.clone(),
        args.clone(),
        state.into(),
        part(1),
        part(2),
        setter,
    ];
    let reduced = vm.ctx.new_tuple(parts.into());
    Ok(Some(Answer::given(reduced.into())))
}

#[pymodule(sub)]
pub(crate) mod raised {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, builtins::PyTupleRef};

    use crate::unpickler::build;

    /// Give an exception its state, cause and context.
    #[pyfunction]
    fn _set_exception(
        exception: PyObjectRef,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let [state, cause, context, suppress] = state.as_slice() else {
            return Err(vm.new_value_error("an exception's state has four parts"));
        };
        if !vm.is_none(state) {
            build(&exception, state.clone(), vm)?;
        }
        exception.set_attr("__cause__", cause.clone(), vm)?;
        exception.set_attr("__context__", context.clone(), vm)?;
        exception.set_attr("__suppress_context__", suppress.clone(), vm)
    }
}
