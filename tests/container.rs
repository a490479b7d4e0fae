//! The container: what is written is read, and whatever else there is ends in a typed error.
#![cfg(feature = "snapshot")]

#[path = "snapshot/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustpython_pickle::snapshot::container::{MAGIC, SOURCES, STATE};
use rustpython_pickle::snapshot::{
    Algorithm, Container, Limit, Limits, Observer, Phase, Progress, ReadOptions, SigningKey,
    SnapshotError, SnapshotErrorKind, VerifyingKey, WriteOptions, Writer,
};
use support::{Random, container, metadata, read, small};

fn hmac() -> SigningKey {
    SigningKey::hmac_sha256(b"0123456789abcdef0123456789abcdef").expect("it is long enough")
}

fn ed25519() -> SigningKey {
    SigningKey::ed25519(&[7; 32])
}

/// Unsigned and signed, each with what its reader knows.
fn variants() -> Vec<(WriteOptions, ReadOptions)> {
    let plain = (WriteOptions::new(), ReadOptions::new());
    let signed = [hmac(), ed25519()].into_iter().flat_map(|key| {
        let write = WriteOptions::new().key(key.clone());
        [
            (write.clone(), ReadOptions::new()),
            (write, ReadOptions::new().key(key.verifying_key())),
        ]
    });
    std::iter::once(plain).chain(signed).collect()
}

fn kind(result: Result<Container, SnapshotError>) -> SnapshotErrorKind {
    result.expect_err("it is refused").kind().clone()
}

fn corrupt(section: &str) -> SnapshotErrorKind {
    SnapshotErrorKind::Corrupt {
        section: section.to_owned(),
    }
}

fn exceeded(which: Limit, limit: u64) -> SnapshotErrorKind {
    SnapshotErrorKind::LimitExceeded { which, limit }
}

fn at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    bytes[offset..offset + N].try_into().expect("it is there")
}

/// Puts the right digests into a file that was changed, as whoever forges one does.
fn forge(bytes: &mut [u8]) {
    let m = u32::from_le_bytes(at(bytes, 20)) as usize;
    let digest = blake3::hash(&bytes[32..32 + m]);
    bytes[32 + m..64 + m].copy_from_slice(digest.as_bytes());
    let end = bytes.len() - 32;
    let digest = blake3::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(digest.as_bytes());
}

/// The offset of a row of the section table.
fn row(bytes: &[u8], index: usize) -> usize {
    64 + u32::from_le_bytes(at(bytes, 20)) as usize + 72 * index
}

#[test]
fn what_is_written_is_read() {
    let mut random = Random(1);
    let noise = random.bytes(3 << 20);
    let text = b"spam and eggs ".repeat(1 << 17);
    let sections: [(&str, &[u8]); 5] = [
        (STATE, &text),
        (SOURCES, b"{}"),
        ("later.thing-2_x", &noise),
        ("empty", b""),
        ("0123456789abcdef", b"x"),
    ];
    let metadata = metadata(Vec::new());
    for (write, read_options) in variants() {
        for level in [1, 3, 19] {
            let write = write.clone().level(level).unwrap();
            let bytes = container(&metadata, write.clone(), &sections).unwrap();
            assert_eq!(bytes, container(&metadata, write, &sections).unwrap());
            let container = read(&bytes, &read_options).unwrap();
            assert_eq!(container.metadata(), &metadata);
            let quiet = &mut Observer::none();
            for (name, content) in sections {
                let found = container.section(name, quiet).unwrap();
                assert_eq!(found.as_deref(), Some(content), "{name}");
            }
            assert!(container.section("none", quiet).unwrap().is_none());
            let infos: Vec<_> = container.sections().collect();
            assert_eq!(infos.len(), 5);
            assert_eq!((infos[0].flags, infos[0].raw), (1, text.len() as u64));
            assert!(infos[0].stored < infos[0].raw / 100);
            assert_eq!((infos[2].flags, infos[2].stored), (0, noise.len() as u64));
            let mut reader = &bytes[..];
            let streamed = Container::from_reader(&mut reader, &read_options, quiet).unwrap();
            assert_eq!(streamed.into_bytes(), bytes);
        }
    }
}

