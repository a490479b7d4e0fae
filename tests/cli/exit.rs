//! How programs end.

use super::support::{command, finish, run};
use std::process::Stdio;

#[test]
fn system_exit() {
    for (argument, code, stderr) in [
        ("", 0, ""),
        ("None", 0, ""),
        ("0", 0, ""),
        ("3", 3, ""),
        ("True", 1, ""),
        ("-1", 255, ""),
        ("263", 7, ""),
        ("'bye'", 1, "bye\n"),
        ("1.5", 1, "1.5\n"),
        ("(1, 2)", 1, "(1, 2)\n"),
    ] {
        for code_text in [
            format!("import sys; sys.exit({argument})"),
            format!("raise SystemExit({argument})"),
        ] {
            let out = run(["-c", &code_text]);
            assert_eq!(out.stderr, stderr, "{code_text}");
            assert_eq!(out.code, Some(code), "{code_text}");
        }
    }
}

#[test]
fn the_end_flushes_and_runs_what_is_registered() {
    let out = run([
        "-c",
        "import atexit, sys\n\
         atexit.register(print, 'atexit')\n\
         sys.stdout.write('main\\n')\n\
         sys.exit(4)",
    ]);
    assert_eq!(out.stdout, "main\natexit\n");
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(4)));
}

#[cfg(feature = "threading")]
#[test]
fn the_end_waits_for_threads() {
    let out = run([
        "-c",
        "import sys, threading\n\
         def wait():\n\
         \x20   threading.main_thread().join()\n\
         \x20   print('thread')\n\
         threading.Thread(target=wait).start()\n\
         print('main')\n\
         sys.exit(4)",
    ]);
    assert_eq!(out.stdout, "main\nthread\n");
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(4)));
}

#[cfg(unix)]
#[test]
fn keyboard_interrupt() {
    let out = run(["-c", "print('before'); raise KeyboardInterrupt"]);
    assert_eq!(out.stdout, "before\n");
    assert!(
        out.stderr.ends_with("\nKeyboardInterrupt\n"),
        "{}",
        out.stderr
    );
    // The shell makes it 130.
    assert_eq!((out.code, out.signal), (None, Some(2)));
}

/// A signal interrupts the call that the program waits in.
#[cfg(unix)]
#[test]
fn a_signal_interrupts() {
    use std::io::{BufRead, BufReader};
    use std::process::Command;

    let mut child = command([
        "-uc",
        "import time; print('ready'); time.sleep(600); print('slept')",
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::null())
    .spawn()
    .expect("the binary starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it is text");
    assert_eq!(line, "ready\n");
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill starts");
    assert!(sent.success());
    let status = child.wait().expect("it ends");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(2)
    );
    line.clear();
    stdout.read_line(&mut line).expect("it is text");
    assert_eq!(line, "");
}

#[cfg(unix)]
#[test]
fn a_forked_child_has_its_own_exit_code() {
    let out = run([
        "-c",
        "import os, sys\n\
         if os.fork() == 0:\n\
         \x20   sys.exit(7)\n\
         print(os.waitstatus_to_exitcode(os.wait()[1]))",
    ]);
    assert_eq!((out.stdout.as_str(), out.code), ("7\n", Some(0)));
}

/// Nobody reads: no panic, but an exit code that tells.
#[test]
fn a_broken_pipe() {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let out = finish(command(["-c", "print('x')"]).stdout(writer));
    assert!(out.stderr.contains("BrokenPipeError"), "{}", out.stderr);
    assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
    assert_eq!(out.code, Some(120));

    // More than the buffer holds: the write itself fails.
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let out = finish(command(["-c", "print('x' * 1_000_000)"]).stdout(writer));
    assert!(out.stderr.contains("BrokenPipeError"), "{}", out.stderr);
    assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));

    for option in ["-h", "-V"] {
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let out = finish(command([option]).stdout(writer));
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(120)));
    }
}

#[test]
fn an_exception_and_a_failing_flush_exit_with_the_exception() {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let out = finish(command(["-c", "print('x'); raise SystemExit(5)"]).stdout(writer));
    assert_eq!(out.code, Some(5));
}
