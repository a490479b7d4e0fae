//! What calls a function that no list of dangerous ones can have, in files that are read in several ways: a scanner that takes
//! the other way sees nothing at all.

use super::collector::{Collector, Draft, Spot};
use super::{Class, Load};
use crate::pack::{self, Member, zip, zip_after, zip_end};

/// A module beside the victim, which is the last place where Python looks.
const MODULE: &[u8] = b"def touch(path):\n    open(path, 'w').close()\n    return path\n";

/// Calls that module's function; without `PROTO` and `STOP`.
fn open_call(k: &Spot, module: &str) -> Vec<u8> {
    format!("c{module}\ntouch\n(S'{}'\ntR", k.marker).into_bytes()
}

/// It breaks off after the call.
fn broken(k: &Spot) -> Vec<u8> {
    [&*open_call(k, "harmless_marker"), b"\xff"].concat()
}

fn whole(k: &Spot) -> Vec<u8> {
    [&*open_call(k, "harmless_marker"), b"."].concat()
}

fn with_module(draft: Draft<'_>) -> Draft<'_> {
    draft
        .file("harmless_marker.py", |_| MODULE.to_vec())
        .file("harmless-marker.py", |_| MODULE.to_vec())
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Confusing);
    tar_headers(all);
    follows(all);
    arrays(all);
    all.class(Class::Wrapped);
    members(all);
    directories(all);
    tails(all);
}

/// A pickle that begins with a whole tar archive, of an empty member, in a string.
fn tar_header(k: &Spot) -> Vec<u8> {
    let mut bytes = vec![0; 1536];
    let length = (bytes.len() as u32 - 5).to_le_bytes();
    bytes[0] = b'B';
    bytes[1..5].copy_from_slice(&length);
    bytes[124..136].copy_from_slice(b"00000000000\0");
    bytes[257..262].copy_from_slice(b"ustar");
    bytes.push(b'0');
    bytes.extend(broken(k));
    bytes.resize(2048, 0);
    bytes
}

fn tar_headers(all: &mut Collector<'_>) {
    let does = "begins as a tar archive does, and breaks off behind the call";
    with_module(all.bytes("unlisted-tar-header", does, tar_header));
    let draft = all.bytes("unlisted-tar-header-in-torch", does, |k| {
        zip(&[Member::new("archive/data.pkl", tar_header(k))])
    });
    with_module(draft)
        .load(Load::ZipMember("archive/data.pkl".into()))
        .extension(".pt");
}

fn follows(all: &mut Collector<'_>) {
    let does = "the second pickle of a file, which does not end";
    let draft = all.bytes("unlisted-follows", does, |k| [b"N.", &*broken(k)].concat());
    with_module(draft).load(Load::Each);
    let draft = all.bytes("unlisted-follows-odd-name", does, |k| {
        [b"N.", &*open_call(k, "harmless-marker")].concat()
    });
    with_module(draft).load(Load::Each);
}

/// Each is an array of objects for NumPy.
fn arrays(all: &mut Collector<'_>) {
    for (name, descr) in [
        ("escape", "'\\x4f'"),
        ("long-escape", "'\\u004f'"),
        ("second-field", "'i4,O'"),
        ("first-field", "'O,i4'"),
        ("repeated", "'2O'"),
        ("shaped", "'(1,)O'"),
        ("nested", "[('a', 'i4,O')]"),
        ("adjacent", "'<i4' ',O'"),
    ] {
        let does = "the header of an .npy file spells objects in an unusual way";
        let draft = all.bytes(&format!("unlisted-npy-{name}"), does, |k| {
            pack::npy_of(descr, &whole(k))
        });
        with_module(draft).load(Load::Npy).extension(".npy");
    }
}

fn members(all: &mut Collector<'_>) {
    let does = "a member without PROTO and STOP";
    let draft = all.bytes("unlisted-only-member", does, |k| {
        zip(&[Member::new("model", broken(k))])
    });
    with_module(draft)
        .load(Load::ZipMember("model".into()))
        .extension(".zip");
    let draft = all.bytes("unlisted-legacy-torch", does, |k| {
        pack::tar("pickle", &broken(k))
    });
    with_module(draft)
        .load(Load::Compressed("tar"))
        .extension(".pt");
    let draft = all.bytes("unlisted-gzip", does, |k| pack::gzipped(&broken(k)));
    with_module(draft)
        .load(Load::Compressed("gzip"))
        .extension(".pkl.gz");
}

/// A member in another one, which only a second directory names.
fn directories(all: &mut Collector<'_>) {
    const NAME: &str = "model.pkl";
    let second = |k: &Spot, end: &[(usize, u8)]| {
        let member = Member::new(NAME, whole(k));
        let text = [b"hello ", &*member.local()].concat();
        let mut out = zip(&[Member::new("a.txt", text)]);
        let record = member.record(30 + 5 + 6);
        let mut last = zip_end(1, record.len(), out.len());
        for (at, byte) in end {
            last[*at] = *byte;
        }
        out.extend(record);
        out.extend(last);
        out
    };
    for (name, end) in [
        ("plain", &[][..]),
        ("disk", &[(4, 1), (6, 1)]),
        ("comment", &[(20, 5)]),
        ("count", &[(8, 0)]),
    ] {
        let does = "a member in another one, which only the last of two directories names";
        let draft = all.bytes(&format!("unlisted-directory-{name}"), does, |k| {
            second(k, end)
        });
        with_module(draft)
            .load(Load::ZipMember(NAME.into()))
            .extension(".zip");
    }
}

/// A zip archive is found from the end of a file.
fn tails(all: &mut Collector<'_>) {
    for (name, extension, front) in [
        ("npy", ".npy", pack::npy_of("'|u1'", b"\x01")),
        ("zlib", ".pkl", pack::zlib(b"N.")),
        ("gzip", ".gz", pack::gzipped(b"N.")),
        ("tar", ".tar", pack::tar("a.txt", b"nothing")),
    ] {
        let does = "a zip archive behind another format";
        let draft = all.bytes(&format!("unlisted-zip-behind-{name}"), does, |k| {
            zip_after(&front, &[Member::new("model.pkl", whole(k))])
        });
        with_module(draft)
            .load(Load::ZipMember("model.pkl".into()))
            .extension(extension);
    }
}
