//! Single classes of the standard library.

use rustpython_vm::{PyObject, PyPayload, PyResult, VirtualMachine, builtins::PyDict, pymodule};

use super::answer::{Answer, refuse};
use super::itertools::attributes;
use super::subclass::new_object;

/// `struct.Struct`.
pub(super) fn structure(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let format = object.get_attr("format", vm)?;
    let answer = Answer::of_class(object, vec![format.clone()]);
    match object.class().heaptype_ext {
        None => Ok(answer),
        // Its `__new__` does not read the format.
        Some(_) => answer.with_setter("_set_struct", format, vm),
    }
}

/// `collections.Counter`, with its items as items. They are an argument otherwise, which has to be there
/// before what the keys lead to.
pub(super) fn counter(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let answer = Answer::of_class(object, vec![]).unrecorded();
    let answer = answer.with_state(attributes(object));
    let Some(dict) = object.downcast_ref::<PyDict>() else {
        return refuse(object, "it is no dict", vm);
    };
    let pairs = dict.items_vec().into_iter();
    let pairs: Vec<_> = pairs
        .map(|(key, value)| vm.ctx.new_tuple(vec![key, value]).into())
        .collect();
    match pairs.is_empty() {
        true => Ok(answer),
        false => answer.with_items(pairs, vm),
    }
}

/// `random.SystemRandom`, which has no state.
pub(super) fn system_random(object: &PyObject, _vm: &VirtualMachine) -> PyResult<Answer> {
    Ok(Answer::of_class(object, vec![]))
}

/// `json.JSONDecoder`, without the scanner that it has made of itself.
pub(super) fn json_decoder(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let Some(attributes) = object.dict() else {
        return refuse(object, "it has no attributes", vm);
    };
    let state = attributes.copy().into_ref(&vm.ctx);
    if state.contains_key("scan_once", vm) {
        state.del_item("scan_once", vm)?;
    }
    new_object(object, vm)?.with_setter("_set_json_decoder", state.into(), vm)
}

/// `re.Match`: made again by the pattern. Where the same search finds another match first, as for
/// those of `finditer`, the search begins at the match; then `pos` is another.
pub(super) fn regex_match(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let pattern = object.get_attr("re", vm)?;
    let string = object.get_attr("string", vm)?;
    let [pos, endpos] = ["pos", "endpos"].map(|name| object.get_attr(name, vm));
    let (pos, endpos) = (pos?, endpos?);
    let start = vm.call_method(object, "start", ())?;
    let ways = [
        ("search", &pos),
        ("match", &pos),
        ("fullmatch", &pos),
        ("match", &start),
        ("fullmatch", &start),
    ];
    for (name, from) in ways {
        let method = pattern.get_attr(name, vm)?;
        let args = vec![string.clone(), from.clone(), endpos.clone()];
        let again = method.call(args.clone(), vm)?;
        if !vm.is_none(&again) && is_same(&again, object, vm)? {
            return Ok(Answer::call(method, args));
        }
    }
    refuse(object, "its pattern does not match any more", vm)
}

fn is_same(one: &PyObject, other: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    for name in ["regs", "lastindex"] {
        let (one, other) = (one.get_attr(name, vm)?, other.get_attr(name, vm)?);
        if !vm.bool_eq(&one, &other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[pymodule(sub)]
pub(crate) mod of_library {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, builtins::PyDictRef};

    use crate::unpickler::import_module;

    /// Give a Struct its format, past the __init__ of a subclass.
    #[pyfunction]
    fn _set_struct(object: PyObjectRef, format: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let class = vm.import("_struct", 0)?.get_attr("Struct", vm)?;
        let init = class.get_attr("__init__", vm)?;
        init.call((object, format), vm).map(drop)
    }

    /// Give a JSONDecoder its attributes and its scanner.
    #[pyfunction]
    fn _set_json_decoder(
        decoder: PyObjectRef,
        state: PyDictRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        for (name, value) in state.items_vec() {
            decoder.set_attr(&name.str(vm)?, value, vm)?;
        }
        let module = import_module(&vm.ctx.new_str("json.scanner"), vm)?;
        let scanner = vm.call_method(&module, "make_scanner", (decoder.clone(),))?;
        decoder.set_attr("scan_once", scanner, vm)
    }
}
