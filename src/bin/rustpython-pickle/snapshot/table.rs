//! Tables, and text that does nothing to a terminal.

use comfy_table::{CellAlignment, Table, presets};

/// A table with a header; the columns whose numbers are given are aligned to the right.
pub(super) fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.iter().copied());
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Text of a snapshot's, with what a terminal would act upon or not show written as escapes.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => out.push(character),
            _ => out.extend(character.escape_debug()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal() {
        assert_eq!(clean("größe 'x' \\"), "größe 'x' \\");
        assert_eq!(
            clean("a\x1b[2J\r\n\u{202e}b\u{9b}"),
            "a\\u{1b}[2J\\r\\n\\u{202e}b\\u{9b}"
        );
    }
}
