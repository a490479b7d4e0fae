//! `pickle-inspect`: looks into pickles, in a program without an interpreter.

#[path = "rustpython-pickle/inspect/mod.rs"]
mod inspect;

use std::ffi::OsStr;
use std::process::ExitCode;

const NAME: &str = "pickle-inspect";

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let help = args.first().is_some_and(|first| {
        ["-h", "--help"]
            .iter()
            .any(|help| first == OsStr::new(help))
    });
    if help {
        return inspect::run(&inspect::Command::Help, NAME);
    }
    let is_command = args.first().is_some_and(|first| inspect::is_command(first));
    let command = if is_command {
        inspect::parse(args)
    } else {
        Err("dis, globals, scan or size?".to_owned())
    };
    match command {
        Ok(command) => inspect::run(&command, NAME),
        Err(message) => {
            eprintln!(
                "{}\nTry `{NAME} -h' for more information.",
                message.escape_debug()
            );
            ExitCode::from(2)
        }
    }
}
