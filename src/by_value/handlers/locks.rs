//! Locks and what is built of them. A restored lock is a new one, and nobody holds it.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef, PyFunction},
    bytecode::CodeFlags,
    pymodule,
};

use super::answer::{Answer, refuse};

const FRESH: &str = "fresh";
const FRESH_AND_FREE: &str = "fresh, was held";

/// `_thread.lock` and `_thread.RLock`.
pub(super) fn lock(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let held = vm.call_method(object, "locked", ())?.try_to_bool(vm)?;
    let note = if held { FRESH_AND_FREE } else { FRESH };
    Ok(Answer::of_class(object, vec![]).with_note(note))
}

/// What `threading.Condition.__init__` sets.
const OF_CONDITION: [&str; 8] = [
    "_lock",
    "acquire",
    "release",
    "locked",
    "_release_save",
    "_acquire_restore",
    "_is_owned",
    "_waiters",
];

/// `threading.Condition`: the threads that wait stay behind.
pub(super) fn condition(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let lock = object.get_attr("_lock", vm)?;
    let state = copy_of_dict(object, vm)?;
    for name in OF_CONDITION {
        if state.contains_key(name, vm) {
            state.del_item(name, vm)?;
        }
    }
    let note = match object.get_attr("_waiters", vm)?.length(vm)? {
        0 => FRESH,
        _ => "fresh, without the threads that wait",
    };
    let state = (!state.is_empty()).then(|| state.into());
    let answer = Answer::of_class(object, vec![lock]);
    Ok(answer.with_state(state).with_note(note))
}

/// `threading.Barrier`: the threads that wait stay behind, so it fills anew.
pub(super) fn barrier(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let state = copy_of_dict(object, vm)?;
    let waiting: usize = state.get_item("_count", vm)?.try_into_value(vm)?;
    let phase: i32 = state.get_item("_state", vm)?.try_into_value(vm)?;
    // 0 is filling, 1 draining, -1 resetting, -2 broken.
    let phase = if phase == -2 { phase } else { 0 };
    state.set_item("_count", vm.ctx.new_int(0).into(), vm)?;
    state.set_item("_state", vm.ctx.new_int(phase).into(), vm)?;
    let new_object = vm.import("copyreg", 0)?.get_attr("__newobj__", vm)?;
    let answer = Answer::call(new_object, vec![object.class().to_owned().into()]);
    let note = match waiting {
        0 => FRESH,
        _ => "fresh, without the threads that wait",
    };
    Ok(answer.with_state(Some(state.into())).with_note(note))
}

fn copy_of_dict(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    match object.dict() {
        Some(dict) => Ok(dict.copy().into_ref(&vm.ctx)),
        None => refuse(object, "it has no attributes", vm),
    }
}

/// `threading.local`: what this thread has in it.
///
/// Where a subclass has an `__init__`, each thread that comes to it calls that, with the arguments that
/// the object was made with.
pub(super) fn local(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let attributes = object.get_attr("__dict__", vm)?;
    let empty = attributes
        .downcast_ref::<PyDict>()
        .is_some_and(|attributes| attributes.is_empty());
    let args = match object.class().get_attr(vm.ctx.intern_str("__init__")) {
        Some(init) => match init.downcast_ref::<PyFunction>() {
            Some(init) => local_arguments(object, init, vm)?,
            None => vec![],
        },
        None => vec![],
    };
    let note = match args.is_empty() {
        true => "of this thread",
        false => "of this thread; what it was made with taken as positional arguments",
    };
    let answer = Answer::of_class(object, args).with_note(note);
    Ok(answer.with_state((!empty).then_some(attributes)))
}

