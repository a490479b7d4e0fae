//! `snapshot show`: what is inside.

use super::{Arguments, complain, error_as_json, hex, print_all_json, read};
use crate::clean::clean;
use crate::inspect::table::table;
use crate::usage;
use rustpython_pickle::snapshot::{Container, ReadOptions};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, options: &ReadOptions) -> Result<ExitCode, ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let mut values = Vec::new();
    for (index, file) in arguments.files.iter().enumerate() {
        match read(file, options) {
            Ok(container) if arguments.json => values.push(as_json(file, &container)),
            Ok(container) => {
                let gap = if index > 0 { "\n" } else { "" };
                usage::stdout(&format!("{gap}{}", as_text(file, &container)))?;
            }
            Err(error) => {
                if arguments.json {
                    values.push(error_as_json(file, &error));
                }
                complain(&error.to_string());
                code = ExitCode::from(1);
            }
        }
    }
    print_all_json(arguments, values)?;
    Ok(code)
}

/// The signature in a few words.
pub(super) fn signature(container: &Container) -> String {
    if !container.is_signed() {
        return "not signed".to_owned();
    }
    let algorithm = match container.algorithm() {
        Some(algorithm) => algorithm.to_string(),
        None => "an algorithm of a later version".to_owned(),
    };
    if container.is_verified() {
        format!("signed with {algorithm}, and the signature is right")
    } else {
        format!("signed with {algorithm}, not checked: no key was given")
    }
}

fn as_json(file: &Path, container: &Container) -> Value {
    let sections: Vec<_> = container
        .sections()
        .map(|section| {
            json!({
                "name": section.name,
                "flags": section.flags,
                "offset": section.offset,
                "stored": section.stored,
                "content": section.raw,
                "blake3": hex(&section.digest),
            })
        })
        .collect();
    let report = &container.metadata().report;
    json!({
        "file": file.to_string_lossy(),
        "container": {
            "version": container.version(),
            "oldest_reader": container.oldest_reader(),
            "length": container.as_bytes().len(),
            "blake3": hex(&container.digest()),
            "signature": container.algorithm().map(|algorithm| algorithm.to_string()),
            "verified": container.is_verified(),
        },
        // As it stands there, with what only a later version knows.
        "metadata": serde_json::from_slice::<Value>(container.metadata_json()).unwrap_or_default(),
        "totals": report.totals(),
        "sections": sections,
    })
}

/// Writing to a string does not fail.
fn as_text(file: &Path, container: &Container) -> String {
    let metadata = container.metadata();
    let report = &metadata.report;
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<12} {}", clean(value));
    };
    line("file", &file.to_string_lossy());
    line("created", &metadata.created);
    line(
        "made by",
        &format!(
            "rustpython-pickle {}, RustPython {}, Python {}, bytecode {}",
            metadata.rustpython_pickle,
            metadata.rustpython,
            metadata.python,
            metadata.bytecode_magic
        ),
    );
    line("features", &metadata.features.join(", "));
    line(
        "container",
        &format!(
            "version {}, for readers of version {} and later, {} bytes",
            container.version(),
            container.oldest_reader(),
            container.as_bytes().len()
        ),
    );
    line("BLAKE3", &hex(&container.digest()));
    line("signature", &signature(container));
    line("modules", &metadata.modules.join(", "));
    line("imports", &report.libraries.join(", "));
    line("settings", &report.settings.join(", "));
    let totals = report.totals();
    let totals: Vec<_> = [
        ("saved", totals.saved),
        ("by reference", totals.by_reference),
        ("handled", totals.handled),
        ("recompiled", totals.recompiled),
        ("left out", totals.left_out),
        ("unknown", totals.unknown),
    ]
    .into_iter()
    .filter(|(_, tally)| tally.globals > 0)
    .map(|(name, tally)| format!("{} {name} ({} bytes)", tally.globals, tally.bytes))
    .collect();
    line("globals", &totals.join(", "));

    let mut sections = table(
        &["section", "stored", "content", "packed", "BLAKE3"],
        &[1, 2],
    );
    for section in container.sections() {
        let packed = match section.flags {
            0 => "no".to_owned(),
            1 => "zstd".to_owned(),
            flags => format!("flags {flags:#x}"),
        };
        sections.add_row([
            section.name.to_owned(),
            section.stored.to_string(),
            section.raw.to_string(),
            packed,
            hex(section.digest.get(..8).unwrap_or_default()),
        ]);
    }
    let _ = writeln!(out, "\n{sections}");

    let mut globals = table(&["module", "global", "type", "bytes", "outcome"], &[3]);
    for (module, global) in report.globals() {
        globals.add_row([
            clean(&module.name),
            clean(&global.name),
            clean(&global.type_name),
            global.size.to_string(),
            clean(&global.outcome.to_string()),
        ]);
    }
    let _ = writeln!(out, "\n{globals}");
    out
}
