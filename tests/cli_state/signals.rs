//! Signals, at the worst moments.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::support::{Folder, command, ended, finish};
use super::{begun, run, value_of_n};

/// Objects that interrupt whoever saves or restores them.
const INTERRUPTING: &str = "
import os, signal, time
def interrupt(signal_number=signal.SIGINT):
    os.kill(os.getpid(), signal_number)
    time.sleep(0.05)
class WhenSaved:
    def __reduce__(self):
        interrupt()
        return WhenSaved, ()
class WhenRestored:
    def __reduce__(self):
        return interrupt, ()
";

fn ready(child: &mut Child) -> BufReader<ChildStdout> {
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    out.read_line(&mut line).expect("it says that it is ready");
    assert_eq!(line, "ready\n");
    out
}

fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let kill = Command::new("kill").args([signal, &id]).status();
    assert!(kill.expect("there is kill").success());
}

#[test]
fn an_interrupt_waits_until_the_session_is_saved() {
    let folder = Folder::new("signals_saving");
    let (state, _) = begun(&folder);
    let out = run(
        &state,
        &[],
        &format!("{INTERRUPTING}n = 2; a = WhenSaved()"),
    );
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert_eq!(
        out.stderr,
        "saving the session; to give it up, interrupt again\n"
    );
    assert_eq!(value_of_n(&state), "2\n");
}

#[test]
fn a_second_interrupt_gives_it_up() {
    let folder = Folder::new("signals_twice");
    let (state, before) = begun(&folder);
    let code = format!("{INTERRUPTING}n = 2; a, b = WhenSaved(), WhenSaved()");
    let out = run(&state, &[], &code);
    assert_eq!(out.code, Some(1), "{}", out.stderr);
    assert!(
        out.stderr.contains("not saved: cancelled"),
        "{}",
        out.stderr
    );
    assert!(fs::read(&state).unwrap() == before);
}

#[test]
fn an_interrupt_while_restoring_runs_nothing() {
    let folder = Folder::new("signals_restoring");
    let (state, _) = begun(&folder);
    for (signal, ends) in [("SIGINT", (None, Some(2))), ("SIGTERM", (Some(143), None))] {
        let code = format!("{INTERRUPTING}\na = WhenRestored()\n");
        let code = code.replace("SIGINT", signal);
        fs::remove_file(&state).unwrap();
        assert_eq!(run(&state, &[], &code).code, Some(0));
        let before = fs::read(&state).unwrap();
        let out = run(&state, &[], "print('ran')");
        assert_eq!(out.stdout, "", "{}", out.stderr);
        assert_eq!((out.code, out.signal), ends, "{}", out.stderr);
        assert!(fs::read(&state).unwrap() == before);
    }
}

/// Whether whoever runs the tests has a signal ignored, as `nohup` has: then it stays so.
fn is_ignored(signal: &str) -> bool {
    let name = signal.replace('-', "SIG");
    let code = format!("import signal; print(signal.getsignal(signal.{name}) == signal.SIG_IGN)");
    finish(&mut command(["-c", &code])).stdout == "True\n"
}

#[test]
fn signals_to_end_are_ends() {
    let folder = Folder::new("signals_ends");
    let (state, _) = begun(&folder);
    for (n, (signal, code)) in [("-TERM", 143), ("-HUP", 129)].into_iter().enumerate() {
        if is_ignored(signal) {
            continue;
        }
        // In short sleeps: a signal that comes just before one is looked at after it.
        let program = format!(
            "import time; n = {n}; print('ready', flush=True)\nwhile True: time.sleep(0.1)"
        );
        let mut child = command(["run", "--state"])
            .arg(&state)
            .args(["-c", &program])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let _out = ready(&mut child);
        send(&child, signal);
        let out = ended(child);
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(code)));
        assert_eq!(value_of_n(&state), format!("{n}\n"));
    }
}

