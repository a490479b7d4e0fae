//! What the host gives to Python: functions, modules, and the exceptions that they raise.

mod error;
mod function;
mod module;
mod object;
mod panic;

pub use error::HostError;
pub use function::{HostFn, Rest};
pub use module::HostModule;
pub(super) use module::{Module, Modules, body};
pub(super) use object::{Body, HostFunction};
pub(super) use panic::{catch, host_panic, message as panic_message};
