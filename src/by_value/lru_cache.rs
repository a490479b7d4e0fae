//! `functools.lru_cache`: the wrapped function with what it has returned so far.
//!
//! The interpreter shows its cache to the garbage collector only, and fills it only by calls. So
//! the parts are taken from there, and put back by calls of a function that returns the results.

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyResult, Traverse, VirtualMachine,
    builtins::{PyCode, PyDict, PyFunction, PyTuple, PyType},
    common::lock::PyMutex,
    function::FuncArgs,
    pyclass, pymodule,
    types::Callable,
};

use super::{ByValue, constructor};
use crate::keywords::add_keywords;
use crate::module::class_of;
use crate::module::new_pickling_error;

/// So many hits, and so many misses, are counted again at most; each is a call. `cache_info` of a cache
/// that has had more of them says that there were so many.
const MAX_COUNTED: u64 = 1 << 20;

/// The function that a restored cache calls: it returns what the cache is being filled with, and
/// after that what the wrapped function does.
#[pyclass(module = "rustpython_pickle", name = "_Cached", traverse)]
#[derive(Debug)]
pub(crate) struct PyCached {
    function: PyObjectRef,
    next: PyMutex<Option<PyObjectRef>>,
}

impl PyPayload for PyCached {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(with(Callable), flags(DISALLOW_INSTANTIATION))]
impl PyCached {}

impl Callable for PyCached {
    type Args = FuncArgs;

    fn call(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        let next = zelf.next.lock().take();
        match next {
            Some(result) => Ok(result),
            None => zelf.function.call(args, vm),
        }
    }
}

fn is_wrapper(object: &PyObject) -> bool {
    let class = object.class();
    class.heaptype_ext.is_none() && &*class.slot_name() == "functools._lru_cache_wrapper"
}

/// What the garbage collector is shown last of a wrapper.
struct Parts {
    function: PyObjectRef,
    marker: PyObjectRef,
    info_type: PyObjectRef,
    cache: PyObjectRef,
}

impl Parts {
    fn of(wrapper: &PyObject, vm: &VirtualMachine) -> PyResult<Self> {
        let mut parts = wrapper.gc_get_referents();
        let parts = parts.split_off(parts.len().saturating_sub(4));
        let Ok([function, marker, info_type, cache]) = <[PyObjectRef; 4]>::try_from(parts) else {
            return Err(new_pickling_error(
                vm,
                "an lru_cache that is in use by another thread",
            ));
        };
        let function = match function.downcast_ref::<PyCached>() {
            Some(cached) => cached.function.clone(),
            None => function,
        };
        Ok(Self {
            function,
            marker,
            info_type,
            cache,
        })
    }
}

/// `(_make_lru_cache, (function, maxsize, typed[, info_type]), (dict, contents), None, None,
/// _set_lru_cache)`.
pub(super) fn reduce(
    by_value: &mut ByValue,
    wrapper: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if !is_wrapper(wrapper) || by_value.rule.is_importable(wrapper, vm)? {
        return Ok(None);
    }
    let ctx = &vm.ctx;
    let parts = Parts::of(wrapper, vm)?;
    // The built-in method, whatever the wrapper has under its name.
    let info = wrapper.class().as_object().get_attr("cache_info", vm)?;
    let info = info.call((wrapper.to_owned(),), vm)?;
    let info = |index: usize| info.get_item(&index, vm);
    let typed = is_typed(wrapper, &parts, vm)?;

    let mut args = vec![parts.function.clone(), info(2)?, ctx.new_bool(typed).into()];
    if !parts.info_type.is(&standard_info_type(vm)?) {
        args.push(parts.info_type.clone());
    }
    let contents = ctx.new_dict();
    contents.set_item("hits", info(0)?, vm)?;
    contents.set_item("misses", info(1)?, vm)?;
    contents.set_item("entries", entries(&parts, typed, vm)?, vm)?;
    let state = ctx.new_tuple(vec![wrapper.get_attr("__dict__", vm)?, contents.into()]);
    let reduced = vec![
        constructor("_make_lru_cache", vm)?,
        ctx.new_tuple(args).into(),
        state.into(),
        ctx.none(),
        ctx.none(),
        constructor("_set_lru_cache", vm)?,
    ];
    Ok(Some(ctx.new_tuple(reduced).into()))
}

fn standard_info_type(vm: &VirtualMachine) -> PyResult {
    vm.import("functools", 0)?.get_attr("_CacheInfo", vm)
}

