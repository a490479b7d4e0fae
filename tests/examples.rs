//! The examples, run as a user runs them.
#![cfg(feature = "stdlib")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What an example prints; it must succeed and complain of nothing.
fn run<'a>(example: &str, args: impl IntoIterator<Item = &'a str>) -> String {
    let (stdout, stderr) = run_and_complain(example, args);
    assert_eq!(stderr, "", "{example}");
    stdout
}

/// What an example prints to standard output and to standard error.
fn run_and_complain<'a>(
    example: &str,
    args: impl IntoIterator<Item = &'a str>,
) -> (String, String) {
    let output = Command::new(path(example))
        .args(args)
        .output()
        .unwrap_or_else(|error| {
            panic!("{example}: {error}; `cargo test` without --test builds the examples")
        });
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{example}: {stderr}");
    let stdout = String::from_utf8(output.stdout).expect("the output is text");
    (stdout, stderr)
}

/// Cargo puts examples beside the folder of the tests.
fn path(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .parent()
        .and_then(Path::parent)
        .expect("the test is two folders below the target");
    target
        .join("examples")
        .join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}

/// A path for an example's file or folder, where nothing is yet.
fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    let _ = fs::remove_file(&path);
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is Unicode")
}

#[test]
fn quick_start() {
    assert_eq!(
        run("quick_start", []),
        "45 bytes\n\
         {'name': 'Ada', 'born': (1815, 12, 10)}\n\
         equal: true\n\
         the same object: false\n"
    );
}

#[test]
fn embed() {
    assert_eq!(
        run("embed", []),
        "best: ada\n\
         mean 4 of [\"ada\", \"grace\"]\n\
         packed: [255, 254, 0, 0, 0, 7]\n\
         sorted: [\"pear\", \"fig\", \"apple\"]\n\
         refused: [1][1]: 300 is not in 0..=255\n\
         abab 6\n\
         ticks: [1, 2, 3], seen here: 3\n\
         withdraw(5, 7): ValueError\n\
         withdraw('5', 7): TypeError\n\
         withdraw(-5, 7): OverflowError\n\
         read('/no/such/file'): FileNotFoundError\n\
         attack: 4\n\
         Traceback (most recent call last):\n\
         \x20 File \"<exec 1>\", line 2, in ratio\n\
         \x20   return a / b\n\
         \x20          ~~^~~\n\
         ZeroDivisionError: division by zero\n\
         Exit with Some(3)\n\
         ratio: 0.25\n\
         captured: \"to the host\\n\"\n\
         depth: 20000\n\
         total: 10\n\
         elsewhere: there is no \"total\"\n\
         interrupted: true\n"
    );
}

#[test]
fn load_untrusted() {
    let file = fresh("untrusted.pickle");
    fs::write(&file, b"\x80\x04]K\x01a.").expect("a pickle");
    let told = run("load_untrusted", ["data-only", text(&file)]);
    assert!(told.starts_with("loaded: list\nseconds: "), "{told}");
    fs::write(&file, b"cos\nsystem\n.").expect("a pickle");
    let output = Command::new(path("load_untrusted"))
        .args(["standard", text(&file)])
        .output()
        .expect("an example");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let refused =
        "Forbidden: forbidden: \"os\" \"system\": it is not listed (GLOBAL) at offset 0\n";
    assert!(told.starts_with(refused), "{told}");
}

#[test]
fn settings_file() {
    let file = fresh("settings.pickle");
    assert_eq!(
        run("settings_file", [text(&file)]),
        "colour: green\nrecent: []\nwindow: (800, 600)\n"
    );
    let changed = "colour: red\nfont: serif\nrecent: ['font', 'colour']\nwindow: (800, 600)\n";
    assert_eq!(
        run("settings_file", [text(&file), "colour=red", "font=serif"]),
        changed
    );
    assert_eq!(run("settings_file", [text(&file)]), changed);
}

