//! A session that is saved in one process and goes on in another, as if it had never stopped.
#![cfg(all(feature = "cli", feature = "threading"))]

use std::fs;
use std::path::{Path, PathBuf};

use support::{Finished, Folder, command, finish};

#[allow(dead_code, reason = "this needs a part of it")]
#[path = "cli/support.rs"]
mod support;

/// The modules of the game, then its halves.
const SCRIPTS: [&str; 5] = [
    "world.py",
    "market.py",
    "chronicle.py",
    "first.py",
    "second.py",
];

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/session")
        .join(name)
}

/// Runs a script with its files in a folder; each process takes another order of sets.
fn play(folder: &Folder, name: &str, state: Option<&Path>, seed: &str) -> Finished {
    let mut command = command(["run"]);
    if let Some(state) = state {
        command.arg("--state").arg(state);
    }
    let finished = finish(
        command
            .arg(script(name))
            .current_dir(folder.as_path())
            .env("PYTHONHASHSEED", seed),
    );
    assert_eq!(finished.code, Some(0), "{name}: {}", finished.stderr);
    finished
}

#[test]
fn a_restored_session_goes_on_as_the_uninterrupted_one() {
    let lines: usize = SCRIPTS
        .iter()
        .map(|name| fs::read_to_string(script(name)).expect("a script"))
        .map(|text| text.lines().count())
        .sum();
    assert!(lines >= 300, "{lines} lines");
    let whole = play(&Folder::new("session_whole"), "whole.py", None, "1").stdout;
    assert!(whole.ends_with('\n') && whole.contains("the second half begins\n"));

    let folder = Folder::new("session_halves");
    let state = folder.path("game.state");
    let first = play(&folder, "first.py", Some(&state), "2");
    // The generator is left out, by name, and nothing else.
    let left_out: Vec<&str> = first.stderr.lines().collect();
    assert!(
        matches!(left_out[..], [line] if line.contains("omen")),
        "{}",
        first.stderr
    );
    let second = play(&folder, "second.py", Some(&state), "3");
    assert_eq!(first.stdout + &second.stdout, whole);
}
