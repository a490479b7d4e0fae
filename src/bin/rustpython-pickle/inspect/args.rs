//! The command line of the inspection.

use super::{Arguments, Command, Format, What};
use lexopt::{Arg, Parser};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What `-h` prints.
pub(super) const HELP: &str = "\
usage: PROGRAM dis     [option] ... file
       PROGRAM globals [option] ... file ...
       PROGRAM scan    [option] ... file|folder ...
       PROGRAM size    [option] ... file

Looks into pickles. Nothing that they say is executed or imported. `-' is standard input. Zip archives (as PyTorch's), gzip,
bzip2, xz, zstd, zlib and NumPy's files are opened.

  dis       every opcode, with what it works on
  globals   what a pickle names, and what it does, as pseudo-Python
  scan      whether it is safe to load: data only, allowed by a list, needs review, malformed, dangerous
  size      what takes the space, by path and by type

Options:
  --pickletools    with dis: the text of Python's pickletools.dis
  --annotate N     with dis: that, with annotations from about column N
  --json           with globals, scan and size: JSON in the place of text
  --sarif          with scan: SARIF 2.1.0
  --no-lists       with scan: no list allows anything, so that only plain data is clean
  --persistent     with scan: persistent ids are allowed
  --rows N         with size: how many objects are listed (30)
  --svg FILE       with size: a flame graph
  --unlimited      no limits on time and memory, for files that can be trusted to be large
  -h               print this, and exit (also --help)

Exit codes of scan: 0 all files are clean; 1 one is dangerous; 2 a mistake in the command line, or a file can't be read;
3 one needs review; 4 one is malformed; 5 there was nothing to scan. Of several 1 goes before 2, 2 before 4, and 4 before 3. A
file that is neither named like a pickle (.pkl, .pt, .npy and others, also with .gz and the like behind it) nor is one, nor the
beginning of one, is passed over in folders.
Of each file, 10 million opcodes are read, and compressed data expands to 256 MiB at most; beyond that, the file needs review.
Exit codes of the others: 0; 1 a pickle is malformed or goes beyond a limit, or not all of it is shown; 2 as above.
";

/// Whether a word is the name of a command.
pub(crate) fn is_command(word: &OsStr) -> bool {
    ["dis", "globals", "scan", "size"]
        .iter()
        .any(|name| word == *name)
}

/// Reads a command line that begins with the name of a command.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut args = args.into_iter();
    let name = args.next().unwrap_or_default();
    let mut parser = Parser::from_args(args);
    let mut arguments = Arguments::default();
    let (mut pickletools, mut annotate, mut svg, mut rows) = (false, None, None, None);
    let mut used: Vec<&str> = Vec::new();
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        let mut flag = |name: &'static str| used.push(name);
        match arg {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Long("pickletools") => {
                flag("--pickletools");
                pickletools = true;
            }
            Arg::Long("annotate") => {
                flag("--annotate");
                annotate = Some(number(&mut parser, "--annotate")?);
            }
            Arg::Long("json") => {
                flag("--json");
                arguments.format = Format::Json;
            }
            Arg::Long("sarif") => {
                flag("--sarif");
                arguments.format = Format::Sarif;
            }
            Arg::Long("no-lists") => {
                flag("--no-lists");
                arguments.no_lists = true;
            }
            Arg::Long("persistent") => {
                flag("--persistent");
                arguments.persistent = true;
            }
            Arg::Long("rows") => {
                flag("--rows");
                rows = Some(number(&mut parser, "--rows")?);
            }
            Arg::Long("svg") => {
                flag("--svg");
                let file = parser.value().map_err(|error| error.to_string())?;
                svg = Some(PathBuf::from(file));
            }
            Arg::Long("unlimited") => arguments.unlimited = true,
            Arg::Value(file) => arguments.files.push(PathBuf::from(file)),
            other => return Err(other.unexpected().to_string()),
        }
    }
    let (what, options): (What, &[&str]) = match name.to_str() {
        Some("dis") => {
            let annotate = annotate.unwrap_or(0);
            let pickletools = (pickletools || annotate > 0).then_some(annotate);
            (What::Dis { pickletools }, &["--pickletools", "--annotate"])
        }
        Some("globals") => (What::Globals, &["--json"]),
        Some("scan") => (
            What::Scan,
            &["--json", "--sarif", "--no-lists", "--persistent"],
        ),
        Some("size") => {
            let rows = rows.unwrap_or(30).min(10_000);
            (What::Size { svg, rows }, &["--json", "--rows", "--svg"])
        }
        _ => return Err(format!("no such command: {}", name.display())),
    };
    if let Some(wrong) = used.iter().find(|option| !options.contains(option)) {
        return Err(format!("{} has no option {wrong}", name.display()));
    }
    match (&what, arguments.files.len()) {
        (_, 0) => Err(format!("{}: no file given", name.display())),
        (What::Dis { .. } | What::Size { .. }, 2..) => {
            Err(format!("{} takes one file", name.display()))
        }
        _ => Ok(Command::Inspect(what, arguments)),
    }
}

fn number(parser: &mut Parser, option: &str) -> Result<usize, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("{option} takes a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Command, String> {
        super::parse(args.iter().map(Into::into))
    }

    #[test]
    fn options_stand_anywhere() {
        let arguments = Arguments {
            files: vec!["a".into(), "-b".into()],
            format: Format::Sarif,
            no_lists: true,
            ..Arguments::default()
        };
        let expected = Command::Inspect(What::Scan, arguments);
        assert_eq!(
            parse(&["scan", "a", "--sarif", "--no-lists", "--", "-b"]),
            Ok(expected)
        );
        let arguments = Arguments {
            files: vec!["a".into()],
            ..Arguments::default()
        };
        let what = What::Dis {
            pickletools: Some(30),
        };
        assert_eq!(
            parse(&["dis", "--annotate", "30", "a"]),
            Ok(Command::Inspect(what, arguments))
        );
        assert_eq!(parse(&["size", "-h"]), Ok(Command::Help));
    }

    #[test]
    fn mistakes() {
        for args in [
            &["dis"][..],
            &["dis", "a", "b"],
            &["dis", "--json", "a"],
            &["scan", "--svg", "x", "a"],
            &["scan", "--fast", "a"],
            &["size", "--rows", "x", "a"],
            &["look", "a"],
        ] {
            assert!(parse(args).is_err(), "{args:?}");
        }
        assert!(is_command(OsStr::new("dis")) && !is_command(OsStr::new("run")));
    }
}
