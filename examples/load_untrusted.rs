//! Loads a pickle of unknown origin, and tells what came of it and what it cost.
//!
//! `cargo run --example load_untrusted data-only|standard|torch FILE`

use std::process::ExitCode;
use std::time::Instant;

use rustpython_pickle::limits::Limits;
use rustpython_pickle::policy::{AllowList, Policy};
use rustpython_pickle::{Error, InterpreterBuilderExt as _, LoadOptions};
use rustpython_vm::{AsObject as _, Interpreter, Settings, VirtualMachine};

/// As much stack as ordinary threads have: whatever the pickle is, more is not needed.
const STACK: usize = 2 << 20;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(list), Some(file), None) = (args.next(), args.next(), args.next()) else {
        eprintln!("usage: load_untrusted data-only|standard|torch FILE");
        return ExitCode::from(2);
    };
    let thread = std::thread::Builder::new().stack_size(STACK);
    let done = thread.spawn(move || try_load(&list, &file));
    match done.map(|thread| thread.join()) {
        Ok(Ok(Ok(loaded))) => ExitCode::from(u8::from(!loaded)),
        Ok(Ok(Err(complaint))) => {
            eprintln!("load_untrusted: {complaint}");
            ExitCode::from(2)
        }
        _ => ExitCode::from(2),
    }
}

fn try_load(list: &str, file: &str) -> Result<bool, String> {
    let pickle = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let mut settings = Settings::default();
    settings.install_signal_handlers = false;
    let interpreter = Interpreter::builder(settings)
        .install_stdlib()
        .install_pickle()
        .build();
    interpreter.enter(|vm| {
        let policy = policy(list, vm).map_err(|error| error.to_string())?;
        let mut options = LoadOptions::untrusted(policy).limits(Limits::untrusted());
        let before = peak();
        let (start, clock) = (cpu_seconds(), Instant::now());
        let loaded = options.loads(&pickle, vm);
        let what = match &loaded {
            Ok(object) => format!("loaded: {}", object.class().name()),
            Err(error) => format!("{:?}: {error}", error.kind()),
        };
        let is_loaded = loaded.is_ok();
        // To let go of it is a part of the cost.
        drop(loaded);
        let seconds = match (start, cpu_seconds()) {
            (Some(start), Some(end)) => end - start,
            _ => clock.elapsed().as_secs_f64(),
        };
        println!("{}", what.replace('\n', " "));
        println!("seconds: {seconds:.3}");
        if let (Some(before), Some(after)) = (before, peak()) {
            println!("peak KiB: {after}, of which before: {before}");
        }
        Ok(is_loaded)
    })
}

fn policy(list: &str, vm: &VirtualMachine) -> Result<Policy, Error> {
    match list {
        "standard" => Policy::allow(&AllowList::standard(), vm),
        // Storages, which checkpoints name by persistent ids, stay what they are named.
        "torch" => Ok(Policy::allow(&AllowList::torch(), vm)?.persistent_stand_ins(true)),
        _ => Ok(Policy::data_only()),
    }
}

/// How long this thread has had a processor; `None` where the system does not tell.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e9)
}

/// The most memory that this process has had; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
