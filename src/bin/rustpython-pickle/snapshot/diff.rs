//! `snapshot diff`: what changed from one snapshot to another.

use super::{Arguments, complain, print_json, read};
use crate::clean::clean;
use crate::inspect::table::table;
use crate::progress::observed;
use crate::usage;
use rustpython_pickle::snapshot::{
    Change, Diff, Limits, Outcome, ReadOptions, Side, SnapshotError,
};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// The exit codes are those of `diff`.
pub(super) fn run(
    arguments: &Arguments,
    files: &[PathBuf; 2],
    all: bool,
    options: &ReadOptions,
) -> Result<ExitCode, ExitCode> {
    let mut diff = match compare(files, options) {
        Ok(diff) => diff,
        Err(error) => {
            complain(&error.to_string());
            return Err(ExitCode::from(2));
        }
    };
    let code = if diff.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    };
    if !all {
        for module in &mut diff.modules {
            module
                .globals
                .retain(|global| global.change != Change::Same);
        }
        diff.modules
            .retain(|module| module.change != Change::Same || !module.globals.is_empty());
    }
    if arguments.json {
        let value = serde_json::to_value(&diff).map_err(|error| {
            complain(&error.to_string());
            ExitCode::from(2)
        })?;
        print_json(&value)?;
    } else {
        usage::stdout(&as_text(&diff))?;
    }
    Ok(code)
}

fn compare(files: &[PathBuf; 2], options: &ReadOptions) -> Result<Diff, SnapshotError> {
    let [old, new] = files;
    let (old, new) = (read(old, options)?, read(new, options)?);
    observed(|observer| Diff::new(&old, &new, &Limits::default(), observer))
}

/// Writing to a string does not fail.
fn as_text(diff: &Diff) -> String {
    let mut out = String::new();
    for field in &diff.metadata {
        let (name, old, new) = (field.name, clean(&field.old), clean(&field.new));
        match as_list_change(&old, &new) {
            Some(change) => writeln!(out, "~ {name}: {change}"),
            None => writeln!(out, "~ {name}: {old} -> {new}"),
        }
        .unwrap_or_default();
    }
    for section in &diff.sections {
        let name = clean(&section.name);
        let _ = writeln!(out, "{} section {name}", section.change.sign());
    }
    let mut globals = table(&["", "module", "global", "type", "bytes", "value"], &[4]);
    let mut rows = 0;
    for module in &diff.modules {
        if module.change != Change::Same {
            let name = clean(&module.name);
            let _ = writeln!(out, "{} module {name}", module.change.sign());
        }
        for global in &module.globals {
            let pair = (global.old.as_ref(), global.new.as_ref());
            globals.add_row([
                global.change.sign().to_string(),
                clean(&module.name),
                clean(&global.name),
                both(pair, |side| clean(&side.type_name)),
                both(pair, |side| side.size.to_string()),
                both(pair, value),
            ]);
            rows += 1;
        }
    }
    if rows > 0 {
        let _ = writeln!(out, "{globals}");
    }
    out
}

/// What has come to a list and what has gone, which says more than both of them.
fn as_list_change(old: &str, new: &str) -> Option<String> {
    const SEPARATOR: &str = ", ";
    if !old.contains(SEPARATOR) && !new.contains(SEPARATOR) {
        return None;
    }
    let items = |list: &'_ str| -> Vec<String> {
        let items = list.split(SEPARATOR).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    let (old, new) = (items(old), items(new));
    let gone = old.iter().filter(|item| !new.contains(item));
    let come = new.iter().filter(|item| !old.contains(item));
    let change: Vec<_> = gone
        .map(|item| format!("-{item}"))
        .chain(come.map(|item| format!("+{item}")))
        .collect();
    match change.is_empty() {
        // Another order.
        true => None,
        false => Some(change.join(" ")),
    }
}

/// The value, or what became of it if that is something else.
fn value(side: &Side) -> String {
    // The beginning of the value is clean already.
    match (&side.outcome, &side.value) {
        (Outcome::Saved, Some(value)) => value.clone(),
        (outcome, None) => clean(&outcome.to_string()),
        (outcome, Some(value)) => format!("{value} ({})", clean(&outcome.to_string())),
    }
}

/// What both sides have in common, or an arrow from the one to the other.
fn both((old, new): (Option<&Side>, Option<&Side>), text: impl Fn(&Side) -> String) -> String {
    match (old.map(&text), new.map(&text)) {
        (Some(old), Some(new)) if old != new => format!("{old} -> {new}"),
        (old, new) => new.or(old).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let change = as_list_change("abc, json, os", "abc, decimal, os");
        assert_eq!(change.as_deref(), Some("-json +decimal"));
        assert_eq!(as_list_change("", "a, b").as_deref(), Some("+a +b"));
        assert_eq!(as_list_change("a, b", "b, a"), None);
        assert_eq!(as_list_change("0.6.0", "0.7.0"), None);
    }
}