/// Whether arguments of different types are cached apart. `functools.lru_cache` leaves a function with
/// the wrapper that knows it. Without that the keys of the cache tell: they end in the types.
fn is_typed(wrapper: &PyObject, parts: &Parts, vm: &VirtualMachine) -> PyResult<bool> {
    let attributes = wrapper.get_attr("__dict__", vm)?;
    let parameters = match attributes.downcast_ref::<PyDict>() {
        Some(attributes) => attributes.inner_getitem_opt("cache_parameters", vm)?,
        None => None,
    };
    if let Some(parameters) = parameters
        && let Some(parameters) = parameters.downcast_ref_if_exact::<PyFunction>(vm)
        && let Some(typed) = typed_of_closure(parameters.as_object(), vm)?
    {
        return Ok(typed);
    }
    let Some(cache) = parts.cache.downcast_ref::<PyDict>() else {
        return Ok(false);
    };
    let keys = cache.items_vec().into_iter().map(|(key, _)| key);
    let keys: Vec<_> = keys
        .filter_map(|key| key.downcast::<PyTuple>().ok())
        .collect();
    let mut filled = keys
        .iter()
        .filter(|key| !key.as_slice().is_empty())
        .peekable();
    Ok(filled.peek().is_some() && filled.all(|key| ends_in_types(key.as_slice(), &parts.marker)))
}

/// The variable `typed` of the call of `lru_cache` that a function was made in.
fn typed_of_closure(function: &PyObject, vm: &VirtualMachine) -> PyResult<Option<bool>> {
    let code = function.get_attr("__code__", vm)?;
    let closure = function.get_attr("__closure__", vm)?;
    let (Some(code), Some(cells)) = (
        code.downcast_ref::<PyCode>(),
        closure.downcast_ref::<PyTuple>(),
    ) else {
        return Ok(None);
    };
    if !code.qualname.as_bytes().starts_with(b"lru_cache.<locals>.") {
        return Ok(None);
    }
    let mut found = code.freevars.iter().zip(cells.as_slice());
    let Some((_, cell)) = found.find(|(name, _)| name.as_bytes() == b"typed") else {
        return Ok(None);
    };
    match cell.get_attr("cell_contents", vm) {
        Ok(typed) => typed.try_to_bool(vm).map(Some),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.value_error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether behind the values of a key there are their types.
fn ends_in_types(key: &[PyObjectRef], marker: &PyObject) -> bool {
    let mut values: Vec<&PyObjectRef> = Vec::new();
    let (positional, keywords) = arguments(key, marker, true);
    values.extend(positional);
    values.extend(keywords.iter().skip(1).step_by(2));
    let types = key.get(key.len().saturating_sub(values.len())..);
    let types = types.unwrap_or_default();
    let marked = usize::from(key.iter().any(|part| part.is(marker)));
    key.len() == positional.len() + marked + keywords.len() + values.len()
        && values
            .iter()
            .zip(types)
            .all(|(value, class)| class.is(value.class()))
}

/// The calls that are cached, the one that was used last at the end: positional arguments,
/// keyword arguments, result.
fn entries(parts: &Parts, typed: bool, vm: &VirtualMachine) -> PyResult {
    let Some(cache) = parts.cache.downcast_ref::<PyDict>() else {
        return Err(new_pickling_error(
            vm,
            "an lru_cache that is in use by another thread",
        ));
    };
    let mut entries = Vec::new();
    for (key, entry) in cache.items_vec() {
        let Some(key) = key.downcast_ref::<PyTuple>() else {
            return Err(new_pickling_error(vm, "an lru_cache with a key of its own"));
        };
        let (positional, keywords) = arguments(key.as_slice(), &parts.marker, typed);
        let names = vm.ctx.new_dict();
        for pair in keywords.chunks_exact(2) {
            if let [name, value] = pair {
                names.set_item(&**name, value.clone(), vm)?;
            }
        }
        let own = &*entry.class().slot_name() == "functools._lru_list_elem";
        let result = match own
            .then(|| entry.gc_get_referents())
            .and_then(|mut all| all.pop())
        {
            Some(result) => result,
            None => entry,
        };
        let positional = vm.ctx.new_tuple(positional.to_vec());
        let entry = vec![positional.into(), names.into(), result];
        entries.push(vm.ctx.new_tuple(entry).into());
    }
    Ok(vm.ctx.new_list(entries).into())
}

/// Positional arguments, and keywords with their values, from a key: behind them there are the
/// types of all values if types count.
fn arguments<'k>(
    key: &'k [PyObjectRef],
    marker: &PyObject,
    typed: bool,
) -> (&'k [PyObjectRef], &'k [PyObjectRef]) {
    let Some(position) = key.iter().position(|part| part.is(marker)) else {
        let length = if typed { key.len() / 2 } else { key.len() };
        return (key.get(..length).unwrap_or_default(), &[]);
    };
    let (positional, rest) = key.split_at(position);
    let rest = rest.get(1..).unwrap_or_default();
    let length = match typed {
        // Names and values, then types of positional arguments, then types of values.
        true => rest.len().saturating_sub(positional.len()) / 3 * 2,
        false => rest.len(),
    };
    (positional, rest.get(..length).unwrap_or_default())
}

/// Fills a new cache.
fn fill(wrapper: &PyObject, contents: &Py<PyDict>, vm: &VirtualMachine) -> PyResult<()> {
    let mut parts = wrapper.gc_get_referents();
    let parts = parts.split_off(parts.len().saturating_sub(4));
    let [target, _, _, cache] = parts.as_slice() else {
        return Err(vm.new_type_error("_set_lru_cache() needs an lru_cache of its own"));
    };
    let (Some(target), Some(cache)) = (
        target.downcast_ref::<PyCached>(),
        cache.downcast_ref::<PyDict>(),
    ) else {
        return Err(vm.new_type_error("_set_lru_cache() needs an lru_cache of its own"));
    };
    let number = |name: &'static str| -> PyResult<u64> {
        let number: u64 = contents.get_item(name, vm)?.try_into_value(vm)?;
        Ok(number.min(MAX_COUNTED))
    };
    let entries: Vec<PyObjectRef> = contents.get_item("entries", vm)?.try_into_value(vm)?;
    let call = |args: FuncArgs, result: PyObjectRef| -> PyResult<()> {
        let old = target.next.lock().replace(result);
        drop(old);
        let returned = wrapper.call(args, vm);
        let left = target.next.lock().take();
        drop(left);
        returned.map(drop)
    };
    for _ in entries.len() as u64..number("misses")? {
        call(FuncArgs::default(), vm.ctx.none())?;
        cache.clear();
    }
    let mut last = None;
    for entry in &entries {
        let entry = entry
            .downcast_ref::<PyTuple>()
            .map(|entry| entry.as_slice());
        let Some([positional, keywords, result]) = entry else {
            return Err(vm.new_type_error("an entry of an lru_cache is a tuple of three"));
        };
        let positional: Vec<PyObjectRef> = positional.clone().try_into_value(vm)?;
        let mut args = FuncArgs::from(positional);
        if let Some(keywords) = keywords.downcast_ref::<PyDict>() {
            add_keywords(&mut args, keywords, vm)?;
        }
        call(args.clone(), result.clone())?;
        last = Some((args, result.clone()));
    }
    if let Some((args, result)) = last {
        for _ in 0..number("hits")? {
            call(args.clone(), result.clone())?;
        }
    }
    Ok(())
}

