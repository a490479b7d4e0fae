//! What belongs to the end of a program, and so to its session.

use std::fs;

use super::support::Folder;
use super::{begun, run, value_of_n};

#[cfg(feature = "threading")]
#[test]
fn threads_end_and_atexit_functions_run_before_it_is_saved() {
    let folder = Folder::new("ends_threads");
    let state = folder.path("session.state");
    let code = "
import atexit, threading, time
results = []
def work():
    for number in range(5):
        time.sleep(0.05)
        results.append(number)
atexit.register(lambda: results.append('exit'))
threading.Thread(target=work).start()
";
    let out = run(&state, &[], code);
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    let out = run(&state, &[], "print(results)");
    assert_eq!(out.stdout, "[0, 1, 2, 3, 4, 'exit']\n");
}

/// What a thread changes for ever can be saved at no time, and must not be lost for that.
#[cfg(feature = "threading")]
#[test]
fn what_other_threads_change_is_not_left_out() {
    let folder = Folder::new("ends_changed");
    let state = folder.path("session.state");
    let out = run(&state, &[], "a = {}");
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    let before = fs::read(&state).unwrap();
    let code = "
import threading, time
def work():
    while True:
        a[len(a)] = 1
        time.sleep(0.001)
class Slow:
    def __reduce__(self):
        length = len(a)
        while len(a) == length:
            time.sleep(0.001)
        return Slow, ()
a['slow'] = Slow()
threading.Thread(target=work, daemon=True).start()
";
    let out = run(&state, &[], code);
    assert_eq!(out.code, Some(1), "{}", out.stderr);
    let told = "can't save a: other threads keep changing it";
    assert!(out.stderr.contains(told), "{}", out.stderr);
    assert!(fs::read(&state).unwrap() == before);
}

/// Without threads it is the object itself that raises it, and would again.
#[test]
fn what_changes_itself_is_left_out() {
    let folder = Folder::new("ends_changes_itself");
    let (state, _) = begun(&folder);
    let code = "
n = 2
class Changing:
    def __getstate__(self):
        changing = {1: 1}
        for key in changing:
            changing[key + 1] = 1
changing = Changing()
";
    let out = run(&state, &[], code);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(
        out.stderr.starts_with("not saved: __main__.changing: "),
        "{}",
        out.stderr
    );
    assert_eq!(value_of_n(&state), "2\n");
}

#[cfg(unix)]
#[test]
fn a_forked_child_leaves_its_parents_session() {
    let folder = Folder::new("ends_fork");
    let (state, _) = begun(&folder);
    let code = "
import os, sys
n = 2
child = os.fork()
if child == 0:
    n = 3
    sys.exit()
_, status = os.waitpid(child, 0)
assert status == 0
";
    // Python warns of forks where there are threads, and this process has one that waits.
    let out = run(&state, &["-Wignore"], code);
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    assert_eq!(value_of_n(&state), "2\n");
}

#[test]
fn a_failed_save_hides_no_exit_code() {
    let folder = Folder::new("ends_codes");
    let (state, before) = begun(&folder);
    for (exit, code) in [("", 1), ("sys.exit(0)", 1), ("sys.exit(3)", 3)] {
        let code_text = format!("import sys; g = (i for i in ()); {exit}");
        let out = run(&state, &["--strict"], &code_text);
        assert_eq!(out.code, Some(code), "{exit}: {}", out.stderr);
        assert!(fs::read(&state).unwrap() == before);
    }
    let out = run(
        &state,
        &["--strict"],
        "g = (i for i in ()); raise SystemExit('why')",
    );
    assert_eq!(out.code, Some(1));
    assert!(out.stderr.ends_with("why\n"), "{}", out.stderr);
}
