//! Single lines of a unittest log.

use super::{Status, Totals};

/// What follows a test's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tail<'a> {
    /// Its status.
    Status(Status),
    /// Nothing yet.
    Pending,
    /// Something the test wrote itself.
    Noise(&'a str),
}

/// The announcement of a test, a subtest or a class fixture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// What stands before the name: the end of another test's output.
    pub(super) before: &'a str,
    word: &'a str,
    path: &'a str,
    extra: &'a str,
    /// What follows.
    pub(super) tail: Tail<'a>,
    /// Whether the docstring's line belongs to it as well.
    pub(super) two_lines: bool,
}

const FIXTURES: [&str; 4] = [
    "setUpClass",
    "tearDownClass",
    "setUpModule",
    "tearDownModule",
];
const DOTS: &str = " ... ";

impl Head<'_> {
    /// Whether it stands for a whole class or module.
    pub(super) fn is_fixture(&self) -> bool {
        FIXTURES.contains(&self.word)
    }

    /// Whether it has parameters.
    pub(super) fn is_subtest(&self) -> bool {
        !self.extra.is_empty()
    }

    /// The full name, without addresses, which differ from run to run.
    pub(super) fn name(&self) -> String {
        let dotted = self
            .path
            .rsplit_once('.')
            .is_some_and(|(_, last)| self.word.ends_with(last))
            && !self.is_fixture();
        let mut name = if dotted {
            self.path.to_owned()
        } else if self.path.is_empty() {
            self.word.to_owned()
        } else {
            format!("{}.{}", self.path, self.word)
        };
        name.push_str(&without_addresses(self.extra));
        name
    }
}

/// Reads the announcement of a test, whose docstring may be on the next line.
pub(super) fn head<'a>(line: &'a str, next: Option<&'a str>) -> Option<Head<'a>> {
    line.match_indices(" (").find_map(|(at, open)| {
        let rest = &line[at + open.len()..];
        let close = rest.find(')')?;
        let (path, after) = (&rest[..close], &rest[close + 1..]);
        if !path
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '<' | '>'))
        {
            return None;
        }
        let start = name_start(&line[..at], path, next)?;
        let (extra, tail, two_lines) = after_path(after, next)?;
        let (before, word) = line[..at].split_at(start);
        Some(Head {
            before: before.trim(),
            word,
            path,
            extra,
            tail,
            two_lines,
        })
    })
}

/// Where the test's name starts in the text before its dotted path.
fn name_start(before: &str, path: &str, next: Option<&str>) -> Option<usize> {
    // A method's path ends in its name: sure enough to find it after the
    // output of another test which has no newline at its end.
    if let Some((_, last)) = path.rsplit_once('.')
        && !last.is_empty()
        && let Some(rest) = before.strip_suffix(last)
    {
        // A test that could not be loaded has dots in its name.
        let loaded = rest.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')));
        let dotted = rest.ends_with('.');
        return Some(match loaded {
            Some(at) if dotted => at + 1,
            None if dotted => 0,
            _ => rest.len(),
        });
    }
    let word = before.trim_start();
    let start = before.len() - word.len();
    let doctest = next.is_some_and(|n| n.starts_with("Doctest: "));
    (FIXTURES.contains(&word) || doctest && !word.is_empty() && !word.contains(' '))
        .then_some(start)
}

/// Takes parameters, docstring and status apart.
fn after_path<'a>(after: &'a str, next: Option<&'a str>) -> Option<(&'a str, Tail<'a>, bool)> {
    let parameters = after.starts_with(" (") || after.starts_with(" [");
    if let Some((before, tail)) = tail(after) {
        let fits = parameters || before.is_empty();
        return fits.then_some((before, tail, false));
    }
    if !after.is_empty() && !parameters {
        return None;
    }
    // The docstring's first line must be next, or this is no announcement.
    let (_, tail) = tail(next?)?;
    Some((after, tail, true))
}

/// Splits at the dots that come before the status, or else at the first ones.
fn tail(text: &str) -> Option<(&str, Tail<'_>)> {
    let with_status = text.match_indices(DOTS).find_map(|(at, dots)| {
        let status = status(&text[at + dots.len()..])?;
        Some((&text[..at], Tail::Status(status)))
    });
    with_status.or_else(|| {
        if let Some(before) = text.strip_suffix(DOTS) {
            return Some((before, Tail::Pending));
        }
        let (before, noise) = text.split_once(DOTS)?;
        Some((before, Tail::Noise(noise)))
    })
}

/// Reads a text that is a status and nothing else.
pub(super) fn status(text: &str) -> Option<Status> {
    Some(match text {
        "ok" => Status::Ok,
        "FAIL" => Status::Fail,
        "ERROR" => Status::Error,
        "expected failure" => Status::ExpectedFailure,
        "unexpected success" => Status::UnexpectedSuccess,
        _ => Status::Skipped(unquote(text.strip_prefix("skipped ")?)?),
    })
}

/// Reads a status from the end of a line the test began without ending it.
pub(super) fn status_at_end(line: &str) -> Option<Status> {
    if let Some(at) = line.find("skipped ")
        && let Some(status) = status(&line[at..])
    {
        return Some(status);
    }
    [
        "ok",
        "FAIL",
        "ERROR",
        "expected failure",
        "unexpected success",
    ]
    .into_iter()
    .find(|word| line.ends_with(word))
    .and_then(status)
}

/// Undoes Python's `repr` of a string.
fn unquote(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == quote {
            return None;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            c @ ('\\' | '\'' | '"') => out.push(c),
            'n' | 't' | 'r' => out.push(' '),
            other => out.extend(['\\', other]),
        }
    }
    Some(out)
}

fn without_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(" at 0x") {
        let start = at + " at 0x".len();
        let digits = rest[start..]
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len() - start);
        out.push_str(&rest[..at]);
        rest = &rest[start + digits..];
    }
    out.push_str(rest);
    out
}

/// Reads `Ran 3 tests in 0.1s`.
pub(super) fn ran(line: &str) -> Option<usize> {
    let (count, rest) = line.strip_prefix("Ran ")?.split_once(' ')?;
    let time = rest
        .strip_prefix("tests in ")
        .or_else(|| rest.strip_prefix("test in "))?;
    time.strip_suffix('s')?.parse::<f64>().ok()?;
    count.parse().ok()
}

/// Reads `OK (skipped=1)` and the like.
pub(super) fn verdict(line: &str) -> Option<Totals> {
    let (word, infos) = match line.split_once(" (") {
        Some((word, infos)) => (word, infos.strip_suffix(')')?),
        None => (line, ""),
    };
    let mut totals = Totals {
        ok: match word {
            "OK" | "NO TESTS RAN" => true,
            "FAILED" => false,
            _ => return None,
        },
        ..Totals::default()
    };
    for info in infos.split(", ").filter(|info| !info.is_empty()) {
        let (what, count) = info.split_once('=')?;
        let field = match what {
            "failures" => &mut totals.failures,
            "errors" => &mut totals.errors,
            "skipped" => &mut totals.skipped,
            "expected failures" => &mut totals.expected_failures,
            "unexpected successes" => &mut totals.unexpected_successes,
            _ => return None,
        };
        *field = count.parse().ok()?;
    }
    Some(totals)
}
