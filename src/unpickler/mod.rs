//! From the wire to RustPython objects.

mod exception;
mod find_class;
mod guarded;
mod model;
mod plan;
mod run;
mod state;
mod stream;

#[cfg(feature = "snapshot")]
pub(crate) use exception::Raised;
pub(crate) use exception::{StreamFailure, denial, exception};
pub(crate) use find_class::{find_class, import_module, resolve};
pub(crate) use guarded::Refused;
#[cfg(feature = "snapshot")]
pub(crate) use model::Live;
pub(crate) use model::{
    FindClass, FindClassFn, LoadSettings, Owner, PersistentLoad, PersistentLoadFn, get_item_opt,
    no_persistent_load,
};
pub(crate) use run::{LoadError, run, run_stream};
pub(crate) use state::build;
pub(crate) use stream::{FileMethods, PyStream};
