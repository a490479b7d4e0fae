//! `scan`: whether files are safe to load.

use super::input::{self, Found};
use super::{
    Arguments, Format, NOTHING, TROUBLE, clean, complain, print, print_json, sarif, table,
};
use rustpython_pickle::inspect::scan::{
    Finding, Format as FileFormat, Report, ScanOptions, Severity, Verdict, scan_file,
    scan_if_pickle,
};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Ends of names of files that are taken for pickles in folders.
const PICKLES: &[&str] = &[
    "pkl", "pickle", "p", "pck", "pcl", "dill", "joblib", "pt", "pth", "ckpt", "bin", "npy", "npz",
    "dat", "data", "model",
];

/// Ends of names of compressed files.
const COMPRESSED: &[&str] = &[
    "gz", "bz2", "xz", "lzma", "zst", "zstd", "z", "zlib", "zip", "tar",
];

/// A file that was scanned.
pub(super) struct Scanned {
    pub(super) path: PathBuf,
    pub(super) format: FileFormat,
    pub(super) report: Report,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, ExitCode> {
    let mut options = ScanOptions::default();
    options.limits = arguments.limits();
    options.persistent_ids = arguments.persistent;
    if arguments.no_lists {
        options.lists.clear();
    }
    let (found, errors) = input::files(&arguments.files);
    let mut trouble = !errors.is_empty();
    for (path, error) in errors {
        complain(&format!("{}: {error}", path.display()));
    }
    let (mut scanned, mut passed_over) = (Vec::new(), 0u64);
    for Found { path, is_named } in found {
        let bytes = match input::read(&path, arguments.unlimited) {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&format!("{}: {error}", path.display()));
                trouble = true;
                continue;
            }
        };
        let report = if is_named || is_pickle(&path) {
            scan_file(&bytes, &options)
        } else {
            let report = scan_if_pickle(&bytes, &options);
            if report.pickles == 0 && report.verdict.is_clean() {
                passed_over += 1;
                continue;
            }
            report
        };
        scanned.push(Scanned {
            path,
            format: FileFormat::of(&bytes),
            report,
        });
    }
    match arguments.format {
        Format::Text => print(&as_text(&scanned, passed_over))?,
        Format::Json => print_json(&as_json(&scanned, passed_over))?,
        Format::Sarif => print_json(&sarif::log(&scanned))?,
    }
    if scanned.is_empty() && !trouble {
        complain("nothing was scanned: no file is a pickle, or named like one");
    }
    Ok(ExitCode::from(code(&scanned, trouble)))
}

/// Whether a file is named like a pickle, compressed or not.
fn is_pickle(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let mut ends = name.rsplit('.');
    let is_end = |ends: &[&str], end: Option<&str>| end.is_some_and(|end| ends.contains(&end));
    let mut last = ends.next();
    while is_end(COMPRESSED, last) {
        last = ends.next();
    }
    // Without a dot before it, it is a name.
    is_end(PICKLES, last) && ends.next().is_some()
}

fn code(scanned: &[Scanned], trouble: bool) -> u8 {
    let worst = scanned.iter().map(|file| &file.report.verdict).max();
    match worst {
        Some(Verdict::Dangerous) => 1,
        _ if trouble => TROUBLE,
        Some(Verdict::Malformed) => 4,
        Some(Verdict::NeedsReview) => 3,
        None => NOTHING,
        Some(_) => 0,
    }
}

/// Writing to a string does not fail.
fn as_text(scanned: &[Scanned], passed_over: u64) -> String {
    let mut out = String::new();
    let mut files = table(&["file", "format", "pickles", "verdict"], &[2]);
    for file in scanned {
        files.add_row([
            clean(&file.path.to_string_lossy()),
            file.format.to_string(),
            file.report.pickles.to_string(),
            clean(&file.report.verdict.to_string()),
        ]);
    }
    let _ = writeln!(out, "{files}");
    for file in scanned {
        if file.report.findings.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}:", clean(&file.path.to_string_lossy()));
        for finding in &file.report.findings {
            let severity = match finding.severity {
                Severity::NeedsReview => "review",
                severity => severity.id(),
            };
            let _ = writeln!(out, "  {severity:<9}  {finding}");
        }
        if file.report.is_cut {
            let _ = writeln!(out, "  … and more");
        }
    }
    if passed_over > 0 {
        let _ = writeln!(out, "\n{passed_over} other files are no pickles.");
    }
    out
}

fn finding(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.id(),
        "rule": finding.rule.id(),
        "message": finding.message,
        "harm": finding.harm.map(|harm| harm.to_string()),
        "global": finding.global,
        "offset": finding.offset,
        "opcode": finding.opcode.map(|opcode| opcode.to_string()),
        "within": finding.within,
    })
}

fn as_json(scanned: &[Scanned], passed_over: u64) -> Value {
    let files: Vec<_> = scanned
        .iter()
        .map(|file| {
            let lists = match &file.report.verdict {
                Verdict::Allowed(lists) => lists.as_slice(),
                _ => &[],
            };
            json!({
                "file": file.path.to_string_lossy(),
                "format": file.format.to_string(),
                "verdict": file.report.verdict.id(),
                "lists": lists,
                "pickles": file.report.pickles,
                "cut": file.report.is_cut,
                "findings": file.report.findings.iter().map(finding).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "version": 1, "files": files, "passed_over": passed_over })
}
