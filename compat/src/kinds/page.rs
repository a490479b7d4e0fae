//! Writes KINDS.md: no times, no paths.

use super::{Column, Kinds, Row};
use crate::packages::PACKAGES;
use crate::report::Page;

/// How much of a reason is shown.
const LONGEST: usize = 90;

impl Kinds {
    /// The whole file.
    pub(crate) fn markdown(&self) -> String {
        let mut page = Page::default();
        page.line("# What can be saved by value");
        page.line("");
        page.line("Written by `compat kinds` from the catalogue in `tests/kinds`; not edited.");
        page.line("");
        page.line(
            "Each object is made in `__main__`, pickled, and loaded in another process, under \
             another hash seed, that has none of its definitions. *Restored equal*: it behaves as \
             the original does. *Identity kept*: what was one object in several places still is, \
             where there is any such thing. *Same bytes*: a third process, under a third hash \
             seed, makes the same pickle. The original is made twice, and has to behave the same \
             after it was pickled.",
        );
        page.line("");
        let others = PACKAGES.map(|package| format!("{} {}", package.name, package.version));
        page.line(&format!(
            "Beside it {} under CPython {}; of several ways to use one (`dill.dumps` has \
             `recurse`) the best counts.",
            others.join(" and "),
            self.cpython
        ));
        page.line("");
        self.totals(&mut page, &others);
        self.families(&mut page, &others);
        self.what_others_manage(&mut page);
        page.text
    }

    fn totals(&self, page: &mut Page, others: &[String]) {
        let label = format!("rustpython-pickle {}", env!("CARGO_PKG_VERSION"));
        let labels = std::iter::once(&label).chain(others);
        let columns = std::iter::once(&self.ours).chain(&self.others);
        page.table(
            &["pickler", "kinds", "saved", "restored equal, sharing kept"],
            labels.zip(columns).map(|(label, column)| {
                let count = |is: fn(&Row) -> bool| {
                    let rows = column.rows.iter();
                    rows.filter(|row| is(row)).count().to_string()
                };
                let all = column.rows.len().to_string();
                vec![
                    label.clone(),
                    all,
                    count(|row| row.saved),
                    count(Row::works),
                ]
            }),
        );
    }

    fn families(&self, page: &mut Page, others: &[String]) {
        let mut head = vec![
            "kind",
            "saved",
            "restored equal",
            "identity kept",
            "same bytes",
        ];
        head.extend(others.iter().map(String::as_str));
        let numbered: Vec<(usize, &Row)> = self.ours.rows.iter().enumerate().collect();
        for family in numbered.chunk_by(|(_, a), (_, b)| a.family == b.family) {
            if let Some((_, first)) = family.first() {
                page.heading(&format!("## {}", first.family.replace('_', " ")));
            }
            page.table(
                &head,
                family.iter().map(|(number, row)| {
                    let mut cells = vec![
                        row.kind.clone(),
                        yes(row.saved),
                        yes(row.equal),
                        row.kept.map_or_else(none, yes),
                        row.same.map_or_else(none, yes),
                    ];
                    cells.extend(self.others.iter().map(|other| verdict(other, *number)));
                    cells
                }),
            );
        }
    }

    fn what_others_manage(&self, page: &mut Page) {
        page.heading("## What does not work here");
        let failing: Vec<(usize, &Row)> = self
            .ours
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.works() || row.same == Some(false))
            .collect();
        if failing.is_empty() {
            page.line("Nothing.");
            return;
        }
        page.table(
            &["kind", "managed by", "what happens here", "reason"],
            failing.into_iter().map(|(number, row)| {
                let managed: Vec<&str> = self
                    .others
                    .iter()
                    .filter(|other| other.rows.get(number).is_some_and(Row::works))
                    .map(|other| other.pickler.as_str())
                    .collect();
                vec![
                    format!("{}: {}", row.family.replace('_', " "), row.kind),
                    if managed.is_empty() {
                        "neither".to_owned()
                    } else {
                        managed.join(", ")
                    },
                    short(row),
                    row.reason.clone().unwrap_or_else(|| "**none**".to_owned()),
                ]
            }),
        );
    }
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn none() -> String {
    "-".to_owned()
}

/// A cell of another pickler's.
fn verdict(column: &Column, number: usize) -> String {
    match column.rows.get(number) {
        None => none(),
        Some(row) if row.works() => yes(true),
        Some(row) => match &row.crash {
            Some(crash) => format!("crash: {crash}"),
            None => format!("no: {}", short(row)),
        },
    }
}

/// Why it does not work, on one short line of text.
fn short(row: &Row) -> String {
    let why = row.crash.as_ref().or(row.why.as_ref());
    let why = why.map(String::as_str).unwrap_or_default();
    let mut text: String = why.chars().take(LONGEST).collect();
    if text.len() < why.len() {
        text.push_str("...");
    }
    // Angle brackets would be HTML.
    format!("`{}`", text.replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        let row = |why: &str| Row {
            why: Some(why.to_owned()),
            ..Row::default()
        };
        let mut column = Column {
            rows: vec![row("TypeError: `x`"), row(&"ä".repeat(100))],
            ..Column::default()
        };
        assert_eq!(verdict(&column, 0), "no: `TypeError: 'x'`");
        assert_eq!(verdict(&column, 1), format!("no: `{}...`", "ä".repeat(90)));
        assert_eq!(verdict(&column, 2), "-");
        column.rows[0].crash = Some("hangs".to_owned());
        assert_eq!(verdict(&column, 0), "crash: hangs");
    }

    #[test]
    fn a_page() {
        let row = |kind: &str, works| Row {
            family: "of_all".to_owned(),
            kind: kind.to_owned(),
            saved: works,
            equal: works,
            why: (!works).then(|| "TypeError: no".to_owned()),
            ..Row::default()
        };
        let kinds = Kinds {
            ours: Column {
                rows: vec![row("one", true), row("two", false)],
                ..Column::default()
            },
            others: vec![Column {
                pickler: "dill".to_owned(),
                rows: vec![row("one", false), row("two", true)],
                ..Column::default()
            }],
            cpython: "3.14.0".to_owned(),
        };
        let page = kinds.markdown();
        for line in [
            "## of all",
            "| one | yes | yes | - | - | no: `TypeError: no` |",
            "| two | no | no | - | - | yes |",
            "| of all: two | dill | `TypeError: no` | **none** |",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
