//! `--state`: sessions that outlive the process.
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};

use rustpython_pickle::snapshot::container::STATE;
use rustpython_pickle::snapshot::{Observer, ReadOptions, read_file};
use support::{Finished, Folder, command, ended, finish};

#[path = "cli_state/ends.rs"]
mod ends;
#[path = "cli_state/files.rs"]
mod files;
#[path = "cli_state/program.rs"]
mod program;
#[path = "cli_state/repl.rs"]
mod repl;
#[cfg(unix)]
#[path = "cli_state/signals.rs"]
mod signals;
#[allow(dead_code, reason = "this needs a part of it")]
#[path = "cli/support.rs"]
mod support;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Runs code in a session.
fn run(state: &Path, options: &[&str], code: &str) -> Finished {
    let mut command = command(["run", "--state"]);
    finish(command.arg(state).args(options).args(["-c", code]))
}

/// A session that has `n`, which is 1.
fn begun(folder: &Folder) -> (PathBuf, Vec<u8>) {
    let state = folder.path("session.state");
    let out = run(&state, &[], "n = 1");
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    let bytes = fs::read(&state).expect("it is saved");
    (state, bytes)
}

fn value_of_n(state: &Path) -> String {
    let out = run(state, &[], "print(n)");
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    out.stdout
}

#[test]
fn the_second_run_goes_on() {
    let folder = Folder::new("state_goes_on");
    let state = folder.path("session.state");
    let script = folder.file(
        "script.py",
        "if 'count' not in globals():\n\
         \x20   count = 0\n\
         \x20   def step():\n\
         \x20       global count\n\
         \x20       count += 1\n\
         step()\n\
         print(count, __name__, __file__.endswith('script.py'))\n",
    );
    for number in 1..4 {
        let out = finish(command(["run", "--state"]).arg(&state).arg(&script));
        assert_eq!(out.stdout, format!("{number} __main__ True\n"));
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    }
}

#[test]
fn an_exit_is_an_end() {
    let folder = Folder::new("state_exit");
    let (state, _) = begun(&folder);
    let out = run(&state, &[], "import sys; n = 2; sys.exit(3)");
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(3)));
    assert_eq!(value_of_n(&state), "2\n");
    let out = run(&state, &[], "n = 3; raise KeyboardInterrupt");
    assert!(out.stderr.contains("KeyboardInterrupt"), "{}", out.stderr);
    assert_eq!(value_of_n(&state), "3\n");
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_an_end() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let folder = Folder::new("state_interrupt");
    let (state, _) = begun(&folder);
    // In short sleeps: a signal that comes just before one is looked at after it.
    let code = "import time; n = 2; print('ready', flush=True)\nwhile True: time.sleep(0.1)";
    let mut child = command(["run", "--state"])
        .arg(&state)
        .args(["-c", code])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("it is piped");
    let mut out = BufReader::new(out);
    out.read_line(&mut line).expect("it says that it is ready");
    assert_eq!(line, "ready\n");
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.expect("there is kill").success());
    let out = ended(child);
    assert!(out.stderr.contains("KeyboardInterrupt"), "{}", out.stderr);
    assert!(out.signal == Some(2) || out.code == Some(130), "{out:?}");
    assert_eq!(value_of_n(&state), "2\n");
}