/// The offsets are those of the documentation, and the digests what other programs compute.
#[test]
fn the_bytes_are_those_of_the_documentation() {
    let bytes = small(WriteOptions::new().key(hmac()));
    assert_eq!(&bytes[..12], b"\x89RPYSNAP\r\n\x1a\n");
    assert_eq!(at::<8>(&bytes, 12), [1, 0, 1, 0, 1, 0, 2, 0]);
    assert_eq!(u64::from_le_bytes(at(&bytes, 24)), bytes.len() as u64);
    let m = u32::from_le_bytes(at(&bytes, 20)) as usize;
    let json: serde_json::Value = serde_json::from_slice(&bytes[32..32 + m]).unwrap();
    assert_eq!(json["created"], "2023-11-14T22:13:20.000Z");
    assert_eq!(json["modules"][0], "__main__");
    let global = &json["report"]["modules"][0]["globals"][0];
    assert_eq!(
        global,
        &serde_json::json!({"name": "score", "type": "int", "outcome": "saved", "offset": 0, "size": 5})
    );
    assert_eq!(bytes[31 + m], b'\n');
    assert_eq!(
        at(&bytes, 32 + m),
        *blake3::hash(&bytes[32..32 + m]).as_bytes()
    );

    let (first, second) = (row(&bytes, 0), row(&bytes, 1));
    assert_eq!(&bytes[first..first + 16], b"state\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(&bytes[second..second + 16], b"sources\0\0\0\0\0\0\0\0\0");
    assert_eq!(
        (at(&bytes, first + 16), at(&bytes, second + 16)),
        ([1, 0, 0, 0], [0; 4])
    );
    let stored = u64::from_le_bytes(at(&bytes, first + 24)) as usize;
    assert_eq!(u64::from_le_bytes(at(&bytes, first + 32)), 200);
    let start = second + 72;
    let state = &bytes[start..start + stored];
    assert_eq!(at(&bytes, first + 40), *blake3::hash(state).as_bytes());
    assert_eq!(
        zstd::decode_all(state).unwrap(),
        b"\x80\x05K\x01.".repeat(40)
    );
    assert_eq!(&bytes[start + stored..start + stored + 2], b"{}");

    let signature = start + stored + 2;
    let mut message = b"rustpython-pickle snapshot v1   ".to_vec();
    message.extend(blake3::hash(&bytes[..signature]).as_bytes());
    use hmac::{KeyInit as _, Mac as _};
    let mut mac =
        hmac::Hmac::<sha2::Sha256>::new_from_slice(b"0123456789abcdef0123456789abcdef").unwrap();
    mac.update(&message);
    assert_eq!(
        &bytes[signature..signature + 32],
        &mac.finalize().into_bytes()[..]
    );
    assert_eq!(signature + 64, bytes.len());
    assert_eq!(
        at(&bytes, signature + 32),
        *blake3::hash(&bytes[..signature + 32]).as_bytes()
    );

    let bytes = small(WriteOptions::new().key(ed25519()));
    let signature = bytes.len() - 96;
    let mut message = b"rustpython-pickle snapshot v1   ".to_vec();
    message.extend(blake3::hash(&bytes[..signature]).as_bytes());
    let public = ed25519().verifying_key().public_bytes().unwrap();
    let public = ed25519_dalek::VerifyingKey::from_bytes(&public).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(&at(&bytes, signature));
    public.verify_strict(&message, &signature).unwrap();
}

#[test]
fn files_differ_only_by_the_time() {
    let earlier = metadata(Vec::new());
    let mut later = earlier.clone();
    later.created = "2030-01-01T00:00:00.000Z".to_owned();
    let sections: [(&str, &[u8]); 1] = [(STATE, b"abc")];
    let a = container(&earlier, WriteOptions::new(), &sections).unwrap();
    let b = container(&later, WriteOptions::new(), &sections).unwrap();
    assert_eq!(a.len(), b.len());
    let m = u32::from_le_bytes(at(&a, 20)) as usize;
    let time = a
        .windows(10)
        .position(|bytes| bytes == b"2023-11-14")
        .unwrap();
    let places = [time..time + 24, 32 + m..64 + m, a.len() - 32..a.len()];
    for offset in 0..a.len() {
        let may_differ = places.iter().any(|place| place.contains(&offset));
        assert!(a[offset] == b[offset] || may_differ, "offset {offset}");
    }
}

/// How many errors there were of each kind.
#[derive(Default)]
struct Kinds(BTreeMap<&'static str, usize>);

impl Kinds {
    /// Counts an error of a damaged file; panics if such an error cannot come of damage.
    fn count(&mut self, error: &SnapshotError) {
        let name = match error.kind() {
            SnapshotErrorKind::NotASnapshot => "not a snapshot",
            SnapshotErrorKind::Truncated => "truncated",
            SnapshotErrorKind::Corrupt { .. } => "corrupt",
            SnapshotErrorKind::TooNew { .. } => "too new",
            SnapshotErrorKind::LimitExceeded { .. } => "limit exceeded",
            other => panic!("{other:?} of a damaged file"),
        };
        *self.0.entry(name).or_default() += 1;
    }
}

#[test]
fn every_flipped_bit_of_a_small_snapshot_is_detected() {
    let mut kinds = Kinds::default();
    for (write, options) in variants() {
        let good = small(write);
        read(&good, &options).unwrap();
        let state = row(&good, 2);
        let stored = u64::from_le_bytes(at(&good, row(&good, 0) + 24)) as usize;
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let error = read(&bytes, &options).expect_err("it is damaged");
            kinds.count(&error);
            // What is damaged is named.
            let offset = bit / 8;
            let damaged = match offset {
                0..12 => Some(SnapshotErrorKind::NotASnapshot),
                _ if (32..64 + row(&good, 0) - 96).contains(&offset) => Some(corrupt("metadata")),
                _ if (state..state + stored).contains(&offset) => Some(corrupt(STATE)),
                _ if (state + stored..state + stored + 2).contains(&offset) => {
                    Some(corrupt(SOURCES))
                }
                _ if offset >= state + stored + 2 => Some(corrupt("container")),
                _ => None,
            };
            if let Some(damaged) = damaged {
                assert_eq!(error.kind(), &damaged, "bit {bit}: {error}");
            }
            let mut reader = &bytes[..];
            let streamed = Container::from_reader(&mut reader, &options, &mut Observer::none());
            assert_eq!(streamed.unwrap_err().kind(), error.kind());
        }
    }
    println!("flipped bits: {:?}", kinds.0);
}

#[test]
fn a_snapshot_cut_at_any_byte_is_truncated() {
    for (write, options) in variants() {
        let good = small(write);
        for end in 0..good.len() {
            let error = read(&good[..end], &options).expect_err("it is cut");
            assert_eq!(error.kind(), &SnapshotErrorKind::Truncated);
            assert_eq!(error.offset(), Some(end as u64));
            let mut reader = &good[..end];
            let streamed = Container::from_reader(&mut reader, &options, &mut Observer::none());
            assert_eq!(streamed.unwrap_err().kind(), &SnapshotErrorKind::Truncated);
        }
    }
}

/// `SNAPSHOT_FLIPS` is how many, 2000 if it is not set: each takes some milliseconds of a processor.
#[test]
fn random_flips_of_a_large_snapshot_are_detected() {
    let flips: usize = match std::env::var("SNAPSHOT_FLIPS") {
        Ok(flips) => flips.parse().expect("SNAPSHOT_FLIPS is a number"),
        Err(_) => 2000,
    };
    let noise = Random(2).bytes(20 << 20);
    let good = container(
        &metadata(Vec::new()),
        WriteOptions::new(),
        &[(STATE, &noise)],
    )
    .unwrap();
    assert!(good.len() >= 20 << 20);
    let check = |bytes: &[u8]| Container::check(bytes, &ReadOptions::new(), &mut Observer::none());
    check(&good).unwrap();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (done, detected) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for worker in 0..workers {
            let (good, check, done, detected) = (&good, &check, &done, &detected);
            scope.spawn(move || {
                let mut random = Random(3 + worker as u64);
                let mut bytes = good.clone();
                let mut kinds = Kinds::default();
                while done.fetch_add(1, Ordering::Relaxed) < flips {
                    let (offset, bit) = (random.below(bytes.len()), random.below(8));
                    bytes[offset] ^= 1 << bit;
                    match check(&bytes) {
                        Ok(()) => panic!("bit {bit} of byte {offset} is not detected"),
                        Err(error) => kinds.count(&error),
                    }
                    detected.fetch_add(1, Ordering::Relaxed);
                    bytes[offset] ^= 1 << bit;
                }
                check(&bytes).unwrap();
            });
        }
    });
    assert_eq!(detected.into_inner(), flips);
    println!("{flips} flips in {} bytes, all detected", good.len());
}

