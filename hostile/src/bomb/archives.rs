//! Archives and compressed streams that unpack to far more than they are, for what opens them.

use super::end::{LOADED, MALFORMED, MEMORY, STRING, UNPACKED};
use super::{Class, Collector};
use crate::asm::Asm;
use crate::pack::{self, Member, zip, zip_end};

/// 45 MB of zeros behind the head of a pickle, by data/write.py.
const ZEROS_BZ2: &[u8] = include_bytes!("../../data/zeros.bz2");
/// 64 MB of the same.
const ZEROS_XZ: &[u8] = include_bytes!("../../data/zeros.xz");

/// The beginning of a pickle of 2**40 bytes, of which as many are zero as there are.
fn head() -> Vec<u8> {
    Asm::new()
        .proto(4)
        .raw(b"\x8e\0\0\0\0\0\x01\0\0\0")
        .into_bytes()
}

/// That head and 2.5 GB of zeros, deflated.
fn deflated() -> Vec<u8> {
    pack::deflate_run(&head(), 10_000_000)
}

fn member(name: &str) -> Member {
    let stored = deflated();
    Member {
        method: 8,
        size: Some(u32::MAX - 1),
        crc: Some(0),
        ..Member::new(name, stored)
    }
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Unpacking);
    streams(all);
    zips(all);
    headers(all);
}

fn streams(all: &mut Collector) {
    const ENDS: &[&str] = &[UNPACKED, MALFORMED, STRING, MEMORY];
    all.add("gzip-zeros", ENDS, || pack::gzip(&deflated(), 0, 0));
    all.add("zlib-zeros", ENDS, || {
        [vec![0x78, 0x9c], deflated(), vec![0; 4]].concat()
    });
    all.add("gzip-nones", ENDS, || {
        // An endless stream of NONE.
        pack::gzip(&pack::deflate_run(b"\x80\x04N", 8_000_000), 0, 0)
    });
    all.add("gzip-marks", ENDS, || {
        pack::gzip(&pack::deflate_run(b"\x80\x04(", 8_000_000), 0, 0)
    });
    all.add("gzip-many-members", ENDS, || {
        pack::gzipped(b"").repeat(600_000)
    });
    all.add("gzip-in-gzip", ENDS, || {
        (0..100).fold(pack::gzipped(b"\x80\x04N."), |inner, _| {
            pack::gzipped(&inner)
        })
    });
    all.add(
        "gzip-lies-about-its-size",
        &[UNPACKED, MALFORMED, LOADED],
        || {
            let pickle = b"\x80\x04N.";
            pack::gzip(&pack::deflate_run(pickle, 0), pack::crc32(pickle), u32::MAX)
        },
    );
    all.add("zstd-zeros", ENDS, || {
        // 256 GB.
        pack::zstd_run(&head(), 2_000_000)
    });
    all.add("zstd-window", ENDS, || {
        // A window of terabytes, which the decoder is to allocate.
        b"\x28\xb5\x2f\xfd\x00\xff\x01\0\0".to_vec()
    });
    all.add("zstd-declared-size", ENDS, || {
        // A frame that says to hold 2**62 bytes.
        b"\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x40\x01\0\0".to_vec()
    });
    all.add("zstd-skipped-frames", ENDS, || {
        b"\x50\x2a\x4d\x18\0\0\0\0".repeat(1_500_000)
    });
    all.add("bz2-zeros", ENDS, || ZEROS_BZ2.to_vec());
    all.add("bz2-zeros-again", ENDS, || ZEROS_BZ2.repeat(20_000));
    all.add("xz-zeros", ENDS, || ZEROS_XZ.to_vec());
    all.add("xz-zeros-again", ENDS, || ZEROS_XZ.repeat(1000));
    all.add("xz-dictionary", ENDS, || {
        // LZMA alone, with a dictionary of 4 GB.
        b"\x5d\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0".to_vec()
    });
}

fn zips(all: &mut Collector) {
    const ENDS: &[&str] = &[UNPACKED, MALFORMED, STRING, MEMORY];
    all.add("zip-zeros", ENDS, || zip(&[member("data.pkl")]));
    all.add("zip-torch-zeros", ENDS, || {
        zip(&[member("archive/data.pkl")])
    });
    all.add("zip-npz-zeros", ENDS, || zip(&[member("array.npy")]));
    all.add("zip-many-members", ENDS, || {
        let members: Vec<_> = (0..60_000)
            .map(|number| Member::new(&format!("{number}.pkl"), b"N.".to_vec()))
            .collect();
        zip(&members)
    });
    all.add("zip-one-member-many-times", ENDS, || {
        // All entries of the directory lead to the same data (Fifield, "A better zip bomb", 2019).
        let member = member("data.pkl");
        let (data, count) = (member.local(), 60_u16);
        let directory = member.record(0).repeat(usize::from(count));
        let end = zip_end(count, directory.len(), data.len());
        [data, directory, end].concat()
    });
    all.add("zip-in-zip", ENDS, || {
        let mut inner = zip(&[Member::new("data.pkl", b"N.".to_vec())]);
        for _ in 0..200 {
            inner = zip(&[Member::new("inner.zip", inner)]);
        }
        inner
    });
    all.add("zip-lies-about-its-count", ENDS, || {
        let mut bytes = zip(&[Member::new("data.pkl", b"N.".to_vec())]);
        let end = bytes.len() - 22;
        bytes[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
        bytes
    });
    all.add("zip-lies-about-its-directory", ENDS, || {
        let mut bytes = zip(&[Member::new("data.pkl", b"N.".to_vec())]);
        let end = bytes.len() - 22;
        bytes[end + 12..end + 20]
            .copy_from_slice(&[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]);
        bytes
    });
    all.add(
        "zip-lies-about-a-size",
        &[UNPACKED, MALFORMED, STRING, MEMORY, LOADED],
        || {
            let member = Member {
                size: Some(u32::MAX - 1),
                ..Member::new("data.pkl", b"N.".to_vec())
            };
            zip(&[member])
        },
    );
    all.add("zip-long-names", ENDS, || {
        let members: Vec<_> = (0..100)
            .map(|number| {
                Member::new(
                    &format!("{}{number}.pkl", "a".repeat(60_000)),
                    b"N.".to_vec(),
                )
            })
            .collect();
        zip(&members)
    });
}

fn headers(all: &mut Collector) {
    const ENDS: &[&str] = &[UNPACKED, MALFORMED, STRING, MEMORY, LOADED];
    all.add("npy-long-header", ENDS, || {
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{".to_vec()
    });
    all.add("npy-deep-header", ENDS, || {
        let header = format!("{}{}", "(".repeat(30_000), ")".repeat(30_000));
        let mut out = b"\x93NUMPY\x01\x00".to_vec();
        out.extend((header.len() as u16).to_le_bytes());
        out.extend(header.bytes());
        out
    });
    all.add("npy-huge-shape", ENDS, || {
        let header = "{'descr': '|O', 'fortran_order': False, 'shape': (9223372036854775807,), }\n";
        let mut out = b"\x93NUMPY\x01\x00".to_vec();
        out.extend((header.len() as u16).to_le_bytes());
        out.extend(header.bytes());
        out.extend(b"\x80\x04N.");
        out
    });
}
