//! What hostile pickles look like, for the tests of safe loading: [`attacks`] that run code or
//! change the process, [`bombs`] that cost time or memory, and [`benign()`] pickles that a scanner
//! must not cry out about.
//!
//! Every attack is harmless: what it runs makes a marker file, or touches files that were made for
//! it in the same folder, or changes the process that loads it.

pub mod asm;
pub mod attack;
pub mod benign;
pub mod bomb;
pub mod pack;
mod pieces;
pub mod value;

pub use attack::{Attack, attacks};
pub use benign::{Benign, benign};
pub use bomb::{Bomb, bombs};
