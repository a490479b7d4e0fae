//! The iterators of itertools that go over other iterators.
//!
//! CPython 3.14 has no way to pickle them any more, and RustPython never had one. They are made
//! again over what is left of their iterators; where they had taken something in, they are led to
//! take it in once more (see [`resume`]).

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, protocol::PyIterReturn, pymodule,
};

use super::answer::{Answer, refuse};
use super::resumed::{resume, source};
use super::shown::{Shown, read_shown};

type Reduced = PyResult<Answer>;

/// `chain`: the iterator of iterators, and the one that is gone over just now.
pub(super) fn chain(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (iterators, active) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsChain { source: ")?;
        let iterators = shown.in_lock(|shown| shown.option(Shown::iterator))?;
        shown.text(", active: ")?;
        let active = shown.in_lock(|shown| shown.option(Shown::iterator))?;
        shown.text(" }")?;
        Some((iterators, active))
    })?;
    // Without the former it is at its end, whatever was gone over then.
    let answer = match iterators {
        None => Answer::of_class(object, vec![]),
        Some(iterators) => {
            let ahead = active.map(|active| source(active, vm)).into_iter();
            let ahead: Vec<_> = ahead.collect();
            let iterators = match ahead.is_empty() {
                true => source(iterators, vm),
                false => resume(ahead, 0, iterators, vm),
            };
            let class = object.class().as_object();
            Answer::call(class.get_attr("from_iterable", vm)?, vec![iterators])
        }
    };
    Ok(answer.with_state(attributes(object)))
}

pub(super) fn compress(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (data, selectors) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsCompress { data: ")?;
        let data = shown.iterator()?;
        shown.text(", selectors: ")?;
        Some((data, shown.iterator()?)).filter(|_| shown.text(" }").is_some())
    })?;
    let args = vec![source(data, vm), source(selectors, vm)];
    Ok(Answer::of_class(object, args))
}

pub(super) fn count(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let args = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsCount { cur: ")?;
        let current = shown.in_lock(Shown::object)?;
        let step = shown.between(", step: ", Shown::object, " }")?;
        Some(vec![current, step])
    })?;
    Ok(Answer::of_class(object, args))
}

/// `cycle`: what it has seen, and where in that it is once its iterator is at its end.
pub(super) fn cycle(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (iterator, saved, index) = read_shown(object, vm, |shown| {
        let iterator = shown.between("PyItertoolsCycle { iter: ", Shown::iterator, ", saved: ")?;
        let saved = shown.in_lock(|shown| shown.list(Shown::object))?;
        shown.text(", index: ")?;
        let index = shown.in_cell(Shown::number)?;
        shown.text(" }")?;
        Some((iterator, saved, index))
    })?;
    let steps = saved.len() + index;
    let iterator = resume(saved, index, iterator, vm);
    advanced(object, vec![iterator], steps as u64, vm)
}

pub(super) fn repeat(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (item, times) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsRepeat { object: ")?;
        let item = shown.object()?;
        shown.text(", times: ")?;
        let times = shown.option(|shown| shown.in_lock(Shown::number))?;
        shown.text(" }")?;
        Some((item, times))
    })?;
    let mut args = vec![item];
    args.extend(times.map(|times| vm.ctx.new_int(times).into()));
    Ok(Answer::of_class(object, args))
}

pub(super) fn starmap(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    over_function(object, "PyItertoolsStarmap { function: ", vm)
}

pub(super) fn filterfalse(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    over_function(object, "PyItertoolsFilterFalse { predicate: ", vm)
}

fn over_function(object: &PyObject, before: &str, vm: &VirtualMachine) -> Reduced {
    let (function, iterable) = read_shown(object, vm, |shown| {
        let function = shown.between(before, Shown::object, ", iterable: ")?;
        let iterable = shown.iterator()?;
        shown.text(" }")?;
        Some((function, iterable))
    })?;
    Ok(Answer::of_class(
        object,
        vec![function, source(iterable, vm)],
    ))
}

/// `takewhile`: once it has stopped, nothing of it matters any more.
pub(super) fn takewhile(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let before = "PyItertoolsTakewhile { predicate: ";
    let (predicate, iterable, stopped) = while_parts(object, before, ", stop_flag: ", vm)?;
    let args = match stopped {
        true => vec![any_predicate(vm), vm.ctx.empty_tuple.clone().into()],
        false => vec![predicate, source(iterable, vm)],
    };
    Ok(Answer::of_class(object, args))
}

/// `dropwhile`: once it has started, its predicate is not asked any more.
pub(super) fn dropwhile(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let before = "PyItertoolsDropwhile { predicate: ";
    let (predicate, iterable, started) = while_parts(object, before, ", start_flag: ", vm)?;
    if !started {
        return Ok(Answer::of_class(
            object,
            vec![predicate, source(iterable, vm)],
        ));
    }
    let iterable = resume(vec![vm.ctx.none()], 0, iterable, vm);
    advanced(object, vec![any_predicate(vm), iterable], 1, vm)
}

