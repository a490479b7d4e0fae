//! The Python object that is a host function.

use core::fmt;
use std::sync::Arc;

use rustpython_vm::{
    Context, Py, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::PyType,
    class::{PyClassImpl as _, StaticType as _},
    function::FuncArgs,
    pyclass,
    types::{Callable, Representable},
};

use super::catch;

/// The module whose globals are the host's to set.
pub(super) const MAIN: &str = "__main__";

/// What a host function does.
pub(in crate::runtime) type Body =
    Arc<dyn Fn(&str, FuncArgs, &VirtualMachine) -> PyResult<PyObjectRef> + Send + Sync>;

/// A host function.
///
/// RustPython's own native functions live as long as the process, and so would all that a closure
/// has captured.
#[pyclass(name = "host_function", module = "rustpython_pickle")]
pub(in crate::runtime) struct HostFunction {
    module: String,
    name: String,
    body: Body,
}

impl PyPayload for HostFunction {
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        match Self::static_cell().get() {
            Some(class) => class,
            None => {
                drop(Self::make_static_type());
                Self::static_type()
            }
        }
    }
}

impl HostFunction {
    pub(in crate::runtime) fn new(
        module: &str,
        name: &str,
        body: Body,
        vm: &VirtualMachine,
    ) -> PyRef<Self> {
        let this = Self {
            module: module.to_owned(),
            name: name.to_owned(),
            body,
        };
        this.into_ref(&vm.ctx)
    }
}

#[pyclass(with(Callable, Representable), flags(DISALLOW_INSTANTIATION))]
impl HostFunction {
    #[pygetset]
    fn __name__(zelf: &Py<Self>) -> String {
        zelf.name.clone()
    }

    #[pygetset]
    fn __qualname__(zelf: &Py<Self>) -> String {
        zelf.name.clone()
    }

    #[pygetset]
    fn __module__(zelf: &Py<Self>) -> String {
        zelf.module.clone()
    }

    /// Pickles name it: where it is in a module, as any function that can be imported; where it is a
    /// global of `__main__`, as what the host of the runtime that loads has under this name.
    #[pymethod]
    fn __reduce__(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        let name = vm.ctx.new_str(zelf.name.as_str());
        if zelf.module != MAIN {
            return Ok(name.into());
        }
        let find = vm
            .import("rustpython_pickle", 0)?
            .get_attr("_host_function", vm)?;
        let args = vm.ctx.new_tuple(vec![name.into()]);
        Ok(vm.ctx.new_tuple(vec![find, args.into()]).into())
    }
}

impl Callable for HostFunction {
    type Args = FuncArgs;

    fn call(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        catch(&zelf.name, vm, || (zelf.body)(&zelf.name, args, vm))
    }
}

impl Representable for HostFunction {
    fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
        Ok(format!("<host function {}.{}>", zelf.module, zelf.name))
    }
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<host function {}.{}>", self.module, self.name)
    }
}
