//! One warmed-up session is forked into many runtimes, each on a thread of its own.
//!
//! `cargo run --example forks`

use rustpython_pickle::Runtime;
use rustpython_pickle::snapshot::SaveOptions;
use std::error::Error;
use std::sync::Arc;
use std::thread;

/// The number that each fork takes apart, and its factors.
const NUMBERS: [u64; 4] = [30_030, 99_991, 1_000_003 * 97, 1 << 40];

fn main() -> Result<(), Box<dyn Error>> {
    let warm = Runtime::new()?;
    warm.exec_named("model.py", include_str!("model.py"))?;
    let snapshot = Arc::new(warm.snapshot(&SaveOptions::new())?);

    let forks = NUMBERS.map(|number| {
        let snapshot = Arc::clone(&snapshot);
        thread::spawn(move || -> Result<_, Box<dyn Error + Send + Sync>> {
            let fork = Runtime::new()?;
            fork.restore(&snapshot)?;
            let factors: Vec<u64> = fork.call("factors", (number,))?;
            // What this fork has asked itself; what was asked before the fork is remembered.
            let asked: usize = fork.eval("len(asked) - warm")?;
            Ok((number, factors, asked))
        })
    });
    for fork in forks {
        let (number, factors, asked) = fork
            .join()
            .map_err(|_| "a fork has panicked")?
            .map_err(|error| error.to_string())?;
        println!("{number} = {factors:?}, {asked} new questions");
    }
    // No fork has changed what it came from.
    println!("{} of them here", warm.eval::<usize>("len(asked) - warm")?);
    Ok(())
}