fn while_parts(
    object: &PyObject,
    before: &str,
    flag: &str,
    vm: &VirtualMachine,
) -> PyResult<(PyObjectRef, PyObjectRef, bool)> {
    read_shown(object, vm, |shown| {
        let predicate = shown.between(before, Shown::object, ", iterable: ")?;
        let iterable = shown.iterator()?;
        shown.text(flag)?;
        let flag = shown.in_cell(Shown::bool)?;
        shown.text(" }")?;
        Some((predicate, iterable, flag))
    })
}

/// A predicate in the place of one that is not asked any more. It is false of None.
fn any_predicate(vm: &VirtualMachine) -> PyObjectRef {
    vm.ctx.types.bool_type.to_owned().into()
}

/// `islice`: where it is, counted from what is left.
pub(super) fn islice(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (iterable, numbers, stop) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsIslice { iterable: ")?;
        let iterable = shown.in_mutex(|shown| shown.option(Shown::iterator))?;
        shown.text(", cur: ")?;
        let current = shown.in_cell(Shown::number)?;
        shown.text(", next: ")?;
        let next = shown.in_cell(Shown::number)?;
        let stop = shown.between(", stop: ", |shown| shown.option(Shown::number), ", ")?;
        let step = shown.between("step: ", Shown::number, " }")?;
        Some((iterable, [current, next, step], stop))
    })?;
    let [current, next, step] = numbers;
    let int = |number: usize| PyObjectRef::from(vm.ctx.new_int(number));
    let Some(iterable) = iterable else {
        let nothing = vm.ctx.empty_tuple.clone().into();
        return Ok(Answer::of_class(object, vec![nothing, int(0)]));
    };
    let left = |number: usize| number.saturating_sub(current);
    let stop = stop.map_or_else(|| vm.ctx.none(), |stop| int(left(stop)));
    let args = vec![source(iterable, vm), int(left(next)), stop, int(step)];
    Ok(Answer::of_class(object, args))
}

/// `accumulate`: the last sum is the first item now.
pub(super) fn accumulate(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (iterable, function, initial, sum) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsAccumulate { iterable: ")?;
        let iterable = shown.iterator()?;
        shown.text(", bin_op: ")?;
        let function = shown.option(Shown::object)?;
        shown.text(", initial: ")?;
        let initial = shown.option(Shown::object)?;
        shown.text(", acc_value: ")?;
        let sum = shown.in_lock(|shown| shown.option(Shown::object))?;
        shown.text(" }")?;
        Some((iterable, function, initial, sum))
    })?;
    let function = function.unwrap_or_else(|| vm.ctx.none());
    if let Some(sum) = sum {
        let iterable = resume(vec![sum], 0, iterable, vm);
        return advanced(object, vec![iterable, function], 1, vm);
    }
    let args = vec![source(iterable, vm), function];
    match initial {
        None => Ok(Answer::of_class(object, args)),
        Some(initial) => {
            let keywords = vm.ctx.new_dict();
            keywords.set_item("initial", initial, vm)?;
            called_with(object, args, keywords.into(), vm)
        }
    }
}

pub(super) fn zip_longest(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (iterators, fill) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsZipLongest { iterators: ")?;
        let iterators = shown.list(Shown::iterator)?;
        shown.text(", fillvalue: ")?;
        let fill = shown.in_lock(Shown::object)?;
        shown.text(" }")?;
        Some((iterators, fill))
    })?;
    let iterators = iterators.into_iter().map(|iterator| source(iterator, vm));
    let iterators = iterators.collect();
    if vm.is_none(&fill) {
        return Ok(Answer::of_class(object, iterators));
    }
    let keywords = vm.ctx.new_dict();
    keywords.set_item("fillvalue", fill, vm)?;
    called_with(object, iterators, keywords.into(), vm)
}

/// `pairwise`: the last item comes once more.
pub(super) fn pairwise(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (iterator, last) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsPairwise { iterator: ")?;
        let iterator = shown.iterator()?;
        shown.text(", old: ")?;
        let last = shown.in_lock(|shown| shown.option(Shown::object))?;
        shown.text(" }")?;
        Some((iterator, last))
    })?;
    let iterator = match last {
        Some(last) => resume(vec![last], 0, iterator, vm),
        None => source(iterator, vm),
    };
    Ok(Answer::of_class(object, vec![iterator]))
}

