//! Loggers and the handlers of logging.

use rustpython_vm::{AsObject, PyObject, PyResult, VirtualMachine, pymodule};

use super::answer::{Answer, refuse};
use super::settings::Settings;
use super::subclass::new_object;

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
    let answer = Answer::call(get_logger, args);
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
    new_object(object, vm)?.with_setter("_set_log_handler", state.into(), vm)
}

#[pymodule(sub)]
pub(crate) mod logging {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyTupleRef},
    };

    use super::super::settings::is_rehearsal;

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
        if is_rehearsal() {
            return Ok(());
        }
        let logging = vm.import("logging", 0)?;
        vm.call_method(&logging, "_addHandlerRef", (handler.clone(),))?;
        let name = handler.get_attr("_name", vm)?;
        if !vm.is_none(&name) {
            vm.call_method(&handler, "set_name", (name,))?;
        }
        Ok(())
    }
}
