//! Writes SCANNERS.md.

use super::{Comparison, File, Scanner, Verdict};
use crate::report::Page;

/// How many attacks are named that a scanner lets through, for each class.
const NAMED: usize = 12;

/// How many files got each verdict, in its order.
type Counts = [usize; 4];

/// The whole file.
pub(crate) fn markdown(comparison: &Comparison) -> String {
    let mut page = Page::default();
    page.line("# Scanners of pickles");
    page.line("");
    page.line("Written by `compat scanners`; not edited.");
    page.line("");
    let (attacks, benign): (Vec<_>, Vec<_>) = comparison.files.iter().partition(|file| file.attack);
    page.line(&format!(
        "{} attacks and {} benign pickles of [hostile](../hostile/README.md), each scanned by the \
         scanners' own command lines with their defaults. Every attack has been seen to do its \
         harm under CPython, but for those that need a loader or a module that is not at hand \
         (`cargo test -p rustpython-pickle-hostile` tells which). The exit code is the verdict:",
        attacks.len(),
        benign.len(),
    ));
    page.line("");
    page.line("- *flagged*: dangerous;");
    page.line(
        "- *held*: not called dangerous and not let through either: the scanner ends with an \
         error, or (ours) says that the file is malformed or needs review;",
    );
    page.line("- *skipped*: the scanner says that it looked at nothing;");
    page.line("- *missed* or *passed*: nothing is wrong with it.");
    for scanner in &comparison.scanners {
        if let Err(why) = &scanner.verdicts {
            page.line("");
            page.line(&format!("**NOT RUN**: {}: {why}", scanner.label));
        }
    }
    page.line("");
    page.line("## Attacks");
    page.line("");
    page.line("Each cell: flagged / held / skipped / **missed**.");
    page.line("");
    table(&mut page, "class", &comparison.scanners, &attacks, true);
    page.line("");
    page.line("## Benign pickles");
    page.line("");
    page.line(
        "By the allow list that loads them; `none` has the classes of applications, numpy, pandas \
         and scikit-learn. Each cell: **flagged** / held / skipped / passed. What is flagged is a \
         false alarm.",
    );
    page.line("");
    table(&mut page, "list", &comparison.scanners, &benign, false);
    page.line("");
    page.line(&stopped(&comparison.scanners, &benign));
    page.line("");
    page.line("## What is missed");
    for scanner in &comparison.scanners {
        missed(&mut page, scanner, &attacks);
    }
    page.text
}

fn counts(scanner: &Scanner, files: &[&File], row: Option<&str>) -> Option<Counts> {
    let verdicts = scanner.verdicts.as_ref().ok()?;
    let mut counts = Counts::default();
    for file in files
        .iter()
        .filter(|file| row.is_none_or(|row| file.row == row))
    {
        if let Some(verdict) = verdicts.get(&file.name) {
            counts[*verdict as usize] += 1;
        }
    }
    Some(counts)
}

/// How many benign files a pipeline stops that lets through only what is clean: to hold all would miss no attack.
fn stopped(scanners: &[Scanner], benign: &[&File]) -> String {
    let of = |scanner: &Scanner| {
        let counts = counts(scanner, benign, None)?;
        let stopped = benign.len() - counts[Verdict::Clean as usize];
        Some(format!("{stopped} with {}", scanner.label))
    };
    let all: Vec<_> = scanners.iter().filter_map(of).collect();
    format!(
        "What is held or skipped does not pass either: a pipeline that lets through only what is clean \
         stops, of these {}, {}.",
        benign.len(),
        all.join(", ")
    )
}

/// One cell; `bold` is what should be 0.
fn cell(counts: Option<Counts>, bold: Verdict) -> String {
    let Some(counts) = counts else {
        return "not run".to_owned();
    };
    let number = |(place, count): (usize, &usize)| {
        if place == bold as usize && *count > 0 {
            format!("**{count}**")
        } else {
            count.to_string()
        }
    };
    let cells: Vec<_> = counts.iter().enumerate().map(number).collect();
    cells.join(" / ")
}

/// A row for each class or list, in the order of the files, and one for all.
fn table(page: &mut Page, first: &str, scanners: &[Scanner], files: &[&File], attacks: bool) {
    let bold = if attacks {
        Verdict::Clean
    } else {
        Verdict::Flagged
    };
    let mut head = vec![first, "files"];
    head.extend(scanners.iter().map(|scanner| scanner.label.as_str()));
    let mut names: Vec<&str> = Vec::new();
    for file in files {
        if !names.contains(&file.row.as_str()) {
            names.push(&file.row);
        }
    }
    let rows = names.iter().map(|name| Some(*name)).chain([None]);
    page.table(
        &head,
        rows.map(|row| {
            let size = files
                .iter()
                .filter(|file| row.is_none_or(|row| file.row == row));
            let mut cells = vec![row.unwrap_or("all").to_owned(), size.count().to_string()];
            let of = |scanner| cell(counts(scanner, files, row), bold);
            cells.extend(scanners.iter().map(of));
            cells
        }),
    );
}

/// The attacks that a scanner calls clean, or skips.
fn missed(page: &mut Page, scanner: &Scanner, attacks: &[&File]) {
    let Ok(verdicts) = &scanner.verdicts else {
        return;
    };
    page.line("");
    page.line(&format!("### {}", scanner.label));
    page.line("");
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    for file in attacks {
        let verdict = verdicts.get(&file.name);
        if !matches!(verdict, Some(Verdict::Clean | Verdict::Skipped)) {
            continue;
        }
        match rows.iter_mut().find(|(row, _)| *row == file.row) {
            Some((_, names)) => names.push(&file.name),
            None => rows.push((&file.row, vec![&file.name])),
        }
    }
    if rows.is_empty() {
        page.line("None.");
    }
    for (row, names) in rows {
        let more = names.len().saturating_sub(NAMED);
        let names: Vec<_> = names
            .iter()
            .take(NAMED)
            .map(|name| format!("`{}`", name.trim_start_matches("attacks/")))
            .collect();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        page.line(&format!("- {row}: {}{more}", names.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn tables() {
        let file = |name: &str, row: &str, attack| File {
            row: row.to_owned(),
            name: name.to_owned(),
            attack,
        };
        let files = vec![
            file("a", "x", true),
            file("b", "x", true),
            file("c", "y", false),
        ];
        let verdicts = [
            ("a", Verdict::Flagged),
            ("b", Verdict::Clean),
            ("c", Verdict::Flagged),
        ];
        let verdicts: BTreeMap<_, _> = verdicts
            .into_iter()
            .map(|(name, verdict)| (name.to_owned(), verdict))
            .collect();
        let scanners = vec![
            Scanner {
                label: "one".into(),
                verdicts: Ok(verdicts),
            },
            Scanner {
                label: "two".into(),
                verdicts: Err("it is not there".into()),
            },
        ];
        let page = markdown(&Comparison { files, scanners });
        assert!(
            page.contains("| x | 2 | 1 / 0 / 0 / **1** | not run |"),
            "{page}"
        );
        assert!(
            page.contains("| y | 1 | **1** / 0 / 0 / 0 | not run |"),
            "{page}"
        );
        assert!(page.contains("**NOT RUN**: two: it is not there"), "{page}");
        assert!(page.contains("- x: `b`\n"), "{page}");
        assert!(page.contains("of these 1, 1 with one."), "{page}");
    }
}
