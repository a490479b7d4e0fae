//! `groupby` and the groups that it yields.
//!
//! A restored one is led to where it was by a key function that first gives the keys that had been
//! computed, so that the user's is called for no item twice.

use std::collections::VecDeque;

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::PyType, function::FuncArgs, pyclass, pymodule, types::Callable,
};

use super::answer::{Answer, refuse};
use super::resumed::source;
use super::shown::{Shown, read_shown};
use crate::module::class::class_of;
use crate::module::held::{Held, References};

/// The state of a `groupby`.
struct State {
    iterable: PyObjectRef,
    key: Option<PyObjectRef>,
    /// An item that has been taken but not given out.
    item: Option<PyObjectRef>,
    item_key: Option<PyObjectRef>,
    /// The key of the last group.
    group_key: Option<PyObjectRef>,
}

fn read(object: &PyObject, vm: &VirtualMachine) -> PyResult<State> {
    read_shown(object, vm, |shown| {
        shown.text("PyItertoolsGroupBy { iterable: ")?;
        let iterable = shown.iterator()?;
        shown.text(", key_func: ")?;
        let key = shown.option(Shown::object)?;
        shown.text(", state: GroupByState { current_value: ")?;
        let item = shown.option(Shown::object)?;
        shown.text(", current_key: ")?;
        let item_key = shown.option(Shown::object)?;
        shown.text(", tgtkey: ")?;
        let group_key = shown.option(Shown::object)?;
        shown.text(" } }")?;
        Some(State {
            iterable,
            key,
            item,
            item_key,
            group_key,
        })
    })
}

pub(super) fn groupby(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let state = read(object, vm)?;
    let or_none = |object: Option<PyObjectRef>| object.unwrap_or_else(|| vm.ctx.none());
    let key = or_none(state.key.map(original_key));
    let iterable = source(state.iterable, vm);
    let Some(group_key) = state.group_key else {
        return Ok(Answer::of_class(object, vec![iterable, key]));
    };
    let item = match (state.item, state.item_key) {
        (Some(item), Some(key)) => {
            // It is the group's first and not of the next one. (Loading makes two of one key that
            // is a number.)
            let first = vm.ctx.new_bool(key.is(&group_key)).into();
            vm.ctx.new_tuple(vec![item, key, first]).into()
        }
        _ => vm.ctx.none(),
    };
    Answer::ours("_groupby", vec![iterable, key, group_key, item], vm)
}

/// A group: one that is not the last one any more has come to its end.
pub(super) fn group(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let (groupby, key) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsGrouper { groupby: ")?;
        let groupby = shown.typed_object()?;
        shown.text(", tgtkey: ")?;
        let key = shown.object()?;
        shown.text(" }")?;
        Some((groupby, key))
    })?;
    // The groupby has a weak reference to its last group, and shares the key with it.
    let group_key = read(&groupby, vm)?.group_key;
    let last = group_key.is_some_and(|last| last.is(&key))
        && object.weak_count().is_some_and(|count| count > 0);
    match last {
        true => Answer::ours("_last_group", vec![groupby], vm),
        false => Answer::ours("_past_group", vec![], vm),
    }
}

/// Key function that first gives keys that have been computed already.
#[pyclass(
    module = "rustpython_pickle",
    name = "_ResumedKey",
    traverse = "manual"
)]
#[derive(Debug)]
struct ResumedKey {
    ahead: Held<Ahead>,
    /// The user's function; None stands for the item itself.
    key: PyObjectRef,
}

#[derive(Debug, Default)]
struct Ahead {
    keys: VecDeque<PyObjectRef>,
    /// The group that a restored groupby is in, until it is asked for.
    group: Option<PyObjectRef>,
}

impl References for Ahead {
    fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.keys.iter().for_each(|key| visit(key));
        if let Some(group) = &self.group {
            visit(group);
        }
    }
}

// SAFETY: `ahead` visits each of its references once, see `Held`; `key` is one more.
unsafe impl rustpython_vm::object::Traverse for ResumedKey {
    fn traverse(&self, visit: &mut rustpython_vm::object::TraverseFn<'_>) {
        self.ahead.traverse(visit);
        self.key.traverse(visit);
    }

