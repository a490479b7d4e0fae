//! The floor: what the object model takes, whoever dumps and loads.
//!
//! For loads, the same objects are made by the interpreter's own functions, from a plan that says what to make, and dropped. For
//! dumps, each object is looked at once. There are no bytes in either, and what is known before is known: which classes
//! there are and how their instances are reduced, which strings are ASCII, what is referred to more than once, how long
//! everything is. Where Python code runs in any case, `__reduce_ex__` of a class that has its own or the class when it is called, it
//! runs here as well.

mod build;
mod class;
mod plan;
mod planner;
mod walk;

use rustpython_vm::{PyObject, PyResult, VirtualMachine};

use class::Classes;
use plan::Plan;

/// The floor of one object.
pub(crate) struct Floor {
    plan: Plan,
    /// How many objects are referred to more than once.
    shared: usize,
    classes: Classes,
}

impl Floor {
    /// The floor of an object without cycles.
    pub(crate) fn of(value: &PyObject, vm: &VirtualMachine) -> PyResult<Self> {
        planner::plan(value, vm)
    }

    /// Makes the object anew.
    pub(crate) fn build(&self, vm: &VirtualMachine) -> PyResult {
        build::build(&self.plan, &mut vec![None; self.shared], vm)
    }

    /// Looks at each object; returns how many there are. Each reference to an object counts.
    pub(crate) fn walk(&self, value: &PyObject, vm: &VirtualMachine) -> PyResult<usize> {
        walk::walk(value, &self.classes, vm)
    }
}
