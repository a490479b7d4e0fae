//! Files of snapshots: good ones, and ones that are bad behind a right digest.
//!
//! A file whose digest is wrong is refused before anything is looked at. So files are put together here by the documentation of
//! [`container`](rustpython_pickle::snapshot::container), from metadata and sections that were changed, and get their digests last.

use rustpython_pickle::snapshot::container::{MAGIC, SOURCES, STATE};
use rustpython_pickle::snapshot::{
    GlobalReport, Metadata, ModuleReport, Observer, Outcome, Report, SigningKey, WriteOptions,
    Writer,
};
use std::time::{Duration, SystemTime};

use rustpython_pickle::machine::Machine;
use rustpython_pickle::wire::SliceSource;

use crate::generate::{Words, stream};
use crate::mutate::bytes;
use crate::{Random, Tracer};

/// The keys of signed files.
#[must_use]
pub fn keys() -> [SigningKey; 2] {
    let hmac = SigningKey::hmac_sha256(b"0123456789abcdef0123456789abcdef");
    [
        hmac.expect("it is long enough"),
        SigningKey::ed25519(&[7; 32]),
    ]
}

const NAMES: [&str; 6] = ["x", "y", "config", "_z", "größe", "\u{202e}odd"];

/// Metadata with a report of these globals.
fn metadata(globals: Vec<GlobalReport>) -> Metadata {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut metadata = Metadata::new(time);
    let mut module = ModuleReport::new("__main__");
    module.globals = globals;
    let mut report = Report::default();
    report.modules.push(module);
    metadata.set_report(report);
    metadata
}

/// A state of some pickles, and what is said of them. `seeds` say what the globals are: equal ones are the same.
fn state(seeds: &[u64]) -> (Vec<u8>, Vec<GlobalReport>) {
    let mut state = b"\x80\x05X\x0d\0\0\0dict:__main__Q\x940N.".to_vec();
    let mut globals = Vec::new();
    for (name, seed) in NAMES.iter().zip(seeds) {
        let random = &mut Random::new(*seed, 0);
        if random.one_in(8) {
            let outcome = Outcome::LeftOut {
                why: "cannot pickle 'socket' object".to_owned(),
                path: format!("{name}.sock"),
            };
            globals.push(GlobalReport::new(*name, "object", outcome));
            continue;
        }
        let pickle = match random.below(4) {
            0 => b"K\x01.".to_vec(),
            1 => b"]\x94(K\x01K\x02e.".to_vec(),
            // A state with a pickle that is malformed has nothing to compare.
            _ => (0..8)
                .map(|_| stream(random, &Words::ALL))
                .find(|pickle| is_one_pickle(pickle))
                .unwrap_or_else(|| b"N.".to_vec()),
        };
        let (offset, size) = (state.len() as u64, pickle.len() as u64);
        state.extend(pickle);
        globals.push(GlobalReport::new(*name, "object", Outcome::Saved).at(offset, size));
    }
    (state, globals)
}

fn is_one_pickle(data: &[u8]) -> bool {
    let mut source = SliceSource::new(data);
    let loaded = Machine::new(Tracer::new()).load(&mut source);
    loaded.is_ok() && source.rest().is_empty()
}

fn seeds(random: &mut Random) -> Vec<u64> {
    let count = random.below(NAMES.len() + 1);
    (0..count).map(|_| random.next()).collect()
}

/// Two files of which each can be read, and of which the second has some of the first one's globals.
#[must_use]
pub fn sound_pair(random: &mut Random) -> Vec<u8> {
    let old = seeds(random);
    let mut new = old.clone();
    for seed in &mut new {
        if random.one_in(3) {
            *seed = random.next();
        }
    }
    if random.one_in(2) {
        new.truncate(random.below(new.len() + 1));
    }
    let sound = |seeds: &[u64]| {
        let (state, globals) = state(seeds);
        let mut parts = Parts::with_state(to_json(&metadata(globals)), state);
        parts.set_lengths();
        parts.file()
    };
    pair(&sound(&old), &sound(&new))
}

/// Files that the writer makes: unsigned and signed, compressed and not.
///
/// # Panics
/// When one can't be written.
#[must_use]
pub fn written() -> Vec<Vec<u8>> {
    let random = &mut Random::new(0x5a, 0);
    let [hmac, ed25519] = keys();
    let mut files = Vec::new();
    for round in 0..24 {
        let (mut state, globals) = state(&seeds(random));
        if round % 3 == 0 {
            // Pickles behind the last global's, for zstd.
            state.extend(b"N.".repeat(200));
        }
        let options = match round % 4 {
            2 => WriteOptions::new().key(hmac.clone()),
            3 => WriteOptions::new().key(ed25519.clone()),
            _ => WriteOptions::new(),
        };
        let quiet = &mut Observer::none();
        let mut writer = Writer::new(options);
        for (name, content) in [(STATE, &state[..]), (SOURCES, b"{}"), ("later", b"")] {
            writer
                .section(name, content, quiet)
                .expect("a section is small");
        }
        let file = writer.to_bytes(&metadata(globals), quiet);
        files.push(file.expect("a file is written"));
    }
    files
}

/// Two files as one input.
#[must_use]
pub fn pair(old: &[u8], new: &[u8]) -> Vec<u8> {
    let length = (old.len() as u64).to_le_bytes();
    [&length[..4], old, new].concat()
}

