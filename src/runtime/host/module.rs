//! The modules that the host gives.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine, builtins::PyDictRef, function::FuncArgs,
};

use super::super::ToPython;
use super::object::MAIN;
use super::{Body, HostFn, HostFunction};
use crate::by_value::hosted;

/// A module of host functions, as [`Builder::module`](super::super::Builder::module) makes it.
#[derive(Clone, Default)]
pub struct HostModule {
    doc: Option<String>,
    functions: BTreeMap<String, Body>,
    constants: BTreeMap<String, Constant>,
}

type Constant = Arc<dyn Fn(&VirtualMachine) -> PyResult<PyObjectRef> + Send + Sync>;

impl HostModule {
    /// Adds a function; for what it may be see [`HostFn`].
    #[must_use]
    pub fn function<Kind>(mut self, name: impl Into<String>, function: impl HostFn<Kind>) -> Self {
        self.functions.insert(name.into(), body(function));
        self
    }

    /// Adds a function that gets its arguments as they are, keyword arguments too.
    ///
    /// ```
    /// use rustpython_pickle::runtime::Runtime;
    ///
    /// let runtime = Runtime::builder()
    ///     .module("host", |module| {
    ///         module.raw_function("count", |args, vm| {
    ///             Ok(vm.new_pyobj((args.args.len(), args.kwargs.len())))
    ///         })
    ///     })
    ///     .build()?;
    /// runtime.exec("import host")?;
    /// assert_eq!(runtime.eval::<(u8, u8)>("host.count(1, 2, key=3)")?, (2, 1));
    /// # Ok::<(), rustpython_pickle::runtime::Error>(())
    /// ```
    #[must_use]
    pub fn raw_function(
        mut self,
        name: impl Into<String>,
        function: impl Fn(FuncArgs, &VirtualMachine) -> PyResult<PyObjectRef> + Send + Sync + 'static,
    ) -> Self {
        let body: Body = Arc::new(move |_, args, vm| function(args, vm));
        self.functions.insert(name.into(), body);
        self
    }

    /// Adds a constant, which is converted anew for each runtime.
    #[must_use]
    pub fn constant(
        mut self,
        name: impl Into<String>,
        value: impl ToPython + Clone + Send + Sync + 'static,
    ) -> Self {
        let constant: Constant = Arc::new(move |vm| value.clone().to_python(vm));
        self.constants.insert(name.into(), constant);
        self
    }

    /// Sets the docstring.
    #[must_use]
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = Some(doc.into());
        self
    }

    /// What its functions and constants are called.
    pub(in crate::runtime) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.functions.keys().chain(self.constants.keys());
        names.map(String::as_str)
    }

    /// Puts everything in the module's dict.
    pub(in crate::runtime) fn fill(
        &self,
        module: &str,
        dict: &PyDictRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if let Some(doc) = &self.doc {
            dict.set_item("__doc__", vm.ctx.new_str(doc.as_str()).into(), vm)?;
        }
        for (name, constant) in &self.constants {
            let value = constant(vm)?;
            if module == MAIN {
                hosted::register_global(name, value.clone(), vm)?;
            }
            dict.set_item(name.as_str(), value, vm)?;
        }
        for (name, body) in &self.functions {
            let function = HostFunction::new(module, name, body.clone(), vm);
            if module == MAIN {
                hosted::register(name, function.clone().into(), vm)?;
                hosted::register_global(name, function.clone().into(), vm)?;
            }
            dict.set_item(name.as_str(), function.into(), vm)?;
        }
        Ok(())
    }
}

/// What calls a function.
pub(in crate::runtime) fn body<Kind>(function: impl HostFn<Kind>) -> Body {
    Arc::new(move |name, args, vm| function.call(name, args, vm))
}

impl fmt::Debug for HostModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostModule")
            .field("functions", &self.functions.keys())
            .field("constants", &self.constants.keys())
            .finish()
    }
}

/// A module that the host gives.
#[derive(Clone, Debug)]
pub(in crate::runtime) enum Module {
    Native(HostModule),
    Source(String),
}

/// All of them, by name.
pub(in crate::runtime) type Modules = BTreeMap<String, Module>;
