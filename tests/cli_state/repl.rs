//! `repl --state`, with its input from a pipe.

use std::path::Path;

use super::support::{Finished, Folder, run_with_input};

fn repl(state: &Path, input: &str) -> Finished {
    let args = ["repl".as_ref(), "--state".as_ref(), state.as_os_str()];
    run_with_input(args, input.as_bytes())
}

#[test]
fn the_end_of_input_saves_and_the_next_session_goes_on() {
    let folder = Folder::new("repl_goes_on");
    let state = folder.path("session.state");
    let out = repl(
        &state,
        "count = 0\n\
         def step(by=1):\n\
         \x20   global count\n\
         \x20   count += by\n\
         \x20   return count\n\
         \n\
         step()\n\
         class Broken:\n\
         \x20   def fail(self):\n\
         \x20       raise ValueError('broken')  # here\n\
         \n\
         b = Broken()\n\
         1 / 0\n\
         this is no Python\n\
         step(2)\n",
    );
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(out.stdout.ends_with("1\n3\n"), "{}", out.stdout);
    assert!(out.stderr.contains("ZeroDivisionError"), "{}", out.stderr);
    assert!(out.stderr.contains("SyntaxError"), "{}", out.stderr);

    let out = repl(&state, "step()\nb.fail()\nstep()\n");
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(out.stdout.ends_with("4\n5\n"), "{}", out.stdout);
    // The traceback has the source of the first session.
    assert!(
        out.stderr.contains("raise ValueError('broken')  # here"),
        "{}",
        out.stderr
    );
    let out = repl(&state, "count\n");
    assert!(out.stdout.ends_with("5\n"), "{}", out.stdout);
}

#[test]
fn exits_save() {
    let folder = Folder::new("repl_exits");
    for (number, (exit, code)) in [(":quit", 0), ("exit()", 0), ("import sys; sys.exit(4)", 4)]
        .into_iter()
        .enumerate()
    {
        let state = folder.path(&format!("{number}.state"));
        let out = repl(&state, &format!("n = 7\n{exit}\nprint('never')\n"));
        assert_eq!(out.code, Some(code), "{exit}: {}", out.stderr);
        assert!(!out.stdout.contains("never"), "{}", out.stdout);
        let out = repl(&state, "n\n");
        assert!(out.stdout.ends_with("7\n"), "{exit}: {}", out.stdout);
    }
}

#[test]
fn saving_on_demand() {
    let folder = Folder::new("repl_save");
    let (state, other) = (folder.path("session.state"), folder.path("other.state"));
    let away = folder.path("missing").join("x.state");
    let input = format!(
        "import os\nn = 1\n:save {}\nn = 2\n:save\nn = 3\n:save {}\n:sav\nprint('on')\nos._exit(9)\n",
        other.display(),
        away.display()
    );
    let out = repl(&state, &input);
    // It did not come to save at its end.
    assert_eq!(out.code, Some(9), "{}", out.stderr);
    assert!(out.stdout.ends_with("on\n"), "{}", out.stdout);
    assert!(out.stderr.contains("not saved: "), "{}", out.stderr);
    assert!(
        out.stderr.contains("no such command: :sav"),
        "{}",
        out.stderr
    );
    for (file, n) in [(&other, "1\n"), (&state, "2\n")] {
        let out = repl(file, "n\n");
        assert!(
            out.stdout.ends_with(n),
            "{}: {}",
            file.display(),
            out.stdout
        );
    }
}

#[test]
fn a_bad_file_begins_no_session() {
    let folder = Folder::new("repl_bad");
    let state = folder.file("session.state", "no snapshot");
    let out = repl(&state, "print('ran')\n");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(out.stderr.contains("not a snapshot"), "{}", out.stderr);
}

/// Whatever is typed, what there was before is kept.
#[test]
fn nothing_that_is_typed_loses_the_session() {
    let folder = Folder::new("repl_typed");
    for (number, typed) in [
        "x = 'é",
        "print('ü",
        "def f():\n  'ü",
        "exec(\"é = 'ü\")",
        "import sys; sys.stdout.close()",
        "import sys; sys.stdout = 5",
        "import sys; del sys.stdout",
        "import sys, io\nclass Bad(io.StringIO):\n    def flush(self): raise OSError('bad')\n\nsys.stderr = Bad()",
        "raise KeyboardInterrupt",
        "(",
        "'''",
    ]
    .into_iter()
    .enumerate()
    {
        let state = folder.path(&format!("{number}.state"));
        let out = repl(&state, &format!("precious = 1\n{typed}\n"));
        assert!(state.exists(), "{typed}: {}", out.stderr);
        let out = repl(&state, "print(precious)\n");
        assert!(out.stdout.ends_with("1\n"), "{typed}: {}", out.stderr);
    }
}

#[test]
fn a_line_that_is_no_unicode() {
    let folder = Folder::new("repl_bytes");
    let state = folder.path("session.state");
    let args = ["repl".as_ref(), "--state".as_ref(), state.as_os_str()];
    let out = run_with_input(args, b"n = 4\nprint('\xff')\nprint(n)\n");
    assert_eq!(out.stdout, "\u{fffd}\n4\n", "{}", out.stderr);
    assert_eq!(out.code, Some(0));
    assert!(repl(&state, "n\n").stdout.ends_with("4\n"));
}

#[test]
fn several_statements_and_futures() {
    let folder = Folder::new("repl_statements");
    let state = folder.path("session.state");
    let out = repl(
        &state,
        "1; 2\n\
         from __future__ import annotations\n\
         def f(x: nowhere): pass\n\
         \n\
         f.__annotations__\n\
         for i in range(2):\n\
         \x20   i\n\
         print('on')\n\
         return\n\
         x = (1 +\n\
         2)\n\
         x\n",
    );
    assert_eq!(
        out.stdout, "1\n2\n{'x': 'nowhere'}\n0\n1\non\n3\n",
        "{}",
        out.stderr
    );
    // The errors are those of what was typed.
    assert!(
        out.stderr.contains("SyntaxError: 'return'"),
        "{}",
        out.stderr
    );
    assert!(!out.stderr.contains("codeop"), "{}", out.stderr);
}

#[test]
fn what_is_not_saved_is_told_at_the_end() {
    let folder = Folder::new("repl_strict");
    let state = folder.path("session.state");
    let state = state.to_str().expect("it is Unicode");
    for end in ["", ":quit\n", "exit()\n"] {
        let input = format!("g = (i for i in ())\n{end}");
        let out = run_with_input(["repl", "--state", state, "--strict"], input.as_bytes());
        assert_eq!(out.code, Some(1), "{end}: {}", out.stderr);
        assert!(
            out.stderr.contains("not saved: can't save g"),
            "{}",
            out.stderr
        );
    }
    // A script's own exit code is more telling.
    let input = "g = (i for i in ())\nexit(7)\n";
    let out = run_with_input(["repl", "--state", state, "--strict"], input.as_bytes());
    assert_eq!(out.code, Some(7), "{}", out.stderr);
}

#[test]
fn relative_files_of_commands_are_those_of_the_moment() {
    let folder = Folder::new("repl_relative");
    let state = folder.path("session.state");
    let input = format!(
        "import os\nos.chdir({:?})\nn = 6\n:save other.state\n",
        folder.as_path()
    );
    let out = repl(&state, &input);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(state.exists());
    let out = repl(&folder.path("other.state"), "n\n");
    assert!(out.stdout.ends_with("6\n"), "{}", out.stderr);
}
