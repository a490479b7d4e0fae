//! Compares rustpython-pickle with CPython: runs CPython's own tests with it,
//! exchanges pickles with CPython, and compares what can be pickled by value,
//! how fast whole sessions are saved, and what scanners of pickles find.
//! Measures what hostile pickles cost.

#[cfg(unix)]
mod apt_sources;
#[cfg(unix)]
mod bombs;
#[cfg(unix)]
mod cargo;
#[cfg(unix)]
mod corpus;
#[cfg(unix)]
mod cpython;
#[cfg(unix)]
mod debian;
#[cfg(unix)]
mod error;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod golden;
#[cfg(unix)]
mod instructions;
#[cfg(unix)]
mod interpreter;
#[cfg(unix)]
mod kinds;
#[cfg(unix)]
mod mutants;
#[cfg(unix)]
mod options;
#[cfg(unix)]
mod packages;
#[cfg(unix)]
mod places;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod scanners;
#[cfg(unix)]
mod scripts;
#[cfg(unix)]
mod speed;
#[cfg(unix)]
mod state_speed;
#[cfg(unix)]
mod suites;
#[cfg(unix)]
mod tasks;
#[cfg(unix)]
mod unittest_log;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    tasks::main()
}

// CPython's tests are linked into place and their process groups killed.
#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("compat: only Unix systems can run this");
    ExitCode::from(2)
}
