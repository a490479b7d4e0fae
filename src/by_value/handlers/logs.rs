//! Loggers and the handlers of logging.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyDict, pymodule,
};

use super::answer::{Answer, refuse};
use super::deferral;
use super::settings::Settings;
use crate::unpickler::get_item_opt;

/// What of a logger is set when loading, where that is asked for.
const CONFIGURATION: [&str; 5] = ["level", "propagate", "disabled", "filters", "handlers"];

/// `logging.Logger`: by its name, and with its configuration if that is asked for.
pub(super) fn logger(
    object: &PyObject,
    settings: &Settings,
    vm: &VirtualMachine,
) -> PyResult<Answer> {
    let logging = vm.import("logging", 0)?;
    let get_logger = logging.get_attr("getLogger", vm)?;
    let root = logging.get_attr("root", vm)?.is(object);
    let args = match root {
        true => vec![],
        false => vec![object.get_attr("name", vm)?],
    };
    if !get_logger.call(args.clone(), vm)?.is(object) {
        return refuse(object, "another logger has its name", vm);
    }
    let answer = Answer::ours("_logger", args, vm)?;
    if !settings.logging {
        return Ok(answer.with_note("by name"));
    }
    let parts = CONFIGURATION.map(|name| object.get_attr(name, vm));
    let parts = parts.into_iter().collect::<PyResult<Vec<_>>>()?;
    let state = vm.ctx.new_tuple(parts).into();
    answer.with_setter("_configure_logger", state, vm)
}

/// `logging.Handler`: its attributes; logging knows it by its name again.
pub(super) fn handler(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let Some(state) = object.dict() else {
        return refuse(object, "it has no attributes", vm);
    };
    let new_object = vm.import("copyreg", 0)?.get_attr("__newobj__", vm)?;
    let class = PyObjectRef::from(object.class().to_owned());
    Answer::call(new_object, vec![class]).with_setter("_set_log_handler", state.into(), vm)
}

/// If a logger is not there yet, a restore that fails takes it away again.
fn forget_later(logging: &PyObject, name: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    let loggers = logging
        .get_attr("root", vm)?
        .get_attr("manager", vm)?
        .get_attr("loggerDict", vm)?;
    let before = get_item_opt(&loggers, name, vm)?;
    let is_there = match &before {
        Some(before) => vm.get_attribute_opt(before, LOGGERS)?.is_none(),
        None => false,
    };
    if !is_there {
        let name = name.to_owned();
        deferral::when_rolled_back(move |vm| forget(&loggers, &name, before, vm));
    }
    Ok(())
}

/// What logging puts in the place of a logger that is not there, but others below it; and those, in it.
const PLACEHOLDER: &str = "PlaceHolder";
const LOGGERS: &str = "loggerMap";

/// Undoes what `getLogger` has done to make a logger.
fn forget(
    loggers: &PyObject,
    name: &PyObject,
    before: Option<PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let Some(logger) = get_item_opt(loggers, name, vm)? else {
        return Ok(());
    };
    let mut placeholder = before;
    let others: Vec<PyObjectRef> = vm.call_method(loggers, "values", ())?.try_to_value(vm)?;
    for other in others {
        if let Some(below) = vm.get_attribute_opt(&other, LOGGERS)? {
            vm.call_method(&below, "pop", (logger.clone(), vm.ctx.none()))?;
            continue;
        }
        // Those below it belong to the one above it now.
        let parent = vm.get_attribute_opt(&other, "parent")?;
        if parent.is_none_or(|parent| !parent.is(&logger)) {
            continue;
        }
        other.set_attr("parent", logger.get_attr("parent", vm)?, vm)?;
        match &placeholder {
            Some(placeholder) => drop(vm.call_method(placeholder, "append", (other,))?),
            None => {
                let logging = vm.import("logging", 0)?;
                placeholder = Some(vm.call_method(&logging, PLACEHOLDER, (other,))?);
            }
        }
    }
    match placeholder {
        Some(placeholder) => loggers.set_item(name, placeholder, vm)?,
        None => loggers.del_item(name, vm)?,
    }
    let items: Vec<(PyObjectRef, PyObjectRef)> = match loggers.downcast_ref::<PyDict>() {
        Some(loggers) => loggers.items_vec(),
        None => vec![],
    };
    for (name, entry) in items {
        let below = vm.get_attribute_opt(&entry, LOGGERS)?;
        if let Some(below) = below
            && below.length(vm)? == 0
        {
            loggers.del_item(&*name, vm)?;
        }
    }
    Ok(())
}

#[pymodule(sub)]
pub(crate) mod logging {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyTupleRef},
        function::OptionalArg,
    };

    use super::{deferral, forget_later};

    /// Return a logger by its name, or the root logger.
    #[pyfunction]
    fn _logger(name: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult {
        let logging = vm.import("logging", 0)?;
        let get_logger = logging.get_attr("getLogger", vm)?;
        let OptionalArg::Present(name) = name else {
            return get_logger.call((), vm);
        };
        if deferral::is_open() {
            forget_later(&logging, &name, vm)?;
        }
        get_logger.call((name,), vm)
    }

    /// Give a logger its level, propagation, filters and handlers.
    #[pyfunction]
    fn _configure_logger(
        logger: PyObjectRef,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let [level, rest @ ..] = state.as_slice() else {
            return Err(vm.new_value_error("a logger's state has a level"));
        };
        // Setting the level forgets which levels are enabled.
        vm.call_method(&logger, "setLevel", (level.clone(),))?;
        for (name, value) in super::CONFIGURATION[1..].iter().zip(rest) {
            logger.set_attr(&*vm.ctx.new_str(*name), value.clone(), vm)?;
        }
        Ok(())
    }

    /// Give a handler its attributes, and make it known to logging.
    #[pyfunction]
    fn _set_log_handler(
        handler: PyObjectRef,
        state: PyDictRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        for (name, value) in state.items_vec() {
            let name = name.str(vm)?;
            handler.set_attr(&name, value, vm)?;
        }
        let make_known = move |vm: &VirtualMachine| {
            let logging = vm.import("logging", 0)?;
            vm.call_method(&logging, "_addHandlerRef", (handler.clone(),))?;
            let name = handler.get_attr("_name", vm)?;
            if !vm.is_none(&name) {
                vm.call_method(&handler, "set_name", (name,))?;
            }
            Ok(())
        };
        deferral::when_committed(make_known, vm)
    }
}
