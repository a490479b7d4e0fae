//! Tracebacks, and command lines that make no sense.

use super::support::{Folder, command, finish, run, run_with_input};

#[test]
fn a_traceback_of_a_script() {
    let folder = Folder::new("a_traceback");
    let script = folder.file("broken.py", "def f():\n    1/0\nprint('before')\nf()\n");
    let path = script.display();
    let out = run([&script]);
    assert_eq!(out.stdout, "before\n");
    assert_eq!(
        out.stderr,
        format!(
            "Traceback (most recent call last):\n\
             \x20 File \"{path}\", line 4, in <module>\n\
             \x20   f()\n\
             \x20   ~^^\n\
             \x20 File \"{path}\", line 2, in f\n\
             \x20   1/0\n\
             \x20   ~^~\n\
             ZeroDivisionError: division by zero\n"
        )
    );
    assert_eq!(out.code, Some(1));
}

#[test]
fn a_traceback_of_code_shows_the_code() {
    let out = run(["-c", "x = 1\nx.y"]);
    assert_eq!(
        out.stderr,
        "Traceback (most recent call last):\n\
         \x20 File \"<string>\", line 2, in <module>\n\
         \x20   x.y\n\
         AttributeError: 'int' object has no attribute 'y'\n"
    );
    assert_eq!(out.code, Some(1));
}

#[test]
fn a_traceback_of_standard_input() {
    let out = run_with_input(["-"], b"\nundefined\n");
    assert_eq!(
        out.stderr,
        "Traceback (most recent call last):\n\
         \x20 File \"<stdin>\", line 2, in <module>\n\
         NameError: name 'undefined' is not defined\n"
    );
    assert_eq!(out.code, Some(1));
}

#[test]
fn syntax_errors() {
    let folder = Folder::new("syntax_errors");
    let script = folder.file("open.py", "print(1");
    let nul = folder.file("nul.py", "a\0b");
    for (out, message) in [
        (run([&script]), "SyntaxError: '(' was never closed\n"),
        (
            run([&nul]),
            "SyntaxError: source code cannot contain null bytes\n",
        ),
        (
            run(["-c", "print(1"]),
            "SyntaxError: '(' was never closed\n",
        ),
        (
            run_with_input(["-"], b"print(1"),
            "SyntaxError: '(' was never closed\n",
        ),
        (
            run_with_input(["-"], b"a\0b"),
            "SyntaxError: source code string cannot contain null bytes\n",
        ),
    ] {
        assert!(out.stderr.ends_with(message), "{}", out.stderr);
        assert!(!out.stderr.contains("Traceback"), "{}", out.stderr);
        assert_eq!(out.code, Some(1));
    }
}

#[test]
fn no_such_script() {
    let folder = Folder::new("no_such_script");
    let path = folder.path("none's.py");
    for run_word in [&[][..], &["run"]] {
        let out = finish(command(run_word).arg(&path));
        let message = format!(
            "can't open file \"{}\": [Errno 2] No such file or directory\n",
            path.display()
        );
        assert!(out.stderr.ends_with(&message), "{}", out.stderr);
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(2)));
    }
}

#[test]
fn a_folder_that_is_no_program() {
    let folder = Folder::new("a_folder_that_is_no_program");
    let out = run([folder.as_path()]);
    let message = format!(
        "can't find '__main__' module in '{}'\n",
        folder.as_path().display()
    );
    assert!(out.stderr.ends_with(&message), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
}

#[test]
fn no_such_module() {
    let out = run(["-m", "no_such_module"]);
    assert!(
        out.stderr.ends_with(": No module named no_such_module\n"),
        "{}",
        out.stderr
    );
    assert_eq!(out.code, Some(1));
}

#[test]
fn command_lines_that_make_no_sense() {
    for (args, message) in [
        (&["-z"][..], "Unknown option: -z\n"),
        (&["--foo"], "unknown option --foo\n"),
        (&["-c"], "Argument expected for the -c option\n"),
        (&["run", "-m"], "Argument expected for the -m option\n"),
    ] {
        let out = run(args);
        assert!(out.stderr.starts_with(message), "{}", out.stderr);
        assert!(out.stderr.contains("usage: rustpython-pickle"));
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(2)));
    }
}

/// RustPython itself would panic.
#[cfg(unix)]
#[test]
fn arguments_that_are_not_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let bad = std::ffi::OsStr::from_bytes(b"\xff");
    let out = finish(command(["-c", "print('ran')"]).arg(bad));
    assert!(
        out.stderr.starts_with("an argument is not Unicode"),
        "{}",
        out.stderr
    );
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(2)));
}

#[test]
fn variables_that_make_no_sense() {
    for (name, value) in [
        ("PYTHONHASHSEED", "x"),
        ("PYTHONHASHSEED", "-1"),
        ("PYTHONINTMAXSTRDIGITS", "639"),
        ("PYTHON_CPU_COUNT", "0"),
        ("PYTHONUTF8", "yes"),
    ] {
        let out = finish(command(["-c", "print('ran')"]).env(name, value));
        assert!(
            out.stderr.starts_with("Fatal Python error: ") && out.stderr.contains(name),
            "{}",
            out.stderr
        );
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
        // `-E` does not look.
        let out = finish(command(["-E", "-c", "print('ran')"]).env(name, value));
        assert_eq!((out.stdout.as_str(), out.code), ("ran\n", Some(0)));
    }
}