    fn clear(&mut self, out: &mut Vec<PyObjectRef>) {
        self.ahead.clear(out);
    }
}

impl PyPayload for ResumedKey {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(with(Callable), flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl ResumedKey {}

impl Callable for ResumedKey {
    type Args = FuncArgs;

    fn call(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        let (known, group) = zelf
            .ahead
            .with(|ahead| (ahead.keys.pop_front(), ahead.group.take()));
        drop(group);
        match known {
            Some(known) => Ok(known),
            None if vm.is_none(&zelf.key) => args.bind(vm),
            None => zelf.key.call(args, vm),
        }
    }
}

/// The user's key function.
fn original_key(key: PyObjectRef) -> PyObjectRef {
    match key.downcast_ref::<ResumedKey>() {
        Some(resumed) => resumed.key.clone(),
        None => key,
    }
}

/// The key function of a groupby that has been restored.
fn resumed_key(groupby: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    match read(groupby, vm)?.key {
        Some(key) if key.downcastable::<ResumedKey>() => Ok(key),
        _ => refuse(groupby, "it has not been restored", vm),
    }
}

#[pymodule(sub)]
pub(crate) mod groups {
    use rustpython_vm::{
        PyObjectRef, PyPayload as _, PyResult, VirtualMachine,
        builtins::PyTupleRef,
        protocol::{PyIter, PyIterReturn},
    };

    use super::super::itertools::step;
    use super::super::resumed::{resume, source};
    use super::{Ahead, ResumedKey, resumed_key};
    use crate::module::held::Held;

    /// Make a groupby that is in a group. The item is one that has been taken from its iterator,
    /// with its key and whether it is the first of the group.
    #[pyfunction]
    fn _groupby(
        iterator: PyObjectRef,
        key: PyObjectRef,
        group_key: PyObjectRef,
        item: Option<PyTupleRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let (item, untouched) = match item.as_ref().map(|item| item.as_slice()) {
            None => (None, false),
            Some([item, key, first]) => {
                let first = first.clone().try_to_bool(vm)?;
                (Some((item.clone(), key.clone())), first)
            }
            Some(_) => return Err(vm.new_value_error("an item comes with its key")),
        };
        let (mut items, mut keys) = (Vec::new(), Vec::new());
        if !untouched {
            items.push(vm.ctx.none());
            keys.push(group_key);
        }
        let has_item = item.is_some();
        if let Some((item, key)) = item {
            items.push(item);
            keys.push(key);
        }
        let function = ResumedKey {
            ahead: Held::new(Ahead {
                keys: keys.into(),
                group: None,
            }),
            key,
        };
        let function = function.into_ref(&vm.ctx);
        let iterator = resume(items, 0, source(iterator, vm), vm);
        let class = vm.import("itertools", 0)?.get_attr("groupby", vm)?;
        let groupby = class.call((iterator, function.clone()), vm)?;
        let group = step(&groupby, vm)?.get_item(&1, vm)?;
        if !untouched {
            step(&group, vm)?;
            if has_item {
                // It is of another group, so this one ends.
                PyIter::new(&*group).next(vm).map(drop)?;
            }
        }
        function.ahead.with(|ahead| ahead.group = Some(group));
        Ok(groupby)
    }

    /// Return the group that a restored groupby is in.
    #[pyfunction]
    fn _last_group(groupby: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let key = resumed_key(&groupby, vm)?;
        let group = key
            .downcast_ref::<ResumedKey>()
            .and_then(|key| key.ahead.with(|ahead| ahead.group.take()));
        group.ok_or_else(|| vm.new_value_error("a groupby has but one last group"))
    }

    /// Return a group that has come to its end.
    #[pyfunction]
    fn _past_group(vm: &VirtualMachine) -> PyResult {
        let class = vm.import("itertools", 0)?.get_attr("groupby", vm)?;
        let one = vm.ctx.new_tuple(vec![vm.ctx.none()]);
        let other = class.call((one,), vm)?;
        let group = step(&other, vm)?.get_item(&1, vm)?;
        match PyIter::new(&*other).next(vm)? {
            PyIterReturn::StopIteration(_) => Ok(group),
            PyIterReturn::Return(_) => Err(vm.new_value_error("one item makes one group")),
        }
    }
}
