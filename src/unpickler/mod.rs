//! From the wire to RustPython objects.

mod exception;
mod find_class;
mod model;
mod state;
mod stream;

pub(crate) use exception::{Raised, StreamFailure, exception};
pub(crate) use find_class::{find_class, import_module, resolve};
pub(crate) use model::{
    FindClass, FindClassFn, Live, LoadSettings, Owner, PersistentLoad, PersistentLoadFn,
    get_item_opt, no_persistent_load,
};
pub(crate) use state::build;
pub(crate) use stream::{FileMethods, PyStream};
