//! `rustpython-pickle`: runs Python programs with this crate's `_pickle`.
//!
//! Takes `python`'s own options, so that it can stand in for `sys.executable`.

mod args;
mod clean;
mod environment;
mod error;
mod inspect;
mod interpreter;
mod key_file;
mod options;
mod progress;
mod repl;
mod run;
mod settings;
mod signals;
mod snapshot;
mod state;
mod thread;
mod usage;

use args::Request;
use std::process::ExitCode;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match args::parse(std::env::args_os()) {
        Ok(Request::Help) => usage::help(),
        Ok(Request::Version) => usage::version(),
        Ok(Request::Snapshot(command)) => snapshot::run(&command),
        Ok(Request::Inspect(command)) => inspect::run(&command, "rustpython-pickle"),
        Ok(Request::Run(arguments)) => match settings::settings(arguments.options.clone()) {
            Ok(settings) => thread::run(move || run::run(settings, &arguments)),
            Err(error) => error.report(),
        },
        Err(error) => error.report(),
    }
}
