use super::*;

fn verdict(data: &[u8]) -> Verdict {
    scan(data, &ScanOptions::default()).verdict
}

#[track_caller]
fn each_is(expected: &Verdict, pickles: &[&[u8]]) {
    for pickle in pickles {
        assert_eq!(verdict(pickle), *expected, "{}", pickle.escape_ascii());
    }
}

/// A pickle of one string or bytes object, with the opcode that has a length of one byte.
fn holding(opcode: u8, content: &[u8]) -> Vec<u8> {
    [&[opcode, content.len() as u8], content, b"."].concat()
}

fn rules(data: &[u8]) -> Vec<(Rule, u64)> {
    let report = scan(data, &ScanOptions::default());
    report
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.offset))
        .collect()
}

const SYSTEM: &[u8] = b"cos\nsystem\n(S'echo harmless'\ntR.";

#[test]
fn plain_data() {
    let pickles = [
        &b"N."[..],
        b"\x80\x04]\x94(K\x01\x8c\x01ae.",
        b"(lp0\n(dp1\nVa\nI1\nsa.",
        b"\x80\x05\x97\x98.",
    ];
    each_is(&Verdict::DataOnly, &pickles);
    for pickle in pickles {
        assert_eq!(rules(pickle), []);
    }
}

#[test]
fn lists_decide() {
    let standard = Verdict::Allowed(vec!["standard".to_owned()]);
    assert_eq!(
        verdict(b"ccollections\nOrderedDict\n)R(S'a'\nNu."),
        standard
    );
    assert_eq!(verdict(b"c__builtin__\nset\n(lp0\n(I1\ne\x85R."), standard);
    // Bytes, as protocols before 3 have them.
    let date = b"cdatetime\ndate\n(c_codecs\nencode\n(V\x07\xe8\x05\x11\nVlatin1\ntRtR.";
    assert_eq!(verdict(date), standard);
    // Python 2's name, in a protocol that does not translate it.
    assert_eq!(
        verdict(b"\x80\x04c__builtin__\nset\n)R."),
        Verdict::NeedsReview
    );
    // With arguments that the list does not allow.
    assert_eq!(
        rules(b"cdatetime\ndate\n(I5\ntR."),
        [(Rule::UnknownCall, 20)]
    );
    assert_eq!(verdict(b"cmy\nThing\n)\x81."), Verdict::NeedsReview);
    assert_eq!(
        rules(b"cmy\nThing\n)\x81}b."),
        [
            (Rule::UnknownGlobal, 0),
            (Rule::UnknownCall, 11),
            (Rule::ChangesObject, 13)
        ]
    );
}

#[test]
fn harm() {
    assert_eq!(
        rules(SYSTEM),
        [(Rule::HarmfulGlobal, 0), (Rule::HarmfulCall, 30)]
    );
    each_is(
        &Verdict::Dangerous,
        &[
            &b"(S'x'\nios\nsystem\n."[..],
            b"(cos\nsystem\nS'x'\no.",
            b"cos\nsystem\n(S'x'\nt\x81.",
            b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
            b"\x80\x02X\x02\0\0\0osX\x06\0\0\0system\x93\x8c\x01x\x85R.",
            b"c__builtin__\neval\n.",
            b"ccommands\ngetoutput\n.",
            b"cos\x00\nsystem\n.",
            b"\x80\x04\x8c\x04json\x8c\x10codecs.os.system\x93.",
            // Malformed, or cut off, after the harm.
            b"cos\nsystem\n(S'x'\ntR",
            b"cos\nsystem\n(S'x'\ntR\xff",
            b"\x80\x04\x95\x03\0\0\0\0\0\0\0cos\nsystem\n)R.",
            // Attributes that lead elsewhere, or that nobody knows.
            b"c__builtin__\ngetattr\n(cmy\nC\nV__globals__\ntR.",
            b"c__builtin__\ngetattr\n(cmy\nC\nVos.system\ntR.",
            b"c__builtin__\ngetattr\n(I1\nVx\ntR.",
            b"c__builtin__\ngetattr\n(cmy\nC\nI1\ntR.",
            b"coperator\nattrgetter\n(V__class__\ntR.",
            // Changes to modules and registries.
            b"ccollections\nOrderedDict\n}b.",
            b"cmy\nregistry\nS'a'\nS'b'\ns.",
            // Behind a harmless pickle.
            b"N.cos\nsystem\n)R.",
            b"N.cos\nsystem\n)R",
        ],
    );
}

