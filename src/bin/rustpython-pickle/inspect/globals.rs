//! `globals`: what a pickle names and does.

use super::{Arguments, Format, clean, input, print, print_json, table};
use rustpython_pickle::inspect::{GlobalUse, Pickle, Program, globals};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::process::ExitCode;

/// How many different globals a table has.
const ROWS: usize = 1000;

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let limits = arguments.limits();
    let mut json = Vec::new();
    for file in &arguments.files {
        for content in input::pickles(file, arguments)? {
            let place = [vec![file.display().to_string()], content.within].concat();
            let mut start = 0;
            loop {
                let pickle = Pickle::read_at(&content.bytes, start, &limits);
                let program = Program::new(&pickle, &limits);
                if start > 0 && !pickle.is_whole() && program.statements().is_empty() {
                    break;
                }
                if pickle.error().is_some() {
                    code = ExitCode::from(1);
                }
                if arguments.format == Format::Json {
                    json.push(as_json(&place, &pickle, &program));
                } else {
                    print(&as_text(&place, &pickle, &program))?;
                }
                start = usize::try_from(pickle.end()).unwrap_or(usize::MAX);
                if !pickle.is_whole() || start >= content.bytes.len() {
                    break;
                }
            }
        }
    }
    if arguments.format == Format::Json {
        print_json(&Value::Array(json))?;
    }
    Ok(code)
}

/// Each global where it is named first, and how often it is named.
fn first_uses(pickle: &Pickle) -> Vec<(GlobalUse, usize)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut uses: Vec<(GlobalUse, usize)> = Vec::new();
    for global in globals(pickle) {
        let next = uses.len();
        if let Some(place) = places.get(&global.expression) {
            if let Some((_, count)) = uses.get_mut(*place) {
                *count += 1;
            }
        } else if next < ROWS {
            places.insert(global.expression.clone(), next);
            uses.push((global, 1));
        }
    }
    uses
}

/// Writing to a string does not fail.
fn as_text(place: &[String], pickle: &Pickle, program: &Program) -> String {
    let mut out = String::new();
    let (start, end) = (pickle.start(), pickle.end());
    let _ = writeln!(
        out,
        "# {}, bytes {start} to {end}",
        clean(&place.join(": "))
    );
    let uses = first_uses(pickle);
    if !uses.is_empty() {
        let mut table = table(&["global", "times", "first at", "opcode"], &[1, 2]);
        for (global, count) in uses {
            let row = [
                clean(&global.to_string()),
                count.to_string(),
                global.offset.to_string(),
                global.opcode.to_string(),
            ];
            table.add_row(row);
        }
        let _ = writeln!(out, "\n{table}\n");
    }
    let _ = writeln!(out, "{program}");
    if let Some(error) = pickle.error() {
        let _ = writeln!(out, "# malformed: {}", clean(&error.to_string()));
    }
    out
}

fn as_json(place: &[String], pickle: &Pickle, program: &Program) -> Value {
    let globals: Vec<_> = first_uses(pickle)
        .into_iter()
        .map(|(global, count)| {
            json!({
                "module": global.module,
                "name": global.name,
                "python3": global.python3,
                "expression": global.expression,
                "times": count,
                "offset": global.offset,
                "opcode": global.opcode.to_string(),
            })
        })
        .collect();
    let statements: Vec<_> = program
        .statements()
        .iter()
        .map(|statement| {
            json!({
                "offset": statement.offset,
                "opcode": statement.opcode.map(|opcode| opcode.to_string()),
                "text": statement.text,
            })
        })
        .collect();
    json!({
        "place": place,
        "start": pickle.start(),
        "end": pickle.end(),
        "globals": globals,
        "program": statements,
        "complete": program.is_whole(),
        "error": pickle.error().map(ToString::to_string),
    })
}
