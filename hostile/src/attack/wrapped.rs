//! Pickles inside archives, compressed, and in other formats.

use super::collector::{Collector, Spot};
use super::{Class, Load};
use crate::pack::{self, Member, gzipped, npy, zip, zip_after};

const TORCH_NAME: &str = "archive/data.pkl";

fn payload(k: &Spot) -> Vec<u8> {
    k.system().pickle(2)
}

/// A PyTorch checkpoint around a `data.pkl`.
fn torch(data: Member) -> Vec<Member> {
    vec![
        data,
        Member::new("archive/byteorder", b"little".to_vec()),
        Member::new("archive/data/0", vec![0; 64]),
        Member::new("archive/version", b"3\n".to_vec()),
    ]
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Wrapped);
    compressed(all);
    checkpoints(all);
    archives(all);
    others(all);
}

fn compressed(all: &mut Collector<'_>) {
    all.bytes("gzip", "compressed by gzip", |k| gzipped(&payload(k)))
        .load(Load::Compressed("gzip"))
        .extension(".pkl.gz");
    all.bytes("gzip-unnamed", "compressed by gzip, and called .pkl", |k| {
        gzipped(&payload(k))
    })
    .load(Load::Compressed("gzip"));
    all.bytes(
        "gzip-second-member",
        "in the second member of a gzip file",
        |k| {
            let payload = payload(k);
            let (head, tail) = payload.split_at(9);
            [gzipped(head), gzipped(tail)].concat()
        },
    )
    .load(Load::Compressed("gzip"))
    .extension(".pkl.gz");
    all.bytes(
        "gzip-wrong-crc",
        "compressed, with a wrong checksum that comes too late",
        |k| {
            let payload = payload(k);
            let mut padded = payload;
            padded.extend(vec![b'.'; 1 << 18]);
            pack::gzip(&pack::deflate_run(&padded, 0), 1, padded.len() as u32)
        },
    )
    .load(Load::Compressed("gzip"))
    .extension(".pkl.gz");
    all.bytes("gzip-twice", "compressed twice", |k| {
        gzipped(&gzipped(&payload(k)))
    })
    .load(Load::Compressed("gzip"))
    .extension(".pkl.gz.gz");
    all.bytes("bz2", "compressed by bzip2", |k| pack::bzip2(&payload(k)))
        .load(Load::Compressed("bz2"))
        .extension(".pkl.bz2");
    all.bytes("xz", "compressed by xz", |k| pack::xz(&payload(k)))
        .load(Load::Compressed("lzma"))
        .extension(".pkl.xz");
    all.bytes("zlib", "compressed by zlib, as joblib does it", |k| {
        pack::zlib(&payload(k))
    })
    .load(Load::Compressed("zlib"))
    .extension(".pkl.z");
    all.bytes("zstd", "compressed by zstd", |k| {
        pack::zstd_run(&payload(k), 0)
    })
    .load(Load::Compressed("compression.zstd"))
    .extension(".pkl.zst")
    .module("compression.zstd");
    all.bytes("base64", "as base64 text", |k| pack::base64(&payload(k)))
        .load(Load::Base64)
        .extension(".txt");
}

fn checkpoints(all: &mut Collector<'_>) {
    let mut add = |name: &str, does, members: &dyn Fn(&Spot) -> Vec<Member>, member: &str| {
        all.bytes(&format!("torch-{name}"), does, |k| zip(&members(k)))
            .load(Load::ZipMember(member.to_owned()))
            .extension(".pt");
    };
    let data = |k: &Spot| Member::new(TORCH_NAME, payload(k));
    add(
        "zip",
        "a checkpoint's data.pkl",
        &|k| torch(data(k)),
        TORCH_NAME,
    );
    add(
        "wrong-crc",
        "with a wrong checksum, which torch does not look at",
        &|k| {
            torch(Member {
                crc: Some(1),
                ..data(k)
            })
        },
        TORCH_NAME,
    );
    add(
        "encrypted-flag",
        "with the flag of encryption",
        &|k| {
            torch(Member {
                flags: 1,
                ..data(k)
            })
        },
        TORCH_NAME,
    );
    add(
        "local-name",
        "with another name in its local header",
        &|k| {
            torch(Member {
                local_name: Some("archive/data.txt".into()),
                ..data(k)
            })
        },
        TORCH_NAME,
    );
    add(
        "other-extension",
        "a pickle called config.txt",
        &|k| vec![Member::new("archive/config.txt", payload(k))],
        "archive/config.txt",
    );
    add(
        "in-a-storage",
        "a pickle in place of a tensor's data",
        &|k| {
            let benign = crate::value::dict([("a", 1.into())]).pickle(2);
            let mut members = torch(Member::new(TORCH_NAME, benign));
            members[2].stored = payload(k);
            members
        },
        "archive/data/0",
    );
    add(
        "constants",
        "in the constants.pkl of a TorchScript file",
        &|k| {
            let benign = crate::value::dict([("a", 1.into())]).pickle(2);
            let mut members = torch(Member::new(TORCH_NAME, benign));
            members.push(Member::new("archive/constants.pkl", payload(k)));
            members
        },
        "archive/constants.pkl",
    );
    add(
        "twice",
        "two members of one name, the last of which counts",
        &|k| {
            let benign = crate::value::dict([("a", 1.into())]).pickle(2);
            let mut members = torch(Member::new(TORCH_NAME, benign));
            members.push(data(k));
            members
        },
        TORCH_NAME,
    );
}

