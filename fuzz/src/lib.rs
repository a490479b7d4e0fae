#![doc = include_str!("../README.md")]

pub mod corpus;
pub mod generate;
mod input;
#[cfg(feature = "libfuzzer")]
pub mod libfuzzer;
pub mod mutate;
mod random;
pub mod runner;
pub mod snapshots;
pub mod targets;
mod tracer;

pub use input::Inputs;
pub use random::Random;
pub use targets::{Outcome, Target};
pub use tracer::{Refused, Tracer};
