//! A process that saves is killed at any moment: the file is the old one or the new one, whole.
#![cfg(all(unix, feature = "snapshot"))]

#[path = "snapshot/support.rs"]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustpython_pickle::snapshot::container::STATE;
use rustpython_pickle::snapshot::{
    Observer, ReadOptions, WriteOptions, Writer, read_file, replace_file,
};
use support::{Folder, Random, metadata};

/// The content of a snapshot, in bytes; nothing of it can be compressed.
const SIZE: usize = 20 << 20;

/// Saves a snapshot of one of two contents.
fn save(path: &Path, which: u64) {
    let quiet = &mut Observer::none();
    let content = Random(which).bytes(SIZE);
    println!("saving");
    let mut writer = Writer::new(WriteOptions::new());
    writer
        .section(STATE, &content, quiet)
        .expect("it is packed");
    replace_file(path, quiet, |out, observer| {
        writer.write_to(&metadata(Vec::new()), out, observer)
    })
    .expect("it is saved");
}

/// What the process that is killed does: saves once, and then waits for the end.
#[test]
fn child() {
    let Some(path) = std::env::var_os("SNAPSHOT_CHILD") else {
        return;
    };
    let which = std::env::var("SNAPSHOT_WHICH").expect("it is set");
    save(Path::new(&path), which.parse().expect("it is a number"));
    println!("saved");
    thread::sleep(Duration::from_secs(60));
}

/// A child that is about to save, and its output.
fn start(path: &Path, which: u64) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().expect("it is known"))
        .args(["--exact", "child", "--nocapture"])
        .env("SNAPSHOT_CHILD", path)
        .env("SNAPSHOT_WHICH", which.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    wait_for(&mut output, "saving");
    (child, output)
}

fn wait_for(output: &mut impl std::io::BufRead, word: &str) {
    let found = output
        .lines()
        .any(|line| line.expect("it is text").ends_with(word));
    assert!(found, "the child does not get to {word:?}");
}

fn kill(mut child: Child) {
    // SIGKILL.
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

/// `SNAPSHOT_KILLS` is how many, 200 if it is not set: each takes about a tenth of a second.
#[test]
fn a_killed_save_leaves_a_whole_file() {
    let kills: usize = match std::env::var("SNAPSHOT_KILLS") {
        Ok(kills) => kills.parse().expect("SNAPSHOT_KILLS is a number"),
        Err(_) => 200,
    };
    let folder = Folder::new("kills");
    let path = folder.path("session");
    let mut digests = Vec::new();
    let mut length = 0;
    for which in [2, 1] {
        save(&path, which);
        let quiet = &mut Observer::none();
        let container = read_file(&path, &ReadOptions::new(), quiet).expect("it is whole");
        digests.push((which, container.digest()));
        length = container.as_bytes().len();
    }
    assert!(length >= SIZE);

    // How long a save takes that nobody kills: the middle one of five.
    let mut times = [2, 1, 2, 1, 2].map(|which| {
        let (child, mut output) = start(&path, which);
        let begin = Instant::now();
        wait_for(&mut output, "saved");
        let time = begin.elapsed();
        kill(child);
        time
    });
    times.sort();
    let usual = times[2];
    // Kills come at random within this time. It follows the machine, which may become slower or faster.
    let mut window = usual.as_secs_f64() * 1.1;

    let mut current = 2;
    let (mut old, mut new, mut temporaries, mut most) = (0, 0, 0, 0);
    let mut random = Random(0x5eed);
    for _ in 0..kills {
        let (child, _output) = start(&path, 3 - current);
        let part = random.below(1 << 20) as f64 / (1 << 20) as f64;
        thread::sleep(Duration::from_secs_f64(window * part));
        kill(child);
        let container = read_file(&path, &ReadOptions::new(), &mut Observer::none());
        let container = container.expect("the file is whole");
        let digest = container.digest();
        let found = digests.iter().find(|(_, known)| *known == digest);
        let (which, _) = *found.expect("the file is one of the two");
        if which == current {
            old += 1;
            window *= 1.02;
        } else {
            new += 1;
            window *= 0.9;
        }
        current = which;
        let left = folder.names().len() - 1;
        temporaries += usize::from(left > 0);
        most = most.max(left);
    }
    println!(
        "{kills} kills while saving {length} bytes (a save takes {usual:?}): {old} old, {new} new, all whole; \
         {temporaries} left a temporary file, never more than {most} at a time"
    );
    assert!(most <= 1, "temporary files pile up: {most}");
    if kills >= 50 {
        assert!(old > 0 && new > 0, "the kills come too early or too late");
    }
    // The next save removes what the last kill has left.
    save(&path, 1);
    assert_eq!(folder.names(), ["session"]);
    assert!(fs::metadata(&path).is_ok_and(|file| file.len() == length as u64));
}
