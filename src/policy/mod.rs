//! What a pickle may name and call.
//!
//! A [policy](Policy) decides on every global that a pickle names, on every call, and on
//! every change to an object, before anything is imported. There are four:
//! `trusted` (all that CPython allows), `data_only` (no globals at all), `allow` (an
//! exact [list](AllowList)) and `custom` (a closure).
//!
//! A list is an exact map of pairs of a module and a name to objects that were found when the policy was
//! made: a pickle never imports and never walks attributes. Each entry has a [`Right`]: *refer* or *call*;
//! and says which arguments, which state and which items it takes. Items and state are given only to what the same
//! load has made, of the exact built-in types or of a listed class.
//!
//! Lists, their entries and [`Shape`]s need no interpreter, so that a scan can apply the same rules to a
//! pickle that nobody loads.

mod forbidden;
#[cfg(feature = "vm")]
mod guard;
mod list;
#[cfg(feature = "vm")]
mod live;
mod moments;
mod shape;
#[cfg(feature = "vm")]
mod stand_in;
mod standard;
mod torch;

pub use forbidden::{Forbidden, Refusal};
#[cfg(feature = "vm")]
pub(crate) use forbidden::{cut, cut_bytes};
#[cfg(feature = "vm")]
pub(crate) use guard::{Guard, default_guard};
#[cfg(feature = "stdlib")]
pub(crate) use guard::{InterpreterId, forget_default_policy};
#[cfg(feature = "vm")]
pub use guard::{clear_default_policy, set_default_policy};
pub use list::{AllowList, Entry, ItemRule, NameError, NameFault, Right, StateRule, check_names};
#[cfg(feature = "vm")]
pub(crate) use live::{Grant, Kind, is_callable_class, text};
#[cfg(feature = "vm")]
pub use live::{Policy, Request, Verdict};
pub use shape::{Arguments, Seen, Shape, View};
#[cfg(feature = "vm")]
pub(crate) use stand_in::StandIn;
