//! The command line of `snapshot`.

use super::{Arguments, Command, KeyFile};
use crate::error::{Error, Result};
use lexopt::{Arg, Parser};
use std::ffi::OsString;
use std::path::PathBuf;

/// What `-h` prints.
pub(super) const HELP: &str = "\
usage: rustpython-pickle snapshot show   [option] ... file ...
       rustpython-pickle snapshot verify [option] ... file ...
       rustpython-pickle snapshot diff   [option] ... old new

Looks into saved sessions. Nothing that they hold is executed.

  show      what is inside: where it comes from, sections, and what became of each global
  verify    checks digest, signature, and that everything can be unpacked
  diff      what changed from one to the other

Options:
  --json              JSON in the place of tables; of several files, a list
  --all               with diff: list what is the same as well
  --key-file FILE     the key of HMAC-SHA256 that they have to be signed with:
                      the bytes of the file, as they are
  --public-key FILE   the public key of Ed25519 that they have to be signed with:
                      32 bytes, or 64 hexadecimal digits
  -h                  print this, and exit (also --help)
With several keys, one has to fit.

Exit codes: 0 all is well; 1 a file is bad, or with diff, something changed;
2 a mistake in the command line, or with diff, a file is bad.
";

/// Reads what follows the word `snapshot`.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command> {
    let mut parser = Parser::from_args(args);
    let mut name = None;
    let mut arguments = Arguments::default();
    let mut all = false;
    while let Some(arg) = parser.next().map_err(|error| usage(error.to_string()))? {
        match arg {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Long("json") => arguments.json = true,
            Arg::Long("all") => all = true,
            Arg::Long("key-file") => {
                let file = value(&mut parser)?;
                arguments.keys.push(KeyFile::HmacSha256(file));
            }
            Arg::Long("public-key") => {
                let file = value(&mut parser)?;
                arguments.keys.push(KeyFile::Ed25519(file));
            }
            Arg::Value(word) if name.is_none() => name = Some(word),
            Arg::Value(file) => arguments.files.push(PathBuf::from(file)),
            other => return Err(usage(other.unexpected().to_string())),
        }
    }
    let Some(name) = name else {
        return Err(usage("snapshot: show, verify or diff?"));
    };
    let takes_files = |command: fn(Arguments) -> Command, arguments: Arguments| {
        if all {
            return Err(usage("--all goes with diff"));
        }
        if arguments.files.is_empty() {
            return Err(usage("snapshot: no file given"));
        }
        Ok(command(arguments))
    };
    match name.to_str() {
        Some("show") => takes_files(Command::Show, arguments),
        Some("verify") => takes_files(Command::Verify, arguments),
        Some("diff") => {
            let files = std::mem::take(&mut arguments.files);
            let files = files.try_into();
            Ok(Command::Diff {
                arguments,
                files: files.map_err(|_| usage("snapshot diff takes two files"))?,
                all,
            })
        }
        _ => {
            let message = format!("snapshot: no such command: {}", name.display());
            Err(usage(message))
        }
    }
}

fn value(parser: &mut Parser) -> Result<OsString> {
    parser.value().map_err(|error| usage(error.to_string()))
}

fn usage(message: impl Into<String>) -> Error {
    Error::Usage(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Command> {
        super::parse(args.iter().map(Into::into))
    }

    #[test]
    fn options_stand_anywhere() {
        for args in [
            &["show", "--json", "--key-file", "k", "a", "b"][..],
            &["--json", "show", "a", "--key-file=k", "b"],
        ] {
            let expected = Command::Show(Arguments {
                json: true,
                keys: vec![KeyFile::HmacSha256("k".into())],
                files: vec!["a".into(), "b".into()],
            });
            assert_eq!(parse(args), Ok(expected));
        }
        assert_eq!(parse(&["verify", "-h"]), Ok(Command::Help));
        let expected = Command::Diff {
            arguments: Arguments::default(),
            files: ["-a".into(), "b".into()],
            all: true,
        };
        assert_eq!(parse(&["diff", "--all", "--", "-a", "b"]), Ok(expected));
    }

    #[test]
    fn mistakes() {
        for args in [
            &[][..],
            &["show"],
            &["shew", "a"],
            &["diff", "a"],
            &["diff", "a", "b", "c"],
            &["show", "--all", "a"],
            &["verify", "a", "--key-file"],
            &["verify", "a", "--json=yes"],
            &["verify", "--jsn", "a"],
        ] {
            assert!(matches!(parse(args), Err(Error::Usage(_))), "{args:?}");
        }
    }
}