/// A file, in parts.
#[derive(Clone, Debug)]
struct Parts {
    header: [u8; 32],
    metadata: Vec<u8>,
    table: Vec<u8>,
    sections: Vec<u8>,
    signature: Vec<u8>,
}

impl Parts {
    /// The parts of a file that the writer has made.
    fn of(file: &[u8]) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| -> Option<usize> {
            let mut wide = [0; 8];
            wide.get_mut(..range.len())?
                .copy_from_slice(file.get(range)?);
            usize::try_from(u64::from_le_bytes(wide)).ok()
        };
        let (sections, metadata) = (number(18..20)?, number(20..24)?);
        let table = 64 + metadata;
        let start = table + 72 * sections;
        let mut end = start;
        for row in 0..sections {
            let at = table + 72 * row + 24;
            end = number(at..at + 8)?.checked_add(end)?;
        }
        Some(Self {
            header: file.get(..32)?.try_into().ok()?,
            metadata: file.get(32..32 + metadata)?.to_vec(),
            table: file.get(table..start)?.to_vec(),
            sections: file.get(start..end)?.to_vec(),
            signature: file.get(end..file.len().checked_sub(32)?)?.to_vec(),
        })
    }

    /// One section, as it is.
    fn with_state(metadata: Vec<u8>, state: Vec<u8>) -> Self {
        let mut header = [0; 32];
        header[..12].copy_from_slice(&MAGIC);
        (header[12], header[14]) = (1, 1);
        let mut table = b"state".to_vec();
        table.resize(72, 0);
        Self {
            header,
            metadata,
            table,
            sections: state,
            signature: Vec::new(),
        }
    }

    /// The lengths of all but the sections, which only an untouched table has right; the length of a single section.
    fn set_lengths(&mut self) {
        let length = 64
            + self.metadata.len()
            + self.table.len()
            + self.sections.len()
            + self.signature.len()
            + 32;
        let sections = (self.table.len() / 72) as u64;
        self.header[18..20].copy_from_slice(&sections.to_le_bytes()[..2]);
        self.header[20..24].copy_from_slice(&(self.metadata.len() as u64).to_le_bytes()[..4]);
        self.header[24..].copy_from_slice(&(length as u64).to_le_bytes());
        if sections == 1 {
            let stored = (self.sections.len() as u64).to_le_bytes();
            self.table[24..32].copy_from_slice(&stored);
            self.table[32..40].copy_from_slice(&stored);
        }
    }

    /// The file, with the right digests.
    fn file(&self) -> Vec<u8> {
        let mut file = self.header.to_vec();
        file.extend(&self.metadata);
        file.extend(blake3::hash(&self.metadata).as_bytes());
        file.extend(&self.table);
        file.extend(&self.sections);
        file.extend(&self.signature);
        file.extend(blake3::hash(&file).as_bytes());
        file
    }
}

/// A file: one of the writer's, changed; or one around generated pickles.
#[must_use]
pub fn file(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut file = random.pick(corpus).clone();
    let kind = random.below(8);
    if kind == 0 {
        // The digest is wrong then, mostly.
        let other = random.pick(corpus);
        bytes(&mut file, other, random);
        return file;
    }
    if kind < 4 {
        let (state, globals) = state(&seeds(random));
        // A report is plain data: that it is written as JSON can't fail.
        let json = to_json(&metadata(globals));
        let mut parts = Parts::with_state(json, state);
        if random.one_in(2) {
            bytes(&mut parts.sections, &file, random);
        }
        if random.one_in(4) {
            bytes(&mut parts.metadata, &file, random);
        }
        parts.set_lengths();
        return parts.file();
    }
    let other = random.pick(corpus);
    change(&file, other, random).unwrap_or(file)
}

/// A file whose parts were changed, with the right digests; `None` if it is none.
#[must_use]
pub fn change(file: &[u8], other: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut parts = Parts::of(file)?;
    for _ in 0..=random.below(3) {
        match random.below(6) {
            0 => parts.header[12 + random.below(20)] = random.byte(),
            1 => json(&mut parts.metadata, random),
            2 => bytes(&mut parts.table, other, random),
            3 => bytes(&mut parts.sections, other, random),
            4 => bytes(&mut parts.signature, other, random),
            _ => bytes(&mut parts.metadata, other, random),
        }
    }
    if random.below(4) > 0 && parts.table.len().is_multiple_of(72) {
        parts.set_lengths();
    }
    Some(parts.file())
}

fn to_json(metadata: &Metadata) -> Vec<u8> {
    let quiet = &mut Observer::none();
    let file = Writer::new(WriteOptions::new()).to_bytes(metadata, quiet);
    let parts = file.ok().and_then(|file| Parts::of(&file));
    parts.map(|parts| parts.metadata).unwrap_or_default()
}

/// Changes a number or a word of JSON, so that it mostly stays JSON.
fn json(text: &mut Vec<u8>, random: &mut Random) {
    const VALUES: [&str; 12] = [
        "0",
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "1.5",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"\\u001b[2J\"",
        "[[[[]]]]",
    ];
    let starts: Vec<usize> = text
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] == b':' || pair[0] == b'[')
        .map(|(at, _)| at + 1)
        .collect();
    if starts.is_empty() {
        return;
    }
    let start = *random.pick(&starts);
    let length = text[start..]
        .iter()
        .position(|byte| b",}]".contains(byte))
        .unwrap_or(0);
    let value = random.pick(&VALUES).bytes();
    text.splice(start..start + length, value);
}
