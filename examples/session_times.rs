//! How long it takes to save a session, and to restore it.
//!
//! `cargo run --example session_times save compat/state/small.py /tmp/small.state`
//! `cargo run --example session_times load - /tmp/small.state`

use rustpython_pickle::Runtime;
use rustpython_pickle::snapshot::{ReadOptions, SaveOptions, WriteOptions};
use std::error::Error;
use std::time::Instant;
use std::{env, fs};

/// What the command line uses, too.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [step, script, state] = &args[..] else {
        return Err("usage: session_times save|load SCRIPT STATE".into());
    };
    let session = Runtime::new()?;
    match step.as_str() {
        "save" => {
            session.exec_named(script, &fs::read_to_string(script)?)?;
            let start = Instant::now();
            let report = session.save_to(state, &SaveOptions::new(), WriteOptions::new())?;
            let seconds = start.elapsed().as_secs_f64();
            if let Some((module, global)) = report.left_out().next() {
                return Err(format!("{}.{}: {}", module.name, global.name, global.outcome).into());
            }
            let bytes = fs::metadata(state)?.len();
            let check = check(&session)?;
            println!(r#"{{"seconds": {seconds}, "bytes": {bytes}, "check": {check}}}"#);
        }
        "load" => {
            // The first one imports what the session uses of the library.
            let seconds = load(&session, state)?;
            let again = load(&session, state)?;
            let check = check(&session)?;
            println!(r#"{{"seconds": {seconds}, "again": {again}, "check": {check}}}"#);
        }
        other => return Err(format!("what is {other}?").into()),
    }
    Ok(())
}

fn load(session: &Runtime, state: &str) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    session.load_from(state, &ReadOptions::new())?;
    Ok(start.elapsed().as_secs_f64())
}

/// What the session says of itself, as JSON: the same before and after.
fn check(session: &Runtime) -> Result<String, Box<dyn Error>> {
    session.exec("import json")?;
    Ok(session.eval("json.dumps(check())")?)
}
