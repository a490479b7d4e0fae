//! Python file objects as streams.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, TryFromObject, VirtualMachine,
    builtins::{PyByteArray, PyBytes, PySlice},
    function::FuncArgs,
    protocol::{BufferFlags, PyBuffer},
};

use super::exception::Raised;
use crate::wire::ByteStream;

/// A file's methods (CPython: `_Unpickler_SetInputStream`).
#[derive(Clone, Debug)]
pub(crate) struct FileMethods {
    peek: Option<PyObjectRef>,
    readinto: Option<PyObjectRef>,
    read: PyObjectRef,
    readline: PyObjectRef,
}

impl FileMethods {
    pub(crate) fn of(file: &PyObject, vm: &VirtualMachine) -> PyResult<Self> {
        let peek = vm.get_attribute_opt(file, "peek")?;
        let readinto = vm.get_attribute_opt(file, "readinto")?;
        let read = vm.get_attribute_opt(file, "read")?;
        let readline = vm.get_attribute_opt(file, "readline")?;
        match (read, readline) {
            (Some(read), Some(readline)) => Ok(Self {
                peek,
                readinto,
                read,
                readline,
            }),
            _ => Err(vm.new_type_error("file must have 'read' and 'readline' attributes")),
        }
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &PyObjectRef> {
        let optional = [&self.peek, &self.readinto];
        [&self.read, &self.readline]
            .into_iter()
            .chain(optional.into_iter().flatten())
    }
}

/// A stream over a Python file object.
pub(crate) struct PyStream<'vm> {
    methods: FileMethods,
    vm: &'vm VirtualMachine,
}

impl<'vm> PyStream<'vm> {
    pub(crate) fn new(methods: FileMethods, vm: &'vm VirtualMachine) -> Self {
        Self { methods, vm }
    }

    /// Calls a method that has to return bytes or what has the buffer protocol, and appends them.
    fn append(
        &self,
        method: &PyObject,
        args: FuncArgs,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Raised> {
        let vm = self.vm;
        let data = method.call(args, vm).map_err(Raised)?;
        if let Some(bytes) = data.downcast_ref::<PyBytes>() {
            buffer.extend_from_slice(bytes.as_bytes());
            return Ok(());
        }
        let view = PyBuffer::from_object(vm, &data, BufferFlags::SIMPLE).map_err(Raised)?;
        view.contiguous_or_collect(|bytes| buffer.extend_from_slice(bytes));
        Ok(())
    }

    /// What a file is to fill of an object: all, or a view of what comes after the bytes that it has.
    fn part(&self, target: &PyRef<PyByteArray>, have: usize) -> PyResult {
        let vm = self.vm;
        if have == 0 {
            return Ok(target.clone().into());
        }
        let memoryview = vm.ctx.types.memoryview_type.as_object();
        let view = memoryview.call((target.clone(),), vm)?;
        let rest = PySlice {
            start: Some(vm.ctx.new_int(have).into()),
            stop: vm.ctx.none(),
            step: None,
        };
        let rest = rest.into_ref(&vm.ctx);
        view.get_item(rest.as_object(), vm)
    }

    fn size(&self, n: usize) -> FuncArgs {
        vec![self.vm.ctx.new_int(n).into()].into()
    }
}

impl ByteStream for PyStream<'_> {
    type Error = Raised;

    fn read(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<(), Raised> {
        self.append(&self.methods.read, self.size(n), buffer)
    }

    fn read_line(&mut self, most: usize, buffer: &mut Vec<u8>) -> Result<(), Raised> {
        // CPython's unpickler names no size, and not every file's method takes one.
        let args = match isize::try_from(most) {
            Ok(_) => self.size(most),
            Err(_) => FuncArgs::default(),
        };
        self.append(&self.methods.readline, args, buffer)
    }

    fn peek(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<bool, Raised> {
        let Some(peek) = &self.methods.peek else {
            return Ok(false);
        };
        let not_implemented = self.vm.ctx.exceptions.not_implemented_error;
        match self.append(peek, self.size(n), buffer) {
            Ok(()) => Ok(true),
            Err(Raised(error)) if error.fast_isinstance(not_implemented) => {
                self.methods.peek = None;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn read_large(&mut self, n: usize, buffer: &mut Vec<u8>) -> Result<(), Raised> {
        let vm = self.vm;
        let Some(readinto) = self.methods.readinto.clone() else {
            return self.read(n, buffer);
        };
        // The file may keep what it is given, so it gets an object of its own, which has what has come before as well.
        let have = buffer.len();
        let mut bytes = core::mem::take(buffer);
        bytes.reserve_exact(n);
        bytes.resize(have + n, 0);
        let target = PyByteArray::from(bytes).into_ref(&vm.ctx);
        let read = self
            .part(&target, have)
            .and_then(|part| readinto.call((part,), vm));
        let read = read
            .and_then(|read| isize::try_from_object(vm, read))
            .map_err(Raised)?;
        let Ok(read) = usize::try_from(read) else {
            return Err(Raised(
                vm.new_value_error("readinto() returned negative size"),
            ));
        };
        // A view that the file has kept must go on finding its bytes.
        let ours_alone = target.as_object().strong_count() == 1;
        if ours_alone {
            *buffer = core::mem::take(&mut *target.borrow_buf_mut());
        } else {
            buffer.extend_from_slice(&target.borrow_buf());
        }
        buffer.truncate(have + read.min(n));
        Ok(())
    }
}