#[test]
fn random_bytes_are_no_snapshot() {
    let mut random = Random(4);
    let mut kinds = Kinds::default();
    for round in 0..20_000 {
        let length = random.below(400);
        let mut bytes = random.bytes(length);
        // Half of them get further than the magic, and some of these further than the header.
        if round % 2 == 0 {
            bytes.splice(0..bytes.len().min(12), MAGIC);
            if round % 4 == 0 && bytes.len() >= 32 {
                bytes[12..16].copy_from_slice(&[1, 0, 1, 0]);
                let lengths = [bytes[18] % 3, 0, bytes[20], 0, 0, 0];
                bytes[18..24].copy_from_slice(&lengths);
                let length = bytes.len() as u64;
                bytes[24..32].copy_from_slice(&length.to_le_bytes());
                if round % 8 == 0 && length >= 64 {
                    let end = bytes.len() - 32;
                    let digest = blake3::hash(&bytes[..end]);
                    bytes[end..].copy_from_slice(digest.as_bytes());
                }
            }
        }
        let error = read(&bytes, &ReadOptions::new()).expect_err("it is random");
        kinds.count(&error);
    }
    println!("random bytes: {:?}", kinds.0);
    assert!(kinds.0.len() >= 4, "{:?}", kinds.0);
}

#[test]
fn what_is_no_snapshot() {
    for bytes in [
        &b"PK\x03\x04"[..],
        b"\x80\x05K\x01.",
        b"\x89PNG\r\n\x1a\n",
        b"\x89RPYSNAX",
    ] {
        let error = read(bytes, &ReadOptions::new()).unwrap_err();
        assert_eq!(error.kind(), &SnapshotErrorKind::NotASnapshot);
    }
    // As git, an editor, or FTP would: line ends of another system, the eighth bit gone.
    let good = small(WriteOptions::new());
    let unix = String::from_utf8_lossy(&good).replace("\r\n", "\n");
    let mut seven = good.clone();
    seven.iter_mut().for_each(|byte| *byte &= 0x7f);
    let mut windows = good[..9].to_vec();
    windows.extend_from_slice(b"\r\r\n");
    windows.extend_from_slice(&good[11..]);
    for (bytes, offset) in [(unix.into_bytes(), 0), (seven, 0), (windows, 9)] {
        let error = read(&bytes, &ReadOptions::new()).unwrap_err();
        assert_eq!(error.kind(), &SnapshotErrorKind::NotASnapshot);
        assert_eq!(error.offset(), Some(offset), "{error}");
    }
}

