//! An application whose Python part keeps the user's settings in a file.
//!
//! `cargo run --example settings_file -- FILE [NAME=VALUE ...]`

#[path = "../interpreter/mod.rs"]
mod interpreter;

use std::process::ExitCode;

const SCRIPT: &str = include_str!("settings.py");

fn main() -> ExitCode {
    let argv = std::env::args().collect();
    interpreter::run(argv, |vm| {
        let scope = vm.new_scope_with_main()?;
        vm.run_string(scope, SCRIPT, "settings.py").map(drop)
    })
}
