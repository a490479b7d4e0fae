//! The Python face: the module `_pickle`, as CPython 3.14's.

mod args;
mod buffer;
pub(crate) mod by_value;
pub(crate) mod class;
mod exceptions;
pub(crate) mod held;
mod hook;
mod memo_proxy;
mod pickler;
mod repairs;
mod unpickler;
mod usage;

pub(crate) use _pickle::module_def;
pub(crate) use buffer::PyPickleBuffer;
pub(crate) use class::class_of;
pub(crate) use exceptions::{
    forbidden_error, limit_error, new_pickling_error, new_unpickling_error, pickling_error,
    unpickling_error,
};
pub(crate) use repairs::{repair_types, watch};

use rustpython_vm::pymodule;

/// Fast pickling and unpickling for the module `pickle`.
#[pymodule]
mod _pickle {
    use rustpython_vm::{
        Py, PyObjectRef, PyPayload, PyResult, VirtualMachine,
        builtins::{PyBytesRef, PyModule},
        extend_module,
    };

    use super::{
        args::{DumpArgs, DumpsArgs, LoadArgs, LoadsArgs},
        buffer::PyPickleBuffer,
        exceptions::{pickle_error, pickling_error, unpickling_error},
        memo_proxy::{PicklerMemoProxy, UnpicklerMemoProxy},
        pickler::{self, PyPickler},
        repairs::repair,
        unpickler::{self, PyUnpickler},
    };

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        __module_exec(vm, module);
        repair(vm)?;
        // The memo proxies have a type that no name leads to.
        PicklerMemoProxy::class(&vm.ctx);
        UnpicklerMemoProxy::class(&vm.ctx);
        extend_module!(vm, module, {
            "PickleError" => pickle_error(vm),
            "PicklingError" => pickling_error(vm),
            "UnpicklingError" => unpickling_error(vm),
            "PickleBuffer" => PyPickleBuffer::class(&vm.ctx).to_owned(),
            "Pickler" => PyPickler::class(&vm.ctx).to_owned(),
            "Unpickler" => PyUnpickler::class(&vm.ctx).to_owned(),
        });
        Ok(())
    }

    /// Write the pickle of an object to an open binary file.
    ///
    /// The same as Pickler(file, protocol).dump(obj), with less to set up.
    /// For the arguments see Pickler.
    #[pyfunction]
    fn dump(args: DumpArgs, vm: &VirtualMachine) -> PyResult<()> {
        pickler::dump(args, false, vm)
    }

    /// Return the pickle of an object as bytes.
    ///
    /// For the arguments see Pickler.
    #[pyfunction]
    fn dumps(args: DumpsArgs, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        pickler::dumps(args, false, vm)
    }

    /// Read a pickle from an open binary file and return its object.
    ///
    /// The same as Unpickler(file).load(), with less to set up.
    /// For the arguments see Unpickler. A pickle can make any code run:
    /// load only what you trust.
    #[pyfunction]
    fn load(args: LoadArgs, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        unpickler::load(args, vm)
    }

    /// Return the object of a pickle that is given as bytes.
    ///
    /// What follows the pickle is ignored. For the arguments see Unpickler.
    /// A pickle can make any code run: load only what you trust.
    #[pyfunction]
    fn loads(args: LoadsArgs, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        unpickler::loads(args, vm)
    }
}