#[test]
fn only_the_oldest_reader_decides() {
    let mut bytes = small(WriteOptions::new());
    bytes[12..14].copy_from_slice(&900u16.to_le_bytes());
    forge(&mut bytes);
    let container = read(&bytes, &ReadOptions::new()).unwrap();
    assert_eq!((container.version(), container.oldest_reader()), (900, 1));
    bytes[14..16].copy_from_slice(&2u16.to_le_bytes());
    let too_new = SnapshotErrorKind::TooNew {
        needs: 2,
        supports: 1,
    };
    // Whatever else a later format changes.
    for end in [16, 20, bytes.len()] {
        assert_eq!(kind(read(&bytes[..end], &ReadOptions::new())), too_new);
    }
}

/// What a later version may add without raising the oldest reader.
#[test]
fn what_is_unknown_is_left_alone() {
    let mut bytes = small(WriteOptions::new());
    let state = row(&bytes, 0);
    bytes[state + 16] |= 0x80;
    bytes[17] = 1;
    bytes[state + 20] = 1;
    forge(&mut bytes);
    let container = read(&bytes, &ReadOptions::new()).unwrap();
    let quiet = &mut Observer::none();
    assert_eq!(
        container.section(SOURCES, quiet).unwrap().as_deref(),
        Some(&b"{}"[..])
    );
    let error = container.section(STATE, quiet).unwrap_err();
    assert_eq!(error.kind(), &corrupt(STATE));
    assert!(error.to_string().contains("flags 0x81"), "{error}");

    // A signature of 7 bytes with algorithm 9.
    let mut bytes = small(WriteOptions::new());
    bytes[16] = 9;
    let end = bytes.len() - 32;
    bytes.splice(end..end, *b"later!!");
    let length = bytes.len() as u64;
    bytes[24..32].copy_from_slice(&length.to_le_bytes());
    forge(&mut bytes);
    let container = read(&bytes, &ReadOptions::new()).unwrap();
    assert!(container.is_signed() && !container.is_verified());
    assert_eq!(container.algorithm(), None);
    let options = ReadOptions::new().key(hmac().verifying_key());
    assert_eq!(
        kind(read(&bytes, &options)),
        SnapshotErrorKind::BadSignature
    );
}

