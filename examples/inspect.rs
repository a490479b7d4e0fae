//! Looks into a pickle that nobody should load, without an interpreter:
//!
//! ```sh
//! cargo run --no-default-features --example inspect [FILE]
//! ```

use rustpython_pickle::inspect::scan::{ScanOptions, scan_file};
use rustpython_pickle::inspect::{Limits, Pickle, Program, Sizes, dis};

/// What a save of a game might look like after somebody has been at it.
const SAVE: &[u8] = b"\x80\x04}(\x8c\x06player\x8c\x03Ada\x8c\x05score](K\x01K\x02K\x03e\
    \x8c\x05extra\x8c\x02os\x8c\x06system\x93\x8c\x0decho harmless\x85Ru.";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = match std::env::args_os().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => SAVE.to_vec(),
    };
    let limits = Limits::default();
    let pickle = Pickle::read(&data, &limits);

    println!("What it does:\n{}", Program::new(&pickle, &limits));

    println!("Its last opcodes:");
    let lines: Vec<_> = dis::lines(&data, &pickle).collect();
    for line in lines.iter().rev().take(6).rev() {
        println!("{line}");
    }

    println!("\nWhat takes the space:");
    for entry in Sizes::new(&data, 0, &limits).largest(4) {
        println!(
            "{:>6} bytes  {}  {}",
            entry.total, entry.path, entry.type_name
        );
    }

    let report = scan_file(&data, &ScanOptions::default());
    println!("\nVerdict: {}", report.verdict);
    for finding in &report.findings {
        println!("- {finding}");
    }
    Ok(())
}
