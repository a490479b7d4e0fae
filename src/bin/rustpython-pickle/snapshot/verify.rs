//! `snapshot verify`: whether a snapshot is what was written.

use super::{Arguments, complain, error_as_json, hex, print_all_json, read, show};
use crate::clean::clean;
use crate::progress::observed;
use crate::usage;
use rustpython_pickle::snapshot::{Container, ReadOptions, SnapshotError};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, options: &ReadOptions) -> Result<ExitCode, ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let mut values = Vec::new();
    for file in &arguments.files {
        let result = read(file, options).and_then(|container| {
            unpack(&container)?;
            Ok(container)
        });
        if result.is_err() {
            code = ExitCode::from(1);
        }
        match result {
            result if arguments.json => values.push(as_json(file, &result)),
            Ok(container) => {
                let name = clean(&file.to_string_lossy());
                let signature = show::signature(&container);
                usage::stdout(&format!("{name}: whole; {signature}\n"))?;
            }
            Err(error) if error.path().is_some() => complain(&error.to_string()),
            Err(error) => complain(&format!("{}: {error}", file.display())),
        }
    }
    print_all_json(arguments, values)?;
    Ok(code)
}

/// Unpacks one section after the other; those of later versions cannot be.
fn unpack(container: &Container) -> Result<(), SnapshotError> {
    for section in container.sections().filter(|section| section.flags <= 1) {
        observed(|observer| container.section(section.name, observer))?;
    }
    Ok(())
}

fn as_json(path: &Path, result: &Result<Container, SnapshotError>) -> Value {
    let file = path.to_string_lossy();
    match result {
        Ok(container) => json!({
            "file": file,
            "ok": true,
            "blake3": hex(&container.digest()),
            "signature": container.algorithm().map(|algorithm| algorithm.to_string()),
            "verified": container.is_verified(),
        }),
        Err(error) => error_as_json(path, error),
    }
}
