//! What mutation starts from.

use std::path::Path;

use crate::snapshots;
use crate::targets::Input;

/// Longer files are left out: a run would be about little else.
const LONGEST: u64 = 6000;

/// One of each kind of opcode, and what was a defect once.
const BY_HAND: &[&[u8]] = &[
    b"N.",
    b"I01\n.",
    b"I-17\n.",
    b"L12L\n.",
    b"F1.5\n.",
    b"S'abc'\n.",
    b"U\x03abc.",
    b"T\x03\0\0\0abc.",
    b"Vte\\u20acxt\n.",
    b"(lp0\nI1\nag0\na.",
    b"(dp0\nI1\nI2\ns.",
    b"(i__main__\nPlain\np0\n.",
    b"(c__main__\nPlain\nK\x01o.",
    b"Pid\n.",
    b"X\x02\0\0\0idQ.",
    b"]\x94(K\x01M\x00\x01J\xff\xff\xff\xffh\0e.",
    b"\x80\x02}q\0(X\x01\0\0\0aq\x01K\x01X\x01\0\0\0bq\x02]q\x03h\x03au.",
    b"\x80\x02\x8a\x09\0\0\0\0\0\0\0\0\x01\x8b\x02\0\0\0\xff\x7f\x86.",
    b"\x80\x04\x95\x0c\0\0\0\0\0\0\0]\x94(K\x01K\x02K\x03e.",
    b"\x80\x04\x8f\x94(K\x01K\x02\x90.",
    b"\x80\x04(K\x01\x88\x89\x91\x94.",
    b"\x80\x04\x8c\x08builtins\x94\x8c\x06object\x94\x93\x94)\x81\x94}\x94\x8c\x01x\x94K\x01sb.",
    b"\x80\x04\x8c\x08datetime\x8c\x04date\x93C\x04\x07\xe8\x05\x11\x85R\x94.",
    b"\x80\x04\x8c\x01m\x8c\x01C\x93)}\x92.",
    b"\x80\x05\x96\x03\0\0\0\0\0\0\0abc\x94\x97\x98\x86.",
    b"\x80\x05\x8e\x03\0\0\0\0\0\0\0abc\x8d\x02\0\0\0\0\0\0\0\xc3\xa9B\x01\0\0\0x\x87.",
    b"\x80\x02\x82\x01\x83\x02\x00\x84\x03\0\0\0\x87.",
    b"\x80\x02ccopy_reg\n_reconstructor\n(c__main__\nPlain\nc__builtin__\nobject\nNtR}S'a'\nI1\nsb.",
    b"cos\nsystem\n(S'true'\ntR.",
    b"K\x01r\xff\xff\xff\xffj\xff\xff\xff\xff.",
    b"(((((1111N.",
    b"N2222000.",
    b"]]]]]aaaa.",
    b"N\x85\x85\x85\x85\x852\x86.",
];

/// The inputs that mutation starts from: pickles written by hand, and those of `hostile`; with the feature `hostile` its attacks
/// and small bombs as well.
///
/// # Panics
/// When the files of `hostile` are not there.
#[must_use]
pub fn starting(input: Input) -> Vec<Vec<u8>> {
    match input {
        Input::Pickle => {
            let mut all: Vec<Vec<u8>> = BY_HAND.iter().map(|pickle| pickle.to_vec()).collect();
            all.extend(benign(|name| {
                name.ends_with(".pkl") || name.ends_with(".pickle")
            }));
            #[cfg(feature = "hostile")]
            all.extend(hostile());
            all
        }
        Input::File => benign(|_| true),
        Input::Snapshot => snapshots::written(),
        Input::Snapshots => {
            let files = snapshots::written();
            let pairs = files.iter().zip(files.iter().skip(1));
            pairs.map(|(old, new)| snapshots::pair(old, new)).collect()
        }
    }
}

/// The files of benign pickles whose name is wanted.
fn benign(wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hostile/benign/files");
    let entries = std::fs::read_dir(&folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries
        .map_while(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            wanted(&name) && path.metadata().is_ok_and(|data| data.len() <= LONGEST)
        })
        .collect();
    // A folder has no order.
    paths.sort();
    let read = |path| std::fs::read(path).ok();
    paths.into_iter().filter_map(read).collect()
}

/// Attacks, whose marker files stand nowhere, and bombs.
#[cfg(feature = "hostile")]
fn hostile() -> impl Iterator<Item = Vec<u8>> {
    let attacks = hostile::attacks(Path::new("/nowhere"))
        .into_iter()
        .map(|attack| attack.bytes);
    let bombs = hostile::bombs().into_iter().map(|bomb| bomb.bytes());
    attacks
        .chain(bombs)
        .filter(|pickle| pickle.len() as u64 <= LONGEST)
}
