//! `sys.stdin`, `sys.stdout` and `sys.stderr`: those that the process has.

use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, pymodule};

use super::answer::Answer;

/// The streams with the layers below them, by the way from `sys`.
const STREAMS: [&str; 3] = ["stdin", "stdout", "stderr"];
const LAYERS: [&str; 3] = ["", "buffer", "buffer.raw"];

/// A reference to one of the streams that the process was started with, or a layer of one.
pub(super) fn standard_stream(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<Answer>> {
    for stream in STREAMS {
        let Some(own) = follow(vm.sys_module.as_object(), &format!("__{stream}__"), vm)? else {
            continue;
        };
        for layer in LAYERS {
            match follow(&own, layer, vm)? {
                Some(found) if found.is(object) => {
                    let args = [stream, layer].map(|name| vm.ctx.new_str(name).into());
                    let answer = Answer::ours("_standard_stream", args.into(), vm)?;
                    return Ok(Some(answer.with_note("that of the process")));
                }
                _ => {}
            }
        }
    }
    Ok(None)
}

/// The attribute of an attribute; `None` if there is none or it is None.
fn follow(object: &PyObject, names: &str, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let mut found = object.to_owned();
    for name in names.split('.').filter(|name| !name.is_empty()) {
        match vm.get_attribute_opt(&found, &vm.ctx.new_str(name))? {
            Some(next) if !vm.is_none(&next) => found = next,
            _ => return Ok(None),
        }
    }
    Ok(Some(found))
}

#[pymodule(sub)]
pub(crate) mod streams {
    use rustpython_vm::{
        AsObject as _, PyResult, VirtualMachine,
        builtins::{PyBaseExceptionRef, PyStrRef},
    };

    use super::{LAYERS, STREAMS, follow};

    /// Return one of the streams that the process has now, or a layer of it.
    #[pyfunction]
    fn _standard_stream(name: PyStrRef, layer: PyStrRef, vm: &VirtualMachine) -> PyResult {
        let unknown = || -> PyBaseExceptionRef { vm.new_value_error("no such standard stream") };
        let (name, layer) = (
            name.to_str().unwrap_or_default(),
            layer.to_str().unwrap_or("?"),
        );
        if !STREAMS.contains(&name) || !LAYERS.contains(&layer) {
            return Err(unknown());
        }
        let stream = follow(vm.sys_module.as_object(), name, vm)?;
        let Some(stream) = stream else {
            return Ok(vm.ctx.none());
        };
        Ok(follow(&stream, layer, vm)?.unwrap_or_else(|| vm.ctx.none()))
    }
}
