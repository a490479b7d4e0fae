//! Exceptions: those that were raised because of others, which their own `__reduce_ex__` leaves out,
//! and those whose class has an `__init__` or `__new__` of its own, which it calls once more.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseException, PyDict, PyTuple, PyType},
    function::FuncArgs,
    pymodule,
};

use super::answer::Answer;
use crate::by_value::{class::data_type, constructor};

/// The protocol that `__reduce_ex__` is asked for.
const PROTOCOL: u8 = 4;

/// An exception with a cause or a context, or of a class that is made in its own way; `None` for
/// others, and for such as have a way of their own to take their state. Tracebacks stay behind.
pub(super) fn exception(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<Answer>> {
    let Some(exception) = object.downcast_ref::<PyBaseException>() else {
        return Ok(None);
    };
    let (cause, context) = (exception.__cause__(), exception.__context__());
    let chained = cause.is_some() || context.is_some();
    let past = is_made_in_python(object.class(), vm);
    if !chained && !past {
        return Ok(None);
    }
    let reduced = vm.call_method(object, "__reduce_ex__", (PROTOCOL,))?;
    let parts = reduced
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice());
    let Some([callable, args, rest @ ..]) = parts.filter(|parts| parts.len() <= 5) else {
        return Ok(None);
    };
    let none = || vm.ctx.none();
    let part = |index: usize| rest.get(index).cloned().unwrap_or_else(none);
    let mut make = (callable.clone(), args.clone());
    let mut slots = none();
    if past && callable.is(object.class()) && args.downcastable::<PyTuple>() {
        let args = vec![callable.clone(), args.clone()];
        make = (
            constructor("_make_exception", vm)?,
            vm.ctx.new_tuple(args).into(),
        );
        slots = values_of_slots(object, vm)?;
    }
    let mut parts = vec![make.0, make.1];
    if !chained && vm.is_none(&slots) {
        parts.extend_from_slice(rest);
        return Ok(Some(
            Answer::given(vm.ctx.new_tuple(parts).into()).unrecorded(),
        ));
    }
    let suppress = object.get_attr("__suppress_context__", vm)?;
    let mut state = vec![
        part(0),
        cause.map_or_else(none, Into::into),
        context.map_or_else(none, Into::into),
        suppress,
    ];
    if !vm.is_none(&slots) {
        state.push(slots);
    }
    let state = vm.ctx.new_tuple(state);
    let setter = constructor("_set_exception", vm)?;
    parts.extend([state.into(), part(1), part(2), setter]);
    let answer = Answer::given(vm.ctx.new_tuple(parts).into());
    Ok(Some(match chained {
        true => answer,
        false => answer.unrecorded(),
    }))
}

/// Whether making an exception of this class runs an `__init__` or `__new__` that is written in Python,
/// although the exception is reduced as the built-in ones are. What that `__init__` is given need not be
/// what is in `args`.
fn is_made_in_python(class: &Py<PyType>, vm: &VirtualMachine) -> bool {
    let is_python = |name: &'static str| {
        let name = vm.ctx.intern_str(name);
        let bases = class.mro_collect();
        let owner = bases.iter().find(|base| base.attributes.contains(name));
        owner.is_some_and(|owner| owner.heaptype_ext().is_some())
    };
    (is_python("__init__") || is_python("__new__"))
        && !is_python("__reduce__")
        && !is_python("__reduce_ex__")
}

/// The slots of an exception as a dict, which built-in exceptions leave out; None if there are none.
fn values_of_slots(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    let get_state = vm.ctx.types.object_type.as_object();
    let get_state = get_state.get_attr("__getstate__", vm)?;
    let state = get_state.call((object.to_owned(),), vm)?;
    Ok(
        match state
            .downcast_ref::<PyTuple>()
            .map(|parts| parts.as_slice())
        {
            Some([_, slots]) => slots.clone(),
            _ => vm.ctx.none(),
        },
    )
}

/// An exception with these `args`, made by what is built in.
fn make(class: &Py<PyType>, args: &Py<PyTuple>, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    if !class.fast_issubclass(vm.ctx.exceptions.base_exception_type) {
        return Err(vm.new_type_error("only a class of exceptions makes one"));
    }
    let base = data_type(class, vm);
    let with = |first: PyObjectRef| {
        let mut all = vec![first];
        all.extend_from_slice(args.as_slice());
        FuncArgs::from(all)
    };
    let new = base.as_object().get_attr("__new__", vm)?;
    let exception = new.call(with(class.to_owned().into()), vm)?;
    // It gives such as OSError their attributes. Where the class has not called it, it may not take what
    // `args` are.
    let init = base.as_object().get_attr("__init__", vm)?;
    match init.call(with(exception.clone()), vm) {
        Ok(_) => {}
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.type_error) => {
            exception.set_attr("args", args.to_owned(), vm)?;
        }
        Err(error) => return Err(error),
    }
    Ok(exception)
}

#[pymodule(sub)]
pub(crate) mod raised {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyTupleRef, PyTypeRef},
    };

    use crate::unpickler::build;

    /// Make an exception with these args, past the __init__ and __new__ of its class.
    #[pyfunction]
    fn _make_exception(class: PyTypeRef, args: PyTupleRef, vm: &VirtualMachine) -> PyResult {
        super::make(&class, &args, vm)
    }

    /// Give an exception its state, cause and context, and perhaps the values of slots.
    #[pyfunction]
    fn _set_exception(
        exception: PyObjectRef,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let ([state, cause, context, suppress], slots) = (match state.as_slice() {
            [state, cause, context, suppress] => Ok(([state, cause, context, suppress], None)),
            [state, cause, context, suppress, slots] => {
                Ok(([state, cause, context, suppress], Some(slots)))
            }
            _ => Err(vm.new_value_error("an exception's state has four parts, or five")),
        })?;
        if !vm.is_none(state) {
            build(&exception, state.clone(), vm)?;
        }
        if let Some(slots) = slots {
            super::set_slots(&exception, slots, vm)?;
        }
        exception.set_attr("__cause__", cause.clone(), vm)?;
        exception.set_attr("__context__", context.clone(), vm)?;
        exception.set_attr("__suppress_context__", suppress.clone(), vm)
    }
}

fn set_slots(exception: &PyObject, slots: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    let Some(slots) = slots.downcast_ref::<PyDict>() else {
        return Err(vm.new_type_error("the slots of an exception must be a dict"));
    };
    for (name, value) in slots.items_vec() {
        exception.set_attr(&name.str(vm)?, value, vm)?;
    }
    Ok(())
}
