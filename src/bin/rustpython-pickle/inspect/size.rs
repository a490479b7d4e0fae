//! `size`: what takes the space.

use super::{Arguments, Format, TROUBLE, clean, complain, input, print, print_json, table};
use rustpython_pickle::inspect::Sizes;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// How many types are listed.
const TYPES: usize = 30;

pub(super) fn run(
    arguments: &Arguments,
    svg: Option<&Path>,
    rows: usize,
) -> Result<ExitCode, ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let mut json = Vec::new();
    for file in &arguments.files {
        let contents = input::pickles(file, arguments)?;
        let largest = contents.iter().map(|content| content.bytes.len()).max();
        let mut svg = svg;
        for content in contents {
            let mut place = vec![file.display().to_string()];
            place.extend(content.within);
            let sizes = Sizes::new(&content.bytes, 0, &arguments.limits());
            if let Some(error) = sizes.pickle().error() {
                complain(&format!("{}: {error}", place.join(": ")));
                code = ExitCode::from(1);
            }
            if arguments.format == Format::Json {
                json.push(as_json(&place, &sizes, rows));
            } else {
                print(&as_text(&place, &sizes, rows, content.bytes.len() as u64))?;
            }
            // One image: of the largest.
            if Some(content.bytes.len()) == largest
                && let Some(path) = svg.take()
                && let Err(error) = draw(path, &place, &sizes)
            {
                complain(&format!("{}: {error}", path.display()));
                code = ExitCode::from(TROUBLE);
            }
        }
    }
    if arguments.format == Format::Json {
        print_json(&Value::Array(json))?;
    }
    Ok(code)
}

fn draw(path: &Path, place: &[String], sizes: &Sizes) -> std::io::Result<()> {
    let mut image = Vec::new();
    sizes.flame_graph(&clean(&place.join(": ")), &mut image)?;
    fs::write(path, image)
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1}%", part as f64 * 100.0 / whole.max(1) as f64)
}

/// Writing to a string does not fail.
fn as_text(place: &[String], sizes: &Sizes, rows: usize, length: u64) -> String {
    let mut out = String::new();
    let total = sizes.total();
    let _ = writeln!(out, "{}: {total} bytes", clean(&place.join(": ")));
    if length > total {
        let _ = writeln!(out, "{} more bytes follow", length - total);
    }
    let mut paths = table(
        &["bytes", "share", "own", "objects", "type", "path"],
        &[0, 1, 2, 3],
    );
    for entry in sizes.largest(rows) {
        paths.add_row([
            entry.total.to_string(),
            percent(entry.total, total),
            entry.own.to_string(),
            entry.objects.to_string(),
            clean(&entry.type_name),
            clean(&entry.path),
        ]);
    }
    let _ = writeln!(out, "\n{paths}");
    let mut types = table(&["own bytes", "share", "objects", "type"], &[0, 1, 2]);
    for entry in sizes.types().into_iter().take(TYPES) {
        types.add_row([
            entry.own.to_string(),
            percent(entry.own, total),
            entry.objects.to_string(),
            clean(&entry.type_name),
        ]);
    }
    let _ = writeln!(out, "\n{types}");
    out
}

fn as_json(place: &[String], sizes: &Sizes, rows: usize) -> Value {
    let paths: Vec<_> = sizes
        .largest(rows)
        .into_iter()
        .map(|entry| {
            json!({
                "path": entry.path,
                "type": entry.type_name,
                "own": entry.own,
                "total": entry.total,
                "objects": entry.objects,
            })
        })
        .collect();
    let types: Vec<_> = sizes
        .types()
        .into_iter()
        .map(|entry| json!({ "type": entry.type_name, "own": entry.own, "objects": entry.objects }))
        .collect();
    json!({ "place": place, "total": sizes.total(), "paths": paths, "types": types })
}