#[test]
fn what_nobody_knows_needs_review() {
    for (data, rule) in [
        (&b"\x82\x05."[..], Rule::ExtensionCode),
        (b"Pid\n.", Rule::PersistentId),
        (b"]Q.", Rule::PersistentId),
        (b"\x80\x04cmy\nname\n\x8c\x01x\x93.", Rule::ComputedName),
        (b"cmy\nf\n)R)R.", Rule::ComputedCallable),
        (b"cmy.\nf\n.", Rule::OddName),
        (
            b"c__builtin__\ngetattr\n(cmy\nC\nVname\ntR.",
            Rule::UnknownCall,
        ),
        (b"coperator\nattrgetter\n(Vname\ntR.", Rule::UnknownCall),
        (b"cmy\n\xc2\x9b\n.", Rule::OddName),
    ] {
        let report = scan(data, &ScanOptions::default());
        assert_eq!(
            report.verdict,
            Verdict::NeedsReview,
            "{}",
            data.escape_ascii()
        );
        assert!(
            report.findings.iter().any(|finding| finding.rule == rule),
            "{report:?}"
        );
    }
}

#[test]
fn malformed_is_never_clean() {
    each_is(
        &Verdict::Malformed,
        &[
            &b""[..],
            b"N",
            b"\xff",
            b"NR.",
            b"X\xff\0\0\0",
            b"hello",
            b"\x80\x09N.",
            b"X\x01\0\0\0\xff.",
        ],
    );
    let mut options = ScanOptions::default();
    options.limits.opcodes = 3;
    let report = scan(b"NNNNN.", &options);
    assert_eq!(
        (report.verdict, report.findings[0].rule),
        (Verdict::NeedsReview, Rule::LimitReached)
    );
}

#[test]
fn pickles_in_strings() {
    let report = scan(&holding(b'C', SYSTEM), &ScanOptions::default());
    assert_eq!(report.verdict, Verdict::Dangerous);
    assert_eq!(report.findings[1].within, ["string at 0"]);
    // As protocol 0 writes bytes, with a call that no one has to make.
    let text = b"Vc\\u006fs\\u000asystem\\u000a)R.\n.";
    assert_eq!(verdict(text), Verdict::Dangerous);
    // Whatever it begins with.
    let system = &b"\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R."[..];
    let frame = [&b"\x95\x16\0\0\0\0\0\0\0"[..], system].concat();
    let cut = b"Ncmy\nf\n)R\xff";
    for (inner, expected) in [
        (system, Verdict::Dangerous),
        (&*frame, Verdict::Dangerous),
        (
            b"G\0\0\0\0\0\0\0\0\x8c\x01m\x8c\x01f\x93)R.",
            Verdict::NeedsReview,
        ),
        (cut, Verdict::Malformed),
    ] {
        let outer = holding(b'C', inner);
        assert_eq!(verdict(&outer), expected, "{}", inner.escape_ascii());
    }
    let text: String = system.iter().map(|byte| char::from(*byte)).collect();
    assert_eq!(verdict(&holding(0x8c, text.as_bytes())), Verdict::Dangerous);
    // Only named before an error, and behind an object that is asked for.
    let system = "cos\nsystem\n\u{0}";
    let behind = "Pid\n.cos\nsystem\n)R.";
    for inner in [system, behind] {
        let outer = holding(b'C', inner.as_bytes());
        assert_eq!(verdict(&outer), Verdict::Dangerous, "{inner:?}");
    }
    // As UTF-8, which not every text can be anything but.
    for inner in [
        "cos\nsystem\n(V\u{4e2d}\ntR.",
        "cos\nsystem\n(X\x02\0\0\0\u{e9}tR.",
    ] {
        let outer = holding(0x8c, inner.as_bytes());
        assert_eq!(verdict(&outer), Verdict::Dangerous, "{inner:?}");
    }
    // Harmless ones, and what only looks like one.
    assert_eq!(rules(b"C\x04\x80\x04N.."), [(Rule::NestedPickle, 0)]);
    assert_eq!(verdict(b"C\x04\x80\x04N.."), Verdict::DataOnly);
    assert_eq!(rules(b"C\x06(text)."), []);
    assert_eq!(rules(b"C\x04\x80\x04\xff\xff."), []);
    // Ten levels deep.
    let mut data = SYSTEM.to_vec();
    for _ in 0..10 {
        data = [
            &b"\x80\x04B"[..],
            &(data.len() as u32).to_le_bytes(),
            &data,
            b".",
        ]
        .concat();
    }
    assert_eq!(verdict(&data), Verdict::NeedsReview);
}

