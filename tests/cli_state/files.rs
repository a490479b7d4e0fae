//! The files: of the session, of keys, and those that the session has open.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::support::{Folder, command, finish};
use super::{KEY, begun, run, value_of_n};

/// A program may change the current folder, and the key may be gone when it ends.
#[test]
fn relative_paths_are_those_of_the_start() {
    let folder = Folder::new("files_relative");
    folder.file("key", KEY);
    fs::create_dir(folder.path("elsewhere")).unwrap();
    let code = "import os; n = globals().get('n', 0) + 1; print(n); os.rename('key', 'old'); \
                os.chdir('elsewhere')";
    for number in 1..3 {
        let out = finish(
            command(["run", "--state", "s", "--key-file", "key", "-c", code])
                .current_dir(folder.as_path()),
        );
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
        assert_eq!(out.stdout, format!("{number}\n"));
        fs::rename(folder.path("old"), folder.path("key")).unwrap();
    }
    assert!(folder.path("s").exists());
    assert_eq!(fs::read_dir(folder.path("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_session_is_in_use_by_one_run() {
    let folder = Folder::new("files_in_use");
    let (state, before) = begun(&folder);
    let mut first = command(["run", "--state"])
        .arg(&state)
        .args([
            "-c",
            "import time; print('ready', flush=True); time.sleep(600)",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let out = first.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    #[cfg(unix)]
    let link = {
        let link = folder.path("link.state");
        std::os::unix::fs::symlink(&state, &link).unwrap();
        link
    };
    #[cfg(not(unix))]
    let link = state.clone();
    for file in [&state, &link] {
        let out = run(file, &[], "print('ran')");
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
        assert!(
            out.stderr.contains("in use by another run"),
            "{}",
            out.stderr
        );
    }
    // Whoever is killed leaves no lock behind.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(fs::read(&state).unwrap() == before);
    assert_eq!(value_of_n(&state), "1\n");
    assert!(!folder.path(".session.state.lock").exists());
}

#[test]
fn a_signed_session_needs_its_key() {
    let folder = Folder::new("files_signed");
    let state = folder.path("session.state");
    let key = folder.file("key", KEY);
    let key = key.to_str().expect("it is Unicode");
    assert_eq!(run(&state, &["--key-file", key], "n = 1").code, Some(0));
    let before = fs::read(&state).unwrap();
    let out = run(&state, &[], "print('ran')");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(out.stderr.contains("say --key-file"), "{}", out.stderr);
    assert!(fs::read(&state).unwrap() == before);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_or_no_key() {
    use std::process::Command;

    let folder = Folder::new("files_odd");
    let pipe = folder.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("there is mkfifo").success());
    for odd in [&pipe, folder.as_path()] {
        let out = run(odd, &[], "print('ran')");
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
        assert!(out.stderr.contains("no regular file"), "{}", out.stderr);
    }
    let state = folder.path("session.state");
    let out = run(&state, &["--key-file", "/dev/zero"], "print('ran')");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(out.stderr.contains("it is no key"), "{}", out.stderr);
}

#[test]
fn a_file_that_is_gone() {
    let folder = Folder::new("files_gone");
    let (state, _) = begun(&folder);
    let notes = folder.file("notes.txt", "first\nsecond\n");
    let code = format!("file = open({notes:?}); file.readline()");
    let out = run(&state, &[], &code);
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    fs::remove_file(&notes).unwrap();
    let before = fs::read(&state).unwrap();

    let out = run(&state, &[], "print('ran')");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(out.stderr.contains("notes.txt"), "{}", out.stderr);
    assert!(
        out.stderr.contains("--missing-files=closed"),
        "{}",
        out.stderr
    );
    assert!(fs::read(&state).unwrap() == before);

    let out = run(
        &state,
        &["--missing-files", "closed"],
        "print(n, file.closed)",
    );
    assert_eq!((out.stdout.as_str(), out.code), ("1 True\n", Some(0)));
    let told = format!("not restored: {}: ", notes.display());
    assert!(out.stderr.starts_with(&told), "{}", out.stderr);
    assert_eq!(value_of_n(&state), "1\n");
}

#[test]
fn names_do_nothing_to_a_terminal() {
    let folder = Folder::new("files_terminal");
    let (state, _) = begun(&folder);
    let code = "globals()['\\x1b[2J'] = (i for i in ())";
    for options in [&[][..], &["--strict"]] {
        let out = run(&state, options, code);
        assert!(out.stderr.contains("not saved: "), "{}", out.stderr);
        assert!(out.stderr.contains("u{1b}[2J"), "{}", out.stderr);
        assert!(!out.stderr.contains('\x1b'), "{:?}", out.stderr);
    }
}
