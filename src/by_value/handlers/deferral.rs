//! What a restore puts off until it is clear that it succeeds: what would change the interpreter beyond the objects
//! that are made.
//!
//! A copy of a finalizer that is made and given up may not do what the running session's is for.

use std::cell::RefCell;
use std::collections::HashSet;

use rustpython_vm::{AsObject, PyObject, PyResult, VirtualMachine};

type Step = Box<dyn FnOnce(&VirtualMachine) -> PyResult<()>>;

#[derive(Default)]
struct Steps {
    commit: Vec<Step>,
    roll_back: Vec<Step>,
    /// The identities of objects that are new.
    new: HashSet<usize>,
}

thread_local! {
    /// Those of the restores that this thread is in.
    static OPEN: RefCell<Vec<Steps>> = const { RefCell::new(Vec::new()) };
}

/// While this lives, what loads on this thread change beyond the objects that they make is put off.
#[derive(Debug)]
pub(crate) struct Deferral(());

impl Deferral {
    pub(crate) fn begin() -> Self {
        OPEN.with_borrow_mut(|open| open.push(Steps::default()));
        Self(())
    }

    /// Does what was put off. When something fails, [`roll_back`](Self::roll_back) takes back the rest.
    pub(crate) fn commit(&mut self, vm: &VirtualMachine) -> PyResult<()> {
        let steps = take(|steps| core::mem::take(&mut steps.commit));
        steps.into_iter().try_for_each(|step| step(vm))
    }

    /// Takes back what was done, the last first, and forgets what was put off.
    pub(crate) fn roll_back(&mut self, vm: &VirtualMachine) -> PyResult<()> {
        let steps = take(|steps| core::mem::take(&mut steps.roll_back));
        let mut result = Ok(());
        for step in steps.into_iter().rev() {
            // One that fails does not keep the others from being taken back.
            result = result.and(step(vm));
        }
        drop(take(core::mem::take));
        result
    }
}

impl Drop for Deferral {
    fn drop(&mut self) {
        let steps = OPEN.with_borrow_mut(Vec::pop);
        // What it holds may run code as it goes.
        drop(steps);
    }
}

fn take<T: Default>(take: impl FnOnce(&mut Steps) -> T) -> T {
    OPEN.with_borrow_mut(|open| open.last_mut().map(take).unwrap_or_default())
}

/// Does something when the restore has succeeded, or at once if there is none.
pub(super) fn when_committed(
    step: impl FnOnce(&VirtualMachine) -> PyResult<()> + 'static,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let mut step = Some(step);
    OPEN.with_borrow_mut(|open| {
        if let Some(steps) = open.last_mut() {
            let step = step.take();
            steps.commit.extend(step.map(|step| Box::new(step) as Step));
        }
    });
    step.map_or(Ok(()), |step| step(vm))
}

/// Does something when the restore has failed.
pub(super) fn when_rolled_back(step: impl FnOnce(&VirtualMachine) -> PyResult<()> + 'static) {
    OPEN.with_borrow_mut(|open| {
        if let Some(steps) = open.last_mut() {
            steps.roll_back.push(Box::new(step));
        }
    });
}

/// Notes that the restore has made an object, which lives as long as what was put off.
pub(super) fn note_new(object: &PyObject) {
    OPEN.with_borrow_mut(|open| {
        if let Some(steps) = open.last_mut() {
            steps.new.insert(object.get_id());
        }
    });
}

/// Whether a restore that is under way has made an object.
pub(super) fn is_new(object: &PyObject) -> bool {
    OPEN.with_borrow(|open| {
        open.iter()
            .any(|steps| steps.new.contains(&object.get_id()))
    })
}

/// Whether a restore is under way.
pub(super) fn is_open() -> bool {
    OPEN.with_borrow(|open| !open.is_empty())
}
