//! Puts into a new interpreter what the host gives: modules, functions, output.

use std::sync::Arc;

use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine, builtins::PyDictRef, compiler::Mode, function::FuncArgs,
    protocol::PyBuffer, scope::Scope,
};

use super::HostError;
use super::host::{Body, HostFunction, Module, Modules, body};
use super::output::Output;
use crate::by_value::source;

const SOURCE: &str = include_str!("glue.py");
const FILE: &str = "<rustpython_pickle.runtime>";

/// The functions of `glue.py`.
pub(super) struct Glue(PyDictRef);

impl Glue {
    pub(super) fn new(vm: &VirtualMachine) -> PyResult<Self> {
        let code = vm.compile(SOURCE, Mode::Exec, FILE);
        let code = code.map_err(|error| error.into_pyexception(vm, Some(SOURCE)))?;
        let dict = vm.ctx.new_dict();
        let name = vm.ctx.new_str("rustpython_pickle.runtime");
        dict.set_item("__name__", name.into(), vm)?;
        vm.run_code_obj(code, Scope::with_builtins(None, dict.clone(), vm))?;
        Ok(Self(dict))
    }

    /// Lets the host's modules be imported.
    pub(super) fn modules(&self, modules: Modules, vm: &VirtualMachine) -> PyResult<()> {
        let names = modules
            .keys()
            .map(|name| vm.ctx.new_str(name.as_str()).into());
        let names = vm.ctx.new_list(names.collect());
        let modules = Arc::new(modules);
        let sources = Arc::clone(&modules);
        let find = body(move |name: String| match sources.get(&name) {
            Some(Module::Source(source)) => Some(source.clone()),
            _ => None,
        });
        let fill = body(move |name: String, dict: PyDictRef, vm: &VirtualMachine| {
            match modules.get(&name) {
                Some(Module::Native(module)) => module.fill(&name, &dict, vm),
                _ => Ok(()),
            }
            .map_err(HostError::exception)
        });
        let register = body(|name: String, source: String, vm: &VirtualMachine| {
            source::register(&name, &source, vm).map_err(HostError::exception)
        });
        let compile = body(|source: String, name: String, vm: &VirtualMachine| {
            crate::compile(&source, Mode::Exec, &name, vm).map_err(HostError::exception)
        });
        self.call(
            "install_modules",
            vec![
                names.into(),
                function("find", find, vm),
                function("fill", fill, vm),
                function("register", register, vm),
                function("compile", compile, vm),
            ],
            vm,
        )
    }

    /// Sends `sys.stdout` or `sys.stderr` to the host.
    pub(super) fn output(&self, name: &str, output: Output, vm: &VirtualMachine) -> PyResult<()> {
        let writer = output.clone();
        // Not a typed function, so that what is written is copied once only.
        let write: Body = Arc::new(move |_, args: FuncArgs, vm| {
            let (buffer,): (PyBuffer,) = args.bind(vm)?;
            let bytes = buffer.contiguous_or_collect(<[u8]>::to_vec);
            drop(buffer);
            let length = bytes.len();
            let written = vm.allow_threads(|| writer.write(&bytes));
            written.map_err(|error| HostError::from(error).into_exception(vm))?;
            Ok(vm.ctx.new_int(length).into())
        });
        let flush = body(move || output.flush());
        let name = vm.ctx.new_str(name).into();
        let arguments = vec![
            name,
            function("write", write, vm),
            function("flush", flush, vm),
        ];
        self.call("install_output", arguments, vm)
    }

    fn call(&self, name: &str, args: Vec<PyObjectRef>, vm: &VirtualMachine) -> PyResult<()> {
        self.0.get_item(name, vm)?.call(args, vm).map(drop)
    }
}

fn function(name: &str, body: Body, vm: &VirtualMachine) -> PyObjectRef {
    HostFunction::new("rustpython_pickle.runtime", name, body, vm).into()
}
