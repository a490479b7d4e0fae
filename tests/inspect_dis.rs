//! The disassembler, beside CPython's (tests/inspect/make_fixtures.py).

use std::fs;
use std::path::{Path, PathBuf};

use rustpython_pickle::inspect::dis::{Layout, pickletools};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inspect/dis")
}

/// What is printed, with the exception as a line of its own.
fn dis(pickle: &[u8], annotate: usize) -> String {
    let mut layout = Layout::default();
    layout.annotate = annotate;
    let mut text = String::new();
    if let Err(error) = pickletools(pickle, &layout, &mut text) {
        text.push_str(&format!("{error}\n"));
    }
    text
}

#[test]
fn the_text_is_that_of_pickletools() {
    let mut count = 0;
    for entry in fs::read_dir(fixtures()).expect("the folder is there") {
        let path = entry.expect("it is there").path();
        if path
            .extension()
            .is_none_or(|extension| extension != "pickle")
        {
            continue;
        }
        let pickle = fs::read(&path).expect("it is there");
        let expected = fs::read_to_string(path.with_extension("dis")).expect("it is there");
        let (annotate, expected) = expected.split_once('\n').expect("it has a first line");
        let text = dis(&pickle, annotate.parse().expect("it is a number"));
        assert_eq!(text, expected, "{}", path.display());
        count += 1;
    }
    assert!(count > 100, "{count}");
}

/// With `PICKLETOOLS_DAMAGED=FILE` it takes another list of them.
#[test]
fn the_text_of_damaged_pickles_is_that_of_pickletools() {
    let file = match std::env::var_os("PICKLETOOLS_DAMAGED") {
        Some(file) => file.into(),
        None => fixtures().join("damaged.txt"),
    };
    let list = fs::read_to_string(file).expect("it is there");
    let mut count = 0;
    for line in list.lines() {
        let mut parts = line.splitn(3, ' ');
        let mut next = || parts.next().expect("a line has three parts");
        let (pickle, annotate, expected) = (unhex(next()), next(), next());
        let text = dis(&pickle, annotate.parse().expect("it is a number"));
        let text = text.replace('\\', "\\\\").replace('\n', "\\n");
        assert_eq!(text, expected, "{}", pickle.escape_ascii());
        count += 1;
    }
    assert!(count >= 500, "{count}");
}

fn unhex(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("it is a digit");
    let bytes = digits.as_bytes().chunks_exact(2);
    bytes
        .map(|pair| (digit(pair[0]) * 16 + digit(pair[1])) as u8)
        .collect()
}
