//! Text that does nothing to a terminal.

/// Text from elsewhere, with what a terminal would act upon or not show written as escapes.
pub(crate) use rustpython_pickle::inspect::printable as clean;

/// The same for what may have several lines, such as a traceback.
pub(crate) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
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
        assert_eq!(clean_lines("a\n\tb\x07\n"), "a\n\\tb\\u{7}");
    }
}
