//! Weak references and collections of them.
//!
//! What is referred to is saved with them. If nothing else that is saved has a strong reference to
//! it, it goes away when loading is done, and dead references stay dead.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyTuple, PyWeak},
    pymodule,
};

use super::super::{is_equal, order};
use super::answer::{Answer, refuse};
use super::deferral;

const WEAK: &str = "weak";
const DEAD: &str = "dead";

/// `weakref.ref`.
pub(super) fn reference(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let Some(weak) = object.downcast_ref::<PyWeak>() else {
        return refuse(object, "it is no weak reference", vm);
    };
    // The callback before the referent: with the former there was the latter.
    let callback = object.get_attr("__callback__", vm)?;
    let Some(referent) = weak.upgrade() else {
        return Ok(Answer::ours("_dead_reference", vec![], vm)?.with_note(DEAD));
    };
    let mut args = vec![referent];
    args.extend(Some(callback).filter(|callback| !vm.is_none(callback)));
    Ok(Answer::of_class(object, args).with_note(WEAK))
}

/// `weakref.proxy`, whose attributes are those of what it stands for.
pub(super) fn proxy(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let Some(referent) = behind_proxy(object, vm)? else {
        return Ok(Answer::ours("_dead_proxy", vec![], vm)?.with_note(DEAD));
    };
    // Without a callback there is but one proxy for each object.
    let plain = vm.import("weakref", 0)?.get_attr("proxy", vm)?;
    match plain.call((referent.clone(),), vm)?.is(object) {
        true => Ok(Answer::ours("_proxy", vec![referent], vm)?.with_note(WEAK)),
        false => refuse(object, "it has a callback, which can't be read", vm),
    }
}

/// Methods that are bound to most objects, and two for classes, whose other methods are not bound
/// to them.
const BOUND_METHODS: [&str; 4] = ["__sizeof__", "__reduce_ex__", "mro", "__subclasses__"];