pub(super) fn batched(object: &PyObject, vm: &VirtualMachine) -> Reduced {
    let (exhausted, iterable, size, strict) = read_shown(object, vm, |shown| {
        shown.text("PyItertoolsBatched { exhausted: ")?;
        let exhausted = shown.in_cell(Shown::bool)?;
        shown.text(", iterable: ")?;
        let iterable = shown.iterator()?;
        shown.text(", n: ")?;
        let size = shown.in_cell(Shown::number)?;
        shown.text(", strict: ")?;
        let strict = shown.in_cell(Shown::bool)?;
        shown.text(" }")?;
        Some((exhausted, iterable, size, strict))
    })?;
    let iterable = match exhausted {
        true => vm.ctx.empty_tuple.clone().into(),
        false => source(iterable, vm),
    };
    let args = vec![iterable, vm.ctx.new_int(size).into()];
    let answer = match strict {
        false => Answer::of_class(object, args),
        true => {
            let keywords = vm.ctx.new_dict();
            keywords.set_item("strict", vm.ctx.true_value.clone().into(), vm)?;
            called_with(object, args, keywords.into(), vm)?
        }
    };
    Ok(answer.with_state(attributes(object)))
}

/// A new iterator of the same class, with its first items taken.
pub(super) fn advanced(
    object: &PyObject,
    args: Vec<PyObjectRef>,
    steps: u64,
    vm: &VirtualMachine,
) -> Reduced {
    if steps == 0 {
        return Ok(Answer::of_class(object, args));
    }
    if steps > stepping::MAX_STEPS {
        return refuse(object, "it has come too far to be led there again", vm);
    }
    let args = vec![
        object.class().to_owned().into(),
        vm.ctx.new_tuple(args).into(),
        vm.ctx.new_int(steps).into(),
    ];
    Answer::ours("_advanced", args, vm)
}

fn called_with(
    object: &PyObject,
    args: Vec<PyObjectRef>,
    keywords: PyObjectRef,
    vm: &VirtualMachine,
) -> Reduced {
    let class = object.class().to_owned().into();
    let args = vec![class, vm.ctx.new_tuple(args).into(), keywords];
    Answer::ours("_call", args, vm)
}

/// The attributes that Python code has given an object.
pub(super) fn attributes(object: &PyObject) -> Option<PyObjectRef> {
    let dict = object.dict().filter(|dict| !dict.is_empty());
    dict.map(PyObjectRef::from)
}

#[pymodule(sub)]
pub(crate) mod stepping {
    use rustpython_vm::{
        PyObject, PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyTupleRef},
        function::FuncArgs,
    };

    use super::step;
    use crate::keywords::add_keywords;
    use crate::unpickler::build;

    /// How many steps an iterator may have to be led: some minutes.
    pub(in super::super) const MAX_STEPS: u64 = 1 << 30;

    /// How many steps are taken between two looks for signals.
    const UNINTERRUPTED: u64 = 1 << 16;

    /// Call an object with arguments and keyword arguments.
    #[pyfunction]
    fn _call(
        callable: PyObjectRef,
        args: PyTupleRef,
        keywords: PyDictRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let mut call = FuncArgs::from(args.as_slice().to_vec());
        add_keywords(&mut call, &keywords, vm)?;
        callable.call(call, vm)
    }

    /// Give an object what a setter does, and its attributes.
    #[pyfunction]
    fn _set_with_attributes(
        object: PyObjectRef,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let [setter, given, attributes] = state.as_slice() else {
            return Err(vm.new_value_error("a setter, what it is given, and attributes are needed"));
        };
        setter.call((object.clone(), given.clone()), vm)?;
        build(&object, attributes.clone(), vm)
    }

    /// Make an iterator and take its first items.
    #[pyfunction]
    fn _advanced(
        callable: PyObjectRef,
        args: PyTupleRef,
        steps: u64,
        vm: &VirtualMachine,
    ) -> PyResult {
        let iterator = callable.call(args.as_slice().to_vec(), vm)?;
        advance(&iterator, steps, vm)?;
        Ok(iterator)
    }

    /// Takes so many items from an iterator, and can be interrupted.
    pub(in super::super) fn advance(
        iterator: &PyObject,
        steps: u64,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if steps > MAX_STEPS {
            return Err(vm.new_value_error(format!("more than {MAX_STEPS} steps")));
        }
        for done in 1..=steps {
            step(iterator, vm)?;
            if done % UNINTERRUPTED == 0 {
                vm.check_signals()?;
            }
        }
        Ok(())
    }
}

/// Takes an item from an iterator that has to have one.
pub(super) fn step(iterator: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    use rustpython_vm::protocol::PyIter;
    match PyIter::new(iterator).next(vm)? {
        PyIterReturn::Return(item) => Ok(item),
        PyIterReturn::StopIteration(_) => {
            Err(vm.new_value_error("an iterator's state goes beyond its end"))
        }
    }
}