#[test]
fn after_another_exception_the_old_file_stays() {
    let folder = Folder::new("state_exception");
    let (state, before) = begun(&folder);
    let out = run(&state, &[], "n = 2; 1 / 0");
    assert!(out.stderr.contains("ZeroDivisionError"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
    assert!(fs::read(&state).unwrap() == before);
}

#[test]
fn what_cannot_be_saved_is_left_out_and_told() {
    let folder = Folder::new("state_left_out");
    let (state, before) = begun(&folder);
    let code = "n = 2; items = [1, (i for i in ())]; later = 3";
    let out = run(&state, &["--strict"], code);
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    let told = "rustpython-pickle: not saved: can't save items[1]: ";
    assert!(out.stderr.starts_with(told), "{}", out.stderr);
    assert!(fs::read(&state).unwrap() == before);

    let out = run(&state, &[], code);
    let told = "not saved: __main__.items: left out: TypeError: ";
    assert!(out.stderr.starts_with(told), "{}", out.stderr);
    assert!(out.stderr.ends_with("(items[1])\n"), "{}", out.stderr);
    assert_eq!((out.stderr.lines().count(), out.code), (1, Some(0)));
    let out = run(&state, &[], "print(n, later, 'items' in globals())");
    assert_eq!(out.stdout, "2 3 False\n");
}

#[test]
fn keys() {
    let folder = Folder::new("state_keys");
    let state = folder.path("session.state");
    let key = folder.file("key", KEY);
    let wrong = folder.file("wrong", &KEY.replace('0', "x"));
    let short = folder.file("short", "abc");
    let missing = folder.path("missing");
    let with = |key: &Path, code: &str| {
        let key = key.to_str().expect("it is Unicode");
        run(&state, &["--key-file", key], code)
    };
    // A key that can't be used is found out before anything runs.
    for (bad, told) in [(&missing, "missing"), (&short, "key")] {
        let out = with(bad, "print('ran')");
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
        assert!(out.stderr.contains(told), "{}", out.stderr);
        assert!(!state.exists());
    }
    let out = with(&key, "n = 1");
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    let before = fs::read(&state).unwrap();
    let out = with(&wrong, "print('ran')");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(out.stderr.contains("signature"), "{}", out.stderr);
    assert!(fs::read(&state).unwrap() == before);
    let out = with(&key, "print(n)");
    assert_eq!((out.stdout.as_str(), out.code), ("1\n", Some(0)));

    // One that is not signed is refused where a key is given.
    let plain = folder.path("plain.state");
    assert_eq!(run(&plain, &[], "n = 1").code, Some(0));
    let key = key.to_str().expect("it is Unicode");
    let out = run(&plain, &["--key-file", key], "print('ran')");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(out.stderr.contains("not signed"), "{}", out.stderr);
}

#[test]
fn a_bad_file_runs_nothing_and_stays() {
    let folder = Folder::new("state_bad");
    let (state, bytes) = begun(&folder);
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for bad in [
        &b"no snapshot"[..],
        b"",
        &bytes[..bytes.len() - 1],
        &flipped,
    ] {
        fs::write(&state, bad).unwrap();
        let out = run(&state, &[], "print('ran')");
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
        let told = format!("rustpython-pickle: {}: ", state.display());
        assert!(out.stderr.starts_with(&told), "{}", out.stderr);
        assert_eq!(fs::read(&state).unwrap(), bad);
    }
}

#[test]
fn a_place_that_cannot_be_written() {
    let folder = Folder::new("state_unwritable");
    let file = folder.file("file", "");
    let missing = folder.path("missing").join("session.state");
    let out = run(&missing, &[], "print('ran')");
    // It is found out before there is anything to lose.
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    assert!(
        out.stderr.contains("no session can be saved there"),
        "{}",
        out.stderr
    );
    // The file's own name leads through a file.
    let through = file.join("session.state");
    let out = run(&through, &[], "print('ran')");
    assert_eq!(out.code, Some(1), "{}", out.stderr);
    assert!(out.stderr.contains("session.state"), "{}", out.stderr);
    // Nothing is left there.
    assert_eq!(fs::read_dir(folder.as_path()).unwrap().count(), 1);
}

/// A script that was edited between two runs is shown as it is now.
#[test]
fn an_edited_script() {
    let folder = Folder::new("state_edited");
    let state = folder.path("session.state");
    let script = folder.file("script.py", "def f():\n    return 'old'\n");
    let play = || finish(command(["run", "--state"]).arg(&state).arg(&script));
    assert_eq!(play().code, Some(0));
    folder.file(
        "script.py",
        "\n\ndef f():\n    raise OSError('new')  # edited\nf()\n",
    );
    let out = play();
    assert!(out.stderr.contains("# edited"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
}

#[test]
fn usage_errors() {
    for args in [
        &["run", "--strict", "-c", "1"][..],
        &["run", "--key-file", "k", "-c", "1"],
        &["run", "--state"],
        &["run", "--state", "", "-c", "1"],
        &["run", "--state=", "-c", "1"],
        &["run", "--state", "s", "--key-file=", "-c", "1"],
        &["run", "--reload", "-c", "1"],
        &["run", "--missing-files=closed", "-c", "1"],
        &["run", "--state", "s", "--missing-files=gone", "-c", "1"],
        &["repl", "--state", "s", "script.py"],
        &["repl", "--stat", "s"],
    ] {
        let out = finish(&mut command(args));
        assert_eq!(out.code, Some(2), "{args:?}: {}", out.stderr);
        assert!(out.stderr.contains("usage: "), "{args:?}: {}", out.stderr);
    }
}

const RICH: &str = "
import collections, dataclasses, enum, functools, weakref
words = {'pear', 'apple', 'fig', 'plum', b'bytes', 1.5, None, (1, 'x')}
frozen = frozenset({'a', 'b', frozenset({'c', 'd', 'e'})})
def fruit(x): return x in {'pear', 'apple', 'fig', 'plum', 'kiwi', 'lime'}
class Colour(enum.Enum):
    RED = 'red'
    BLUE = 'blue'
class Access(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3
@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 2
    tags: frozenset = frozenset({'t', 'u', 'v'})
class Node:
    def __init__(self, name):
        self.name = name
nodes = [Node(n) for n in 'abcdef']
by_node = {node: node.name for node in nodes}
by_point = {Point(i): {i, str(i), Colour.RED} for i in range(5)}
node_set = set(nodes)
weak = weakref.WeakSet(nodes)
weak_keys = weakref.WeakKeyDictionary({node: 1 for node in nodes})
def outer():
    seen = {'x', 'y', 'z'}
    return lambda word: word in seen
check = outer()
@functools.lru_cache
def cached(x): return {x, 'c'}
cached('k')
counts = collections.Counter('mississippi')
classes = {Colour, Access, Point, Node, int, str}
functions = {fruit, check, outer, len}
loop = {'self': None}; loop['self'] = loop
Pair = collections.namedtuple('Pair', 'a b')
pairs = {Pair(1, 'z'), Pair('q', 2)}
";

#[test]
fn hash_seeds_do_not_matter() {
    let folder = Folder::new("state_seeds");
    let script = folder.file("rich.py", RICH);
    let mut states = Vec::new();
    for seed in ["1", "2", "3"] {
        let state = folder.path(&format!("{seed}.state"));
        let mut command = command(["run", "--strict", "--state"]);
        command.arg(&state).arg(&script).env("PYTHONHASHSEED", seed);
        let out = finish(&mut command);
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
        let quiet = &mut Observer::none();
        let container = read_file(&state, &ReadOptions::new(), quiet).expect("a snapshot");
        let section = container.section(STATE, quiet).expect("it is whole");
        states.push(section.expect("there is one").into_owned());
    }
    assert!(states[0].len() > 1000);
    for other in &states[1..] {
        let differs = states[0].iter().zip(other).position(|(a, b)| a != b);
        assert!(*other == states[0], "from byte {differs:?} on");
    }
}
