//! Inspection from outside: files, archives, and what hostile pickles cost. No interpreter.

use rustpython_pickle::inspect::scan::{ScanOptions, Verdict, scan, scan_file};
use rustpython_pickle::inspect::{Limits, Pickle, Program, Sizes, dis, globals};

const SYSTEM: &[u8] = b"cos\nsystem\n(S'echo harmless'\ntR.";

/// Everything there is, over anything at all.
fn everything(data: &[u8]) -> Verdict {
    let limits = Limits::default();
    let pickle = Pickle::read(data, &limits);
    for line in dis::lines(data, &pickle) {
        assert!(line.to_string().len() < 4000);
    }
    let program = Program::new(&pickle, &limits).to_string();
    assert!(program.len() < 40 * limits.text);
    assert!(!program.contains('\x1b'));
    assert!(globals(&pickle).count() <= data.len());
    let sizes = Sizes::new(data, 0, &limits);
    assert!(sizes.total() <= data.len() as u64);
    assert!(
        sizes
            .largest(50)
            .iter()
            .all(|entry| entry.path.len() < 100_000)
    );
    let mut text = String::new();
    let mut layout = dis::Layout::default();
    layout.text = 10_000_000;
    let _ = dis::pickletools(data, &layout, &mut text);
    assert!(text.len() <= layout.text);
    let report = scan_file(data, &ScanOptions::default());
    assert!(
        !report
            .findings
            .iter()
            .any(|finding| finding.to_string().contains('\x1b'))
    );
    assert!(pickle.error().is_none() || !report.verdict.is_clean());
    report.verdict
}