#[test]
fn signatures() {
    let other = SigningKey::hmac_sha256(b"another key, also long enough").unwrap();
    let options = |keys: &[VerifyingKey]| {
        keys.iter()
            .fold(ReadOptions::new(), |options, key| options.key(key.clone()))
    };
    let unsigned = small(WriteOptions::new());
    for (key, wrong) in [
        (hmac(), other),
        (ed25519(), SigningKey::ed25519(&[8; 32])),
        (hmac(), ed25519()),
        (ed25519(), hmac()),
    ] {
        let signed = small(WriteOptions::new().key(key.clone()));
        let (right, wrong) = (key.verifying_key(), wrong.verifying_key());
        for keys in [
            &[right.clone()][..],
            &[wrong.clone(), right.clone()],
            &[right.clone(), wrong.clone()],
        ] {
            let container = read(&signed, &options(keys)).unwrap();
            assert!(container.is_verified());
            assert_eq!(container.algorithm(), Some(key.algorithm()));
        }
        assert_eq!(
            kind(read(&signed, &options(&[wrong]))),
            SnapshotErrorKind::BadSignature
        );
        let right = options(&[right]);
        assert_eq!(
            kind(read(&unsigned, &right)),
            SnapshotErrorKind::MissingSignature
        );
        assert!(!read(&signed, &ReadOptions::new()).unwrap().is_verified());

        // Whoever changes a signed file can make its digest right again, but not the signature.
        for offset in [17, 40, row(&signed, 0) + 20, row(&signed, 2)] {
            let mut changed = signed.clone();
            changed[offset] ^= 1;
            forge(&mut changed);
            assert_eq!(
                kind(read(&changed, &right)),
                SnapshotErrorKind::BadSignature
            );
        }
        // Nor can he take the signature off, or put that of another file on.
        let mut stripped = signed.clone();
        let size = if key.algorithm() == Algorithm::Ed25519 {
            64
        } else {
            32
        };
        let end = stripped.len() - 32;
        stripped.drain(end - size..end);
        stripped[16] = 0;
        let length = stripped.len() as u64;
        stripped[24..32].copy_from_slice(&length.to_le_bytes());
        forge(&mut stripped);
        assert!(read(&stripped, &ReadOptions::new()).is_ok());
        assert_eq!(
            kind(read(&stripped, &right)),
            SnapshotErrorKind::MissingSignature
        );
        let other = container(
            &metadata(Vec::new()),
            WriteOptions::new().key(key.clone()),
            &[(STATE, b"other")],
        )
        .unwrap();
        let mut moved = signed.clone();
        moved[end - size..end].copy_from_slice(&other[other.len() - 32 - size..other.len() - 32]);
        forge(&mut moved);
        assert_eq!(kind(read(&moved, &right)), SnapshotErrorKind::BadSignature);
    }
}

/// Metadata and frames that would be errors, or bombs, are not even looked at.
#[test]
fn nothing_is_interpreted_before_the_signature_is_checked() {
    let right = ReadOptions::new().key(ed25519().verifying_key());
    let mut bytes = small(WriteOptions::new().key(ed25519()));
    bytes[32] = b'[';
    let (state, sources) = (row(&bytes, 0), row(&bytes, 1));
    bytes[state] = 0xff;
    bytes[state + 32..state + 40].fill(0xff);
    bytes[sources + 32..sources + 40].fill(0xff);
    forge(&mut bytes);
    assert_eq!(kind(read(&bytes, &right)), SnapshotErrorKind::BadSignature);
    assert!(matches!(
        kind(read(&bytes, &ReadOptions::new())),
        SnapshotErrorKind::LimitExceeded { .. }
    ));
}

