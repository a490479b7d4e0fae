//! A host with plugins whose state outlives a restart.
//!
//! The host gives plugins a module of its own, `host`; what they keep is signed with the host's key, so that
//! nobody else's file is ever restored.
//!
//! `cargo run --example plugins -- FOLDER LINE...`

use rustpython_pickle::Runtime;
use rustpython_pickle::snapshot::{
    Observer, ReadOptions, SaveOptions, SigningKey, Snapshot, Unpicklable, WriteOptions,
};
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// A host would keep it where only it can read it.
const KEY: &[u8; 32] = b"the key that only this host has.";

const PLUGINS: [(&str, &str); 2] = [
    ("words", include_str!("words.py")),
    ("glossary", include_str!("glossary.py")),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("usage: plugins FOLDER LINE...")?);
    fs::create_dir_all(&folder)?;
    let file = folder.join("plugins.state");
    let key = SigningKey::hmac_sha256(KEY)?;

    let mut builder = Runtime::builder().module("host", |module| {
        module.function("log", |message: String| println!("  [{message}]"))
    });
    for (name, source) in PLUGINS {
        builder = builder.module_source(name, source);
    }
    let host = builder.build()?;

    let read = ReadOptions::new().key(key.verifying_key());
    if file.exists() {
        let saved = Snapshot::open(&file, &read, &mut Observer::none())?;
        host.restore(&saved)?;
    }
    for line in args {
        for (plugin, _) in PLUGINS {
            host.import(plugin)?;
            host.set("line", line.as_str())?;
            let answer: String =
                host.eval(&format!("repr(__import__('{plugin}').handle(line))"))?;
            println!("{plugin}: {answer}");
        }
    }

    let options = SaveOptions::new().unpicklable(Unpicklable::LeaveOut);
    let report = host.save_to(&file, &options, WriteOptions::new().key(key))?;
    for (module, global) in report.left_out() {
        println!("not saved: {}.{}", module.name, global.name);
    }
    Ok(())
}