/// What a local object gives the `__init__` of its class in other threads.
///
/// The garbage collector is shown it, before the attributes that each thread has; which were given by
/// keyword it is not shown.
fn local_arguments(
    object: &PyObject,
    init: &Py<PyFunction>,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    let mut parts = object.gc_get_referents();
    parts.retain(|part| !part.is(object.class()));
    if let Some(dict) = object.dict() {
        parts.retain(|part| !part.is(&dict));
    }
    let is_dict = |part: &mut PyObjectRef| part.class().is(vm.ctx.types.dict_type);
    let mut threads = 0;
    while parts.pop_if(is_dict).is_some() {
        threads += 1;
    }
    let code = init.as_object().get_attr("__code__", vm)?;
    let Some(code) = code.downcast_ref::<PyCode>() else {
        return refuse(object, "its __init__ has no code", vm);
    };
    let defaults = init.as_object().get_attr("__defaults__", vm)?;
    let defaults = match vm.is_none(&defaults) {
        true => 0,
        false => defaults.length(vm)?,
    };
    let most = (code.arg_count as usize).saturating_sub(1);
    let least = most.saturating_sub(defaults);
    let open = code.flags.contains(CodeFlags::VARARGS);
    let fits = parts.len() >= least && (parts.len() <= most || open);
    let by_keyword = code.kwonlyarg_count > 0 || code.flags.contains(CodeFlags::VARKEYWORDS);
    // An argument that is a dict looks like the attributes of a thread, and one in a slot like any.
    let told = threads <= 1 || parts.len() == most;
    let slots = object.class().slots.member_count > 0;
    match fits && told && (parts.is_empty() || !(by_keyword || slots)) {
        true => Ok(parts),
        false => refuse(
            object,
            "what its __init__ is given in other threads can't be told",
            vm,
        ),
    }
}

/// The handle of a thread that has not been started yet.
pub(super) fn thread_handle(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let ident: u64 = object.get_attr("ident", vm)?.try_into_value(vm)?;
    let done = vm.call_method(object, "is_done", ())?.try_to_bool(vm)?;
    match ident == 0 && !done {
        true => Ok(Answer::of_class(object, vec![]).with_note(FRESH)),
        false => refuse(object, "its thread has been started", vm),
    }
}

/// The main thread, which every process has.
pub(super) fn main_thread(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let function = vm.import("threading", 0)?.get_attr("main_thread", vm)?;
    match function.call((), vm)?.is(object) {
        true => Ok(Answer::call(function, vec![]).with_note("that of the process")),
        false => refuse(object, "it is not the main thread", vm),
    }
}

/// `queue.SimpleQueue`. There is no way to look into it: its items are taken out and put back in.
///
/// Both by the methods of the built-in class, whatever a subclass has in their place: they run no
/// Python code, so that nothing comes between.
pub(super) fn simple_queue(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let module = vm.import("_queue", 0)?;
    let empty = module.get_attr("Empty", vm)?;
    let class = module.get_attr("SimpleQueue", vm)?;
    let [size, get, put] = ["qsize", "get_nowait", "put"].map(|name| class.get_attr(name, vm));
    let (size, get, put) = (size?, get?, put?);
    let count: usize = size.call((object.to_owned(),), vm)?.try_into_value(vm)?;
    let mut items = Vec::new();
    let mut result = Ok(());
    // Another thread may put in more meanwhile, or take some out.
    for _ in 0..count {
        match get.call((object.to_owned(),), vm) {
            Ok(item) => items.push(item),
            Err(error) if error.class().is(&empty) => break,
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    for item in &items {
        // All of them go back before an error goes on.
        let back = put.call((object.to_owned(), item.clone()), vm);
        result = result.and(back.map(drop));
    }
    result?;
    let answer = Answer::of_class(object, vec![]);
    match items.is_empty() {
        true => Ok(answer),
        false => answer.with_setter("_put_all", vm.ctx.new_list(items).into(), vm),
    }
}

#[pymodule(sub)]
pub(crate) mod queues {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, builtins::PyListRef};

    /// Put items into a queue, past a put() that a subclass has in place of the built-in one.
    #[pyfunction]
    fn _put_all(queue: PyObjectRef, items: PyListRef, vm: &VirtualMachine) -> PyResult<()> {
        let class = vm.import("_queue", 0)?.get_attr("SimpleQueue", vm)?;
        let put = class.get_attr("put", vm)?;
        let items = items.borrow_vec().to_vec();
        for item in items {
            put.call((queue.clone(), item), vm)?;
        }
        Ok(())
    }
}