#[test]
fn bytes_that_follow() {
    for (write, options) in variants() {
        let good = small(write);
        for more in [1, 32, 5000] {
            let mut bytes = good.clone();
            bytes.resize(good.len() + more, 0);
            let error = read(&bytes, &options).unwrap_err();
            assert_eq!(error.kind(), &corrupt("container"));
            assert_eq!(error.offset(), Some(good.len() as u64));
            // With a length that says so, and the right digest.
            let length = bytes.len() as u64;
            bytes[24..32].copy_from_slice(&length.to_le_bytes());
            forge(&mut bytes);
            let kind = kind(read(&bytes, &options));
            assert!(
                matches!(
                    kind,
                    SnapshotErrorKind::Corrupt { .. } | SnapshotErrorKind::BadSignature
                ) || kind == SnapshotErrorKind::MissingSignature,
                "{kind:?}"
            );
        }
        let mut endless = std::io::Read::chain(&good[..], std::io::repeat(0));
        let error = Container::from_reader(&mut endless, &options, &mut Observer::none());
        assert_eq!(kind(error), corrupt("container"));
    }
}

#[test]
fn swapped_sections() {
    let sections: [(&str, &[u8]); 2] = [("a", b"1234"), ("b", b"5678")];
    let good = container(&metadata(Vec::new()), WriteOptions::new(), &sections).unwrap();
    let content = row(&good, 2);
    let mut bytes = good.clone();
    bytes[content..content + 8].rotate_left(4);
    assert_eq!(kind(read(&bytes, &ReadOptions::new())), corrupt("a"));
    // Rows alone.
    let mut bytes = good.clone();
    let rows = row(&good, 0)..content;
    bytes[rows].rotate_left(72);
    assert_eq!(kind(read(&bytes, &ReadOptions::new())), corrupt("b"));
    // Names alone: both sections are what they were, and stand under another name.
    let mut bytes = good;
    let (a, b) = (row(&bytes, 0), row(&bytes, 1));
    (bytes[a], bytes[b]) = (b'b', b'a');
    assert_eq!(
        kind(read(&bytes, &ReadOptions::new())),
        corrupt("container")
    );
}

/// With right digests: whoever writes such a file means it.
#[test]
fn tables_that_lie() {
    let good = small(WriteOptions::new());
    let (state, sources) = (row(&good, 0), row(&good, 1));
    let changed = |change: &dyn Fn(&mut [u8])| {
        let mut bytes = good.clone();
        change(&mut bytes);
        forge(&mut bytes);
        read(&bytes, &ReadOptions::new())
    };
    let put = |offset: usize, value: u64| {
        move |bytes: &mut [u8]| bytes[offset..offset + 8].copy_from_slice(&value.to_le_bytes())
    };
    for value in [u64::MAX, u64::MAX - 100, 1 << 63, 1 << 40, 5000] {
        for row in [state, sources] {
            assert_eq!(
                kind(changed(&put(row + 24, value))),
                corrupt("container"),
                "{value}"
            );
        }
    }
    // More content than may be: nothing is unpacked to find out.
    let limit = Limits::default().section;
    for value in [u64::MAX, limit + 1] {
        assert_eq!(
            kind(changed(&put(state + 32, value))),
            exceeded(Limit::Section, limit)
        );
    }
    assert_eq!(
        kind(changed(&put(sources + 32, Limits::default().total))),
        exceeded(Limit::Total, Limits::default().total)
    );
    // More or less than there is.
    let quiet = &mut Observer::none();
    for (row, name) in [(state, STATE), (sources, SOURCES)] {
        let raw = u64::from_le_bytes(at(&good, row + 32));
        for value in [0, raw - 1, raw + 1, 4 << 30] {
            if let Ok(container) = changed(&put(row + 32, value)) {
                let error = container.section(name, quiet).unwrap_err();
                assert_eq!(error.kind(), &corrupt(name), "{value}: {error}");
            }
        }
    }
    // Names.
    for name in [
        &b"state\0\0\0"[..],
        b"\0\0\0\0\0\0\0\0",
        b"a/../b\0\0",
        b"a\0b\0\0\0\0\0",
    ] {
        let put = |bytes: &mut [u8]| bytes[sources..sources + name.len()].copy_from_slice(name);
        assert_eq!(kind(changed(&put)), corrupt("container"));
    }
    // Metadata that is none.
    let put = |bytes: &mut [u8]| bytes[32] = b'[';
    assert_eq!(kind(changed(&put)), corrupt("metadata"));
    let deep = |bytes: &mut [u8]| bytes[32..232].fill(b'[');
    assert_eq!(kind(changed(&deep)), corrupt("metadata"));
    // A metadata length beyond the file.
    let put = |bytes: &mut [u8]| bytes[20..24].copy_from_slice(&(60u32 << 20).to_le_bytes());
    let mut bytes = good.clone();
    put(&mut bytes);
    assert_eq!(
        kind(read(&bytes, &ReadOptions::new())),
        corrupt("container")
    );
}

