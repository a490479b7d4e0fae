//! The runner counts right, and whatever happens to a worker, it finds the input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pickle_fuzz::targets::is_bad;
use pickle_fuzz::{Inputs, Target};

fn run(args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_pickle-fuzz");
    let output = Command::new(program).args(args).output();
    output.expect("the program can be started")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("fuzz")
        .join(name);
    // It is there when the test ran before.
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn every_input_is_run_once() {
    let one = run(&["machine", "--runs", "3000", "--seed", "7"]);
    let three = run(&["machine", "--runs", "3000", "--seed", "7", "--jobs", "3"]);
    assert!(one.status.success() && three.status.success());
    let classes = |output: &Output| -> Vec<String> {
        let text = text(output);
        assert!(text.contains("machine: seed 7: 3000 executions"), "{text}");
        text.lines().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(classes(&one), classes(&three));
    assert!(classes(&one).len() > 3);
}

/// Runs a target that fails on purpose; its input is the first bad one.
fn rehearse(name: &str, why: &str) {
    let target = Target::named(name).expect("it is a rehearsal");
    let inputs = Inputs::of(target, 3);
    let bad = (0..)
        .find(|run| is_bad(&inputs.get(*run)))
        .expect("there are some");
    let folder = folder(name);
    let path = folder.to_string_lossy().into_owned();
    let output = run(&[
        name,
        "--seed",
        "3",
        "--runs",
        "100000",
        "--hang",
        "5",
        "--failures",
        &path,
    ]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let file = folder.join(format!("{name}-3-{bad}"));
    assert!(text.contains(&format!("run {bad}: ")), "{text}");
    assert!(text.contains(why), "{text}");
    assert_eq!(std::fs::read(&file).ok(), Some(inputs.get(bad)));
}

#[test]
fn panics_are_found() {
    rehearse("rehearse-panic", "on purpose");
}

#[test]
fn aborts_are_found() {
    rehearse("rehearse-abort", "the process ends");
}

#[test]
fn stack_overflows_are_found() {
    rehearse("rehearse-overflow", "the process ends");
}

#[test]
fn hangs_are_found() {
    rehearse("rehearse-hang", "it takes longer than");
}

#[test]
fn too_much_memory_is_found() {
    rehearse("rehearse-memory", "bytes were allocated");
}

#[test]
fn mistakes() {
    for args in [
        &["no-such-target"][..],
        &["machine", "--runs", "x"],
        &["a", "b", "c"],
    ] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
}