/// The Python part by itself, with the command line.
#[cfg(feature = "cli")]
#[test]
fn settings_script() {
    let file = fresh("script-settings.pickle");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/settings_file/settings.py");
    let run = |change: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rustpython-pickle"))
            .arg("run")
            .arg(&script)
            .arg(&file)
            .args(change)
            .output()
            .expect("the binary starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let changed = "colour: blue\nrecent: ['colour']\nwindow: (800, 600)\n";
    assert_eq!(run(&["colour=blue"]), changed);
    assert_eq!(run(&[]), changed);
}

#[test]
fn disk_cache() {
    const GAPS: &str = "{1: (2, 3), 2: (3, 5), 4: (7, 11), 6: (23, 29), 8: (89, 97)}\n";
    let folder = fresh("disk-cache");
    let args = [text(&folder), "100"];
    let computed = format!("computed\n{GAPS}");
    let cached = format!("from the cache\n{GAPS}");
    assert_eq!(run("disk_cache", args), computed);
    assert_eq!(run("disk_cache", args), cached);
    assert!(run("disk_cache", [text(&folder), "200"]).starts_with("computed\n"));

    // A file that is cut off is computed again.
    let file = folder.join("gaps-100.pickle");
    let pickle = fs::read(&file).expect("the result is kept");
    fs::write(&file, &pickle[..pickle.len() - 5]).expect("the file can be written");
    let (stdout, stderr) = run_and_complain("disk_cache", args);
    assert_eq!(stdout, computed);
    assert!(stderr.contains("gaps-100.pickle"), "{stderr}");
    assert_eq!(run("disk_cache", args), cached);
}

#[test]
fn tcp_objects() {
    let out = run("tcp_objects", []);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert_eq!(
        lines[0],
        "('sum', [Fraction(1, 2), Fraction(1, 3)]) -> Fraction(5, 6)"
    );
    // The set comes in any order.
    assert!(
        lines[1].ends_with(" -> datetime.date(1906, 12, 9)"),
        "{out}"
    );
    assert_eq!(
        lines[2],
        "('sorted', 'pickle') -> ['c', 'e', 'i', 'k', 'l', 'p']"
    );
    assert!(lines[3].starts_with("('len', 5) -> TypeError("), "{out}");
}

#[test]
fn small_model() {
    let file = fresh("model.pickle");
    let out = run("small_model", [text(&file)]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert_eq!(lines[2], "the other process predicts the same: true");
    // What that process says by itself, of both kinds of samples.
    let there = run("small_model", [text(&file), "predict"]);
    assert_eq!(there.trim_end(), lines[1]);
    let right = lines[1]
        .split(' ')
        .next()
        .and_then(|n| n.parse::<u32>().ok());
    assert!(right.is_some_and(|right| right > 180), "{out}");
    assert!(lines[1].contains('o') && lines[1].contains('.'), "{out}");
}

#[test]
fn custom_classes() {
    assert_eq!(
        run("custom_classes", []),
        "Temperature(21) -> Temperature(21)\n\
         <Counter at 2, unlocked> -> <Counter at 2, unlocked>\n\
         <red, the one> -> <red, the one>\n\
         [<red, the one>, {'counter': <Counter at 0, unlocked>}] -> \
         [<red, the one>, {'counter': <Counter at 0, unlocked>}]\n\
         not pickled: TypeError: cannot pickle 'generator' object (when pickling root['users'][1]['orders'])\n"
    );
}

#[test]
#[cfg(feature = "snapshot")]
fn adventure() {
    let file = fresh("adventure.state");
    let whole = {
        let file = fresh("adventure-whole.state");
        let commands = [
            "take lamp",
            "go north",
            "go up",
            "take crown",
            "go down",
            "look",
        ];
        run("adventure", [text(&file)].into_iter().chain(commands))
    };
    let mut parts = String::new();
    for commands in [
        &["take lamp", "go north"][..],
        &["go up"],
        &["take crown", "go down", "look"],
    ] {
        let args = [text(&file)].into_iter().chain(commands.iter().copied());
        parts.push_str(&run("adventure", args));
    }
    assert_eq!(parts, whole);
    assert!(whole.starts_with("1. You have lamp."), "{whole}");
    assert!(whole.contains("4. You have lamp, crown."), "{whole}");
}

#[test]
#[cfg(feature = "snapshot")]
fn plugins() {
    let folder = fresh("plugins");
    assert_eq!(
        run("plugins", [text(&folder), "to be"]),
        "words: 2\nglossary: []\n"
    );
    assert_eq!(
        run("plugins", [text(&folder), "or not to be"]),
        "  [new: or]\n  [new: not]\nwords: 6\nglossary: ['n', 'o']\n"
    );
    // Somebody else's file is not restored, nor one that nobody has signed.
    use rustpython_pickle::snapshot::{Observer, ReadOptions, SigningKey, Snapshot, WriteOptions};
    let file = folder.join("plugins.state");
    let own = fs::read(&file).expect("a state");
    let snapshot = Snapshot::open(&file, &ReadOptions::new(), &mut Observer::none())
        .expect("without a key anybody reads it");
    let other = SigningKey::hmac_sha256(b"the key of another host, as long").expect("a key");
    for (options, told) in [
        (WriteOptions::new().key(other), "BadSignature"),
        (WriteOptions::new(), "MissingSignature"),
    ] {
        snapshot
            .save(&file, options, &mut Observer::none())
            .expect("it is written");
        let output = Command::new(path("plugins"))
            .args([text(&folder), "x"])
            .output();
        let output = output.expect("the example is built");
        assert!(!output.status.success() && output.stdout.is_empty());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(told), "{stderr}");
    }
    fs::write(&file, own).expect("a file");
    assert_eq!(
        run("plugins", [text(&folder), "so"]),
        "  [new: so]\nwords: 7\nglossary: ['n', 'o', 's']\n"
    );
}

#[test]
#[cfg(feature = "snapshot")]
fn forks() {
    assert_eq!(
        run("forks", []),
        "30030 = [2, 3, 5, 7, 11, 13], 0 new questions\n\
         99991 = [99991], 1 new questions\n\
         97000291 = [97, 1000003], 2 new questions\n\
         1099511627776 = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], 40 new questions\n\
         0 of them here\n"
    );
}

#[test]
#[cfg(feature = "snapshot")]
fn cells() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::Stdio;

    let mut child = Command::new(path("cells"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    // Each cell is answered before the next one is written.
    for (cell, answer) in [
        (
            "x = [1]\ndef f():\n    n = len(x)\n\n    return n",
            "[0] done\n",
        ),
        (
            "x.append(2)\nleak = 5\n1/0",
            "[1] rolled back: ZeroDivisionError: division by zero\n",
        ),
        (
            "print(x, f(), 'leak' in globals())",
            "[1] 1 False\n[2] done\n",
        ),
        ("x.append(3)\nprint(x, f())", "[1, 3] 2\n[3] done\n"),
        ("g = (i for i in x)", "[4] done, not kept: g\n"),
        (
            "x.append(4)\nclass Bad:\n    def __getstate__(self): raise KeyboardInterrupt\nbad = Bad()",
            "[5] rolled back: ",
        ),
        ("print(x, 'bad' in globals())", "[1, 3] False\n[6] done\n"),
    ] {
        write!(stdin, "{cell}\n---\n").expect("it reads");
        let mut answered = String::new();
        let ends = |line: &str| line.contains("] done") || line.contains("] rolled back");
        while !answered.lines().any(ends) {
            assert!(stdout.read_line(&mut answered).expect("it writes") > 0);
        }
        assert!(answered.starts_with(answer), "{answered}");
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}