/// A file with one section that is this frame, and says that it holds this much.
fn with_frame(frame: &[u8], raw: u64) -> Vec<u8> {
    // Noise is stored as it is; the frame takes its place.
    let noise = Random(7).bytes(frame.len());
    let sections: [(&str, &[u8]); 1] = [(STATE, &noise)];
    let mut bytes = container(&metadata(Vec::new()), WriteOptions::new(), &sections).unwrap();
    let (state, content) = (row(&bytes, 0), row(&bytes, 1));
    bytes[state + 16] = 1;
    bytes[state + 32..state + 40].copy_from_slice(&raw.to_le_bytes());
    bytes[state + 40..state + 72].copy_from_slice(blake3::hash(frame).as_bytes());
    bytes[content..content + frame.len()].copy_from_slice(frame);
    forge(&mut bytes);
    bytes
}

#[test]
fn bombs() {
    // 10 GiB of zeros; the frame does not say how many.
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
    for _ in 0..10 << 10 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let quiet = &mut Observer::none();
    let honest = with_frame(&bomb, 10 << 30);
    let limit = Limits::default().section;
    assert_eq!(
        kind(read(&honest, &ReadOptions::new())),
        exceeded(Limit::Section, limit)
    );
    for raw in [0, 1, 1000, 1 << 20, (1 << 20) + 1] {
        let lying = with_frame(&bomb, raw);
        let container = read(&lying, &ReadOptions::new()).unwrap();
        let mut unpacked = 0;
        let mut watch = |progress: &Progress| {
            unpacked = progress.bytes;
            ControlFlow::Continue(())
        };
        let error = container
            .section(STATE, &mut Observer::new(&mut watch))
            .unwrap_err();
        assert_eq!(error.kind(), &corrupt(STATE));
        assert!(unpacked <= raw, "{unpacked} of {raw}");
    }

    // A frame that wants a window of 2 GiB before it has said anything.
    let mut frame = b"\x28\xb5\x2f\xfd\x00".to_vec();
    frame.push((31 - 10) << 3);
    frame.extend(b"\x01\x00\x00");
    frame.extend(Random(5).bytes(100));
    let container = read(&with_frame(&frame, 100), &ReadOptions::new()).unwrap();
    assert_eq!(
        container.section(STATE, quiet).unwrap_err().kind(),
        &corrupt(STATE)
    );

    // Two frames, and a frame with something behind it.
    let content = Random(6).bytes(50);
    let frame = zstd::encode_all(&content[..], 3).unwrap();
    for rest in [&frame[..], b"x"] {
        let container = read(
            &with_frame(&[&frame, rest].concat(), 50),
            &ReadOptions::new(),
        )
        .unwrap();
        assert_eq!(
            container.section(STATE, quiet).unwrap_err().kind(),
            &corrupt(STATE)
        );
    }
    let container = read(&with_frame(&frame, 50), &ReadOptions::new()).unwrap();
    assert_eq!(
        container.section(STATE, quiet).unwrap().as_deref(),
        Some(&content[..])
    );
}

