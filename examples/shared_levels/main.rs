//! A game that loads levels which other players have made.
//!
//! A level may hold plain data, the standard library's data types, and the game's own two classes; it may cost
//! what [`Limits::untrusted`](rustpython_pickle::limits::Limits::untrusted) allows. Nothing else that a file says is done.
//!
//! `cargo run --example shared_levels -- FOLDER`; the first run puts some levels there.

use rustpython_pickle::inspect::scan::{ScanOptions, scan};
use rustpython_pickle::policy::{AllowList, Entry, Policy};
use rustpython_pickle::{LoadOptions, Runtime};
use rustpython_vm::builtins::PyBytesRef;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("usage: shared_levels FOLDER")?;
    let game = Runtime::builder()
        .module_source("levels", include_str!("levels.py"))
        .build()?;

    let mut list = AllowList::new("levels");
    list.extend(&AllowList::standard());
    list.add("levels", "Room", Entry::class())?;
    list.add("levels", "Level", Entry::class())?;

    let files = levels(Path::new(&folder), &game)?;
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: {}", show(&fs::read(file)?, &list, &game)?);
    }

    // The same list answers without an interpreter, for a server that only passes levels on.
    let mut options = ScanOptions::default();
    options.lists = vec![list];
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: {}", scan(&fs::read(file)?, &options).verdict);
    }
    Ok(())
}

/// One line about a level.
fn show(pickle: &[u8], list: &AllowList, game: &Runtime) -> Result<String, Box<dyn Error>> {
    let describe = game.import("levels")?;
    game.enter(|vm| {
        let policy = Policy::allow(list, vm)?;
        match LoadOptions::untrusted(policy).loads(pickle, vm) {
            Ok(level) => {
                let line = vm.call_method(&describe, "describe", (level,));
                let line = line.and_then(|line| line.str(vm));
                Ok(line.map_or_else(|_| "no level".to_owned(), |line| line.to_string()))
            }
            Err(error) => Ok(format!("refused: {error}")),
        }
    })
}

/// The files in the folder; if there is none, some are made: a level, and what some people would send in its place.
fn levels(folder: &Path, game: &Runtime) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_none() {
        game.import("levels")?;
        let mill: PyBytesRef = game.eval("__import__('levels').example()")?;
        fs::write(folder.join("mill"), mill.as_bytes())?;
        // Runs a program.
        fs::write(folder.join("program"), b"cos\nsystem\n(Vecho harmless\ntR.")?;
        // Calls a class of the game's that it may call, and then changes the class itself.
        fs::write(
            folder.join("takeover"),
            b"clevels\nRoom\n}Vname\nVmine\nsb.",
        )?;
        // Lists within lists.
        let deep = [&b"]"[..].repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat();
        fs::write(folder.join("deep"), deep)?;
        // Promises more bytes than there are.
        fs::write(folder.join("huge"), b"\x80\x04\x8e\0\0\0\0\xff\0\0\0.")?;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    Ok(files)
}
