//! An iterator that gives back what another one has already had.
//!
//! Most of itertools has no way to be told its state. An iterator of it that is made over this one
//! takes in what it had taken in before, and then goes on with what is left.

use std::collections::VecDeque;

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyTupleRef, PyType},
    function::FuncArgs,
    object::{Traverse, TraverseFn},
    protocol::{PyIter, PyIterReturn},
    pyclass,
    types::{Constructor, IterNext, Iterable, SelfIter},
};

use crate::module::class::class_of;
use crate::module::held::{Held, References};

/// Iterator over given items, then a number of ends, then the rest of another iterator.
#[pyclass(module = "rustpython_pickle", name = "_Resumed", traverse = "manual")]
#[derive(Debug)]
pub(crate) struct Resumed {
    ahead: Held<Ahead>,
    rest: PyObjectRef,
}

/// What comes before the rest.
#[derive(Debug, Default)]
struct Ahead {
    items: VecDeque<PyObjectRef>,
    /// How often it is at an end after the items.
    ends: usize,
}

impl References for Ahead {
    fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.items.iter().for_each(|item| visit(item));
    }
}

// SAFETY: `ahead` visits each of its references once, see `Held`; `rest` is one more.
unsafe impl Traverse for Resumed {
    fn traverse(&self, visit: &mut TraverseFn<'_>) {
        self.ahead.traverse(visit);
        self.rest.traverse(visit);
    }
}

impl PyPayload for Resumed {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

impl Resumed {
    pub(super) fn new(items: Vec<PyObjectRef>, ends: usize, rest: PyObjectRef) -> Self {
        Self {
            ahead: Held::new(Ahead {
                items: items.into(),
                ends,
            }),
            rest,
        }
    }

    /// The iterator that this one only passes on.
    fn passed_on(&self) -> Option<PyObjectRef> {
        let through = self
            .ahead
            .with(|ahead| ahead.items.is_empty() && ahead.ends == 0);
        through.then(|| self.rest.clone())
    }
}

/// The arguments of its constructor.
fn parts(args: FuncArgs, vm: &VirtualMachine) -> PyResult<(Vec<PyObjectRef>, usize, PyObjectRef)> {
    let (items, ends, rest): (PyObjectRef, usize, PyObjectRef) = args.bind(vm)?;
    Ok((items.try_into_value(vm)?, ends, rest))
}

impl Constructor for Resumed {
    type Args = FuncArgs;

    fn py_new(_class: &Py<PyType>, args: FuncArgs, vm: &VirtualMachine) -> PyResult<Self> {
        let (items, ends, rest) = parts(args, vm)?;
        if !PyIter::check(&rest) {
            let message = format!("'{}' object is not an iterator", rest.class().name());
            return Err(vm.new_type_error(message));
        }
        Ok(Self::new(items, ends, rest))
    }
}

#[pyclass(with(Constructor, Iterable, IterNext), flags(IMMUTABLETYPE))]
impl Resumed {
    #[pymethod]
    fn __reduce__(zelf: PyRef<Self>, vm: &VirtualMachine) -> PyTupleRef {
        let (items, ends) = zelf
            .ahead
            .with(|ahead| (Vec::from(ahead.items.clone()), ahead.ends));
        let items = vm.ctx.new_list(items).into();
        let args = vec![items, vm.ctx.new_int(ends).into(), zelf.rest.clone()];
        let class = zelf.class().to_owned();
        vm.ctx
            .new_tuple(vec![class.into(), vm.ctx.new_tuple(args).into()])
    }
}

impl SelfIter for Resumed {}

impl IterNext for Resumed {
    fn next(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyIterReturn> {
        let next = zelf.ahead.with(|ahead| match ahead.items.pop_front() {
            Some(item) => Some(PyIterReturn::Return(item)),
            None => {
                ahead.ends = ahead.ends.checked_sub(1)?;
                Some(PyIterReturn::StopIteration(None))
            }
        });
        match next {
            Some(next) => Ok(next),
            None => PyIter::new(zelf.rest.clone()).next(vm),
        }
    }
}

/// An iterator to be written as what another one goes over: what has only been passed on is
/// written without what passes it on.
pub(super) fn source(iterator: PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
    let mut iterator = iterator;
    while let Some(rest) = iterator
        .downcast_ref::<Resumed>()
        .and_then(|resumed| resumed.passed_on())
    {
        iterator = rest;
    }
    // What has but `__next__` can't be handed to a constructor.
    if iterator.class().slots().iter.load().is_some() {
        return iterator;
    }
    Resumed::new(vec![], 0, iterator).into_ref(&vm.ctx).into()
}

/// An iterator over some items and then the rest of another.
pub(super) fn resume(
    items: Vec<PyObjectRef>,
    ends: usize,
    rest: PyObjectRef,
    vm: &VirtualMachine,
) -> PyObjectRef {
    let resumed = Resumed::new(items, ends, source(rest, vm));
    resumed.into_ref(&vm.ctx).into()
}
