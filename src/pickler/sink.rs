//! Where a pickle's bytes go.

use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyBytes};

use crate::wire::Output;

/// The receiver of what an [`Output`] has gathered.
pub(crate) enum Sink<'a> {
    /// Nobody: the bytes stay in the output.
    Memory,
    /// A Python file's `write` method.
    Python(PyObjectRef),
    /// A Rust writer.
    Rust(&'a mut dyn std::io::Write),
}

impl Sink<'_> {
    /// Passes on what the output holds. No frame may be open.
    pub(crate) fn flush(&mut self, output: &mut Output, vm: &VirtualMachine) -> PyResult<()> {
        if output.is_empty() {
            return Ok(());
        }
        match self {
            Self::Memory => Ok(()),
            Self::Python(write) => {
                let bytes = vm.ctx.new_bytes(output.take());
                write.call((bytes,), vm).map(drop)
            }
            Self::Rust(writer) => writer
                .write_all(&output.take())
                .map_err(|error| crate::error::io_exception(&error, vm)),
        }
    }

    /// Writes an opcode with a large payload past the frame.
    pub(crate) fn write_large(
        &mut self,
        output: &mut Output,
        header: &[u8],
        payload: &[u8],
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        output.write_unframed(header);
        match self {
            Self::Memory => {
                output.payload(payload);
                Ok(())
            }
            Self::Python(_) => {
                self.write_object(output, vm.ctx.new_bytes(payload.to_vec()).as_object(), vm)
            }
            Self::Rust(_) => {
                self.flush(output, vm)?;
                let Self::Rust(writer) = self else {
                    return Ok(());
                };
                writer
                    .write_all(payload)
                    .map_err(|error| crate::error::io_exception(&error, vm))
            }
        }
    }

    /// As [`write_large`](Self::write_large), for an object whose bytes need no copy.
    pub(crate) fn write_large_object(
        &mut self,
        output: &mut Output,
        header: &[u8],
        object: &PyObject,
        with_bytes: impl FnOnce(&mut dyn FnMut(&[u8]) -> PyResult<()>) -> PyResult<()>,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if let Self::Python(_) = self {
            output.write_unframed(header);
            return self.write_object(output, object, vm);
        }
        if let Some(bytes) = object.downcast_ref::<PyBytes>() {
            return self.write_large(output, header, bytes.as_bytes(), vm);
        }
        if let Self::Rust(_) = self {
            // Nobody knows what a writer does: the object's lock must not be held meanwhile.
            let mut copy = Vec::new();
            with_bytes(&mut |payload| {
                copy.extend_from_slice(payload);
                Ok(())
            })?;
            return self.write_large(output, header, &copy, vm);
        }
        with_bytes(&mut |payload| self.write_large(output, header, payload, vm))
    }

    fn write_object(
        &mut self,
        output: &mut Output,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        self.flush(output, vm)?;
        match self {
            Self::Python(write) => write.call((object.to_owned(),), vm).map(drop),
            _ => Ok(()),
        }
    }
}
