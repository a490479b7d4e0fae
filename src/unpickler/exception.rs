//! The Python exceptions that the machine's errors become.

use core::convert::Infallible;

use rustpython_vm::{AsObject, PyObjectRef, VirtualMachine, builtins::PyBaseExceptionRef};

use super::guarded::Refused;
use super::run::LoadError;
use crate::limits::Exceeded;
use crate::machine::{Error, ErrorKind, invalid_int};
use crate::module::{forbidden_error, limit_error, unpickling_error};
use crate::policy::Forbidden;
use crate::wire::{InputError, Opcode};

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

/// The exception that CPython raises where the machine gave up, or ours where a guard stopped it.
pub(crate) fn exception<S: StreamFailure>(
    error: LoadError<S>,
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    let Error {
        offset,
        opcode,
        kind,
    } = error;
    match kind {
        ErrorKind::Model(Refused::Raised(exception)) => exception,
        ErrorKind::Model(Refused::Forbidden(what)) => forbidden(&what, offset, opcode, vm),
        ErrorKind::Model(Refused::Limit(what)) | ErrorKind::Limit(what) => {
            limit_exceeded(what, offset, vm)
        }
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

/// A denial: an UnpicklingError that says where, and of what.
pub(crate) fn forbidden(
    what: &Forbidden,
    offset: u64,
    opcode: Option<Opcode>,
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    let message = format!("{} at offset {offset}", denial(what, opcode));
    let exception = vm.new_exception_msg(forbidden_error(vm), message.into());
    let name = |name: &Option<String>| match name {
        Some(name) => vm.ctx.new_str(name.as_str()).into(),
        None => vm.ctx.none(),
    };
    let opcode = opcode.map(|opcode| opcode.to_string());
    with_attributes(
        exception,
        [
            ("module", name(&what.module)),
            ("name", name(&what.name)),
            ("opcode", name(&opcode)),
            ("offset", vm.ctx.new_int(offset).into()),
        ],
        vm,
    )
}

/// What was refused, and at which opcode.
pub(crate) fn denial(what: &Forbidden, opcode: Option<Opcode>) -> String {
    match opcode {
        Some(opcode) => format!("{what} ({opcode})"),
        None => what.to_string(),
    }
}

/// A limit that was exceeded: an UnpicklingError that says which.
pub(crate) fn limit_exceeded(
    what: Exceeded,
    offset: u64,
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    let message = format!("{what} at offset {offset}");
    let exception = vm.new_exception_msg(limit_error(vm), message.into());
    with_attributes(
        exception,
        [
            ("which", vm.ctx.new_str(what.which.to_string()).into()),
            ("limit", vm.ctx.new_int(what.limit).into()),
            ("offset", vm.ctx.new_int(offset).into()),
        ],
        vm,
    )
}

fn with_attributes<const N: usize>(
    exception: PyBaseExceptionRef,
    attributes: [(&'static str, PyObjectRef); N],
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    for (name, value) in attributes {
        if let Err(error) = exception.as_object().set_attr(name, value, vm) {
            return error;
        }
    }
    exception
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
