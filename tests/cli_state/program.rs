//! What is the program's, and no part of the session.

use std::fs;
use std::path::Path;

use super::begun;
use super::support::{Finished, Folder, command, finish};

fn play(state: &Path, options: &[&str], script: &Path) -> Finished {
    let mut command = command(["run", "--state"]);
    finish(command.arg(state).args(options).arg(script))
}

#[test]
fn the_path_does_not_grow() {
    let folder = Folder::new("program_path");
    let state = folder.path("session.state");
    let code = "import sys\n\
                if 'added' not in globals():\n\
                \x20   added = '/added/by/the/session'\n\
                \x20   sys.path.append(added)\n\
                print(sys.path)\n";
    let first = folder.file("one/script.py", code);
    let second = folder.file("two/script.py", code);
    let shown = play(&state, &[], &first).stdout;
    let path: Vec<_> = shown.trim_matches(['[', ']', '\n']).split(", ").collect();
    assert_eq!(path[0], format!("'{}'", folder.path("one").display()));
    for _ in 0..2 {
        assert_eq!(play(&state, &[], &first).stdout, shown);
    }
    // The folder of one program is not the other's.
    let out = play(&state, &[], &second);
    assert_eq!(
        out.stdout,
        shown.replace("/one'", "/two'"),
        "{}",
        out.stderr
    );
    assert!(shown.contains("/added/by/the/session"));
}

#[test]
fn a_program_says_of_itself_what_a_new_one_does() {
    let folder = Folder::new("program_main");
    let state = folder.path("session.state");
    folder.file("pk/__init__.py", "");
    folder.file("pk/__main__.py", "'''A package.'''\nn = 1\n");
    let out = finish(
        command(["run", "--state"])
            .arg(&state)
            .args(["-m", "pk"])
            .current_dir(folder.as_path()),
    );
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    let names = "print(n, __name__, __doc__, __package__, __spec__, \
                 globals().get('__file__'), __loader__)";
    let out = finish(command(["run", "--state"]).arg(&state).args(["-c", names]));
    let new = finish(&mut command(["run", "-c", &format!("n = 1; {names}")]));
    assert_eq!((out.stdout, out.code), (new.stdout, Some(0)));
}

#[test]
fn a_script_that_is_not_there_touches_nothing() {
    let folder = Folder::new("program_missing");
    let (state, before) = begun(&folder);
    let out = play(&state, &[], &folder.path("missing.py"));
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("can't open file"), "{}", out.stderr);
    assert!(fs::read(&state).unwrap() == before);
}

#[test]
fn a_source_that_rustpython_panics_at() {
    let folder = Folder::new("program_panics");
    let (state, before) = begun(&folder);
    let script = folder.file("script.py", "n = 2\né = 'ü\n");
    let out = play(&state, &[], &script);
    assert!(out.stderr.contains("SyntaxError"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
    let out = super::run(&state, &[], "é = 'ü");
    assert!(out.stderr.contains("SyntaxError"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
    let out = super::support::run_with_input(["-"], "é = 'ü\n".as_bytes());
    assert!(out.stderr.contains("SyntaxError"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
    assert!(fs::read(&state).unwrap() == before);
}

#[test]
fn an_edited_module() {
    let folder = Folder::new("program_module");
    let state = folder.path("session.state");
    let script = folder.file("script.py", "import helper\nprint(helper.version())\n");
    folder.file("helper.py", "def version():\n    return 'old'\n");
    for _ in 0..2 {
        let out = play(&state, &[], &script);
        assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("old\n", ""));
    }
    folder.file("helper.py", "def version():\n    return 'new and longer'\n");
    let out = play(&state, &[], &script);
    assert_eq!(out.stdout, "old\n");
    assert!(
        out.stderr.contains("helper.py has been edited"),
        "{}",
        out.stderr
    );
    assert!(out.stderr.contains("--reload"), "{}", out.stderr);
    let out = play(&state, &["--reload"], &script);
    assert_eq!(
        (out.stdout.as_str(), out.stderr.as_str()),
        ("new and longer\n", "")
    );
    // From then on it is the session's.
    let out = play(&state, &[], &script);
    assert_eq!(
        (out.stdout.as_str(), out.stderr.as_str()),
        ("new and longer\n", "")
    );
    // One that fails begins no session.
    folder.file("helper.py", "1 / 0\n");
    let before = fs::read(&state).unwrap();
    let out = play(&state, &["--reload"], &script);
    assert!(out.stderr.contains("ZeroDivisionError"), "{}", out.stderr);
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(fs::read(&state).unwrap() == before);
}
