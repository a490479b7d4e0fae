//! The Python module `rustpython_pickle`: pickling by value.

pub(crate) use self::rustpython_pickle::module_def;

use rustpython_vm::pymodule;

use crate::by_value::{
    cell, class, function, handlers, hosted, lru_cache, method, module, namespace, registry, source,
};

/// Pickling by value: functions, classes and modules that nobody can import, and
/// objects that hold something of the process.
///
/// The pickles are read by plain pickle.load() wherever this module is installed.
#[pymodule(with(
    registry::registered,
    source::sources,
    namespace::namespaces,
    function::functions,
    cell::cells,
    module::modules,
    method::methods,
    lru_cache::caches,
    class::classes,
    handlers::handled,
    hosted::host_functions
))]
mod rustpython_pickle {
    use rustpython_vm::{
        Py, PyPayload, PyResult, VirtualMachine,
        builtins::{PyBytesRef, PyModule},
        extend_module,
    };

    use crate::by_value::{hosted, registry, source};
    use crate::module::{
        args::{DumpArgs, DumpsArgs, LoadArgs, LoadsArgs},
        pickler::{self, by_value_pickler},
        unpickler::{self, PyUnpickler},
    };
    use crate::module::{forbidden_error, limit_error};
    use crate::policy::StandIn;

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        __module_exec(vm, module);
        registry::init(module, vm)?;
        source::init(module, vm)?;
        hosted::init(module, vm)?;
        extend_module!(vm, module, {
            "Pickler" => by_value_pickler().to_owned(),
            "Unpickler" => PyUnpickler::class(&vm.ctx).to_owned(),
            "ForbiddenError" => forbidden_error(vm),
            "LimitError" => limit_error(vm),
            "StandIn" => StandIn::class(&vm.ctx).to_owned(),
        });
        Ok(())
    }

    /// Write the pickle of an object to an open binary file, by value.
    ///
    /// The same as Pickler(file, protocol).dump(obj), with less to set up.
    #[pyfunction]
    fn dump(args: DumpArgs, vm: &VirtualMachine) -> PyResult<()> {
        pickler::dump(args, true, vm)
    }

    /// Return the pickle of an object as bytes, by value.
    ///
    /// For the arguments see pickle.Pickler.
    #[pyfunction]
    fn dumps(args: DumpsArgs, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        pickler::dumps(args, true, vm)
    }

    /// Read a pickle from an open binary file and return its object: the same as
    /// pickle.load(), which reads such pickles as well.
    ///
    /// A pickle can make any code run: load only what you trust.
    #[pyfunction]
    fn load(args: LoadArgs, vm: &VirtualMachine) -> PyResult {
        unpickler::load(args, vm)
    }

    /// Return the object of a pickle that is given as bytes: the same as
    /// pickle.loads(), which reads such pickles as well.
    ///
    /// A pickle can make any code run: load only what you trust.
    #[pyfunction]
    fn loads(args: LoadsArgs, vm: &VirtualMachine) -> PyResult {
        unpickler::loads(args, vm)
    }
}
