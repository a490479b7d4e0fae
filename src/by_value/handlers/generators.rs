//! Generators: what is left of one that has finished. A frame can't be saved.

use rustpython_vm::{PyObject, PyResult, VirtualMachine, builtins::PyGenerator, pymodule};

use super::answer::{Answer, refuse};

/// Generators, coroutines and asynchronous generators.
pub(super) fn generator(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let class = object.class().slot_name();
    let why = match &*class {
        "coroutine" => "running coroutine",
        "async_generator" => "running asynchronous generator",
        _ => "running generator",
    };
    drop(class);
    if !object.downcastable::<PyGenerator>() {
        return refuse(object, why, vm);
    }
    let frame = object.get_attr("gi_frame", vm)?;
    if !vm.is_none(&frame) {
        return refuse(object, why, vm);
    }
    let args = ["__name__", "__qualname__"].map(|name| object.get_attr(name, vm));
    let args = args.into_iter().collect::<PyResult<_>>()?;
    Answer::ours("_finished_generator", args, vm)
}

#[pymodule(sub)]
pub(crate) mod finished {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, protocol::PyIter};

    /// Make a generator that has finished.
    #[pyfunction]
    fn _finished_generator(
        name: PyObjectRef,
        qualname: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let scope = vm.new_scope_with_builtins();
        let generator = vm.run_block_expr(scope, "(None for _ in ())")?;
        PyIter::new(&*generator).next(vm)?;
        generator.set_attr("__name__", name, vm)?;
        generator.set_attr("__qualname__", qualname, vm)?;
        Ok(generator)
    }
}