#[test]
fn what_follows() {
    assert_eq!(rules(b"N.garbage"), [(Rule::TrailingData, 2)]);
    // A length of 640 or 128.
    assert_eq!(rules(b"N.\x80\x02\0\0\0\0\0\0"), [(Rule::TrailingData, 2)]);
    assert_eq!(rules(b"N.\x80\0\0\0\0\0\0\0"), [(Rule::TrailingData, 2)]);
    assert_eq!(rules(b"N.\x80\x02K\x01N"), [(Rule::Malformed, 7)]);
    // It calls before it ends. (Found by fuzzing.)
    let calls = [
        (Rule::UnknownGlobal, 2),
        (Rule::UnknownCall, 8),
        (Rule::Malformed, 9),
    ];
    assert_eq!(rules(b"N.cm\nf\n)R\xff"), calls);
    // With names of all kinds, or none; and what only looks like a name, or an extension code.
    each_is(
        &Verdict::Malformed,
        &[
            &b"N.cmy-mod\nevil\n)R"[..],
            b"N.cmy-mod\nevil\n",
            b"N.\x82\x05)R",
            b"N.NQ)R",
            b"N.Pid\n)R",
            b"N.(K\x01K\x02\x93",
            b"N.]\x82\x05aP1\n",
        ],
    );
    for data in [
        &b"N.c\0\0\0\0\0\0\0\n\n"[..],
        b"N.\x82\0\0\0",
        b"N.Px\n\xff",
    ] {
        assert_eq!(
            rules(data),
            [(Rule::TrailingData, 2)],
            "{}",
            data.escape_ascii()
        );
    }
    assert_eq!(verdict(b"N.garbage"), Verdict::DataOnly);
    let report = scan(b"N.K\x01.(t.", &ScanOptions::default());
    assert_eq!((report.verdict, report.pickles), (Verdict::DataOnly, 3));
    assert_eq!(rules(b"N\x80\x02."), [(Rule::OddProtocol, 0)]);
    let mut options = ScanOptions::default();
    options.limits.pickles = 5;
    let report = scan(&b"N.".repeat(100), &options);
    assert_eq!((report.verdict, report.pickles), (Verdict::NeedsReview, 5));
    // Opcodes are the file's, whatever they stand in.
    let mut options = ScanOptions::default();
    options.limits.opcodes = 100;
    let strings = [&b"]("[..], &b"C\x08\x80\x02NNNN0.".repeat(10), b"e."].concat();
    for data in [b"N.".repeat(60), b"N0N0N0N0N.".repeat(11), strings] {
        let report = scan(&data, &options);
        assert_eq!(report.verdict, Verdict::NeedsReview, "{report:?}");
        assert!(report.opcodes <= 101, "{report:?}");
        let limits = report
            .findings
            .iter()
            .filter(|finding| finding.rule == Rule::LimitReached);
        let messages: Vec<_> = limits.map(|finding| &*finding.message).collect();
        assert_eq!(messages, ["there are more than 100 opcodes"]);
    }
}

#[test]
fn findings_are_few_and_bounded() {
    let same = [&b"cos\nsystem\nq\0"[..], &b"h\0)R0".repeat(1000), b"N."].concat();
    assert_eq!(rules(&same).len(), 2);
    let mut options = ScanOptions::default();
    options.limits.findings = 10;
    let many: Vec<u8> = (0..100)
        .flat_map(|number| format!("cmy\nf{number}\n0").into_bytes())
        .collect();
    let report = scan(&[&many[..], b"cos\nsystem\n."].concat(), &options);
    assert!(report.is_cut && report.findings.len() == 10);
    assert_eq!(report.verdict, Verdict::Dangerous);
    // What says most is what is left.
    let kept = |report: &Report| {
        let last = report
            .findings
            .last()
            .map(|finding| (finding.rule, finding.offset));
        last == Some((Rule::HarmfulGlobal, many.len() as u64))
    };
    assert!(kept(&report), "{report:?}");
    let report = scan(&[b"N.", &many[..], b"N.cos\nsystem\n."].concat(), &options);
    assert!(report.is_cut && report.findings.len() == 10, "{report:?}");
    assert_eq!(
        report.findings.last().map(|finding| finding.rule),
        Some(Rule::HarmfulGlobal)
    );
}
