//! Context variables and contexts.

use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, pymodule};

use super::answer::Answer;

/// `contextvars.ContextVar`: its name and default. Its values are those of contexts.
pub(super) fn variable(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let mut args = vec![object.get_attr("name", vm)?];
    // In a context without any values, there is but the default.
    let empty = vm
        .import("_contextvars", 0)?
        .get_attr("Context", vm)?
        .call((), vm)?;
    let get = object.get_attr("get", vm)?;
    match vm.call_method(&empty, "run", (get,)) {
        Ok(default) => args.push(default),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.lookup_error) => {}
        Err(error) => return Err(error),
    }
    Answer::ours("_context_variable", args, vm)
}

/// `contextvars.Context`. One that is entered just now is not entered in the copy.
pub(super) fn context(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let items = vm.call_method(object, "items", ())?;
    let items: Vec<PyObjectRef> = items.try_into_value(vm)?;
    let answer = Answer::of_class(object, vec![]);
    match items.is_empty() {
        true => Ok(answer),
        false => answer.with_setter("_set_variables", vm.ctx.new_list(items).into(), vm),
    }
}

#[pymodule(sub)]
pub(crate) mod contexts {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine,
        builtins::PyListRef,
        function::{FuncArgs, KwArgs, OptionalArg},
    };

    /// Make a context variable.
    #[pyfunction]
    fn _context_variable(
        name: PyObjectRef,
        default: OptionalArg<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let class = vm.import("_contextvars", 0)?.get_attr("ContextVar", vm)?;
        let default = default.into_option().into_iter();
        let keywords = default.map(|default| ("default".to_owned(), default));
        let keywords: KwArgs = keywords.collect();
        class.call(FuncArgs::new(vec![name], keywords), vm)
    }

    /// Set variables in a context.
    #[pyfunction]
    fn _set_variables(context: PyObjectRef, items: PyListRef, vm: &VirtualMachine) -> PyResult<()> {
        let items = items.borrow_vec().to_vec();
        for item in items {
            let set = item.get_item(&0, vm)?.get_attr("set", vm)?;
            let value = item.get_item(&1, vm)?;
            vm.call_method(&context, "run", (set, value))?;
        }
        Ok(())
    }
}
