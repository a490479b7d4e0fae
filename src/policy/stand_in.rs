//! Objects in the place of what is not imported.

use rustpython_vm::{
    AsObject, Context, Py, PyObjectRef, PyPayload, PyResult, Traverse, VirtualMachine,
    builtins::{PyStrRef, PyTuple, PyType},
    common::lock::PyMutex,
    pyclass,
    types::Representable,
};

use crate::module::class::class_of;

/// What a pickle asked for, in the place of it: a global, the result of a call, or the object of a
/// persistent id.
///
/// `module` and `name` say which global it is or which was called, and are None for a persistent id;
/// `args` are the arguments of the call or the persistent id, and None for a global; `state` is what
/// BUILD gave it.
#[pyclass(module = "rustpython_pickle", name = "StandIn", traverse)]
#[derive(Debug)]
pub(crate) struct StandIn {
    module: Option<PyStrRef>,
    name: Option<PyStrRef>,
    args: Option<PyObjectRef>,
    state: PyMutex<Option<PyObjectRef>>,
}

impl PyPayload for StandIn {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

impl StandIn {
    fn make(
        module: Option<PyStrRef>,
        name: Option<PyStrRef>,
        args: Option<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyObjectRef {
        let stand_in = Self {
            module,
            name,
            args,
            state: PyMutex::new(None),
        };
        stand_in.into_ref(&vm.ctx).into()
    }

    /// A global.
    pub(crate) fn global(module: &str, name: &str, vm: &VirtualMachine) -> PyObjectRef {
        let (module, name) = (vm.ctx.new_str(module), vm.ctx.new_str(name));
        Self::make(Some(module), Some(name), None, vm)
    }

    /// The result of calling a global that is a stand-in.
    pub(crate) fn called(&self, args: PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
        Self::make(self.module.clone(), self.name.clone(), Some(args), vm)
    }

    /// The object of a persistent id.
    pub(crate) fn persistent(id: PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
        Self::make(None, None, Some(id), vm)
    }

    /// What BUILD gives it; the state that was there is the caller's to drop.
    pub(crate) fn build(&self, state: PyObjectRef) -> Option<PyObjectRef> {
        self.state.lock().replace(state)
    }
}

#[pyclass(with(Representable), flags(DISALLOW_INSTANTIATION))]
impl StandIn {
    /// The module of the global.
    #[pygetset]
    fn module(zelf: &Py<Self>) -> Option<PyStrRef> {
        zelf.module.clone()
    }

    /// The name of the global.
    #[pygetset]
    fn name(zelf: &Py<Self>) -> Option<PyStrRef> {
        zelf.name.clone()
    }

    /// The arguments of the call, or the persistent id.
    #[pygetset]
    fn args(zelf: &Py<Self>) -> Option<PyObjectRef> {
        zelf.args.clone()
    }

    /// The state.
    #[pygetset]
    fn state(zelf: &Py<Self>) -> Option<PyObjectRef> {
        zelf.state.lock().clone()
    }
}

impl Representable for StandIn {
    fn repr_str(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<String> {
        let global = match (&zelf.module, &zelf.name) {
            (Some(module), Some(name)) => format!("{module}.{name}"),
            _ => "persistent id".to_owned(),
        };
        Ok(match &zelf.args {
            None => format!("<StandIn {global}>"),
            Some(args) => {
                let args = match args.downcast_ref::<PyTuple>() {
                    Some(args) => args.as_object().repr(vm)?,
                    None => args.repr(vm)?,
                };
                format!("<StandIn {global}{args}>")
            }
        })
    }
}
