//! `globals`: what a pickle names and does.

use super::{Arguments, Format, clean, input, print, print_json, table};
use rustpython_pickle::inspect::{GlobalUse, Pickle, Program, globals};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;
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
                let uses = Uses::of(&pickle);
                if pickle.error().is_some() || uses.left_out > 0 || !program.is_whole() {
                    code = ExitCode::from(1);
                }
                if arguments.format == Format::Json {
                    json.push(as_json(&place, &pickle, &program, uses));
                } else {
                    print(&as_text(&place, &pickle, &program, uses))?;
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

/// Different globals, each where it is named first, and how often it is named.
#[derive(Default)]
struct Uses {
    /// Those that are known to do harm stand before the others.
    rows: Vec<(GlobalUse, usize)>,
    /// How many have no row.
    left_out: usize,
}

impl Uses {
    fn of(pickle: &Pickle) -> Self {
        // What is left out is kept as a number only: there may be millions.
        let hasher = RandomState::new();
        let mut places: HashMap<u64, Option<(bool, usize)>> = HashMap::new();
        let (mut harmful, mut others) = (Vec::new(), Vec::new());
        let mut left_out = 0;
        for global in globals(pickle) {
            let key = hasher.hash_one((&global.module, &global.name, &global.expression));
            let known = places.get(&key).copied();
            let is_harmful = match known {
                Some(place) => place.is_some_and(|(is_harmful, _)| is_harmful),
                None => global.harm().is_some(),
            };
            let kind: &mut Vec<(GlobalUse, usize)> = if is_harmful {
                &mut harmful
            } else {
                &mut others
            };
            match known {
                Some(place) => {
                    if let Some((_, times)) = place.and_then(|(_, row)| kind.get_mut(row)) {
                        *times += 1;
                    }
                }
                None if kind.len() < ROWS => {
                    places.insert(key, Some((is_harmful, kind.len())));
                    kind.push((global, 1));
                }
                None => {
                    places.insert(key, None);
                    left_out += 1;
                }
            }
        }
        let mut rows = harmful;
        rows.append(&mut others);
        left_out += rows.len().saturating_sub(ROWS);
        rows.truncate(ROWS);
        Self { rows, left_out }
    }
}

/// Writing to a string does not fail.
fn as_text(place: &[String], pickle: &Pickle, program: &Program, uses: Uses) -> String {
    let mut out = String::new();
    let (start, end) = (pickle.start(), pickle.end());
    let _ = writeln!(
        out,
        "# {}, bytes {start} to {end}",
        clean(&place.join(": "))
    );
    if !uses.rows.is_empty() {
        let mut table = table(&["global", "times", "first at", "opcode"], &[1, 2]);
        for (global, count) in uses.rows {
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
    if uses.left_out > 0 {
        let _ = writeln!(out, "# {} more globals are left out\n", uses.left_out);
    }
    let _ = writeln!(out, "{program}");
    if !program.is_whole() {
        let _ = writeln!(out, "# more statements are left out");
    }
    if let Some(error) = pickle.error() {
        let _ = writeln!(out, "# malformed: {}", clean(&error.to_string()));
    }
    out
}

fn as_json(place: &[String], pickle: &Pickle, program: &Program, uses: Uses) -> Value {
    let globals: Vec<_> = uses
        .rows
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
                "harm": global.harm().map(|harm| harm.to_string()),
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
        "globals_left_out": uses.left_out,
        "complete": program.is_whole() && uses.left_out == 0,
        "error": pickle.error().map(ToString::to_string),
    })
}
