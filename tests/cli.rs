//! The binary, as a user or `subprocess` starts it.
#![cfg(feature = "cli")]

use std::fs;
use support::{Folder, command, run, run_with_input};

#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/exit.rs"]
mod exit;
#[path = "cli/options.rs"]
mod options;
#[path = "cli/programs.rs"]
mod programs;
#[path = "cli/snapshot.rs"]
mod snapshot;
#[path = "cli/support.rs"]
mod support;

/// What a script of a user's does: keep values in a file with pickle.
#[test]
fn a_script_pickles_to_a_file_and_back() {
    let folder = Folder::new("a_script_pickles");
    let script = folder.file(
        "settings.py",
        "import pickle, sys\n\
         with open(sys.argv[1], 'wb') as file:\n\
         \x20   pickle.dump({'name': 'Ada', 'sizes': [1, 2, 3]}, file)\n\
         with open(sys.argv[1], 'rb') as file:\n\
         \x20   print(pickle.load(file))\n",
    );
    let file = folder.path("settings.pickle");
    let out = run([script.as_os_str(), file.as_os_str()]);
    assert_eq!(out.stdout, "{'name': 'Ada', 'sizes': [1, 2, 3]}\n");
    assert_eq!(out.stderr, "");
    assert_eq!(out.code, Some(0));
    assert!(
        fs::read(file)
            .expect("the file is there")
            .starts_with(b"\x80\x05")
    );
}

/// `sys.executable` has to be a program that takes `python`'s arguments, and
/// the same one from any folder.
#[test]
fn sys_executable_is_the_binary() {
    let out = run([
        "-c",
        "import os, subprocess, sys\n\
         os.chdir('/')\n\
         child = [sys.executable, '-I', '-c', 'import sys; print(sys.argv)', 'x']\n\
         print(subprocess.run(child, capture_output=True, text=True).stdout, end='')",
    ]);
    assert_eq!(out.stdout, "['-c', 'x']\n");
    assert_eq!(out.code, Some(0));
}

#[cfg(feature = "threading")]
#[test]
fn processes_of_multiprocessing() {
    let folder = Folder::new("processes");
    let script = folder.file(
        "pool.py",
        "import multiprocessing\n\
         def square(x):\n\
         \x20   return x * x\n\
         if __name__ == '__main__':\n\
         \x20   with multiprocessing.get_context('spawn').Pool(2) as pool:\n\
         \x20       print(pool.map(square, range(5)))\n",
    );
    let out = run([script]);
    assert_eq!(out.stdout, "[0, 1, 4, 9, 16]\n");
    assert_eq!(out.code, Some(0));
}

/// Python code that calls itself through native code needs much native stack.
#[test]
fn deep_recursion_is_a_recursion_error() {
    let out = run_with_input(
        ["-"],
        b"import sys\n\
          class Endless:\n\
          \x20   def __repr__(self):\n\
          \x20       return repr(self)\n\
          for limit in (sys.getrecursionlimit(), 1_000_000_000):\n\
          \x20   sys.setrecursionlimit(limit)\n\
          \x20   try:\n\
          \x20       repr(Endless())\n\
          \x20   except RecursionError:\n\
          \x20       print('caught')\n\
          deep = None\n\
          for _ in range(1_000_000):\n\
          \x20   deep = [deep]\n\
          del deep\n",
    );
    assert_eq!(out.stdout, "caught\ncaught\n");
    assert_eq!(out.stderr, "");
    assert_eq!(out.code, Some(0));
}

#[test]
fn help_and_version() {
    for args in [["-h"], ["--help"]] {
        let out = run(args);
        assert!(out.stdout.starts_with("usage: rustpython-pickle [run]"));
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    }
    for args in [["-V"], ["--version"]] {
        let out = run(args);
        let version = concat!(
            "rustpython-pickle ",
            env!("CARGO_PKG_VERSION"),
            " (Python 3.14."
        );
        assert!(out.stdout.starts_with(version), "{}", out.stdout);
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    }
}

/// `PYTHONPATH` comes before the standard library's folders in `sys.path`.
#[test]
fn python_path() {
    let folder = Folder::new("python_path");
    folder.file("mine_only.py", "print('imported')\n");
    let out = support::finish(
        command([
            "-c",
            "import mine_only, sys; print(sys.path.index(sys.argv[1]))",
        ])
        .arg(folder.as_path())
        .env("PYTHONPATH", folder.as_path()),
    );
    assert_eq!(out.stdout, "imported\n1\n");
    let out = support::finish(
        command(["-E", "-c", "import mine_only"]).env("PYTHONPATH", folder.as_path()),
    );
    assert!(
        out.stderr
            .ends_with("ModuleNotFoundError: No module named 'mine_only'\n"),
        "{}",
        out.stderr
    );
    assert_eq!(out.code, Some(1));
}
