//! `snapshot verify`: whether a snapshot is what was written.

use super::{Arguments, complain, hex, print_json, read, show};
use crate::inspect::table::clean;
use crate::progress::observed;
use crate::usage;
use rustpython_pickle::snapshot::{Container, ReadOptions, SnapshotError, SnapshotErrorKind};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, options: &ReadOptions) -> Result<ExitCode, ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for file in &arguments.files {
        let result = read(file, options).and_then(|container| {
            unpack(&container)?;
            Ok(container)
        });
        if result.is_err() {
            code = ExitCode::from(1);
        }
        match result {
            result if arguments.json => print_json(&as_json(file, &result))?,
            Ok(container) => {
                let name = clean(&file.to_string_lossy());
                let signature = show::signature(&container);
                usage::stdout(&format!("{name}: whole; {signature}\n"))?;
            }
            Err(error) if error.path().is_some() => complain(&error.to_string()),
            Err(error) => complain(&format!("{}: {error}", file.display())),
        }
    }
    Ok(code)
}

/// Unpacks one section after the other; those of later versions cannot be.
fn unpack(container: &Container) -> Result<(), SnapshotError> {
    for section in container.sections().filter(|section| section.flags <= 1) {
        observed(|observer| container.section(section.name, observer))?;
    }
    Ok(())
}

fn as_json(file: &Path, result: &Result<Container, SnapshotError>) -> Value {
    let file = file.to_string_lossy();
    match result {
        Ok(container) => json!({
            "file": file,
            "ok": true,
            "blake3": hex(&container.digest()),
            "signature": container.algorithm().map(|algorithm| algorithm.to_string()),
            "verified": container.is_verified(),
        }),
        Err(error) => json!({
            "file": file,
            "ok": false,
            "kind": kind(error.kind()),
            "error": error.to_string(),
            "section": error.section(),
            "offset": error.offset(),
        }),
    }
}

/// A word for programs.
fn kind(kind: &SnapshotErrorKind) -> &'static str {
    match kind {
        SnapshotErrorKind::NotASnapshot => "not_a_snapshot",
        SnapshotErrorKind::Truncated => "truncated",
        SnapshotErrorKind::Corrupt { .. } => "corrupt",
        SnapshotErrorKind::TooNew { .. } => "too_new",
        SnapshotErrorKind::MissingSignature => "missing_signature",
        SnapshotErrorKind::BadSignature => "bad_signature",
        SnapshotErrorKind::LimitExceeded { .. } => "limit_exceeded",
        SnapshotErrorKind::Io => "io",
        _ => "other",
    }
}