/// Numbers that look random and are the same each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// On a small stack: nothing recurses with the input.
#[test]
fn any_bytes_end_in_a_verdict() {
    let run = || {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        let opcodes: Vec<u8> = rustpython_pickle::wire::OPCODES
            .iter()
            .map(|info| info.opcode.byte())
            .collect();
        let seeds: [&[u8]; 5] = [
            SYSTEM,
            b"\x80\x04\x95\x14\0\0\0\0\0\0\0]\x94(\x8c\x02hi\x94K\x01\x86\x94h\x01h\x02eh\0N1.",
            b"(lp0\n(dp1\nVa\np2\nI1\nsag1\na(im\nC\nq\0}b.",
            b"\x80\x05\x97\x98\x96\x03\0\0\0\0\0\0\0abc\x86(K\x01\x91\x8f(K\x02\x90Q.",
            b"\x80\x02ccopyreg\n_reconstructor\n(cm\nC\nNNtR}(X\x01\0\0\0aK\x01X\x01\0\0\0bK\x02ub.",
        ];
        for round in 0..20_000 {
            let mut data = seeds[round % seeds.len()].to_vec();
            if round % 3 == 0 {
                data = (0..numbers.below(60))
                    .map(|_| opcodes[numbers.below(opcodes.len())])
                    .collect();
            }
            for _ in 0..numbers.below(4) {
                let at = numbers.below(data.len() + 1);
                match numbers.below(3) {
                    0 if at < data.len() => data[at] = numbers.below(256) as u8,
                    1 => data.insert(at, opcodes[numbers.below(opcodes.len())]),
                    _ => data.truncate(at),
                }
            }
            everything(&data);
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(run);
    thread
        .expect("a thread starts")
        .join()
        .expect("it does not panic");
}

#[test]
fn bombs_of_every_kind_are_bounded() {
    let million = 300_000;
    let deep = [
        b"]".repeat(million),
        b"a".repeat(million - 1),
        b".".to_vec(),
    ]
    .concat();
    let tower = [&b"N"[..], &b"2\x86".repeat(million), b"."].concat();
    let marks = b"(".repeat(2 * million);
    let calls = [&b"cm\nf\nq\0"[..], &b"h\0)R".repeat(million / 2), b"."].concat();
    let nested_call = [&b"cm\nf\n"[..], &b")R".repeat(million / 2), b"."].concat();
    let keys = [&b"}("[..], &b"NN".repeat(million / 2), b"u."].concat();
    let effects = [
        &b"]q\0cm\nf\nq\x010"[..],
        &b"h\x01h\0\x85R0".repeat(100_000),
        b"h\x01h\0\x85R.",
    ]
    .concat();
    let wide = [&b"]q\0("[..], &b"h\0".repeat(million), b"e."].concat();
    let builds = [&b"cm\nf\n)R"[..], &b"}b".repeat(100_000), b"."].concat();
    let names = [
        b"c".to_vec(),
        b"x".repeat(million),
        b"\n".to_vec(),
        b"y".repeat(million),
        b"\n.".to_vec(),
    ]
    .concat();
    for data in [
        deep,
        tower,
        marks,
        calls,
        nested_call,
        keys,
        effects,
        wide,
        builds,
        names,
    ] {
        let run = move || everything(&data);
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
        thread
            .expect("a thread starts")
            .join()
            .expect("it does not panic");
    }
    // What declares more than there is, costs nothing.
    for data in [
        &b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"[..],
        b"\x96\0\0\0\0\0\0\0\x10",
        b"\x8b\xff\xff\xff\x7f",
        b"Nr\xff\xff\xff\xff.",
        b"\x95\0\0\0\0\0\0\0\x40N.",
    ] {
        everything(data);
    }
}

#[test]
fn what_was_read_before_a_limit_counts() {
    let mut options = ScanOptions::default();
    options.limits.objects = 100;
    let data = [
        SYSTEM.strip_suffix(b".").unwrap_or_default(),
        &b"N".repeat(1000),
        b".",
    ]
    .concat();
    assert_eq!(scan(&data, &options).verdict, Verdict::Dangerous);
    let data = [&b"N".repeat(1000)[..], b"."].concat();
    assert_eq!(scan(&data, &options).verdict, Verdict::NeedsReview);
}

#[cfg(feature = "archives")]
mod archives {
    use super::*;
    use hostile::pack::{Member, zip_end};
    use rustpython_pickle::inspect::scan::{Report, Rule, contents, scan_if_pickle};
    use std::io::Write as _;

    /// That a call was found which no list allows.
    fn assert_call_is_found(report: &Report) {
        let mut rules = report.findings.iter().map(|finding| finding.rule);
        assert!(rules.any(|rule| rule == Rule::UnknownCall), "{report:?}");
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).expect("it is written");
        encoder.finish().expect("it is written")
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).expect("it is written");
        encoder.finish().expect("it is written")
    }

    fn bzip2(data: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(data).expect("it is written");
        encoder.finish().expect("it is written")
    }

    /// A zip archive: names, methods, flags and data, of which the directory may name only the first.
    fn zip(members: &[(&str, u16, u16, &[u8])], named: usize) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (index, &(name, method, flags, data)) in members.iter().enumerate() {
            let member = Member {
                method,
                flags,
                // Which is wrong.
                crc: Some(0x0403_0201),
                ..Member::new(name, data.to_vec())
            };
            if index < named {
                directory.extend(member.record(out.len()));
            }
            out.extend(member.local());
        }
        let end = zip_end(named as u16, directory.len(), out.len());
        [out, directory, end].concat()
    }

    fn file(data: &[u8]) -> Report {
        scan_file(data, &ScanOptions::default())
    }

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).expect("it is written");
        encoder.finish().expect("it is written")
    }

    #[test]
    fn compressed_pickles_are_scanned() {
        for data in [
            gzip(SYSTEM),
            bzip2(SYSTEM),
            gzip(&bzip2(&gzip(SYSTEM))),
            zstd::encode_all(SYSTEM, 3).expect("it is packed"),
        ] {
            let report = file(&data);
            assert_eq!(report.verdict, Verdict::Dangerous);
            assert!(!report.findings[0].within.is_empty());
        }
        assert_eq!(file(&gzip(b"N.")).verdict, Verdict::DataOnly);
        // Damaged at the end: what came out before is scanned all the same.
        let mut cut = gzip(&[SYSTEM, &b"N.".repeat(5000)].concat());
        cut.truncate(cut.len() - 6);
        assert_eq!(file(&cut).verdict, Verdict::Dangerous);
        let mut cut = gzip(&b"N.".repeat(100));
        cut.truncate(cut.len() - 6);
        assert_eq!(file(&cut).verdict, Verdict::Malformed);
    }

    #[test]
    fn members_of_archives_are_scanned() {
        for (method, flags, data) in [
            (0, 0, SYSTEM.to_vec()),
            (8, 0, deflate(SYSTEM)),
            (12, 0, bzip2(SYSTEM)),
            (8, 1, deflate(SYSTEM)),
        ] {
            let data = zip(
                &[
                    ("a/version", 0, 0, b"3\n"),
                    ("a/data.pkl", method, flags, &data),
                ],
                2,
            );
            let report = file(&data);
            assert_eq!(report.verdict, Verdict::Dangerous, "{method} {flags}");
            assert_eq!(
                report.findings.last().map(|finding| finding.within.clone()),
                Some(vec!["a/data.pkl".to_owned()])
            );
        }
        // Without a name that says so, and in an archive in an archive.
        let protocol = [&b"\x80\x02"[..], SYSTEM].concat();
        let inner = zip(&[("weights", 0, 0, &protocol)], 1);
        let outer = zip(&[("inner", 8, 0, &deflate(&inner))], 1);
        let report = file(&outer);
        assert_eq!(
            (report.verdict, &*report.findings[0].within),
            (
                Verdict::Dangerous,
                &["inner".to_owned(), "weights".to_owned()][..]
            )
        );
    }

    #[test]
    fn state_dicts_of_pytorch_are_allowed() {
        let pickle = b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQK\0K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRu.";
        let data = zip(
            &[
                ("m/data.pkl", 0, 0, pickle),
                ("m/data/0", 0, 0, &[0x80; 16]),
            ],
            2,
        );
        let report = file(&data);
        assert!(matches!(report.verdict, Verdict::Allowed(_)), "{report:?}");
        assert_eq!(file(pickle).verdict, Verdict::NeedsReview);
    }

    #[test]
    fn members_that_are_hidden_or_cannot_be_read_are_not_clean() {
        let data = zip(&[("a.txt", 0, 0, b"hi"), ("data.pkl", 0, 0, SYSTEM)], 1);
        let report = file(&data);
        assert_eq!(report.verdict, Verdict::Dangerous);
        assert!(
            report
                .findings
                .iter()
                .any(|finding| finding.rule == Rule::UnreadMember)
        );
        let data = zip(&[("data.pkl", 99, 0, b"?")], 1);
        assert_eq!(file(&data).verdict, Verdict::NeedsReview);
        let data = zip(&[("data.pkl", 0, 0, b"N.")], 1);
        assert_eq!(file(&data[..data.len() - 10]).verdict, Verdict::Malformed);
        // One file that is both.
        let both = [b"N.", &*zip(&[("data.pkl", 0, 0, SYSTEM)], 1)].concat();
        assert_eq!(file(&both).verdict, Verdict::Dangerous);
    }

    #[test]
    fn expansion_is_limited() {
        let limits = |change: fn(&mut Limits)| {
            let mut options = ScanOptions::default();
            change(&mut options.limits);
            options
        };
        let bomb = gzip(&vec![0; 64 << 20]);
        for options in [
            limits(|limits| limits.expanded = 1 << 20),
            limits(|limits| limits.ratio = 10),
        ] {
            let report = scan_file(&bomb, &options);
            assert!(!report.verdict.is_clean());
            assert_eq!(report.findings[0].rule, Rule::LimitReached);
        }
        let options = limits(|limits| limits.members = 2);
        let many = zip(
            &[("a", 0, 0, b"x"), ("b", 0, 0, b"x"), ("c.pkl", 0, 0, b"N.")],
            3,
        );
        assert_eq!(scan_file(&many, &options).verdict, Verdict::NeedsReview);
        let mut matryoshka = b"N.".to_vec();
        for _ in 0..12 {
            matryoshka = gzip(&matryoshka);
        }
        assert_eq!(file(&matryoshka).verdict, Verdict::NeedsReview);
    }

    /// A member of a tar archive.
    fn tar(name: &str, data: &[u8], size: usize) -> Vec<u8> {
        let mut header = vec![0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..136].copy_from_slice(format!("{size:011o} ").as_bytes());
        header[148..156].fill(b' ');
        header[257..262].copy_from_slice(b"ustar");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header.extend(data);
        header.resize(header.len().next_multiple_of(512), 0);
        header
    }

    /// A call that no list knows, and bytes that no unpickler takes.
    const UNENDED: &[u8] = b"cmy_module\nmy_function\n(S'harmless'\ntR\xff";

    #[test]
    fn what_looks_like_a_tar_archive_is_a_pickle_all_the_same() {
        let mut both = UNENDED.to_vec();
        both.resize(1536, 0);
        both[124..136].copy_from_slice(b"00000000000\0");
        both[257..262].copy_from_slice(b"ustar");
        let archive = |data| zip(&[("m/data.pkl", 0, 0, data)], 1);
        assert_eq!(file(&both).verdict, Verdict::Malformed);
        assert_eq!(file(&archive(&both)).verdict, Verdict::Malformed);
        // With the checksum of a tar archive.
        let both = tar(
            core::str::from_utf8(&UNENDED[..UNENDED.len() - 1]).expect("it is text"),
            b"",
            0,
        );
        let both = [&both[..], &[0; 1024]].concat();
        let report = file(&both);
        assert_call_is_found(&report);
        // No pickle at all, and no archive.
        let mut neither = both;
        neither[0] = 0;
        assert_eq!(file(&neither).verdict, Verdict::Malformed);
        // Archives are still none of it.
        for name in ["code/a.py", "config.json", "(i) x", "P"] {
            let data = [tar(name, b"text", 4), vec![0; 1024]].concat();
            assert_eq!(file(&data).verdict, Verdict::DataOnly, "{name}");
        }
    }

    #[test]
    fn a_pickle_needs_neither_beginning_nor_end() {
        let none = ScanOptions::default();
        for data in [
            zip(&[("model", 0, 0, UNENDED)], 1),
            zip(
                &[("a.txt", 0, 0, b"text"), ("model", 8, 0, &deflate(UNENDED))],
                2,
            ),
            zip(&[("model", 0, 0, b"\x82\x05)R\xff")], 1),
            [tar("pickle", UNENDED, UNENDED.len()), vec![0; 1024]].concat(),
            [tar("other", UNENDED, UNENDED.len()), vec![0; 1024]].concat(),
            gzip(UNENDED),
            UNENDED.to_vec(),
        ] {
            assert_eq!(file(&data).verdict, Verdict::Malformed);
            assert_eq!(scan_if_pickle(&data, &none).verdict, Verdict::Malformed);
            let (contents, _) = contents(&data, &Limits::default());
            assert_eq!(contents.len(), 1);
        }
        // Behind what an archive begins with.
        let front = [&b"PK\x03\x04\n0"[..], UNENDED].concat();
        let report = file(&front);
        assert_call_is_found(&report);
        // A name alone, and the member that is a pickle by its name.
        let data = zip(&[("model", 0, 0, b"cmy_module\nmy_function\n")], 1);
        assert_eq!(file(&data).verdict, Verdict::Malformed);
        let data = [tar("pickle", b"text", 4), vec![0; 1024]].concat();
        assert_eq!(file(&data).verdict, Verdict::Malformed);
    }

    /// Raw numbers begin like pickles once in a while, and text does.
    #[test]
    fn raw_data_is_no_pickle() {
        let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
        let options = ScanOptions::default();
        let mut alarms = [0; 3];
        for round in 0..30_000 {
            let bytes: Vec<u8> = match round % 3 {
                0 => (0..256).map(|_| numbers.below(256) as u8).collect(),
                1 => (0..64)
                    .flat_map(|_| {
                        (numbers.below(1 << 24) as f32 / (1 << 23) as f32 - 1.0).to_le_bytes()
                    })
                    .collect(),
                _ => (0..64)
                    .flat_map(|_| (numbers.below(300) as u64).to_le_bytes())
                    .collect(),
            };
            let behind = [&b"N."[..], &bytes].concat();
            let string = [&b"\x80\x03B\0\x01\0\0"[..], &bytes.repeat(4)[..256], b"."].concat();
            let tensor = zip(
                &[("m/data.pkl", 0, 0, b"N."), ("m/data/0", 0, 0, &bytes)],
                2,
            );
            alarms[0] += u32::from(!scan_file(&tensor, &options).verdict.is_clean());
            alarms[0] += u32::from(!scan_file(&string, &options).verdict.is_clean());
            if bytes[0] != 0x80 {
                alarms[1] += u32::from(!scan_if_pickle(&bytes, &options).verdict.is_clean());
            }
            alarms[2] += u32::from(!scan_file(&behind, &options).verdict.is_clean());
        }
        assert_eq!(alarms[0], 0);
        // Nine in 10,000 at the most.
        assert!(alarms[1] < 9 && alarms[2] < 27, "{alarms:?}");
        for text in [
            "class A:\n    pass\n",
            "const x = 1;\nvar y;\n",
            "Python\nPerl\n",
            "import os\nimport re\n",
        ] {
            let data = zip(&[("a.txt", 0, 0, text.as_bytes())], 1);
            assert_eq!(file(&data).verdict, Verdict::DataOnly, "{text}");
        }
    }

    #[test]
    fn an_archive_at_the_end_is_found_behind_anything() {
        let archive = zip(&[("data.pkl", 0, 0, SYSTEM)], 1);
        let npy = b"\x93NUMPY\x01\0\x46\0{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }             \n\x01";
        for front in [
            npy.to_vec(),
            zlib(b"N."),
            gzip(b"N."),
            [tar("a", b"", 0), vec![0; 1024]].concat(),
            b"N.".to_vec(),
        ] {
            assert_eq!(
                file(&[&*front, &*archive].concat()).verdict,
                Verdict::Dangerous
            );
        }
    }

    #[test]
    fn what_follows_a_compressed_stream_is_looked_into() {
        for (rest, expected) in [
            (SYSTEM.to_vec(), Verdict::Dangerous),
            (zlib(SYSTEM), Verdict::Dangerous),
            (UNENDED.to_vec(), Verdict::Malformed),
            (b"N.".to_vec(), Verdict::NeedsReview),
        ] {
            let report = file(&[zlib(b"N."), rest].concat());
            assert_eq!(report.verdict, expected);
            assert!(
                report
                    .findings
                    .iter()
                    .any(|finding| finding.rule == Rule::TrailingData)
            );
        }
        assert_eq!(file(&zlib(b"N.")).findings, []);
    }

    #[test]
    fn the_defaults_bound_what_a_bomb_takes() {
        let limits = Limits::default();
        assert!(limits.expanded <= 256 << 20);
        // Many pickles of many opcodes each; together they have more than a file may have.
        let pickle = [&b"N"[..], &b"20".repeat(2_000_000), b"."].concat();
        let bomb = gzip(&pickle.repeat(4));
        let report = file(&bomb);
        assert_eq!(report.verdict, Verdict::NeedsReview);
        assert!(report.opcodes <= limits.opcodes + 1, "{report:?}");
        // Members that are only stored take no memory.
        let big = vec![0; 3 << 20];
        let mut options = ScanOptions::default();
        options.limits.expanded = 1 << 20;
        let archive = zip(&[("a/data.pkl", 0, 0, b"N."), ("a/data/0", 0, 0, &big)], 2);
        assert_eq!(scan_file(&archive, &options).verdict, Verdict::DataOnly);
        let archive = zip(
            &[
                ("a/data.pkl", 0, 0, b"N."),
                ("a/data/0", 8, 0, &deflate(&big)),
            ],
            2,
        );
        assert_eq!(scan_file(&archive, &options).verdict, Verdict::NeedsReview);
    }

    #[test]
    fn members_of_tar_archives_are_scanned() {
        let protocol = [&b"\x80\x02"[..], SYSTEM].concat();
        let data = [
            tar("a", b"text", 4),
            tar("b", &protocol, protocol.len()),
            vec![0; 1024],
        ]
        .concat();
        let report = file(&data);
        assert_eq!(
            (report.verdict, &*report.findings[0].within),
            (Verdict::Dangerous, &["b".to_owned()][..])
        );
        assert_eq!(file(&tar("a", b"", 1 << 30)).verdict, Verdict::Malformed);
    }

    #[test]
    fn pickles_are_taken_out() {
        let data = gzip(&zip(&[("a.pkl", 0, 0, b"N."), ("b.txt", 0, 0, b"text")], 2));
        let (contents, findings) = contents(&data, &Limits::default());
        assert_eq!(findings, []);
        assert_eq!(contents.len(), 1);
        assert_eq!(
            (&*contents[0].bytes, contents[0].within.len()),
            (&b"N."[..], 2)
        );
    }

    #[test]
    fn other_files_are_passed_over() {
        let options = ScanOptions::default();
        for data in [&b"hello"[..], b"", b"{\"a\": 1}", b"\x89PNG\r\n"] {
            let report = scan_if_pickle(data, &options);
            assert_eq!((report.verdict, report.pickles), (Verdict::DataOnly, 0));
            assert_eq!(file(data).verdict, Verdict::Malformed);
        }
        assert_eq!(scan_if_pickle(SYSTEM, &options).verdict, Verdict::Dangerous);
        assert_eq!(
            scan_if_pickle(b"\x80\x04N", &options).verdict,
            Verdict::Malformed
        );
    }
}