#[test]
fn a_programs_own_handlers_are_its_own() {
    let folder = Folder::new("signals_own");
    let (state, _) = begun(&folder);
    let code = "import os, signal\n\
                def handler(number, frame):\n\
                \x20   global n\n\
                \x20   n = 5\n\
                signal.signal(signal.SIGTERM, handler)\n\
                os.kill(os.getpid(), signal.SIGTERM)\n\
                child = os.fork()\n\
                if child == 0:\n\
                \x20   signal.pause()\n\
                os.kill(child, signal.SIGKILL)\n\
                print(os.waitpid(child, 0)[1])\n";
    let out = run(&state, &[], code);
    assert_eq!((out.stdout.as_str(), out.code), ("9\n", Some(0)));
    assert_eq!(value_of_n(&state), "5\n");
    // A forked child ends by the signal, as without a session.
    let code = "import os, signal\n\
                child = os.fork()\n\
                if child == 0:\n\
                \x20   os.kill(os.getpid(), signal.SIGTERM)\n\
                \x20   signal.pause()\n\
                print(os.waitpid(child, 0)[1])\n";
    let out = run(&state, &[], code);
    assert_eq!((out.stdout.as_str(), out.code), ("15\n", Some(0)));
}

/// With its input from a pipe, in which it waits.
#[test]
fn a_repl_that_waits_is_ended_and_saved() {
    let folder = Folder::new("signals_repl");
    let (state, _) = begun(&folder);
    let (mut child, input) = waiting_repl(&state, "n = 8\nprint('ready')\n");
    let _out = ready(&mut child);
    // It may still be on its way to the next line; the signal is seen there then.
    send(&child, "-TERM");
    let out = ended(child);
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(143)));
    drop(input);
    assert_eq!(value_of_n(&state), "8\n");
}

/// Whatever keeps the exit for itself: the stream that is flushed after each entry, a destructor, the program.
#[test]
fn an_exit_that_is_lost_ends_a_repl() {
    let folder = Folder::new("signals_lost");
    for (n, lost) in [
        "sys.stdout.flush = interrupt",
        "class Last:\n    __del__ = interrupt\n\nLast() and None",
        "try: interrupt()\nexcept SystemExit: pass\n",
        // RustPython loses sight of the second.
        "both = [signal.SIGINT, signal.SIGTERM]\n\
         _ = signal.pthread_sigmask(signal.SIG_BLOCK, both)\n\
         for each in both: os.kill(os.getpid(), each)\n\n\
         _ = signal.pthread_sigmask(signal.SIG_UNBLOCK, both)",
    ]
    .into_iter()
    .enumerate()
    {
        let (state, _) = begun(&folder);
        let interrupt = "import os, signal, sys\n\
                         def interrupt(*_): os.kill(os.getpid(), signal.SIGTERM)\n";
        let (child, input) = waiting_repl(&state, &format!("{interrupt}\nn = {n}\n{lost}\n"));
        let out = ended(child);
        assert_eq!(out.code, Some(143), "{lost}: {}", out.stderr);
        drop(input);
        assert_eq!(value_of_n(&state), format!("{n}\n"));
        fs::remove_file(&state).unwrap();
    }
}

/// A session that is given lines, and waits for more.
fn waiting_repl(state: &Path, lines: &str) -> (Child, ChildStdin) {
    let mut child = command(["repl", "--state"])
        .arg(state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(lines.as_bytes()).unwrap();
    (child, input)
}

/// What a user does at a terminal: `terminal.py` has the steps.
fn terminal(scene: &str, files: &[&str]) {
    let folder = Folder::new(&format!("terminal_{scene}"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_state/terminal.py");
    let files = files.iter().map(|file| folder.path(file));
    let mut command = command(["run", script, scene]);
    let out = finish(command.args(files));
    assert_eq!(
        (out.stdout.as_str(), out.code),
        ("well\n", Some(0)),
        "{}",
        out.stderr
    );
}

#[test]
fn a_terminal_edits() {
    terminal("editing", &["session.state"]);
}

#[test]
fn a_terminal_has_a_history() {
    terminal("history", &["session.state"]);
}

#[test]
fn a_terminal_interrupts() {
    terminal("interrupted", &["session.state"]);
}

#[test]
fn a_terminal_that_goes_away_saves() {
    terminal("terminated", &["session.state"]);
}

#[test]
fn a_terminal_stays_when_nothing_is_saved() {
    terminal("refused", &["session.state", "other.state"]);
}