/// What a proxy stands for; `None` if that is gone.
fn behind_proxy(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let reference_error = vm.ctx.exceptions.reference_error;
    for name in BOUND_METHODS {
        let found = match vm.get_attribute_opt(object, name) {
            Ok(Some(method)) => vm.get_attribute_opt(&method, "__self__"),
            Ok(None) => continue,
            Err(error) => Err(error),
        };
        let found = match found {
            Ok(found) => found,
            Err(error) if error.fast_isinstance(reference_error) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Its own weak references tell whether it is the right one.
        let found = found.filter(|found| {
            let references = found.get_weak_references().unwrap_or_default();
            references.iter().any(|reference| reference.is(object))
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    refuse(object, "what it stands for can't be found", vm)
}

fn referent_of(object: &PyObject) -> Option<PyObjectRef> {
    object
        .downcast_ref::<PyWeak>()
        .and_then(|weak| weak.upgrade())
}

/// `weakref.WeakMethod`. Its callback is known to a function inside it alone.
pub(super) fn method(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let inner = object.get_attr("__callback__", vm)?;
    let method = object.call((), vm)?;
    if vm.is_none(&method) {
        return Ok(Answer::ours("_dead_method", vec![], vm)?.with_note(DEAD));
    }
    let callback = free_variable(&inner, "callback", vm)?;
    let args = vec![method, callback];
    Ok(Answer::of_class(object, args).with_note(WEAK))
}

/// What a function has in a variable of an enclosing one.
fn free_variable(function: &PyObject, name: &str, vm: &VirtualMachine) -> PyResult {
    let names = function
        .get_attr("__code__", vm)?
        .get_attr("co_freevars", vm)?;
    let cells = function.get_attr("__closure__", vm)?;
    let tuples = (
        names.downcast_ref::<PyTuple>(),
        cells.downcast_ref::<PyTuple>(),
    );
    if let (Some(names), Some(cells)) = tuples {
        for (found, cell) in names.as_slice().iter().zip(cells.as_slice()) {
            if found.str(vm)?.as_bytes() == name.as_bytes() {
                return cell.get_attr("cell_contents", vm);
            }
        }
    }
    refuse(function, "it is not the function that was expected", vm)
}

/// The references inside a `WeakValueDictionary`.
pub(super) fn keyed_reference(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let callback = object.get_attr("__callback__", vm)?;
    let key = object.get_attr("key", vm)?;
    match referent_of(object) {
        Some(referent) => {
            let args = vec![referent, callback, key];
            Ok(Answer::of_class(object, args).with_note(WEAK))
        }
        None => Ok(Answer::ours("_dead_keyed_reference", vec![key], vm)?.with_note(DEAD)),
    }
}

/// `weakref.WeakSet`.
pub(super) fn set(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let items: Vec<PyObjectRef> = object.to_owned().try_into_value(vm)?;
    let items = order::sorted(items, vm)?;
    let answer = Answer::of_class(object, vec![]).with_note(WEAK);
    match items.is_empty() {
        true => Ok(answer),
        false => answer.with_setter("_update", vm.ctx.new_list(items).into(), vm),
    }
}

/// `weakref.WeakKeyDictionary` and `weakref.WeakValueDictionary`.
pub(super) fn dictionary(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let items = vm.call_method(object, "items", ())?;
    let items: Vec<PyObjectRef> = items.try_into_value(vm)?;
    let answer = Answer::of_class(object, vec![]).with_note(WEAK);
    match items.is_empty() {
        true => Ok(answer),
        false => answer.with_items(items, vm),
    }
}

/// `weakref.finalize`.
pub(super) fn finalizer(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let atexit = object.get_attr("atexit", vm)?;
    let parts = vm.call_method(object, "peek", ())?;
    match parts
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice())
    {
        Some([referent, function, args, keywords]) => {
            let all = [referent, function, args, keywords, &atexit];
            let all = all.into_iter().cloned().collect();
            Ok(Answer::ours("_finalizer", all, vm)?.with_note(WEAK))
        }
        _ => Ok(Answer::ours("_dead_finalizer", vec![], vm)?.with_note(DEAD)),
    }
}

/// The dict of all finalizers that are alive, with what each of them is to do.
fn registry(finalizer: &PyObject, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let registry = finalizer.get_attr("_registry", vm)?;
    let registry = registry.downcast::<PyDict>();
    registry.map_err(|_| vm.new_type_error("weakref.finalize has lost its registry"))
}

/// Takes a finalizer that a restore has made out of the registry until the restore succeeds. Then it takes the place
/// of the one whose copy it is, if that is there: what is to be finalized is the new session's.
fn arm_later(finalizer: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    if !deferral::is_open() {
        return Ok(());
    }
    let registry = registry(finalizer, vm)?;
    let info = registry.get_item(finalizer, vm)?;
    registry.del_item(finalizer, vm)?;
    deferral::note_new(finalizer);
    let finalizer = finalizer.to_owned();
    let arm = move |vm: &VirtualMachine| {
        if let Some((old, before)) = copied(&registry, &info, vm)? {
            registry.del_item(&*old, vm)?;
            let registry = registry.clone();
            deferral::when_rolled_back(move |vm| registry.set_item(&*old, before, vm));
        }
        registry.set_item(&*finalizer, info, vm)?;
        deferral::when_rolled_back(move |vm| match registry.contains_key(&*finalizer, vm) {
            true => registry.del_item(&*finalizer, vm),
            false => Ok(()),
        });
        Ok(())
    };
    deferral::when_committed(arm, vm)
}

/// The finalizer of before that does the same as a new one.
fn copied(
    registry: &Py<PyDict>,
    info: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<(PyObjectRef, PyObjectRef)>> {
    for (old, before) in registry.items_vec() {
        if !deferral::is_new(&old) && does_the_same(&before, info, vm)? {
            return Ok(Some((old, before)));
        }
    }
    Ok(None)
}

/// Whether two finalizers call functions of one name with equal arguments. The functions themselves may be another
/// session's each.
fn does_the_same(a: &PyObject, b: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let (one, other) = (a.get_attr("func", vm)?, b.get_attr("func", vm)?);
    for name in ["__module__", "__qualname__"] {
        let one = vm.get_attribute_opt(&one, name)?;
        let other = vm.get_attribute_opt(&other, name)?;
        let (Some(one), Some(other)) = (one, other) else {
            return Ok(false);
        };
        if !is_equal(&one, &other, vm) {
            return Ok(false);
        }
    }
    for name in ["args", "kwargs"] {
        if !is_equal(&*a.get_attr(name, vm)?, &*b.get_attr(name, vm)?, vm) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[pymodule(sub)]
pub(crate) mod weak_references {
    use rustpython_vm::{
        PyObjectRef, PyPayload as _, PyResult, VirtualMachine,
        builtins::{PyDictRef, PySet, PyTupleRef},
        function::FuncArgs,
    };

    use super::arm_later;
    use crate::keywords::add_keywords;

    fn of_weakref(name: &'static str, vm: &VirtualMachine) -> PyResult {
        vm.import("weakref", 0)?.get_attr(name, vm)
    }

    /// Something that is gone as soon as it has been let go.
    fn mortal(vm: &VirtualMachine) -> PyObjectRef {
        PySet::default().into_ref(&vm.ctx).into()
    }

    /// Make a weak reference to what is gone.
    #[pyfunction]
    fn _dead_reference(vm: &VirtualMachine) -> PyResult {
        of_weakref("ref", vm)?.call((mortal(vm),), vm)
    }

    /// Make a weak reference with a key to what is gone.
    #[pyfunction]
    fn _dead_keyed_reference(key: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        of_weakref("KeyedRef", vm)?.call((mortal(vm), vm.ctx.none(), key), vm)
    }

    /// Make a weak reference to a method of what is gone.
    #[pyfunction]
    fn _dead_method(vm: &VirtualMachine) -> PyResult {
        // The method of an object that only the method refers to.
        let types = vm.import("types", 0)?;
        let function = types.get_attr("new_class", vm)?;
        let method = types
            .get_attr("MethodType", vm)?
            .call((function, mortal(vm)), vm)?;
        of_weakref("WeakMethod", vm)?.call((method,), vm)
    }

    /// Make a weak proxy.
    #[pyfunction]
    fn _proxy(referent: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        of_weakref("proxy", vm)?.call((referent,), vm)
    }

    /// Make a weak proxy of what is gone.
    #[pyfunction]
    fn _dead_proxy(vm: &VirtualMachine) -> PyResult {
        of_weakref("proxy", vm)?.call((mortal(vm),), vm)
    }

    /// Call an object's update().
    #[pyfunction]
    fn _update(target: PyObjectRef, items: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        vm.call_method(&target, "update", (items,)).map(drop)
    }

    /// Make a finalizer of an object.
    #[pyfunction]
    fn _finalizer(
        referent: PyObjectRef,
        function: PyObjectRef,
        args: PyTupleRef,
        keywords: PyDictRef,
        atexit: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let mut call = vec![referent, function];
        call.extend_from_slice(args.as_slice());
        let mut call = FuncArgs::from(call);
        add_keywords(&mut call, &keywords, vm)?;
        let finalizer = of_weakref("finalize", vm)?.call(call, vm)?;
        finalizer.set_attr("atexit", atexit, vm)?;
        arm_later(&finalizer, vm)?;
        Ok(finalizer)
    }

    /// Make a finalizer that has been called or detached.
    #[pyfunction]
    fn _dead_finalizer(vm: &VirtualMachine) -> PyResult {
        // It is called as soon as what it is for goes away, which is now.
        let harmless = vm.ctx.types.list_type.to_owned();
        let finalizer = of_weakref("finalize", vm)?.call((mortal(vm), harmless), vm)?;
        vm.call_method(&finalizer, "detach", ())?;
        Ok(finalizer)
    }
}
