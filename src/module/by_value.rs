//! The Python module `rustpython_pickle`: pickling by value.

pub(crate) use self::rustpython_pickle::module_def;

use rustpython_vm::pymodule;

use crate::by_value::{class, function, handlers};

/// Pickling by value: functions, classes and modules that nobody can import.
#[pymodule(with(function::functions, class::classes, handlers::handled))]
mod rustpython_pickle {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, builtins::PyBytesRef};

    use crate::DumpOptions;

    /// Return the pickle of an object as bytes; what can't be imported goes by value.
    #[pyfunction]
    fn dumps(object: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        let mut options = DumpOptions::new().by_value(true);
        let pickle = options.dumps(&object, vm);
        let pickle = pickle.map_err(|error| error.into_exception(vm))?;
        Ok(vm.ctx.new_bytes(pickle))
    }

    /// Return the object of a pickle: the same as pickle.loads().
    #[pyfunction]
    fn loads(pickle: PyBytesRef, vm: &VirtualMachine) -> PyResult {
        crate::loads(pickle.as_bytes(), vm).map_err(|error| error.into_exception(vm))
    }
}
