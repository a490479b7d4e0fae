//! `PickleBuffer`: a wrapper for buffers that may be pickled out of band (PEP 574).

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyMemoryView, PyType},
    object::{Traverse, TraverseFn},
    protocol::{BufferDescriptor, BufferFlags, PyBuffer},
    pyclass,
    types::{AsBuffer, Constructor},
};

use super::{
    args::PickleBufferArgs,
    class::class_of,
    held::{Held, References},
};

/// Wrapper for a buffer that may be pickled out of band
#[pyclass(module = "pickle", name = "PickleBuffer", traverse = "manual")]
#[derive(Debug)]
pub(crate) struct PyPickleBuffer {
    /// `None` once it has been released.
    buffer: Held<Option<PyBuffer>>,
}

impl PyPayload for PyPickleBuffer {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

impl References for Option<PyBuffer> {
    fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        if let Some(buffer) = self {
            visit(&buffer.obj);
        }
    }
}

// SAFETY: see `Held`, which owns all the references.
unsafe impl Traverse for PyPickleBuffer {
    fn traverse(&self, visit: &mut TraverseFn<'_>) {
        self.buffer.traverse(visit);
    }

    fn clear(&mut self, out: &mut Vec<PyObjectRef>) {
        self.buffer.clear(out);
    }
}

impl Constructor for PyPickleBuffer {
    type Args = PickleBufferArgs;

    fn py_new(_class: &Py<PyType>, args: Self::Args, vm: &VirtualMachine) -> PyResult<Self> {
        let buffer = PyBuffer::from_object(vm, &args.object, BufferFlags::FULL_RO)?;
        Ok(Self {
            buffer: Held::new(Some(buffer)),
        })
    }
}

#[pyclass(with(Constructor, AsBuffer), flags(IMMUTABLETYPE, HAS_WEAKREF))]
impl PyPickleBuffer {
    /// The object whose buffer it is.
    fn exporter(&self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        let exporter = self
            .buffer
            .with(|buffer| buffer.as_ref().map(|buffer| buffer.obj.clone()));
        exporter.ok_or_else(|| {
            vm.new_value_error("operation forbidden on released PickleBuffer object")
        })
    }

    /// Return a memoryview of the memory under this buffer, as unsigned bytes in one dimension.
    ///
    /// BufferError if the buffer is not contiguous.
    #[pymethod]
    fn raw(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyRef<PyMemoryView>> {
        let exporter = zelf.exporter(vm)?;
        let mut buffer = PyBuffer::from_object(vm, &exporter, BufferFlags::FULL_RO)?;
        let desc = &buffer.desc;
        let contiguous = desc.is_contiguous() || desc.is_fortran_contiguous();
        if desc.has_suboffsets() || !contiguous {
            return Err(vm.new_buffer_error("cannot extract raw buffer from non-contiguous buffer"));
        }
        let mut bytes = BufferDescriptor::simple(desc.len, desc.readonly);
        // A view without bytes may stand anywhere.
        bytes.offset = if desc.len == 0 { 0 } else { desc.offset };
        buffer.desc = bytes;
        Ok(PyMemoryView::from_buffer(buffer, vm)?.into_ref(&vm.ctx))
    }

    /// Release the buffer. What has been exported from it stays valid.
    #[pymethod]
    fn release(zelf: &Py<Self>) {
        drop(zelf.buffer.with(Option::take));
    }
}

impl AsBuffer for PyPickleBuffer {
    fn slot_as_buffer(
        zelf: &PyObject,
        flags: BufferFlags,
        vm: &VirtualMachine,
    ) -> PyResult<PyBuffer> {
        let Some(zelf) = zelf.downcast_ref::<Self>() else {
            return Err(vm.new_type_error("a PickleBuffer is required"));
        };
        let exporter = zelf.exporter(vm)?;
        PyBuffer::from_object(vm, &exporter, flags)
    }

    fn as_buffer(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyBuffer> {
        Self::slot_as_buffer(zelf.as_object(), BufferFlags::FULL_RO, vm)
    }
}
