//! Text as pickles hold it and as Python shows it.

mod decode;
mod integer;
mod number;
mod quote;

pub(crate) use decode::{Problem, escape_decode, raw_unicode_escape, strict_utf8, surrogatepass};
pub(crate) use integer::{NotDecimal, from_decimal, shortest};
pub(crate) use number::{float, integer};
pub use quote::printable;
pub(crate) use quote::{Quotes, bytearray, bytes, str};
