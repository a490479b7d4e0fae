//! A tour of `Runtime`: Python in a Rust program.
//!
//! `cargo run --example embed`

use rustpython_pickle::Runtime;
use rustpython_pickle::runtime::{Args, Bytes, Capture, Error, ErrorKind, HostError, Rest};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

fn main() -> Result<(), Error> {
    values()?;
    functions()?;
    modules()?;
    errors()?;
    output()?;
    threads()?;
    interrupts()
}

/// Values go over and come back as Rust types; what has no such value is an error with a place.
fn values() -> Result<(), Error> {
    let python = Runtime::new()?;

    python.set(
        "scores",
        BTreeMap::from([("ada", [3, 5]), ("grace", [4, 4])]),
    )?;
    python.exec("best = max(scores, key=lambda name: sum(scores[name]))")?;
    println!("best: {}", python.get::<String>("best")?);

    let (mean, names): (f64, Vec<String>) =
        python.eval("sum(map(sum, scores.values())) / 4, sorted(scores)")?;
    println!("mean {mean} of {names:?}");

    let Bytes(packed) = python.call("struct.pack", (">hI", -2, 7))?;
    println!("packed: {packed:?}");

    let sorted: Vec<&str> = vec!["pear", "fig", "apple"];
    let sorted: Vec<String> =
        python.call("sorted", Args::new().arg(sorted).kwarg("reverse", true))?;
    println!("sorted: {sorted:?}");

    let error = python
        .eval::<Vec<(String, u8)>>("[('a', 1), ('b', 300)]")
        .unwrap_err();
    println!("refused: {error}");
    Ok(())
}

/// Closures are functions of Python's. Their arguments are checked, and their errors raised.
fn functions() -> Result<(), Error> {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let python = Runtime::builder()
        .function("repeat", |text: String, times: Option<usize>| {
            text.repeat(times.unwrap_or(2))
        })
        .function("total", |numbers: Rest<i64>| numbers.0.iter().sum::<i64>())
        .function("withdraw", |balance: u32, amount: u32| {
            balance
                .checked_sub(amount)
                .ok_or_else(|| HostError::new("ValueError", "too little left"))
        })
        .function("read", |path: std::path::PathBuf| {
            std::fs::read_to_string(path)
        })
        .function("tick", move || counter.fetch_add(1, Ordering::Relaxed) + 1)
        .build()?;

    println!(
        "{} {}",
        python.eval::<String>("repeat('ab')")?,
        python.eval::<i64>("total(1, 2, 3)")?
    );
    python.exec("ticks = [tick() for _ in range(3)]")?;
    println!(
        "ticks: {:?}, seen here: {}",
        python.get::<Vec<u32>>("ticks")?,
        calls.load(Ordering::Relaxed)
    );
    for call in [
        "withdraw(5, 7)",
        "withdraw('5', 7)",
        "withdraw(-5, 7)",
        "read('/no/such/file')",
    ] {
        let error = python.exec(call).unwrap_err();
        println!("{call}: {}", error.exception_type().unwrap_or_default());
    }
    Ok(())
}

/// Modules of functions, and modules of Python source that are in no file.
fn modules() -> Result<(), Error> {
    let python = Runtime::builder()
        .module("game.dice", |module| {
            module
                .constant("SIDES", 20)
                .function("roll", |seed: u32| seed * 7 % 20 + 1)
        })
        .module_source("game.rules", include_str!("rules.py"))
        .build()?;
    println!(
        "attack: {}",
        python.call::<u32>("game.rules.attack", (3, 2))?
    );
    Ok(())
}

/// An exception is an error with its type, its message and the traceback that Python would print.
fn errors() -> Result<(), Error> {
    let python = Runtime::new()?;
    python.exec("def ratio(a, b):\n    return a / b\n")?;
    let error = python.call::<f64>("ratio", (1, 0)).unwrap_err();
    print!("{}", error.traceback().unwrap_or_default());

    let error = python.exec("import sys\nsys.exit(3)").unwrap_err();
    println!("{:?} with {:?}", error.kind(), error.exit_code());

    // The session goes on.
    println!("ratio: {}", python.call::<f64>("ratio", (1, 4))?);
    Ok(())
}

/// What Python prints can go to the host.
fn output() -> Result<(), Error> {
    let output = Capture::new();
    let python = Runtime::builder().stdout(output.clone()).build()?;
    python.exec("print('to the host')")?;
    println!("captured: {:?}", output.take());
    Ok(())
}

/// A runtime stays on its thread; one on a thread of its own serves all others, with as much stack as
/// it needs. Runtimes do not see each other.
fn threads() -> Result<(), Error> {
    let shared = Runtime::builder().recursion_limit(50_000).spawn()?;
    shared.exec("def depth(n): return depth(n - 1) + 1 if n else 0\ntotal = 0")?;
    println!("depth: {}", shared.call::<u32>("depth", (20_000,))?);

    thread::scope(|scope| {
        for number in 1..=4 {
            let shared = &shared;
            scope.spawn(move || shared.exec(format!("total += {number}")));
        }
    });
    println!("total: {}", shared.get::<u32>("total")?);

    let other = Runtime::builder().spawn()?;
    let error = other.get::<u32>("total").unwrap_err();
    println!("elsewhere: {error}");
    Ok(())
}

/// Code that does not end is interrupted from another thread.
fn interrupts() -> Result<(), Error> {
    let python = Runtime::new()?;
    let handle = python.interrupt_handle();
    let watch = thread::spawn(move || {
        while !handle.interrupt() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let error = python.exec("while True: pass").unwrap_err();
    println!("interrupted: {}", error.kind() == ErrorKind::Interrupt);
    drop(watch.join());
    Ok(())
}
