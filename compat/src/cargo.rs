//! Builds the programs under test.

use crate::error::{Error, Result};
use crate::places;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Lets cargo build the interpreter, or find that it is up to date, and returns its path.
pub(crate) fn build(workspace: &Path) -> Result<PathBuf> {
    let features = ["--features", places::FEATURES];
    build_target(workspace, places::OURS, "--bin", places::OURS, &features)
}

/// The same for the generator of pickles.
pub(crate) fn build_fuzz(workspace: &Path) -> Result<PathBuf> {
    build_target(workspace, places::FUZZ_PACKAGE, "--bin", places::FUZZ, &[])
}

/// The same for an example.
pub(crate) fn build_example(workspace: &Path, name: &str) -> Result<PathBuf> {
    let features = format!("{},{}", places::FEATURES, places::FAST_FEATURE);
    let features = ["--features", &features];
    build_target(workspace, places::OURS, "--example", name, &features)
}

/// A release build with these features beside those that it needs, as a program of its own.
pub(crate) fn build_release(workspace: &Path, features: &str) -> Result<PathBuf> {
    let all = format!("vm,stdlib,cli,{features}");
    let flags = ["--release", "--no-default-features", "--features", &all];
    let built = build_target(workspace, places::OURS, "--bin", places::OURS, &flags)?;
    // The next build replaces it.
    let name = match features {
        "" => "plain".to_owned(),
        features => features.replace(',', "-"),
    };
    let kept = built.with_file_name(format!("{}-{name}", places::OURS));
    std::fs::copy(&built, &kept).map_err(|err| Error::program(&kept, err))?;
    Ok(kept)
}

fn build_target(
    workspace: &Path,
    package: &str,
    kind: &str,
    name: &str,
    features: &[&str],
) -> Result<PathBuf> {
    let cargo = places::var("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args(["build", "--locked", "--ignore-rust-version"])
        .args(["--package", package, kind, name])
        .args(features)
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|err| Error::program(&cargo, err))?;
    if !output.status.success() {
        return Err(Error::Ours(format!("cargo build: {}", output.status)));
    }
    executable(&String::from_utf8_lossy(&output.stdout), name)
        .ok_or_else(|| Error::Ours("cargo build names no executable".into()))
}

/// Finds the program in cargo's messages, which are JSON, one a line.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let text = r#"
{"reason":"compiler-artifact","target":{"name":"memchr"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"rustpython-pickle"},"executable":null}
no JSON
{"reason":"compiler-artifact","target":{"name":"rustpython-pickle"},"executable":"/t/p"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(text, "rustpython-pickle"), Some("/t/p".into()));
        assert_eq!(executable(text, "memchr"), None);
        assert_eq!(executable("{}", "memchr"), None);
    }
}