#[test]
fn limits() {
    let state = b"spam".repeat(1000);
    let sections: [(&str, &[u8]); 3] = [(STATE, &state), (SOURCES, b"{}"), ("x", b"")];
    let metadata = metadata(Vec::new());
    let good = container(&metadata, WriteOptions::new(), &sections).unwrap();
    let json = u32::from_le_bytes(at(&good, 20)).into();
    type Set = fn(&mut Limits, u64);
    let cases: [(Limit, u64, Set); 5] = [
        (Limit::File, good.len() as u64, |limits, n| limits.file = n),
        (Limit::Metadata, json, |limits, n| limits.metadata = n),
        (Limit::Sections, 3, |limits, n| limits.sections = n),
        (Limit::Section, 4000, |limits, n| limits.section = n),
        (Limit::Total, 4002, |limits, n| limits.total = n),
    ];
    for (which, needed, set) in cases {
        let mut limits = Limits::default();
        set(&mut limits, needed);
        let write = WriteOptions::new().limits(limits);
        let options = ReadOptions::new().limits(limits);
        container(&metadata, write, &sections).unwrap();
        read(&good, &options).unwrap();
        set(&mut limits, needed - 1);
        let write = WriteOptions::new().limits(limits);
        let options = ReadOptions::new().limits(limits);
        let expected = exceeded(which, needed - 1);
        let error = container(&metadata, write, &sections).unwrap_err();
        assert_eq!(error.kind(), &expected);
        assert_eq!(kind(read(&good, &options)), expected);
        let mut reader = &good[..];
        let streamed = Container::from_reader(&mut reader, &options, &mut Observer::none());
        assert_eq!(kind(streamed), expected);
    }
}

#[test]
fn names_that_no_section_can_have() {
    let quiet = &mut Observer::none();
    for name in ["", "a b", "0123456789abcdefg", "ä", "a/b", "a\0"] {
        let error = Writer::new(WriteOptions::new())
            .section(name, b"", quiet)
            .unwrap_err();
        assert_eq!(error.kind(), &SnapshotErrorKind::Options, "{name:?}");
    }
    let mut writer = Writer::new(WriteOptions::new());
    writer.section("twice", b"", quiet).unwrap();
    assert!(writer.section("twice", b"", quiet).is_err());
    for level in [0, -1, 20, 22] {
        assert!(WriteOptions::new().level(level).is_err());
    }
}

/// Every phase is told of up to its end, and can be cancelled at every call.
#[test]
fn progress_and_cancelling() {
    let text = b"spam and eggs ".repeat(1 << 18);
    let noise = Random(8).bytes(3 << 20);
    let metadata = metadata(Vec::new());
    let run = |stop_at: usize| {
        let (mut calls, mut phases) = (0, BTreeMap::<String, Progress>::new());
        let mut watch = |progress: &Progress| {
            let earlier = phases.insert(progress.phase.to_string(), *progress);
            if let Some(earlier) = earlier {
                assert!(earlier.bytes <= progress.bytes || progress.bytes == 0);
            }
            calls += 1;
            if calls == stop_at {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let observer = &mut Observer::new(&mut watch);
        let mut writer = Writer::new(WriteOptions::new());
        let result = (|| {
            writer.section(STATE, &text, observer)?;
            writer.section("noise", &noise, observer)?;
            let bytes = writer.to_bytes(&metadata, observer)?;
            let mut reader = &bytes[..];
            let container = Container::from_reader(&mut reader, &ReadOptions::new(), observer)?;
            let state = container.section(STATE, observer)?.map(|state| state.len());
            assert_eq!(state, Some(text.len()));
            Ok::<_, SnapshotError>(())
        })();
        (result, calls, phases)
    };
    let (result, calls, phases) = run(usize::MAX);
    result.unwrap();
    let names: Vec<_> = phases.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "compressing",
            "decompressing",
            "reading",
            "verifying",
            "writing"
        ]
    );
    for progress in phases.values() {
        let total = progress.total.unwrap();
        assert!(
            progress.bytes <= total && progress.bytes + (2 << 20) > total,
            "{progress:?}"
        );
    }
    assert!(calls > 15);
    for stop_at in 1..=calls {
        let (result, stopped_at, _) = run(stop_at);
        assert_eq!(result.unwrap_err().kind(), &SnapshotErrorKind::Cancelled);
        assert_eq!(stopped_at, stop_at);
    }
    assert_eq!(Phase::Sync.to_string(), "syncing");
}
