//! Text as pickles hold it and as Python shows it.

mod decode;
mod number;
mod quote;

pub(crate) use decode::{Problem, code_points, escape_decode, raw_unicode_escape, surrogatepass};
pub(crate) use number::{float, integer};
pub(crate) use quote::{Quotes, bytes, is_printable, str};