fn archives(all: &mut Collector<'_>) {
    let name = "model.pkl";
    let member = |k: &Spot| Member::new(name, payload(k));
    let loaded = || Load::ZipMember(name.to_owned());
    all.bytes("zip", "a pickle in a zip archive", |k| zip(&[member(k)]))
        .load(loaded())
        .extension(".zip");
    all.bytes("zip-unnamed", "a zip archive called .bin", |k| {
        zip(&[member(k)])
    })
    .load(loaded())
    .extension(".bin");
    all.bytes("zip-deflated", "deflated in a zip archive", |k| {
        let payload = payload(k);
        zip(&[Member {
            stored: pack::deflate_run(&payload, 0),
            method: 8,
            size: Some(payload.len() as u32),
            crc: Some(pack::crc32(&payload)),
            ..member(k)
        }])
    })
    .load(loaded())
    .extension(".zip");
    all.bytes("zip-prefixed", "a zip archive behind a program", |k| {
        zip_after(b"#!/bin/sh\nexit\n", &[member(k)])
    })
    .load(loaded())
    .extension(".sh");
    all.bytes("zip-path", "a member whose path leaves the folder", |k| {
        zip(&[Member::new("../../model.pkl", payload(k))])
    })
    .load(Load::ZipMember("../../model.pkl".into()))
    .extension(".zip");
    all.bytes("zip-gzip", "compressed in a zip archive", |k| {
        let inner = zip(&[Member::new(name, payload(k))]);
        gzipped(&inner)
    })
    .load(Load::Compressed("gzip+zip"))
    .extension(".zip.gz");
    all.bytes("zip-in-zip", "in a zip archive in a zip archive", |k| {
        zip(&[Member::new("inner.zip", zip(&[member(k)]))])
    })
    .load(Load::ZipMember("inner.zip/model.pkl".into()))
    .extension(".zip");
    all.bytes(
        "pickle-before-zip",
        "a pickle before a harmless zip archive",
        |k| {
            zip_after(
                &payload(k),
                &[Member::new("readme.txt", b"nothing".to_vec())],
            )
        },
    )
    .extension(".zip");
    all.bytes(
        "pickle-before-torch",
        "a pickle before a harmless checkpoint",
        |k| {
            let benign = crate::value::dict([("a", 1.into())]).pickle(2);
            zip_after(&payload(k), &torch(Member::new(TORCH_NAME, benign)))
        },
    )
    .extension(".pt");
    all.bytes("npz", "an array of objects in an .npz archive", |k| {
        zip(&[Member::new("array.npy", npy(&payload(k)))])
    })
    .load(Load::ZipMember("array.npy".into()))
    .extension(".npz");
    all.bytes("tar", "in a tar archive", |k| pack::tar(name, &payload(k)))
        .load(Load::Compressed("tar"))
        .extension(".tar");
}

fn others(all: &mut Collector<'_>) {
    all.bytes("npy", "an array of objects", |k| npy(&payload(k)))
        .load(Load::Npy)
        .extension(".npy");
    all.bytes("npy-unnamed", "an array of objects, called .dat", |k| {
        npy(&payload(k))
    })
    .load(Load::Npy)
    .extension(".dat");
}