#[pymodule(sub)]
pub(crate) mod caches {
    use rustpython_vm::{
        AsObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyTupleRef},
        common::lock::PyMutex,
        function::OptionalArg,
    };

    use super::super::pair;
    use super::{PyCached, fill, is_wrapper, standard_info_type};

    /// Make an empty lru_cache.
    #[pyfunction]
    fn _make_lru_cache(
        function: PyObjectRef,
        maxsize: PyObjectRef,
        typed: bool,
        info_type: OptionalArg<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        if !function.is_callable() {
            return Err(vm.new_type_error("what is cached must be callable"));
        }
        let cached = PyCached {
            function,
            next: PyMutex::new(None),
        };
        let cached = cached.into_ref(&vm.ctx);
        let info_type = match info_type {
            OptionalArg::Present(info_type) => info_type,
            OptionalArg::Missing => standard_info_type(vm)?,
        };
        let wrapper = vm
            .import("functools", 0)?
            .get_attr("_lru_cache_wrapper", vm)?;
        wrapper.call((cached, maxsize, typed, info_type), vm)
    }

    /// Give an lru_cache its attributes and what was cached.
    #[pyfunction]
    fn _set_lru_cache(
        wrapper: PyObjectRef,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let (dict, contents) = pair::<PyDictRef>(&state, vm)?;
        if !is_wrapper(&wrapper) {
            return Err(vm.new_type_error("_set_lru_cache() needs an lru_cache of its own"));
        }
        let own = wrapper.get_attr("__dict__", vm)?;
        vm.call_method(&own, "update", (dict,))?;
        fill(wrapper.as_object(), &contents, vm)
    }
}
