//! A fresh crate that depends on this one by path: it resolves, builds and runs with what the
//! README says and nothing else. It has the default features.
#![cfg(all(feature = "stdlib", feature = "threading"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const MAIN: &str = r#"
use rustpython_pickle::{InterpreterBuilderExt as _, dumps, loads};
use rustpython_vm::AsObject as _;

fn main() {
    let builder = rustpython_vm::Interpreter::builder(Default::default());
    builder.install_stdlib().install_pickle().build().enter(|vm| {
        let object = vm.ctx.new_str("across");
        let pickle = dumps(object.as_object(), vm).unwrap();
        println!("{}", loads(&pickle, vm).unwrap().str(vm).unwrap());
    });
}
"#;

/// The folder of a new crate. It has the profiles of this one, so that what is built is shared.
fn crate_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dependent");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).expect("a folder for the crate");
    let ours = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("our manifest");
    let profiles = ours.find("[profile.").map_or("", |at| &ours[at..]);
    let manifest = format!(
        "[package]\nname = \"dependent\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nrustpython-pickle = {{ path = {ROOT:?} }}\n\
         rustpython-vm = {{ version = \"0.6\", default-features = false }}\n\n{profiles}"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/main.rs"), MAIN).expect("a program");
    folder
}

/// The command of the README that names `word`.
fn readme_command(word: &str) -> String {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).expect("the README");
    let command = readme
        .lines()
        .find(|line| line.starts_with("cargo ") && line.contains(word));
    command
        .unwrap_or_else(|| panic!("no command with {word} in the README"))
        .to_owned()
}

fn run(command: &str, folder: &Path) -> Output {
    let mut words = command.split_whitespace();
    let program = words.next().expect("a program");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    Command::new(program)
        .args(words)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap_or_else(|error| panic!("{command}: {error}"))
}

fn succeed(command: &str, folder: &Path) -> String {
    let output = run(command, folder);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_fresh_dependent_crate_resolves_builds_and_runs() {
    let folder = crate_folder();
    let resolved = run("cargo generate-lockfile", &folder);
    let complaint = String::from_utf8_lossy(&resolved.stderr);
    if !resolved.status.success() {
        // Without a registry there is no fresh resolution: that is not what is tested here.
        let offline = [
            "failed to download",
            "resolve host",
            "spurious network error",
        ];
        assert!(
            offline.iter().any(|word| complaint.contains(word)),
            "{complaint}"
        );
        eprintln!("NOT TESTED: the registry can't be reached: {complaint}");
        return;
    }
    succeed(&readme_command("--precise"), &folder);
    let lock = fs::read_to_string(folder.join("Cargo.lock")).expect("a lock file");
    let versions = |name: &str| -> Vec<String> {
        let name = format!("name = \"{name}\"");
        let mut lines = lock.lines();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            if line == name {
                found.extend(lines.next().map(str::to_owned));
            }
        }
        found
    };
    assert_eq!(versions("malachite-bigint"), ["version = \"0.12.0\""]);
    assert_eq!(
        versions("rustpython-ruff_python_parser"),
        ["version = \"0.16.5\""]
    );
    assert_eq!(
        succeed("cargo run --ignore-rust-version", &folder),
        "across\n"
    );
}
