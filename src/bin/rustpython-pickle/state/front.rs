//! What the command line has put in front of `sys.path`, which is the program's place and no part of its session.

use rustpython_vm::builtins::PyList;
use rustpython_vm::{AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine};
use std::cell::RefCell;

/// The entries, the last one first.
#[derive(Debug, Default)]
pub(super) struct Front(RefCell<Vec<PyObjectRef>>);

impl Front {
    /// Puts an entry in front of `sys.path`.
    pub(super) fn insert(&self, folder: &str, vm: &VirtualMachine) -> PyResult<()> {
        let entry: PyObjectRef = vm.ctx.new_str(folder).into();
        vm.insert_sys_path(entry.clone())?;
        self.0.borrow_mut().insert(0, entry);
        Ok(())
    }

    /// Does something without the entries, as far as they are still there.
    pub(super) fn without<R>(&self, work: impl FnOnce() -> R, vm: &VirtualMachine) -> R {
        let taken = self.take(vm);
        let result = work();
        if let Some(path) = path(vm) {
            for (index, entry) in taken.into_iter().rev() {
                let index = index.min(path.borrow_vec().len());
                path.borrow_vec_mut().insert(index, entry);
            }
        }
        result
    }

    fn take(&self, vm: &VirtualMachine) -> Vec<(usize, PyObjectRef)> {
        let mut taken = Vec::new();
        let Some(path) = path(vm) else {
            return taken;
        };
        for entry in &*self.0.borrow() {
            // This very object: the program may have put an equal one there.
            let index = path.borrow_vec().iter().position(|item| item.is(entry));
            if let Some(index) = index {
                taken.push((index, path.borrow_vec_mut().remove(index)));
            }
        }
        taken
    }
}

/// `sys.path`, unless a program has made something else of it.
fn path(vm: &VirtualMachine) -> Option<PyRef<PyList>> {
    let path = vm.sys_module.get_attr("path", vm).ok()?;
    path.downcast::<PyList>().ok()
}
