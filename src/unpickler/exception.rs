//! The Python exceptions that the machine's errors become.

use core::convert::Infallible;

use rustpython_vm::{AsObject, VirtualMachine, builtins::PyBaseExceptionRef};

use crate::machine::{ErrorKind, invalid_int};
use crate::module::unpickling_error;
use crate::wire::InputError;

/// How a source's stream fails, as a Python exception.
pub(crate) trait StreamFailure: core::fmt::Display + Sized {
    fn exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef;
}

impl StreamFailure for Infallible {
    fn exception(self, _vm: &VirtualMachine) -> PyBaseExceptionRef {
        match self {}
    }
}

/// An exception that passed through Rust code which only knows how to display errors.
#[derive(Debug)]
pub(crate) struct Raised(pub(crate) PyBaseExceptionRef);

impl core::fmt::Display for Raised {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0.class().name())
    }
}

impl StreamFailure for Raised {
    fn exception(self, _vm: &VirtualMachine) -> PyBaseExceptionRef {
        self.0
    }
}

impl StreamFailure for std::io::Error {
    fn exception(self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        crate::error::io_exception(&self, vm)
    }
}

/// The exception that CPython raises where the machine gave up.
pub(crate) fn exception<S: StreamFailure>(
    kind: ErrorKind<S, Raised>,
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    match kind {
        ErrorKind::Model(Raised(exception)) => exception,
        ErrorKind::Input(InputError::Stream(error)) => error.exception(vm),
        ErrorKind::MemoIndex(text) => invalid_int_exception(&text, vm),
        kind => {
            let message = kind.to_string();
            match kind {
                ErrorKind::Eof => vm.new_eof_error(message),
                ErrorKind::NegativePut
                | ErrorKind::NoFloat(_)
                | ErrorKind::FloatTail
                | ErrorKind::UnsupportedProtocol(_) => vm.new_value_error(message),
                ErrorKind::MemoIndexOverflow
                | ErrorKind::FloatOverflow(_)
                | ErrorKind::LengthOverflow(_) => vm.new_overflow_error(message),
                _ => vm.new_exception_msg(unpickling_error(vm), message.into()),
            }
        }
    }
}

/// What `int()` raises for a text that is no integer: to be shown it has to be UTF-8.
pub(super) fn invalid_int_exception(text: &[u8], vm: &VirtualMachine) -> PyBaseExceptionRef {
    if let Some(message) = invalid_int(text) {
        return vm.new_value_error(message);
    }
    let text = vm.ctx.new_bytes(text.to_vec());
    let codecs = &vm.state.codec_registry;
    match codecs.decode_text(text.into(), "utf-8", None, vm) {
        Err(error) => error,
        Ok(_) => vm.new_value_error("invalid literal for int() with base 10"),
    }
}
