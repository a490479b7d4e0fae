//! What the benchmarks dump and load: the workloads of compat's speed, of which this is the same file.

use rustpython_vm::{AsObject as _, PyObject, PyObjectRef, PyResult, VirtualMachine, scope::Scope};

const SOURCE: &str = include_str!("../../compat/speed/workloads.py");

/// The module `workloads` of an interpreter, where pickles find its classes.
pub(crate) struct Workloads {
    pub(crate) module: PyObjectRef,
}

impl Workloads {
    pub(crate) fn import(vm: &VirtualMachine) -> PyResult<Self> {
        let globals = vm.ctx.new_dict();
        let module: PyObjectRef = vm.new_module("workloads", globals.clone(), None).into();
        let modules = vm.sys_module.get_attr("modules", vm)?;
        modules.set_item("workloads", module.clone(), vm)?;
        let scope = Scope::with_builtins(None, globals, vm);
        vm.run_string(scope, SOURCE, "workloads.py")?;
        Ok(Self { module })
    }

    /// A workload's object.
    pub(crate) fn make(&self, name: &str, vm: &VirtualMachine) -> PyResult {
        let workloads = self.module.get_attr("WORKLOADS", vm)?;
        workloads.get_item(name, vm)?.call((), vm)
    }

    /// Asserts that what was loaded is what was dumped.
    pub(crate) fn check(
        &self,
        name: &str,
        value: &PyObject,
        copy: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let same = self.module.get_attr("same", vm)?;
        let same = same.call((value.to_owned(), copy.to_owned()), vm)?;
        assert!(same.is(&vm.ctx.true_value), "{name}: another object");
        Ok(())
    }
}
