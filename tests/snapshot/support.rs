//! Snapshots for tests, made without an interpreter.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustpython_pickle::snapshot::container::{SOURCES, STATE};
use rustpython_pickle::snapshot::{
    Container, GlobalReport, Metadata, ModuleReport, Observer, Outcome, ReadOptions, Report,
    SnapshotError, WriteOptions, Writer,
};

/// xorshift64*: the same numbers in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Bytes that no compressor makes smaller.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// Metadata with a report of one module, `__main__`, at a fixed time.
pub(crate) fn metadata(globals: Vec<GlobalReport>) -> Metadata {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut metadata = Metadata::new(time);
    let mut module = ModuleReport::new("__main__");
    module.source = Some("game.py".to_owned());
    module.globals = globals;
    let mut report = Report::default();
    report.modules.push(module);
    report.libraries = vec!["json".to_owned(), "random".to_owned()];
    report.settings = vec!["random".to_owned()];
    metadata.set_report(report);
    metadata
}

/// A container with these sections.
pub(crate) fn container(
    metadata: &Metadata,
    options: WriteOptions,
    sections: &[(&str, &[u8])],
) -> Result<Vec<u8>, SnapshotError> {
    let quiet = &mut Observer::none();
    let mut writer = Writer::new(options);
    for (name, content) in sections {
        writer.section(name, content, quiet)?;
    }
    writer.to_bytes(metadata, quiet)
}

/// A small container: one section that zstd makes smaller, and one that it does not.
pub(crate) fn small(options: WriteOptions) -> Vec<u8> {
    let global = GlobalReport::new("score", "int", Outcome::Saved).at(0, 5);
    let state = b"\x80\x05K\x01.".repeat(40);
    container(
        &metadata(vec![global]),
        options,
        &[(STATE, &state), (SOURCES, b"{}")],
    )
    .expect("it is written")
}

pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Container, SnapshotError> {
    Container::from_bytes(bytes.to_vec(), options, &mut Observer::none())
}

/// A folder of a test's own, empty at first.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("snapshot")
            .join(name);
        // It is there when the test ran before.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)
            .expect("the folder is there")
            .map(|entry| {
                let name = entry.expect("it can be listed").file_name();
                name.to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }
}
