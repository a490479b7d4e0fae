//! Tables, and text that does nothing to a terminal.

use comfy_table::{CellAlignment, Table, presets};

pub(crate) use rustpython_pickle::inspect::printable as clean;

/// A table with a header; the columns whose numbers are given are aligned to the right.
pub(crate) fn table(header: &[&str], right: &[usize]) -> Table {
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
