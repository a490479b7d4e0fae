//! The tracebacks at the end of a unittest log.

use super::line;

const KINDS: [&str; 2] = ["FAIL: ", "ERROR: "];

/// Reads the section that begins with the first rule of `=`: the names of
/// tests with what each one raised, in one line.
pub(super) fn messages(lines: &[&str]) -> Vec<(String, String)> {
    let rule = "=".repeat(70);
    lines
        .split(|line| *line == rule)
        .filter_map(|block| {
            let (heading, block) = block.split_first()?;
            let heading = KINDS.iter().find_map(|kind| heading.strip_prefix(kind))?;
            // As if the test were announced.
            let announced = format!("{heading} ... ");
            let name = match line::head(&announced, None) {
                Some(head) => head.name(),
                None => heading.to_owned(),
            };
            Some((name, raised(block)))
        })
        .collect()
}

/// The line of a traceback that names the exception.
fn raised(block: &[&str]) -> String {
    let frame = block
        .iter()
        .rposition(|line| line.starts_with("  File "))
        .unwrap_or_default();
    block[frame..]
        .iter()
        .find(|line| {
            let first = line.chars().next();
            first.is_some_and(|c| !c.is_whitespace() && c != '-')
        })
        .map(|line| (*line).to_owned())
        .unwrap_or_default()
}
