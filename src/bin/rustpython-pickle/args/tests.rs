use super::{Program, Request, parse};
use crate::error::Error;
use crate::options::Options;

fn run(args: &[&str]) -> (Program, Options) {
    let args = std::iter::once("rustpython-pickle").chain(args.iter().copied());
    match parse(args.map(Into::into)) {
        Ok(Request::Run(arguments)) => (arguments.program, arguments.options),
        other => panic!("{other:?}"),
    }
}

fn error(args: &[&str]) -> Error {
    let args = std::iter::once("rustpython-pickle").chain(args.iter().copied());
    parse(args.map(Into::into)).expect_err("no error")
}

#[test]
fn code_takes_everything_that_follows() {
    let (program, options) = run(&["-Ic", "pass", "-x", "--", "run"]);
    assert_eq!(program, Program::Code("pass".into()));
    assert!(options.isolated);
    assert_eq!(options.argv, ["-c", "-x", "--", "run"]);
    let (program, options) = run(&["run", "-cpass", "-m"]);
    assert_eq!(program, Program::Code("pass".into()));
    assert_eq!(options.argv, ["-c", "-m"]);
}

#[test]
fn the_code_is_what_follows_even_when_it_looks_like_an_option() {
    assert_eq!(run(&["-c", "-1"]).0, Program::Code("-1".into()));
    assert_eq!(run(&["-c", "--"]).0, Program::Code("--".into()));
    assert_eq!(run(&["-c=1"]).0, Program::Code("=1".into()));
}

#[test]
fn run_is_a_word_of_its_own_only_in_front() {
    assert_eq!(run(&["run", "run"]).0, Program::File("run".into()));
    assert_eq!(run(&["-E", "run"]).0, Program::File("run".into()));
    let (program, options) = run(&["script.py", "run", "-c"]);
    assert_eq!(program, Program::File("script.py".into()));
    assert_eq!(options.argv, ["script.py", "run", "-c"]);
}

#[test]
fn a_dash_is_standard_input() {
    let (program, options) = run(&["-", "a"]);
    assert_eq!(program, Program::Stdin);
    assert_eq!(options.argv, ["-", "a"]);
}

#[test]
fn two_dashes_end_the_options() {
    assert_eq!(run(&["--", "-c"]).0, Program::File("-c".into()));
}

#[test]
fn options_with_values() {
    let (_, options) = run(&[
        "-Wignore",
        "-W",
        "error",
        "-Xdev",
        "-X",
        "cpu_count=2",
        "x.py",
    ]);
    assert_eq!(options.warnings, ["ignore", "error"]);
    assert_eq!(options.implementation("dev"), Some(None));
    assert_eq!(options.implementation("cpu_count"), Some(Some("2")));
    assert_eq!(options.implementation("utf8"), None);
    assert_eq!(run(&["-bb", "-OO", "-b", "x.py"]).1.bytes_warning, 3);
}

#[test]
fn unknown_options_and_missing_values() {
    assert_eq!(error(&["-z"]), Error::Usage("Unknown option: -z".into()));
    assert_eq!(
        error(&["--foo"]),
        Error::Usage("unknown option --foo".into())
    );
    for option in ["-c", "-m", "-W", "-X"] {
        let message = format!("Argument expected for the {option} option");
        assert_eq!(error(&[option]), Error::Usage(message));
    }
    assert!(matches!(
        error(&["--check-hash-based-pycs", "often", "x.py"]),
        Error::Usage(_)
    ));
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_unicode_are_refused() {
    use std::os::unix::ffi::OsStringExt;
    let bad = std::ffi::OsString::from_vec(b"x\xff".to_vec());
    let args = ["rustpython-pickle".into(), "x.py".into(), bad];
    assert!(matches!(parse(args), Err(Error::Usage(_))));
}
