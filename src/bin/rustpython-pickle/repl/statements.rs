//! Where what is typed ends, and what statements it has.

use ruff_text_size::Ranged as _;
use rustpython_vm::compiler::parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseErrorType, parse_module,
};
use rustpython_vm::compiler::{CompileError, CompileOpts, Mode, ast, compile};

/// Whether a text is to be run as it is, be it wrong, or goes on in the next line.
///
/// As in Python's own, a compound statement ends with an empty line, and brackets and strings of several lines where
/// they are closed.
pub(super) fn is_complete(text: &str) -> bool {
    let ends_empty = text
        .rsplit_once('\n')
        .is_some_and(|(_, last)| last.trim().is_empty());
    if ends_in_continuation(text) {
        return false;
    }
    match parse_module(text) {
        Ok(module) => match module.syntax().body.last() {
            Some(last) => ends_empty || !is_compound(last),
            None => true,
        },
        Err(_) => !is_unfinished(text, ends_empty),
    }
}

/// The statements of a text, each as a text of its own; nothing, if it does not parse.
pub(super) fn split(text: &str) -> Option<Vec<&str>> {
    let module = parse_module(text).ok()?;
    let statements = module.syntax().body.iter();
    let texts = statements.map(|statement| {
        let range = statement.range();
        let end = range.end().to_usize();
        &text[range.start().to_usize()..end + comment_at(&text[end..])]
    });
    Some(texts.collect())
}

/// The length of the comment that ends a line, if there is one: tracebacks show it.
fn comment_at(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or_default();
    match line.trim_start().starts_with('#') {
        true => line.len(),
        false => 0,
    }
}

fn ends_in_continuation(text: &str) -> bool {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let code = last.trim_end_matches('\r');
    code.ends_with('\\') && !code.contains('#')
}

fn is_compound(statement: &ast::Stmt) -> bool {
    matches!(
        statement,
        ast::Stmt::FunctionDef(_)
            | ast::Stmt::ClassDef(_)
            | ast::Stmt::For(_)
            | ast::Stmt::While(_)
            | ast::Stmt::If(_)
            | ast::Stmt::With(_)
            | ast::Stmt::Match(_)
            | ast::Stmt::Try(_)
    )
}

/// Whether more input could make a text right that does not parse.
fn is_unfinished(text: &str, ends_empty: bool) -> bool {
    let Err(CompileError::Parse(error)) =
        compile(text, Mode::Exec, "<repl>", CompileOpts::default())
    else {
        return false;
    };
    if error.is_unclosed_bracket || error.is_unclosed_string {
        return true;
    }
    match &error.error {
        ParseErrorType::Lexical(
            LexicalErrorType::Eof
            | LexicalErrorType::FStringError(
                InterpolatedStringErrorType::UnterminatedTripleQuotedString,
            )
            | LexicalErrorType::TStringError(
                InterpolatedStringErrorType::UnterminatedTripleQuotedString,
            ),
        )
        | ParseErrorType::FStringError(
            InterpolatedStringErrorType::UnterminatedTripleQuotedString,
        )
        | ParseErrorType::TStringError(
            InterpolatedStringErrorType::UnterminatedTripleQuotedString,
        ) => true,
        // What is missing stands behind a header, and an empty line says that it does not come.
        _ if ends_empty => false,
        error => {
            let rest = text.get(parse_error_end(text)..).unwrap_or_default();
            let mut rest = rest.lines().map(str::trim_start);
            rest.all(|line| line.is_empty() || line.starts_with('#'))
                && is_missing_block(&error.to_string())
        }
    }
}

fn parse_error_end(text: &str) -> usize {
    match parse_module(text) {
        Err(error) => error.location.end().to_usize(),
        Ok(_) => 0,
    }
}

/// The parser has these as texts only.
fn is_missing_block(message: &str) -> bool {
    let message = message.to_lowercase();
    ["indented block", "except", "decorator", "case"]
        .iter()
        .any(|part| message.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole() {
        for text in [
            "",
            "  ",
            "# nothing",
            "x = 1",
            "x = 1; y = 2",
            "x = 1\ny = 2",
            "def f():\n    return 1\n",
            "def f():\n    return 1\n    ",
            "def f():\n    return 1\n\nf()",
            "if x:\n    a\nelse:\n    b\n",
            "x = [\n1,\n2]",
            "'''a\nb'''",
            "@d\ndef f(): pass\n",
            // Wrong, and more does not help.
            "1 +",
            "x = 'a",
            "é = 'ü",
            "f(]",
            "this is no Python",
            "def f():\n",
            "try:\n    x\n",
            "  x = 1",
            "return",
        ] {
            assert!(is_complete(text), "{text:?}");
        }
    }

    #[test]
    fn what_goes_on() {
        for text in [
            "def f():",
            "def f():\n    # why",
            "def f():\n    return 1",
            "def é():\n    return 'ü'",
            "if x: y",
            "if x:\n    a\nelse:",
            "class A:\n    x = 1",
            "@d",
            "@d\n@e",
            "try:\n    x",
            "for i in range(3):",
            "x = [",
            "f(1,",
            "x = [\n",
            "{'a': [1,",
            "'''a",
            "'''é",
            "f'''a {x}",
            "x = \\",
            "match x:",
            "async def f():",
            "with a as b:",
        ] {
            assert!(!is_complete(text), "{text:?}");
        }
    }

    #[test]
    fn statements() {
        assert_eq!(
            split("x = 1; y = 'é'  # d\n# c\n@d\ndef f():\n    return 1\n\nf()"),
            Some(vec![
                "x = 1",
                "y = 'é'  # d",
                "@d\ndef f():\n    return 1",
                "f()"
            ])
        );
        assert_eq!(split(" # nothing"), Some(vec![]));
        assert_eq!(split("1 +"), None);
    }
}
