use crate::inspect::scan::{ScanOptions, Verdict, scan, scan_file};

fn verdict(data: &[u8]) -> Verdict {
    scan(data, &ScanOptions::default()).verdict
}

/// Each is forbidden to a load under the standard list.
#[test]
fn what_a_load_refuses_is_not_clean() {
    let long = [&b"__"[..], &[b'a'; 5000], b"__"].concat();
    let length = (long.len() as u32).to_le_bytes();
    let dunder = [
        &b"\x80\x04ctypes\nSimpleNamespace\n)R}X"[..],
        &length,
        &long,
        b"Nsb.",
    ]
    .concat();
    for data in [
        &b"\x80\x02c_codecs\nencode\n(X\x01\0\0\0aX\x06\0\0\0latin1t\x81."[..],
        b"ccopy_reg\n_reconstructor\n(c_codecs\nencode\nc__builtin__\nobject\nNtR.",
        b"\x80\x04ctorch\nSize\n)}\x92.",
        &dunder,
        b"]NaK\x00Ns.",
        b"]NK\x00s.",
        b"}Na.",
        b"}(Ne.",
        b"\x80\x04\x8fNa.",
        b"\x80\x04](N\x90.",
        b"](NNu.",
        b")Na.",
        b"\x80\x05]\x98.",
    ] {
        let verdict = verdict(data);
        assert!(!verdict.is_clean(), "{}: {verdict}", data.escape_ascii());
    }
}

/// The host makes what a persistent id stands for: that is more than data.
#[test]
fn persistent_ids_are_no_data() {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    let torch = Verdict::Allowed(vec!["torch".to_owned()]);
    for ask in [&b"K\x01Q."[..], b"Pid\n."] {
        let report = scan_file(&[magic, ask].concat(), &ScanOptions::default());
        assert_eq!(report.verdict, torch);
        assert_eq!(verdict(ask), Verdict::NeedsReview);
    }
}

/// Many calls with the same large arguments: their product is not looked at.
#[test]
fn what_is_looked_at_is_bounded() {
    const COUNT: usize = 50_000;
    for (global, call) in [
        (&b"cdatetime\ndate\n"[..], &b"h\x01h\x00R0"[..]),
        (b"cdatetime\ndate\n", b"h\x01h\x00\x810"),
        (b"ccollections\ndeque\n", b"h\x01h\x00\x85R0"),
        (b"cbuiltins\ngetattr\n", b"h\x01h\x00R0"),
        (b"coperator\nattrgetter\n", b"h\x01h\x00R0"),
    ] {
        let items = b"N".repeat(COUNT);
        let calls = call.repeat(COUNT);
        let data = [
            b"\x80\x04(",
            &*items,
            b"tq\0",
            global,
            b"q\x01",
            &calls,
            b"N.",
        ]
        .concat();
        assert!(!verdict(&data).is_clean(), "{}", global.escape_ascii());
    }
    // What has its own arguments is looked at, however much there is.
    let date = b"cdatetime\ndate\n(c_codecs\nencode\n(V\x07\xe8\x05\x11\nVlatin1\ntRtR0";
    let data = [&date.repeat(20_000)[..], b"N."].concat();
    assert!(verdict(&data).is_clean());
}
